#!/usr/bin/env bash
# How much longer the broker leaves its clients waiting while the bus reloads. `reload.sh --help`
# says how.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'EOF'
Usage: test/bench/reload.sh [OPTION…]

Loads 100,000 rules, keeps a broker busy, and measures the time between two callbacks of the broker:
in turns without reloads and with one after the other, by the control command. Prints how often which
gap came, and the longest, for both, and how much of it the broker's thread had the processor, which is
what others on the machine do not change. Every event must arrive once.

  --rules N             [100000]
  --rate R              events a second [10000]
  --rounds N            [5]
  --seconds S           of a turn [5]
  --one-core            the broker, its reloads included, has a single core
  --broker PROGRAM      [mosquitto]
  --build DIR           what was built, release [build/release]
EOF
}

rules=100000
rate=10000
rounds=5
seconds=5
broker=${EB_MOSQUITTO:-mosquitto}
build=$root/build/release
on_broker_core=()

while [ $# -gt 0 ]; do
    case $1 in
    --rules) rules=$2; shift ;;
    --rate) rate=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --seconds) seconds=$2; shift ;;
    --one-core) on_broker_core=(taskset -c 0) ;;
    --broker) broker=$2; shift ;;
    --build) build=$2; shift ;;
    --help) usage; exit 0 ;;
    *) echo "reload.sh: what is $1? (see --help)" >&2; exit 2 ;;
    esac
    shift
done

PATH=$PATH:/usr/sbin
for program in bin/eb-load bin/gap-plugin.so bin/mosquitto_event_bus.so; do
    [ -e "$build/$program" ] || {
        echo "reload.sh: $build/$program is missing: cmake --preset release && cmake --build --preset release" >&2
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

write_bus() {
    mkdir -p "$work/bus/rules" "$work/gaps"
    cat >"$work/bus/event-bus.json" <<'EOF'
{ "version": 1, "rules": "rules", "targets": ["routed/#"], "control": { "usernames": ["bus-admin"] } }
EOF
    awk -v rules="$rules" 'BEGIN {
        form = "{\"name\":\"r%d\",\"from\":[\"bench/+/events\"],\"when\":{\"source\":[\"%s\"]," \
               "\"type\":[\"access.granted\"]},\"to\":[{\"topic\":\"routed/${$mqtt.level[1]}\"}]}\n"
        printf form, 0, "lock/seattle/b12/d0042"
        for (i = 1; i < rules; i++)
            printf form, i, "lock/seattle/b" i % 40 "/e" i
    }' >"$work/bus/rules/all.jsonl"
}

start_broker() {
    port=$(shuf -i 20000-40000 -n 1)
    {
        echo "listener $port 127.0.0.1"
        echo "allow_anonymous true"
        [ "$(id -u)" != 0 ] || echo "user root"
        echo "plugin $build/bin/mosquitto_event_bus.so"
        echo "plugin_opt_config_file $work/bus/event-bus.json"
        echo "plugin $build/bin/gap-plugin.so"
        echo "plugin_opt_directory $work/gaps"
    } >"$work/mosquitto.conf"
    "${on_broker_core[@]}" "$broker" -c "$work/mosquitto.conf" >"$work/log" 2>&1 &
    broker_pid=$!
    for ((i = 0; i < 600; i++)); do
        (echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        kill -0 "$broker_pid" 2>/dev/null || break
        sleep 0.05
    done
    cat "$work/log" >&2
    exit 1
}

# Until it is killed; a line for each reload that was answered.
reload_on() {
    while :; do
        mosquitto_rr -V 5 -p "$port" -u bus-admin -W 60 -t '$CONTROL/event-bus/v1' \
            -e '$CONTROL/event-bus/v1/response' -m '{"commands":[{"command":"reload"}]}'
        echo
    done >>"$work/reloads"
}

end_measurement() { # name
    mosquitto_pub -p "$port" -t "gap/$1" -n
}

turn() { # name
    local reloader=
    if [ "${1%%-*}" = reload ]; then
        reload_on &
        reloader=$!
        sleep 0.2
    fi
    end_measurement discarded
    "$build/bin/eb-load" --port "$port" --event "$work/event" --subscribe 'routed/#' --rate "$rate" \
        --warm-up 0 --seconds "$seconds" >>"$work/load" || { echo "reload.sh: events were lost" >&2; tail -1 "$work/load" >&2; exit 1; }
    end_measurement "$1"
    if [ -n "$reloader" ]; then
        kill "$reloader"
        wait "$reloader" 2>/dev/null || true
        sleep 2 # for the one under way
    fi
}

write_bus
start_broker
"$build/bin/eb-load" --print-event --size 300 | tr -d '\n' >"$work/event"
: >"$work/reloads"
for ((round = 1; round <= rounds; round++)); do
    for arm in quiet reload; do
        echo "  round $round: $arm" >&2
        turn "$arm-$round"
    done
done
grep -q '"error"' "$work/reloads" && { head -1 "$work/reloads" >&2; exit 1; }
echo "$rules rules, $rate events a second, $(grep -c responses "$work/reloads") reloads" \
    "of $(sed -n 's/.*"milliseconds":\([0-9]*\).*/\1/p' "$work/reloads" | sort -n | awk '{ ms[NR] = $1 } END { print ms[int((NR + 1) / 2)] }') ms in $((rounds * seconds)) s"
tell() { # measure, heading
    awk -v heading="$2" '
        BEGIN { n = split("0.1 0.2 0.5 1 2 5 10 20", bound) }
        { parts = split(FILENAME, path, "/"); arm = path[parts]; sub(/-.*/, "", arm) }
        $1 == "max" {
            longest[arm, ++rounds[arm]] = $2 / 1e6
            if ($2 / 1e6 > most[arm]) most[arm] = $2 / 1e6
            next
        }
        { for (i = 1; i <= n && $1 / 1e6 > bound[i]; i++); count[arm, i] += $2 }
        function median(arm,  i, j, kept) {
            for (i = 1; i <= rounds[arm]; i++)
                for (j = i + 1; j <= rounds[arm]; j++)
                    if (longest[arm, j] < longest[arm, i]) {
                        kept = longest[arm, i]; longest[arm, i] = longest[arm, j]; longest[arm, j] = kept
                    }
            return longest[arm, int((rounds[arm] + 1) / 2)]
        }
        END {
            printf "\n%-32s %10s %10s\n", heading, "quiet", "reloading"
            for (i = 1; i <= n; i++)
                printf "  at most %4s ms %26d %10d\n", bound[i], count["quiet", i], count["reload", i]
            printf "  longer %33d %10d\n", count["quiet", n + 1], count["reload", n + 1]
            printf "longest, ms %30.2f %10.2f\n", most["quiet"], most["reload"]
            printf "longest of a turn, median, ms %12.2f %10.2f\n", median("quiet"), median("reload")
        }' "$work"/gaps/quiet-*."$1" "$work"/gaps/reload-*."$1"
}
tell time "from one callback to the next"
tell work "of that, the thread at work"
