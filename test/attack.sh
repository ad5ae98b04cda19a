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
reached and the broker's memory.

No event of theirs may be lost or doubled; the broker may hold no more than 512 MiB, and must
end well.

With --fair speed is judged, too: under attack the honest may lose no larger share of their throughput than
the attack has of the broker's time, and a tenth for noise. What the attack has is known from running it by
itself: what a packet of it costs the broker, times those that the broker took while the honest were there.
How fast the honest are alone is measured before and after each attack. Where these differ by more than a fifth
the machine was not quiet, and after three tries the attack is said not to be judged. The broker gets one
processor, the honest and the attack share the others, and the honest go first; time for which somebody else
had the broker's processor does not count.

  --seconds S        of each [5]
  --clients N        that come and go [1000]; broker and attack need as many open files each (ulimit -Hn)
  --broker PROGRAM   [$EB_MOSQUITTO, or mosquitto]
  --build DIR        what was built [build/release]
  --bare             without the bus: what the same attacks do to the broker by itself
  --fair             judges speed, too
  --preload LIBS     loaded into the broker first; its memory is then not judged

Exit status: 0 all is well, 1 something is not, or was not judged, 2 usage.
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
# A hundred more for what is no client.
files=$((clients + 100))
ulimit -n "$(ulimit -Hn)"
[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -ge "$files" ] || ulimit -n "$files" 2>/dev/null || {
    echo "attack.sh: $clients clients take $files open files, and the limit is $(ulimit -Hn) (ulimit -Hn)" >&2
    exit 2
}

# Of those that this shell may use, the first is the broker's.
on_broker=() on_others=() behind_others=()
if [ -n "$is_fair" ]; then
    mapfile -t processors < <(taskset -cp $$ | sed 's/.*: //' | tr , '\n' |
        while IFS=- read -r from to; do seq "$from" "${to:-$from}"; done)
    [ ${#processors[@]} -ge 2 ] || { echo "attack.sh: --fair takes two processors" >&2; exit 2; }
    others=$(IFS=,; echo "${processors[*]:1}")
    on_broker=(taskset -c "${processors[0]}") on_others=(taskset -c "$others")
    behind_others=("${on_others[@]}" nice -n 19)
fi

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
        LD_PRELOAD=$preload LSAN_OPTIONS=print_suppressions=0 "${on_broker[@]}" "$broker" -c "$work/mosquitto.conf" >"$work/log" 2>&1 &
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

# What honest clients reach, in $measured: one line of JSON.
measure() {
    measured=$("${on_others[@]}" "$build/bin/eb-load" -p "$port" -t 'honest/%' -n 2 -q 1 -S "$filter" --window 40 \
        --warm-up 0.2 --seconds "$seconds" --cpu "$pid") || wrong "events were lost or doubled: $measured"
    [ -n "$measured" ] || exit 1
}

# begin_attack NAME: in the background. What it came to will be one line of JSON in $work/attack.
begin_attack() {
    local options=()
    [ "$1" != connections ] || options=("$clients")
    "${behind_others[@]}" "$build/bin/eb-attack" "$port" "$1" "$(compute "$seconds + 0.4")" "$pid" \
        "${options[@]}" >"$work/attack" &
    attacker=$!
}

end_attack() {
    local result=0
    wait "$attacker" || result=1
    attacker=
    return $result
}

field() { # of a line of JSON: name
    sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" <<<"$2"
}

compute() {
    awk "BEGIN { print ($1) }"
}

holds() {
    awk "BEGIN { exit !($1) }"
}

wrong() {
    status=1
    echo "WRONG: $*"
}

# row NAME LINE RATE ALONE SHARE WHAT: of the table. LINE is of measure, RATE and ALONE events/s.
row() {
    printf '%-12s %10.0f %8.0f%% %9s %9.1f %9.1f  %s\n' "$1" "$3" "$(compute "100 * $3 / $4")" "$5" \
        "$(compute "$(field p99 "$2") / 1000")" "$(compute "$(field memory_kib "$2") / 1024")" "$6"
}

events_per_s() {
    field events_per_s "$1"
}

# under_attack NAME: what honest clients reach meanwhile, in $under; what the attack came to in $attack.
under_attack() {
    begin_attack "$1"
    sleep 0.1
    measure
    under=$measured
    end_attack || wrong "the attack $1 failed"
    attack=$(<"$work/attack")
    ((limit_kib == 0 || $(field memory_kib "$under") <= limit_kib)) || wrong "$1 took too much memory"
}

what_was_sent() {
    echo "$(field packets "$attack") packets, $(field connections "$attack") connections$(
        holds "$(field let_in "$attack") > 0" && echo ", $(field let_in "$attack") at once")"
}

# attack_alone NAME: what each of its packets costs the broker, s, in $cost.
attack_alone() {
    local alone
    begin_attack "$1"
    end_attack || wrong "the attack $1 failed"
    alone=$(<"$work/attack")
    cost=$(compute "$(field broker_s "$alone") / ($(field taken "$alone") + 0.001)")
}

# available_s LINE: seconds in which nobody but the broker had its processor.
available_s() {
    compute "$(field seconds "$1") - $(field waited_s "$1")"
}

# events_each_s LINE: events in such a second.
events_each_s() {
    compute "$(field events_per_s "$1") * $(field seconds "$1") / $(available_s "$1")"
}

# judge_fairly NAME: another try when the machine was not quiet.
judge_fairly() {
    local before after rate try share cost
    attack_alone "$1"
    for try in 1 2 3; do
        measure
        before=$(events_each_s "$measured")
        under_attack "$1"
        measure
        after=$(events_each_s "$measured")
        alone_rate=$(compute "($before + $after) / 2")
        share=$(compute "$(field taken "$attack") * $cost / $(available_s "$attack")")
        rate=$(events_each_s "$under")
        holds "($before - $after) ^ 2 > (0.2 * $alone_rate) ^ 2" || break
        ((try < 3)) || {
            wrong "$1 is not judged, the machine was not quiet: alone $before events/s before, and $after behind it"
            return
        }
    done
    row "$1" "$under" "$rate" "$alone_rate" "$(compute "int(100 * $share + 0.5)")%" "$(what_was_sent)"
    holds "1 - $rate / $alone_rate <= $share + 0.1" || wrong "$1 cost the honest more than its share"
}

write_configuration
start_broker
status=0
measure
alone_rate=$(events_per_s "$measured")
printf '%-12s %10s %9s %9s %9s %9s\n' attack 'events/s' 'of alone' 'attack' 'p99 ms' 'MiB'
row alone "$measured" "$alone_rate" "$alone_rate" - ''
for name in "${attacks[@]}"; do
    if [ -n "$is_fair" ]; then
        judge_fairly "$name"
    else
        under_attack "$name"
        row "$name" "$under" "$(events_per_s "$under")" "$alone_rate" - "$(what_was_sent)"
    fi
done
measure
row afterwards "$measured" "$(events_per_s "$measured")" "$alone_rate" - ''
stop_broker || { wrong "the broker ended badly"; tail -n 60 "$work/log" >&2; }
[ "$status" = 0 ] && echo "All is well." || echo "Something is WRONG."
exit "$status"
