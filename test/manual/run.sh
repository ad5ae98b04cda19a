#!/usr/bin/env bash
# run.sh BUILD_DIR: the manual's pages by mandoc's lint, which has nothing to say about them, and
# against what they describe.
set -euo pipefail
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
fail() { echo "manual: $1"; exit 1; }

command -v mandoc >/dev/null || fail "there is no mandoc; test/packages.sh test installs it"
mkdir -p "$tree"/man{1,5,7}
cp "$build/docs/man/event-bus.1" "$tree/man1"
cp "$build/docs/man/event-bus.json.5" "$tree/man5"
cp docs/man/mosquitto-event-bus.7 "$tree/man7"

# Which other pages are installed here is no concern of ours.
complaints=$(mandoc -T lint "$tree"/man*/* 2>/dev/null | grep -v 'referenced manual not found' || true)
[ -z "$complaints" ] || fail "$complaints"
grep -hoE '^\.Xr [^ ]*event-bus[^ ]* [0-9]' "$tree"/man*/* | sort -u | while read -r _ page section; do
    [ -f "$tree/man$section/$page.$section" ] || fail "there is no $page($section)"
done

# What is made of tables is all there.
text_of() { mandoc -O width=200 -T ascii "$1" | sed $'s/.\b//g'; }
commands=$(text_of "$tree/man1/event-bus.1") files=$(text_of "$tree/man5/event-bus.json.5")
says() { [[ $1 == *"$2"* ]] || fail "no page says $2"; }
names() { "$build/bin/event-bus" --help "$@" | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'; }
for name in $(names); do
    inner=$(names "$name")
    says "$commands" "event-bus $name"
    for word in $inner; do says "$commands" "event-bus $name $word"; done
done
says "$commands" --user-property
for member in limits.regex_steps on_violation 'to[].topic' compatibility; do
    says "$files" "$member"
done
