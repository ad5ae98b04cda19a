#!/usr/bin/env bash
# run.sh BUILD_DIR: installs into an empty directory, and again over what its owner has changed.
set -euo pipefail
export DESTDIR
DESTDIR=$(mktemp -d)
trap 'rm -rf "$DESTDIR"' EXIT

install() { cmake --install "$1" --prefix /usr >"$DESTDIR.log" 2>&1 || { cat "$DESTDIR.log"; exit 1; }; rm "$DESTDIR.log"; }
fail() { echo "install: $1"; exit 1; }

install "$1"
event_bus=$DESTDIR/usr/bin/event-bus
etc=$(find "$DESTDIR" -path '*/mosquitto/event-bus/event-bus.json')
etc=$(dirname "${etc:?no event-bus.json}")
"$event_bus" check "$etc"
"$event_bus" check "$DESTDIR"/usr/share/doc/mosquitto-event-bus/examples/config
[ -f "$etc/../conf.d/event-bus.conf" ] || fail "no snippet in conf.d"
[ -f "$DESTDIR"/usr/share/mosquitto-event-bus/schema/rule.schema.json ] || fail "no schemas for editors"

echo '{"version":1,"egress":["mine/#"]}' >"$etc/event-bus.json"
echo '# mine' >"$etc/../conf.d/event-bus.conf"
install "$1"
grep -q mine "$etc/event-bus.json" || fail "event-bus.json was overwritten"
grep -q mine "$etc/../conf.d/event-bus.conf" || fail "the snippet was overwritten"
