#!/usr/bin/env bash
# Runs the fuzz targets for as long as one likes; see --help.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
    cat <<'END'
Usage: test/fuzz/run.sh [OPTION…] [TARGET…]

Builds the fuzz targets (preset `fuzz`: clang, libFuzzer, ASan, UBSan) and runs each, all of them
unless some are named. Begins with the corpus in the repository and with what runs before found,
which is kept in build/fuzz/corpus. Prints executions and coverage of each; what a run found lies in
build/fuzz/findings.

  --minutes N   for each target [1]; a fraction is allowed
  --jobs N      targets at a time [as many as there are processors]
  --seed N      begin with this random seed
  --log FILE    where a line for each run is added [build/fuzz/log]
  --total       only print what the runs in the log add up to
  --list        only name the targets

Exit status: 0 nothing found, 1 something was, 2 usage.
END
}

minutes=1
jobs=$(nproc)
seed=0
log=build/fuzz/log
only=
targets=()
while [ $# -gt 0 ]; do
    case $1 in
    --minutes) minutes=$2; shift ;;
    --jobs) jobs=$2; shift ;;
    --seed) seed=$2; shift ;;
    --log) log=$2; shift ;;
    --total | --list) only=$1 ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "run.sh: what is $1? (see --help)" >&2; exit 2 ;;
    *) targets+=("$1") ;;
    esac
    shift
done
seconds=$(awk "BEGIN { printf \"%d\", $minutes * 60 }") || exit 2
[ "$seconds" -gt 0 ] || { echo "run.sh: --minutes is a number above 0" >&2; exit 2; }

mapfile -t known < <(sed -n 's/^eb_fuzzer(\([a-z_0-9]*\) .*/\1/p' test/fuzz/CMakeLists.txt)
[ ${#targets[@]} -gt 0 ] || targets=("${known[@]}")
for target in "${targets[@]}"; do
    [[ " ${known[*]} " = *" $target "* ]] || {
        echo "run.sh: no target is called $target; there are: ${known[*]}" >&2
        exit 2
    }
done

# Lines of the log: date target seconds executions edges features result
print_total() {
    awk '{
        seconds[$2] += $3; runs[$2]++; executions[$2] += $4; found[$2] += $7 != "clean"
        if ($5 > edges[$2]) edges[$2] = $5
    } END {
        printf "%-18s %5s %9s %14s %7s %s\n", "target", "runs", "minutes", "executions", "edges", "findings"
        for (target in runs)
            printf "%-18s %5d %9.1f %14d %7d %d\n", target, runs[target], seconds[target] / 60, \
                executions[target], edges[target], found[target] | "sort"
    }' "$log"
}

case $only in
--list) printf '%s\n' "${known[@]}"; exit ;;
--total) print_total; exit ;;
esac

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel "$(nproc)" --target "${targets[@]/#/fuzz_}" >build/fuzz/build.log ||
    { cat build/fuzz/build.log; exit 1; }

# Sets options to what libFuzzer is told for one target alone.
choose_options() { # target
    local dictionary=test/fuzz/$1.dict
    options=()
    case $1 in
    # Every name of a member that a file of the configuration may have, and every value of few.
    configuration | bus | target)
        dictionary=build/fuzz/$1.dict
        grep -oh '"[$a-z0-9_-]*"' config/schema/*.schema.json | sort -u |
            sed 's/"\(.*\)"/"\\"\1\\""/' >"$dictionary"
        ;;
    esac
    [ ! -f "$dictionary" ] || options+=("-dict=$dictionary")
    case $1 in
    # Each input of these reaches thousands of features and the corpus grows to thousands of inputs.
    # Weighing all of them by their rare features after each find (entropic, the default) then takes
    # nearly all the time: 70 executions a second for schema_validate after ten minutes, without it 1,900.
    schema_* | bus) options+=(-entropic=0) ;;
    esac
}

run_target() { # target
    local dir=build/fuzz/corpus/$1 findings=build/fuzz/findings/$1 out=build/fuzz/$1.log
    local status=0 result=clean options
    mkdir -p "$dir" "$findings"
    choose_options "$1"
    build/fuzz/fuzz/fuzz_"$1" -max_total_time="$seconds" -seed="$seed" -timeout=25 -rss_limit_mb=4096 \
        -print_final_stats=1 -artifact_prefix="$findings/" "${options[@]}" \
        "$dir" "test/fuzz/corpus/$1" >"$out" 2>&1 || status=$?
    [ $status = 0 ] || result=found
    local line
    line=$(awk -v target="$1" -v result=$result -v seconds="$seconds" -v now="$(date -u +%FT%TZ)" '
        match($0, /cov: [0-9]+/) { edges = substr($0, RSTART + 5, RLENGTH - 5) }
        match($0, /ft: [0-9]+/) { features = substr($0, RSTART + 4, RLENGTH - 4) }
        /^stat::number_of_executed_units/ { executions = $2 }
        /^#[0-9]+/ && !executions { last = substr($1, 2) }
        /^Done [0-9]+ runs in [0-9]+/ { seconds = $5 }
        END { print now, target, seconds, (executions ? executions : last) + 0, edges + 0, features + 0, result }
    ' "$out")
    echo "$line" >>"$log"
    echo "$line" | awk '{ printf "%-18s %8d s %12d executions %6d edges: %s\n", $2, $3, $4, $5, $7 }'
    [ $status = 0 ] || { tail -n 40 "$out"; return 1; }
}

status=0
running=0
for target in "${targets[@]}"; do
    if [ "$running" -ge "$jobs" ]; then
        wait -n || status=1
        running=$((running - 1))
    fi
    run_target "$target" &
    running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
    wait -n || status=1
    running=$((running - 1))
done
exit $status
