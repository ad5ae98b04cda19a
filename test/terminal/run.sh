#!/usr/bin/env bash
# run.sh BIN: what the command line does on a terminal and nowhere else: progress and colour.
set -euo pipefail
bin=$(realpath "$1")
cd "$(dirname "$0")/../.."
export PATH="$bin:$PATH" LC_ALL=C.UTF-8 TERM=xterm
unset NO_COLOR
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { printf 'terminal: %s\n%q\n' "$1" "${2:-}"; exit 1; }

# on_terminal COMMAND: its output, both streams, as a terminal gets it.
on_terminal() { script -qec "$1" /dev/null </dev/null; }

echo '{"type":"integer"}' >"$scratch/schema.json"
slow="(sleep 3; echo 5) | event-bus validate --schema $scratch/schema.json -"

seen=$(on_terminal "$slow")
[[ $seen == *'reading standard input … 0 s'*'reading standard input … 1 s'* ]] ||
    fail "a terminal is not shown that it takes long" "$seen"
[[ $seen == *$'\r\033[K'*'standard input: '*valid* ]] || fail "the line is not wiped out" "$seen"

bash -c "$slow" >"$scratch/out" 2>"$scratch/err"
[ "$(cat "$scratch/out")" = 'standard input: valid' ] || fail "in a pipe" "$(cat "$scratch/out")"
[ ! -s "$scratch/err" ] || fail "progress in a pipe" "$(cat "$scratch/err")"

seen=$(TERM=dumb on_terminal "$slow")
[[ $seen != *reading* ]] || fail "progress where no line can be written over" "$seen"

# What is done at once is not worth a line.
seen=$(on_terminal "event-bus check config")
[[ $seen != *reading* ]] || fail "progress of what takes no time" "$seen"
[[ $seen == *$'\033[32mno errors\033[0m'* ]] || fail "no colour on a terminal" "$seen"
seen=$(NO_COLOR=1 on_terminal "event-bus check config")
colour=$'\033\\[[0-9;]*m' # a slow machine may have been shown progress
[[ ! $seen =~ $colour ]] || fail "colour in spite of NO_COLOR" "$seen"

# Work that takes its time, in its parts.
mkdir -p "$scratch/c/rules"
echo '{"version":1}' >"$scratch/c/event-bus.json"
seq 60000 | sed 's|.*|{"name":"r&","from":["a/+"],"when":{"x":[&],"y":["k-&"]},"to":[{"topic":"t/&"}]}|' \
    >"$scratch/c/rules/many.jsonl"
seen=$(on_terminal "event-bus check $scratch/c")
[[ $seen == *' 60000 rules … '* ]] || fail "nothing is said of 60000 rules" "$seen"
[[ $seen == *'60000 rules, 0 schemas'* ]] || fail "they are not checked" "$seen"
