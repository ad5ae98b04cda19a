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
  --coverage    only print the lines and branches that the inputs found so far reach, of the files
                that each target aims at (preset `fuzz-coverage`: clang's llvm-cov)
  --list        only name the targets

Exit status: 0 nothing found, 1 something was, 2 usage.
END
}

minutes=1
jobs=$(nproc)
seed=0
timeout=25
log=build/fuzz/log
only=
targets=()
while [ $# -gt 0 ]; do
    case $1 in
    --minutes) minutes=$2; shift ;;
    --jobs) jobs=$2; shift ;;
    --seed) seed=$2; shift ;;
    --timeout) timeout=$2; shift ;;
    --log) log=$2; shift ;;
    --total | --coverage | --list) only=$1 ;;
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

# The files that a target is there for.
aims_of() { # target
    case $1 in
    topic) echo engine/topic/*.c ;;
    json_reader) echo engine/json/{doc,names,reader,scan,unescape,writer}.c ;;
    pattern) echo engine/pattern/{comparable,fields,index_*,number_set,paths,pattern_match}.c \
        engine/pattern/{pattern_parse,predicate*,rule_index_build,rule_index_match,wildcard}.c ;;
    target) echo engine/target/*.c ;;
    regex) echo engine/text/{chars,fold,regex,regex_[!w]*,unicode_names}.c ;;
    format) echo engine/text/{format*,idna,nfc,punycode}.c ;;
    configuration) echo engine/bus/{document_check,settings}.c ;;
    bus) echo engine/bus/*.c ;;
    schema_compile) echo engine/schema/{check,compile*,dialect,emit,index,library,map,names}.c \
        engine/schema/{order,references,scope,uri}.c ;;
    schema_validate) echo engine/schema/{content,equal,scalar,validate*,value_set}.c ;;
    schema_compat) echo engine/schema/compat*.c ;;
    schema_diff) echo engine/schema/diff.c ;;
    schema_infer) echo engine/schema/infer*.c ;;
    cloudevents) echo engine/cloudevents/*.c ;;
    resend) echo engine/bus/resend.c ;;
    reply) echo cli/{reply,top_draw,top_model}.c ;;
    command) echo plugin/command*.c engine/store/{entry_text,managed,replace}.c ;;
    dead_letter) echo engine/bus/dead_letter.c engine/json/base64.c \
        cli/{letter_event,letter_print,letters}.c ;;
    esac
}

# llvm-cov tells of a file: its name, then regions, functions, lines, branches: how many, missed, per cent.
print_coverage() { # target
    local dir=build/fuzz-coverage found=build/fuzz/corpus/$1
    local program=$dir/fuzz/fuzz_$1 corpora=("test/fuzz/corpus/$1")
    [ ! -d "$found" ] || corpora+=("$found")
    LLVM_PROFILE_FILE=$dir/$1.profraw "$program" -runs=0 "${corpora[@]}" >"$dir/$1.log" 2>&1 ||
        { tail "$dir/$1.log"; return 1; }
    llvm-profdata merge -sparse "$dir/$1.profraw" -o "$dir/$1.profdata"
    llvm-cov report "$program" -instr-profile="$dir/$1.profdata" |
        awk -v target="$1" -v aims=" $(aims_of "$1") " 'index(aims, " " $1 " ") {
            lines += $8; missed_lines += $9; branches += $11; missed_branches += $12
        } END {
            if (!lines) exit 1
            printf "%-18s %6d of %6d lines %6.1f %%  %6d of %6d branches %6.1f %%\n", target, \
                lines - missed_lines, lines, 100 * (1 - missed_lines / lines), \
                branches - missed_branches, branches, 100 * (1 - missed_branches / branches)
        }'
}

build() { # preset
    cmake --preset "$1" >/dev/null
    cmake --build --preset "$1" --parallel "$(nproc)" --target "${targets[@]/#/fuzz_}" >"build/$1/build.log" ||
        { cat "build/$1/build.log"; exit 1; }
}

case $only in
--list) printf '%s\n' "${known[@]}"; exit ;;
--total) print_total; exit ;;
--coverage)
    build fuzz-coverage
    for target in "${targets[@]}"; do print_coverage "$target"; done
    exit
    ;;
esac

build fuzz

# Sets options to what libFuzzer is told for one target alone.
choose_options() { # target
    local dictionary=test/fuzz/$1.dict
    options=()
    case $1 in
    configuration | bus | target) dictionary=build/fuzz/fuzz/members.dict ;;
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
    local status=0 result=clean start=$SECONDS options
    mkdir -p "$dir" "$findings"
    choose_options "$1"
    build/fuzz/fuzz/fuzz_"$1" -max_total_time="$seconds" -seed="$seed" -timeout="$timeout" -rss_limit_mb=4096 \
        -print_final_stats=1 -artifact_prefix="$findings/" "${options[@]}" \
        "$dir" "test/fuzz/corpus/$1" >"$out" 2>&1 || status=$?
    [ $status = 0 ] || result=found
    local line
    line=$(awk -v target="$1" -v result=$result -v seconds=$((SECONDS - start)) -v now="$(date -u +%FT%TZ)" '
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
