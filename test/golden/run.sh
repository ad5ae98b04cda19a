#!/usr/bin/env bash
# run.sh [--update] BIN TRANSCRIPT.md: runs the commands of a transcript and compares what they print.
#
# A transcript is text in which indented lines are a session:
#
#       $ a command for the shell
#       > its next line
#       what it prints, standard error included; an empty line as a dot
#       [1]                            its exit code, unless that is 0
#
# Commands run in the source tree with `event-bus` on PATH; $TMP is a directory of the transcript's
# own. --update writes what was printed into the transcript.
set -euo pipefail

is_update=false
if [ "$1" = --update ]; then is_update=true; shift; fi
bin=$(realpath "$1") transcript=$(realpath "$2")
cd "$(dirname "$0")/../.."
export PATH="$bin:$PATH" LC_ALL=C.UTF-8 NO_COLOR= XDG_CONFIG_HOME=/nowhere
TMP=$(mktemp -d) got=$(mktemp)
export TMP
trap 'rm -rf "$TMP" "$got"' EXIT

command=
run_command() {
    [ -n "$command" ] || return 0
    local code=0 output
    # The x keeps the newlines at the end, which $( ) would cut.
    output=$(bash -c "$command" 2>&1 </dev/null; code=$?; printf x; exit $code) || code=$?
    output=${output%x}
    if [ -n "$output" ]; then printf '%s' "${output%$'\n'}" | sed 's/^$/./; s/^/    /'; echo; fi
    if [ "$code" -ne 0 ]; then echo "    [$code]"; fi
    command=
}

while IFS= read -r line; do
    case $line in
    '    $ '*) run_command; command=${line#'    $ '}; printf '%s\n' "$line" ;;
    '    >') command+=$'\n'; printf '%s\n' "$line" ;;
    '    > '*) command+=$'\n'${line#'    > '}; printf '%s\n' "$line" ;;
    '    '*) ;; # an old output
    *) run_command; printf '%s\n' "$line" ;;
    esac
done <"$transcript" >"$got"
# The last command, when the transcript ends with it.
run_command >>"$got"

if $is_update; then
    cp "$got" "$transcript"
else
    diff -u "$transcript" "$got"
fi
