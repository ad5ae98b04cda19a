#!/usr/bin/env bash
# Real brokers side by side: alone, with a plugin that only copies, with the bus, with a service
# beside it. `run.sh --help` says how.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
Usage: test/bench/run.sh [OPTION…]

Starts one broker for each arm on a free loopback port, takes turns among them, and prints medians
and ratios (of the turns of one round, then their median). The broker has a core to itself where
there are two. All arms are idle but the one whose turn it is.

  bare          publisher, broker, subscriber
  copy          a plugin publishes every message once more, unseen; the subscriber gets the copy
  bus           a contract of 20 properties, 1,000 rules, one matches; the payload goes unchanged
  bus-template  the same with a payload rendered anew
  bus-reject    the same, every event invalid
  bus-million   as bus, with 1,000,000 rules (only when asked for)
  bridge        a service in C subscribes, checks a few fields, publishes again
  unwatched     the bus loaded, traffic on topics it does not watch

  --arms "A B …"        [bare copy bus bus-template bus-reject bridge unwatched]
  --sizes "N …"         bytes of an event [100 300 2000 65536]
  --qos "Q …"           [0 1]
  --publishers "N …"    [1 50]
  --rounds N            [5]
  --seconds S           of a turn, after a fifth of that to warm up [2]
  --latency             also latencies at 30 % and 70 % of what the bare broker takes, of the bare,
                        bus and bridge arms, events coming at their times; what is more than the
                        bare broker's is the mean of the rounds' differences, with its 95 % interval
  --instructions        instead of all that: what an unwatched message costs more than on the bare
                        broker, in instructions (valgrind)
  --memory              instead: what the bare broker and the one with the bus hold in memory, at
                        rest, after events of 300 bytes, and after a burst of 1 MiB events
  --growth N            with --memory: and after N more events of 300 bytes
  --quick               events of 300 bytes, QoS 0, one publisher, 3 rounds of one second
  --broker PROGRAM      [mosquitto]
  --build DIR           what was built, release [build/release]
  --keep DIR            keep what was measured, a line for each turn
  --markdown            the table in Markdown
  --json FILE           the table as JSON lines too

Whether unwatched traffic costs anything: --arms "bare unwatched" --rounds 10.
END
}

arms="bare copy bus bus-template bus-reject bridge unwatched"
sizes="100 300 2000 65536"
qualities="0 1"
publishers="1 50"
rounds=5
seconds=2
broker=${EB_MOSQUITTO:-mosquitto}
build=$root/build/release
with_latency=
with_instructions=
with_memory=
growth=0
markdown=
keep=
json=

while [ $# -gt 0 ]; do
    case $1 in
    --arms) arms=$2; shift ;;
    --sizes) sizes=$2; shift ;;
    --qos) qualities=$2; shift ;;
    --publishers) publishers=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --seconds) seconds=$2; shift ;;
    --broker) broker=$2; shift ;;
    --build) build=$2; shift ;;
    --keep) keep=$2; shift ;;
    --json) json=$2; shift ;;
    --latency) with_latency=1 ;;
    --instructions) with_instructions=1 ;;
    --memory) with_memory=1 ;;
    --growth) growth=$2; shift ;;
    --markdown) markdown=1 ;;
    --quick) sizes=300 qualities=0 publishers=1 rounds=3 seconds=1 ;;
    --help) usage; exit 0 ;;
    *) echo "run.sh: what is $1? (see --help)" >&2; exit 2 ;;
    esac
    shift
done

PATH=$PATH:/usr/sbin
command -v "$broker" >/dev/null || { echo "run.sh: there is no broker $broker" >&2; exit 2; }
for program in bin/eb-load bin/bridge-service bin/copy-plugin.so bin/mosquitto_event_bus.so; do
    [ -e "$build/$program" ] || {
        echo "run.sh: $build/$program is missing: cmake --preset release && cmake --build --preset release" >&2
        exit 2
    }
done

work=$(mktemp -d)
end() {
    local children
    children=$(jobs -p)
    [ -z "$children" ] || kill $children 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM
chmod 755 "$work"

on_broker_core=() on_load_core=()
if [ "$(nproc)" -ge 2 ]; then
    on_broker_core=(taskset -c 0)
    on_load_core=(taskset -c "1-$(($(nproc) - 1))")
fi

# The world: one contract, one schema, rules of which one takes the event.
write_bus() { # directory, rules, payload template or nothing
    local to='"topic":"routed/${$mqtt.level[1]}"'
    [ -z "$3" ] || to="$to,\"payload\":$3"
    mkdir -p "$1/contracts" "$1/rules" "$1/schemas/access-event"
    echo '{"version":1,"schemas":{"directory":"schemas"},"contracts":"contracts","rules":"rules","targets":["routed/#"]}' \
        >"$1/event-bus.json"
    echo '{"topic":"bench/+/events","schema":"access-event@1"}' >"$1/contracts/access.json"
    cp "$here/load/access-event.json" "$1/schemas/access-event/1.json"
    awk -v rules="$2" -v to="$to" 'BEGIN {
        form = "{\"name\":\"r%d\",\"from\":[\"bench/+/events\"],\"when\":{\"source\":[\"%s\"]," \
               "\"type\":[\"access.granted\"]},\"to\":[{%s}]}\n"
        printf form, 0, "lock/seattle/b12/d0042", to
        for (i = 1; i < rules; i++)
            printf form, i, "lock/seattle/b" i % 40 "/e" i, to
    }' >"$1/rules/all.jsonl"
}

