#!/usr/bin/env bash
# attack.sh - a broker with the bus under attack, and what becomes of honest clients meanwhile.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)

usage() {
    cat <<'END'
Usage: test/attack.sh [OPTION…] [ATTACK…]

Starts a Mosquitto with the bus on a free loopback port. Two honest publishers send events at QoS 1, which
a contract judges and a rule copies to a subscriber, as fast as the broker takes them: first alone, then
under each attack (`eb-attack list` has them; all, unless some are named). A line for each says what they
reached, what the attack took of the broker's time, and the broker's memory.

No event of theirs may be lost or doubled; the broker may hold no more than 512 MiB, and must
end well. With --fair, on a machine that does nothing else and has a core each for
broker, attack and honest clients, these may become slower by no more than the share of the broker's time that
the attack took, and a fifth for noise.

  --seconds S        of each [5]
  --clients N        that come and go [1000]
  --broker PROGRAM   [$EB_MOSQUITTO, or mosquitto]
  --build DIR        what was built [build/release]
  --bare             without the bus: what the same attacks do to the broker by itself
  --fair             judges speed, too
  --preload LIBS     loaded into the broker first; its memory is then not judged

Exit status: 0 all is well, 1 something is not, 2 usage.
END
}

seconds=5
clients=1000
broker=${EB_MOSQUITTO:-mosquitto}
build=$root/build/release
preload=
bare=
is_fair=
limit_kib=$((512 * 1024))
filter=services/honest
attacks=()
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2; shift ;;
    --clients) clients=$2; shift ;;
    --broker) broker=$2; shift ;;
    --build) build=$2; shift ;;
    --preload) preload=$2 limit_kib=0; shift ;;
    --bare) bare=1 filter='honest/#' ;;
    --fair) is_fair=1 ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "attack.sh: what is $1? (see --help)" >&2; exit 2 ;;
    *) attacks+=("$1") ;;
    esac
    shift
done

PATH=$PATH:/usr/sbin
command -v -- "$broker" >/dev/null || { echo "attack.sh: there is no broker $broker" >&2; exit 2; }
for program in eb-attack eb-load mosquitto_event_bus.so; do
    [ -e "$build/bin/$program" ] || {
        echo "attack.sh: $build/bin/$program is missing: cmake --preset release && cmake --build --preset release" >&2
        exit 2
    }
