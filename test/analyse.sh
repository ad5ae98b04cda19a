#!/usr/bin/env bash
# analyse.sh - what can be said about the code without running it.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
Usage: test/analyse.sh [--changed] [format] [cppcheck] [tidy] [gcc]

Runs, over engine/, plugin/ and cli/, the analyses that are named, or all:

  format     clang-format, over the tests too: every file is as .clang-format has it
  cppcheck   warnings, performance, portability; suppressed is what the list at the end of this file has
  tidy       clang-tidy: bugprone, cert, concurrency and clang's analyzer; .clang-tidy says what is left
             out, and why
  gcc        gcc -fanalyzer, without what it cannot know: see the end of this file

  --changed  tidy and gcc leave out the files in which they found nothing before, if neither those nor
             what they include, nor the analysis, has changed since

Takes its time: three quarters of an hour of one core in all. Exit status: 0 nothing was found, 1 something
was.
END
}

changed=
analyses=()
for argument in "$@"; do
    case $argument in
    -h | --help) usage; exit 0 ;;
    --changed) changed=1 ;;
    format | cppcheck | tidy | gcc) analyses+=("$argument") ;;
    *) echo "analyse.sh: what is $argument? (see --help)" >&2; exit 2 ;;
    esac
done

sources=(engine/*/*.c plugin/*.c cli/*.c)
status=0

# For what is run by xargs.
export changed
export flags='-std=c11 -D_GNU_SOURCE -Iengine -Iplugin -Icli -DEB_VERSION=""'

# unless_clean SOURCE COMMAND...: runs COMMAND, which analyses SOURCE. When it finds nothing, what that
# depends on is written down.
unless_clean() {
    local source=$1 key record
    shift
    key=$({ echo "$@"; "$1" --version; cat .clang-tidy cli/.clang-tidy "$source"; gcc $flags -E "$source"; } | sha256sum)
    record=build/analyse/$1/$source
    [ -n "$changed" ] && [ -e "$record" ] && [ "$(<"$record")" = "$key" ] && return
    rm -f "$record"
    "$@" || return
    mkdir -p "${record%/*}"
    echo "$key" >"$record"
}
export -f unless_clean

# each COMMAND...: for every source on standard input, its name in the place of {}.
each() {
    xargs -I {} -P "$(nproc)" bash -c 'unless_clean "$@"' bash {} "$@"
}

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
    printf '%s\n' "${sources[@]}" | each clang-tidy --quiet {} -- $flags
}

# -fanalyzer of gcc 12 follows what is allocated, freed, opened and closed. What it takes to be
# uninitialised or NULL in code that hands pointers around it gets wrong, by its own manual; clang's
# analyzer and the sanitizers look for those. In two files it takes what realloc() has given, and is
# stored in the next line, for lost ("leak of <unknown>").
takes_realloc_for_lost='engine/store/registry.c cli/options.c'

check_gcc() {
    local analyzer=($flags -O1 -fanalyzer -Werror -c -o /dev/null
        -Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-null-dereference
        -Wno-analyzer-possible-null-dereference -Wno-analyzer-possible-null-argument
        -Wno-analyzer-null-argument {})
    local others=() source failed=0
    for source in "${sources[@]}"; do
        [[ " $takes_realloc_for_lost " == *" $source "* ]] || others+=("$source")
    done
    printf '%s\n' "${others[@]}" | each gcc "${analyzer[@]}" || failed=1
    printf '%s\n' $takes_realloc_for_lost | each gcc "${analyzer[@]}" -Wno-analyzer-malloc-leak || failed=1
    return $failed
}

[ ${#analyses[@]} -gt 0 ] || analyses=(format cppcheck tidy gcc)
for analysis in "${analyses[@]}"; do
    echo "== $analysis"
    "check_$analysis" || status=1
done
[ "$status" = 0 ] && echo "Nothing was found."
exit "$status"
