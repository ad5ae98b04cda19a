#!/usr/bin/env bash
# analyse.sh - what can be said about the code without running it.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
Usage: test/analyse.sh [format] [cppcheck] [tidy] [gcc]

Runs, over engine/, plugin/ and cli/, the analyses that are named, or all:

  format     clang-format, over the tests too: every file is as .clang-format has it
  cppcheck   warnings, performance, portability; suppressed is what the list at the end of this file has
  tidy       clang-tidy: bugprone, cert, concurrency and clang's analyzer; .clang-tidy says what is left
             out, and why
  gcc        gcc -fanalyzer, without what it cannot know: see the end of this file

Takes its time: half an hour of one core in all. Exit status: 0 nothing was found, 1 something was.
END
}

case ${1:-} in
-h | --help) usage; exit 0 ;;
esac
for analysis in "$@"; do
    case $analysis in
    format | cppcheck | tidy | gcc) ;;
    *) echo "analyse.sh: what is $analysis? (see --help)" >&2; exit 2 ;;
    esac
done

build=build/debug
[ -e $build/compile_commands.json ] || cmake --preset debug >/dev/null
sources=(engine/*/*.c plugin/*.c cli/*.c)
status=0

check_format() {
    find engine plugin cli test docker -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run --Werror
}

# Each with its reason; a path behind the colon holds it to one file.
#   missingIncludeSystem, checkersReport, unmatchedSuppression: about cppcheck, not about the code
#   normalCheckLevelMaxBranches: it tells that it did not look at every branch; the others do
cppcheck_suppressions() {
    printf '%s\n' missingIncludeSystem unmatchedSuppression normalCheckLevelMaxBranches checkersReport
}

check_cppcheck() {
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppressions-list=<(cppcheck_suppressions) -D_GNU_SOURCE -DEB_VERSION='""' \
        -Iengine -Iplugin -Icli --template=gcc -j "$(nproc)" engine plugin cli
}

check_tidy() {
    printf '%s\0' "${sources[@]}" | xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p $build
}

# -fanalyzer of gcc 12 follows what is allocated, freed, opened and closed. What it takes to be
# uninitialised or NULL in code that hands pointers around it gets wrong, by its own manual; clang's
# analyzer and the sanitizers look for those.
check_gcc() {
    local flags=(-std=c11 -D_GNU_SOURCE -O1 -Iengine -Iplugin -Icli -DEB_VERSION='""' -fanalyzer -Werror -c -o /dev/null
        -Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-null-dereference
        -Wno-analyzer-possible-null-dereference -Wno-analyzer-possible-null-argument
        -Wno-analyzer-null-argument)
    printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" gcc "${flags[@]}"
}

for analysis in ${@:-format cppcheck tidy gcc}; do
    echo "== $analysis"
    "check_$analysis" || status=1
done
[ "$status" = 0 ] && echo "Nothing was found."
exit "$status"
