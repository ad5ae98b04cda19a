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

# Of the release: what is only there for sanitizers is not analysed.
build=build/release
[ -e $build/compile_commands.json ] || cmake --preset release >/dev/null
sources=(engine/*/*.c plugin/*.c cli/*.c)
status=0

check_format() {
    find engine plugin cli test docker -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run --Werror
}

# Each with its reason; a path behind the colon holds it to one file.
#   missingIncludeSystem, checkersReport, unmatchedSuppression: about cppcheck, not about the code
#   normalCheckLevelMaxBranches: it tells that it did not look at every branch; the others do
#   uninitvar in regex_dfa.c: half_of is filled up to old_count, and every column is below that
#   integerOverflow in regex_parse.c: EB_REGEX_UNBOUNDED is unsigned
#   syntaxError in command.c: cppcheck 2.10 cannot read a variadic macro that is given nothing
cppcheck_suppressions() {
    printf '%s\n' missingIncludeSystem unmatchedSuppression normalCheckLevelMaxBranches checkersReport \
        uninitvar:engine/text/regex_dfa.c integerOverflow:engine/text/regex_parse.c syntaxError:plugin/command.c
}

check_cppcheck() {
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppressions-list=<(cppcheck_suppressions) -D_GNU_SOURCE -DEB_VERSION='""' \
        -Iengine -Iplugin -Icli --template=gcc -j "$(nproc)" engine plugin cli
}

# One file a process: with more, clang-tidy 14 takes a va_list for uninitialized.
check_tidy() {
    printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet \
        --extra-arg=-Wno-ignored-optimization-argument -p $build
}

# -fanalyzer of gcc 12 follows what is allocated, freed, opened and closed. What it takes to be
# uninitialised or NULL in code that hands pointers around it gets wrong, by its own manual; clang's
# analyzer and the sanitizers look for those. In two files it takes what realloc() has given, and is
# stored in the next line, for lost ("leak of <unknown>").
takes_realloc_for_lost='engine/store/registry.c cli/options.c'

check_gcc() {
    local flags=(-std=c11 -D_GNU_SOURCE -O1 -Iengine -Iplugin -Icli -DEB_VERSION='""' -fanalyzer -Werror -c -o /dev/null
        -Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-null-dereference
        -Wno-analyzer-possible-null-dereference -Wno-analyzer-possible-null-argument
        -Wno-analyzer-null-argument)
    local others=() source
    for source in "${sources[@]}"; do
        [[ " $takes_realloc_for_lost " == *" $source "* ]] || others+=("$source")
    done
    printf '%s\0' "${others[@]}" | xargs -0 -n 1 -P "$(nproc)" gcc "${flags[@]}"
    printf '%s\n' $takes_realloc_for_lost | xargs -n 1 gcc "${flags[@]}" -Wno-analyzer-malloc-leak
}

for analysis in ${@:-format cppcheck tidy gcc}; do
    echo "== $analysis"
    "check_$analysis" || status=1
done
[ "$status" = 0 ] && echo "Nothing was found."
exit "$status"
