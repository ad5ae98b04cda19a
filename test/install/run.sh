#!/usr/bin/env bash
# run.sh BUILD_DIR: installs into an empty directory, and again over what its owner has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export DESTDIR=$scratch/root

install() { cmake --install "$1" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }; }
fail() { echo "install: $1"; exit 1; }

# the FILE...: the only one whose path ends so.
the() {
    local found
    found=$(find "$DESTDIR" -path "*/$1")
    [[ -n $found && $found != *$'\n'* ]] || fail "not one $1: ${found:-none}"
    echo "$found"
}

install "$1"
event_bus=$(the bin/event-bus)
settings=$(the mosquitto/event-bus/event-bus.json)
snippet=$(the mosquitto/conf.d/event-bus.conf)
the mosquitto-event-bus/schema/rule.schema.json >/dev/null
for page in man1/event-bus.1 man5/event-bus.json.5 man7/mosquitto-event-bus.7; do
    the "$page" >/dev/null
done
the bash-completion/completions/event-bus >/dev/null
"$event_bus" check "$settings"
"$event_bus" check "$(the mosquitto-event-bus/examples/config/event-bus.json)"
"$event_bus" test "$(the mosquitto-event-bus/examples/config/event-bus.json)"

# What the broker is told to load was installed, and the library needs nothing of the build.
[ "$(grep -c '^plugin' "$snippet")" -eq 2 ] || fail "the snippet has not two lines for the broker"
while read -r _ path; do
    [ -f "$DESTDIR$path" ] || fail "the snippet names $path, which is not installed"
done < <(grep '^plugin' "$snippet")
! ldd "$(the mosquitto_event_bus.so)" | grep -E 'not found|build' || fail "the plugin lacks libraries"

echo '{"version":1,"egress":["mine/#"]}' >"$settings"
echo '# mine' >"$snippet"
install "$1"
grep -q mine "$settings" || fail "event-bus.json was overwritten"
grep -q mine "$snippet" || fail "the snippet was overwritten"
