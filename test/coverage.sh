#!/usr/bin/env bash
# coverage.sh - how much of engine/ the tests go through, in lines and branches.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
Usage: test/coverage.sh [--keep] [--uncovered]

Builds the preset `coverage`, runs every test that needs no broker and those that send commands to one, and
prints what of engine/ was gone through: lines and branches, by folder and in all. Branches of asserts are
left out: the other one is a bug. What compilers copy into several places is counted once. Takes lcov.

  --keep        what was built and run before is only evaluated
  --uncovered   also every line that nothing went through

Exit status: 0; 1 when less than 95 % of the lines or 90 % of the branches were gone through; 2 usage.
END
}

keep=
uncovered=
for argument in "$@"; do
    case $argument in
    --keep) keep=1 ;;
    --uncovered) uncovered=1 ;;
    -h | --help) usage; exit 0 ;;
    *) echo "coverage.sh: what is $argument? (see --help)" >&2; exit 2 ;;
    esac
done

build=build/coverage
if [ -z "$keep" ]; then
    cmake --preset coverage >/dev/null
    cmake --build --preset coverage --parallel "$(nproc)"
    find $build -name '*.gcda' -delete
    # Of the fuzz targets the corpora alone: how much more is run in a given time differs.
    export EB_FUZZ_SECONDS=0
    ctest --preset coverage --parallel "$(nproc)" -E '^(broker_|demo|install|asyncapi|bench_|manual|terminal)' ||
        echo "coverage.sh: some tests failed" >&2
    ctest --preset coverage -R '^broker_(control|resend|route|watch)$' ||
        echo "coverage.sh: some tests with a broker failed" >&2
fi

lcov --capture --directory $build/engine --base-directory . --include "$PWD/engine/*" --no-external \
    --rc lcov_branch_coverage=1 --rc lcov_excl_br_line='\bassert\(' --output-file $build/objects.info >$build/lcov.log 2>&1 ||
    { tail "$build/lcov.log" >&2; exit 1; }
# What a header defines is in the objects of many files.
lcov --rc lcov_branch_coverage=1 --add-tracefile $build/objects.info --output-file $build/engine.info >>$build/lcov.log

[ -z "$uncovered" ] || awk -v root="$PWD/" '
    /^SF:/ { file = substr($0, 4); sub(root, "", file) }
    /^DA:/ { split(substr($0, 4), part, ","); if (part[2] == 0) print file ":" part[1] }' $build/engine.info

awk -v root="$PWD/engine/" '
    /^SF:/ { folder = substr($0, 4); sub(root, "", folder); sub("/.*", "", folder); folders[folder] = 1 }
    /^DA:/ { split($0, part, ","); lines[folder]++; hit_lines[folder] += part[2] > 0 }
    /^BRDA:/ { split($0, part, ","); branches[folder]++; hit_branches[folder] += part[4] != "-" && part[4] > 0 }
    function share(hit, all) { return all ? 100 * hit / all : 100 }
    function row(name, l, hl, b, hb) {
        printf "%-10s %7d lines %6.1f %%   %7d branches %6.1f %%\n", name, l, share(hl, l), b, share(hb, b)
    }
    END {
        for (f in folders) {
            row(f, lines[f], hit_lines[f], branches[f], hit_branches[f])
            L += lines[f]; HL += hit_lines[f]; B += branches[f]; HB += hit_branches[f]
        }
        row("~ in all", L, HL, B, HB)
        exit share(HL, L) < 95 || share(HB, B) < 90
    }' $build/engine.info | LC_ALL=C sort