done
[ ${#attacks[@]} -gt 0 ] || mapfile -t attacks < <("$build/bin/eb-attack" list | cut -d' ' -f1)
ulimit -n "$(ulimit -Hn)"

work=$(mktemp -d)
pid= attacker=
end() {
    [ -z "$attacker" ] || kill "$attacker" 2>/dev/null || true
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

write_configuration() {
    local bus=$work/bus
    mkdir -p "$bus/contracts" "$bus/rules" "$bus/schemas/honest" "$bus/schemas/hostile"
    echo '{ "version": 1, "targets": ["services/#"], "control": { "usernames": ["bus-admin"] } }' >"$bus/event-bus.json"
    echo '{ "type": "object", "required": ["number"], "properties": { "number": { "type": "integer" } } }' \
        >"$bus/schemas/honest/1.json"
    echo '{ "type": "object", "required": ["number"], "properties": { "number": { "type": "integer" },
            "slow": { "allOf": [{ "pattern": "^(a+)+$" }, { "pattern": "(?=(a+)+$)(a|a)*b" }] } } }' \
        >"$bus/schemas/hostile/1.json"
    echo '{ "topic": "honest/#", "schema": "honest@1" }' >"$bus/contracts/honest.json"
    echo '{ "topic": "hostile/#", "schema": "hostile@1" }' >"$bus/contracts/hostile.json"
    echo '{ "from": ["honest/#"], "to": [{ "topic": "services/honest" }] }' >"$bus/rules/honest.json"
    echo '{ "from": ["deaf/#"], "to": [{ "topic": "services/deaf" }] }' >"$bus/rules/deaf.json"
    echo '{ "from": ["hostile/#"], "when": { "slow": [{ "wildcard": "*a*a*a*b" }] }, "to": [{ "topic": "services/slow" }] }' \
        >"$bus/rules/slow.json"
}

# No bound on what is in flight to a subscriber: where there is one, what waits because of it can stay in
# Mosquitto 2.0.11, bus or no bus, until something else comes for that subscriber.
start_broker() {
    local i
    for port in $(shuf -i 20000-32000 -n 20); do
        printf '%s\n' "listener $port 127.0.0.1" 'allow_anonymous true' "user $(id -un)" 'log_dest none' \
            'max_inflight_messages 0' >"$work/mosquitto.conf"
        [ -n "$bare" ] || printf '%s\n' "plugin $(realpath "$build/bin/mosquitto_event_bus.so")" \
            "plugin_opt_config_file $work/bus" >>"$work/mosquitto.conf"
        LD_PRELOAD=$preload LSAN_OPTIONS=print_suppressions=0 "$broker" -c "$work/mosquitto.conf" >"$work/log" 2>&1 &
        pid=$!
        for ((i = 0; i < 200; i++)); do
            kill -0 "$pid" 2>/dev/null || break
            (echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
            sleep 0.05
        done
    done
    cat "$work/log" >&2
    exit 1
}

stop_broker() {
    local status=0
    kill "$pid" 2>/dev/null || true
    wait "$pid" || status=$?
    pid=
    [ "$status" = 0 ] && ! grep -qE 'Sanitizer|runtime error:' "$work/log"
}

# What honest clients reach: one line of JSON.
measure() {
    "$build/bin/eb-load" -p "$port" -t 'honest/%' -n 2 -q 1 -S "$filter" --window 40 \
        --warm-up 0.2 --seconds "$seconds" --cpu "$pid"
}

field() { # of a line of JSON: name
    sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" <<<"$2"
}

write_configuration
start_broker
status=0
alone=$(measure) || status=1
alone_rate=$(field events_per_s "$alone") alone_us=$(field us_per_event "$alone")
printf '%-12s %10s %9s %9s %9s %9s  %s\n' attack 'events/s' 'of alone' 'attack' 'p99 ms' 'MiB' ''
printf '%-12s %10.0f %8d%% %9s %9.1f %9.1f\n' alone "$alone_rate" 100 - \
    "$(awk "BEGIN { print $(field p99 "$alone") / 1000 }")" "$(awk "BEGIN { print $(field memory_kib "$alone") / 1024 }")"

for attack in "${attacks[@]}"; do
    options=()
    [ "$attack" != connections ] || options=("$clients")
    "$build/bin/eb-attack" "$port" "$attack" "$(awk "BEGIN { print $seconds + 0.4 }")" "${options[@]}" >"$work/attack" &
    attacker=$!
    sleep 0.1
    under=$(measure) || { status=1; echo "WRONG: events were lost or doubled: $under"; }
    wait "$attacker" || status=1
    attacker=
    awk -v name="$attack" -v rate="$(field events_per_s "$under")" -v alone="$alone_rate" -v us="$(field us_per_event "$under")" \
        -v alone_us="$alone_us" -v p99="$(field p99 "$under")" -v kib="$(field memory_kib "$under")" -v is_fair="$is_fair" -v limit="$limit_kib" \
        -v what="$(cat "$work/attack")" 'BEGIN {
            share = (us - alone_us) * rate / 1e6
            if (share < 0) share = 0
            wrong = ""
            if (is_fair && rate < alone * (1 - share) * 0.8) wrong = "WRONG: slower than that"
            if (limit && kib > limit) wrong = "WRONG: too much memory"
            printf "%-12s %10.0f %8.0f%% %8.0f%% %9.1f %9.1f  %s %s\n", name, rate, 100 * rate / alone, 100 * share,
                p99 / 1000, kib / 1024, what, wrong
            exit wrong != ""
        }' || status=1
done
after=$(measure) || status=1
printf '%-12s %10.0f %8.0f%%\n' afterwards "$(field events_per_s "$after")" \
    "$(awk "BEGIN { print 100 * $(field events_per_s "$after") / $alone_rate }")"
stop_broker || { echo "attack.sh: the broker ended badly" >&2; tail -n 60 "$work/log" >&2; status=1; }
[ "$status" = 0 ] && echo "All is well." || echo "Something is WRONG."
exit "$status"