template='{"number":"${number}","lock":"${source}","what":"${type}","at":"${$event.received}"}'

free_port() {
    local port
    for port in $(shuf -i 20000-40000 -n 50); do
        (echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

await_port() { # port, pid
    local i
    for ((i = 0; i < 1200; i++)); do
        (echo >"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        kill -0 "$2" 2>/dev/null || break
        sleep 0.05
    done
    echo "run.sh: a broker did not start:" >&2
    cat "$work"/*.log >&2
    exit 1
}

declare -A port pid helper
start_broker() { # arm, lines of its configuration
    port[$1]=$(free_port)
    {
        echo "listener ${port[$1]} 127.0.0.1"
        echo "allow_anonymous true"
        echo "max_queued_messages 1000000"
        echo "max_inflight_messages 0"
        [ "$(id -u)" != 0 ] || echo "user root"
        echo "$2"
    } >"$work/$1.conf"
    "${prefix[@]}" "${on_broker_core[@]}" "$broker" -c "$work/$1.conf" >"$work/$1.log" 2>&1 &
    pid[$1]=$!
    await_port "${port[$1]}" "${pid[$1]}"
}

bus_lines() { # directory
    echo "plugin $build/bin/mosquitto_event_bus.so"
    echo "plugin_opt_config_file $1/event-bus.json"
}

start_arm() {
    helper[$1]=
    case $1 in
    bare) start_broker bare "" ;;
    copy) start_broker copy "plugin $build/bin/copy-plugin.so" ;;
    bus | bus-reject | unwatched)
        write_bus "$work/$1" 1000 ""
        start_broker "$1" "$(bus_lines "$work/$1")"
        ;;
    bus-template)
        write_bus "$work/$1" 1000 "$template"
        start_broker "$1" "$(bus_lines "$work/$1")"
        ;;
    bus-million)
        write_bus "$work/$1" 1000000 ""
        start_broker "$1" "$(bus_lines "$work/$1")"
        ;;
    bridge) start_broker bridge "" ;;
    *) echo "run.sh: no arm is called $1" >&2; exit 2 ;;
    esac
}

# One turn; a line of: what broker arm size qos publishers round, then what eb-load says.
turn() { # what, arm, size, qos, publishers, round, more options of eb-load
    local what=$1 arm=$2 size=$3 qos=$4 count=$5 round=$6
    shift 6
    local options=(--port "${port[$arm]}" --qos "$qos" --publishers "$count" --seconds "$seconds"
        --warm-up "$(awk "BEGIN { print $seconds / 5 }")" --cpu "${pid[$arm]}"
        --event "$work/event-$size")
    local service=
    case $arm in
    bare) options+=(--subscribe 'bench/#') ;;
    copy) options+=(--subscribe 'copy/#') ;;
    unwatched) options+=(--topic 'other/%/events' --subscribe 'other/#') ;;
    bus-reject) options+=(--event "$work/event-$size-bad") ;;
    *) options+=(--subscribe 'routed/#') ;;
    esac
    if [ "$arm" = bridge ]; then
        "${on_load_core[@]}" "$build/bin/bridge-service" "${port[bridge]}" 'bench/#' routed/ "$qos" &
        service=$!
        sleep 0.2
        options+=(--cpu "$service")
    fi
    printf '%s %s %s %s %s %s ' "$what" "$arm" "$size" "$qos" "$count" "$round" >>"$work/turns"
    "${on_load_core[@]}" "$build/bin/eb-load" "${options[@]}" "$@" >>"$work/turns" ||
        [ $? = 1 ] || exit 1
    if [ -n "$service" ]; then
        kill "$service"
        wait "$service" 2>/dev/null || true
    fi
}

write_events() { # size
    "$build/bin/eb-load" --print-event --size "$1" | tr -d '\n' >"$work/event-$1"
    sed 's/"type":"access.granted"/"type":"access.guessed"/' "$work/event-$1" >"$work/event-$1-bad"
}

# Events a second of the bare broker so far in this cell.
bare_rate() { # size, qos, publishers
    awk -v cell="rate bare $1 $2 $3" 'index($0, cell " ") == 1 {
        match($0, /"events_per_s":[0-9.]+/); sum += substr($0, RSTART + 15, RLENGTH - 15); n++
    } END { print sum / n }' "$work/turns"
}

measure_cell() { # size, qos, publishers
    local round arm share
    write_events "$1"
    for ((round = 1; round <= rounds; round++)); do
        for arm in $(shuf -e $arms); do
            echo "  $1 bytes, QoS $2, $3 publishers, round $round: $arm" >&2
            turn rate "$arm" "$1" "$2" "$3" "$round"
        done
    done
    [ -n "$with_latency" ] || return 0
    local bare
    bare=$(bare_rate "$1" "$2" "$3")
    for share in 30 70; do
        for ((round = 1; round <= rounds; round++)); do
            for arm in $(shuf -e bare bus bridge); do
                [[ " $arms " = *" $arm "* ]] || continue
                echo "  $1 bytes, QoS $2, $3 publishers, $share % of the bare rate, round $round: $arm" >&2
                turn "latency$share" "$arm" "$1" "$2" "$3" "$round" \
                    --rate "$(awk "BEGIN { print $bare * $share / 100 }")"
            done
        done
    done
}

prefix=()
if [ -n "$with_instructions" ]; then
    exec 3>&2
    on_broker_core=()
    write_events 300
    # One event at a time, or a slower broker would deal with more of them in a turn.
    instructions() { # arm, events, topic
        prefix=(valgrind --quiet --tool=callgrind "--callgrind-out-file=$work/callgrind")
        start_arm "$1"
        "$build/bin/eb-load" --port "${port[$1]}" --event "$work/event-300" --topic "$3" \
            --subscribe 'other/#' --events "$2" --window 1 --warm-up 0 >/dev/null
        kill "${pid[$1]}"
        wait "${pid[$1]}" || true
        awk '/^summary:|^totals:/ { print $2; exit }' "$work/callgrind"
    }
    for arm in bare unwatched; do
        few=$(instructions $arm 1000 other/1/events)
        many=$(instructions $arm 11000 other/1/events)
        echo "$arm $(((many - few) / 10000))"
    done | tee "$work/result"
    awk '{ cost[$1] = $2 } END { print "unwatched costs", cost["unwatched"] - cost["bare"], "instructions a message more" }' "$work/result"
    exit
fi

# MiB that a broker holds in memory.
held() { # arm
    awk '/^VmRSS:/ { print $2 / 1024 }' "/proc/${pid[$1]}/status"
}

say_held() { # when
    local of_bare of_bus
    of_bare=$(held bare) of_bus=$(held bus)
    echo "$1|$of_bare|$of_bus" >>"$work/held"
    echo "  $1: bare $of_bare MiB, with the bus $of_bus MiB" >&2
}

send() { # events, size
    local arm filter
    for arm in bare bus; do
        filter='bench/#'
        [ $arm = bare ] || filter='routed/#'
        "${on_load_core[@]}" "$build/bin/eb-load" --port "${port[$arm]}" --event "$work/event-$2" \
            --subscribe "$filter" --events "$1" --warm-up 0 >/dev/null ||
            echo "run.sh: $arm lost events" >&2
    done
    sleep 1
}

if [ -n "$with_memory" ]; then
    write_events 300
    write_events 1048576
    start_arm bare
    start_arm bus
    say_held "at rest"
    send 10000 300
    say_held "after 10,000 events of 300 bytes"
    send 200 1048576
    send 1000 300
    say_held "after a burst of 200 events of 1 MiB"
    if [ "$growth" -gt 0 ]; then
        send "$growth" 300
        say_held "after $growth more of 300 bytes"
    fi
    awk -F'|' -v markdown="$markdown" 'BEGIN {
        form = markdown ? "| %s | %s | %s | %s |\n" : "%-40s %10s %10s %10s\n"
        printf form, "MiB held", "bare", "bus", "more"
        if (markdown) printf form, "---", "---", "---", "---"
    } { printf form, $1, sprintf("%.1f", $2), sprintf("%.1f", $3), sprintf("%.1f", $3 - $2) }' "$work/held"
    exit
fi

: >"$work/turns"
for arm in $arms; do
    echo "starting: $arm" >&2
    start_arm "$arm"
done
for size in $sizes; do
    for qos in $qualities; do
        for count in $publishers; do
            measure_cell "$size" "$qos" "$count"
        done
    done
done
[ -z "$keep" ] || { mkdir -p "$keep" && cp "$work/turns" "$keep/turns"; }
{ "$broker" -h 2>&1 || true; } | awk 'NR == 1 { print $1, $3 }'
awk -v json="$json" -v markdown="$markdown" -f "$here/load/table.awk" "$work/turns"
