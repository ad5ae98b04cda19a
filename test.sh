#!/usr/bin/env bash
# test.sh - from a clean clone to every test: install, build with ASan and UBSan, run.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<'TEXT'
usage: ./test.sh [--help] [CTEST-OPTION...]

Installs what building and testing need (apt, as root, only what is missing), builds the preset
`debug` (AddressSanitizer and UndefinedBehaviorSanitizer) and runs every test with ctest, whose
summary comes last. What was skipped is listed before it. Fails if anything does.

  ./test.sh                   everything
  ./test.sh -LE slow          all but the long ones
  ./test.sh -R broker         those whose name holds `broker`
  EB_MOSQUITTO=PATH ./test.sh the broker tests with this mosquitto and not the one on PATH
TEXT
}

case ${1:-} in
-h | --help) usage; exit 0 ;;
esac

step() {
    printf '== %s\n' "$*"
}

step "packages"
test/packages.sh build test

step "build"
cmake --preset debug
cmake --build --preset debug --parallel "$(nproc)"

step "tests"
summary=()
hold_summary_back() {
    local line
    while IFS= read -r line; do
        [[ ${#summary[@]} -gt 0 || $line =~ ^[0-9]+%\ tests\ passed ]] && summary+=("$line") && continue
        printf '%s\n' "$line"
    done
}
status=0
exec 3< <(ctest --preset debug --no-tests=error --parallel "$(nproc)" "$@")
ctest=$!
hold_summary_back <&3
wait "$ctest" || status=$?

# ctest's summary names the test programs that were skipped whole, not the cases within one.
skipped=$(grep -ahoP '^\[  SKIPPED \] \K\S+$' build/debug/Testing/Temporary/LastTest.log | sort -u || true)
[ -z "$skipped" ] || printf 'Skipped cases:\n%s\n\n' "$skipped"
printf '%s\n' "${summary[@]-}"
exit "$status"
