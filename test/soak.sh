#!/usr/bin/env bash
# soak.sh - numbered events through a real broker with the bus, while everything goes on that can.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)

usage() {
    cat <<'END'
Usage: test/soak.sh [OPTION…]

Starts a Mosquitto with the bus on a free loopback port. Twelve publishers of QoS 0, 1 and 2, of MQTT
3.1.1 and 5, publish numbered events, valid and not, to topics of every kind of contract, past rules of
every kind. Meanwhile, several times a second, a publisher or a subscriber loses its connection and comes
back to its session; visitors come, subscribe to everything, and go; and every second the configuration is
read again, by SIGHUP or by command, with something changed in it.

Every event is accounted for, by number: nothing at QoS 1 and 2 may be lost, nothing at QoS 2 be there
twice, nothing come after a later one of its publisher or arrive where it does not belong; publishers of
MQTT 5 must be told what they deserve, the bus's statistics add up, and, from a million events on, the
broker's memory stay flat after the first quarter.

  --events N        [100000]
  --bare            without the bus: what the broker does by itself
  --no-losses       no connection is lost: every figure is then exact
  --broker PROGRAM  [$EB_MOSQUITTO, or mosquitto]
  --build DIR       what was built [build/release]
  --preload LIBS    loaded into the broker first; its memory is then not judged
  --patience S      how long to wait for what does not come [60]
  --without RULE    leaves a rule out, to see that its events are missed
  --quiet           no line for each fortieth of the way

Exit status: 0 all is well, 1 something is not, 2 usage.
END
}

events=100000
broker=${EB_MOSQUITTO:-mosquitto}
build=$root/build/release
preload=
bare=
without=
options=()
while [ $# -gt 0 ]; do
    case $1 in
    --events) events=$2; shift ;;
    --broker) broker=$2; shift ;;
    --build) build=$2; shift ;;
    --preload) preload=$2; options+=(--no-memory); shift ;;
    --bare) bare=1 ;;
    --without) without=$2; shift ;;
    --patience) options+=("$1" "$2"); shift ;;
    --no-losses | --quiet) options+=("$1") ;;
    -h | --help) usage; exit 0 ;;
    *) echo "soak.sh: what is $1? (see --help)" >&2; exit 2 ;;
    esac
    shift
done

PATH=$PATH:/usr/sbin
command -v -- "$broker" >/dev/null || { echo "soak.sh: there is no broker $broker" >&2; exit 2; }
for program in eb-soak mosquitto_event_bus.so; do
    [ -e "$build/bin/$program" ] || {
        echo "soak.sh: $build/bin/$program is missing: cmake --preset release && cmake --build --preset release" >&2
        exit 2
    }
done

work=$(mktemp -d)
pid=
end() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

# What test/soak/numbered.c says in C. No bound on what is in flight to a subscriber: where there is one,
# Mosquitto 2.0.11 by itself delivers some of what had to wait after what comes later.
write_configuration() {
    local bus=$work/bus
    mkdir -p "$bus/contracts" "$bus/rules" "$bus/schemas/event"
    cat >"$bus/event-bus.json" <<'END'
{ "version": 1, "managed": "../managed", "targets": ["services/#", "middle/#"],
  "ingress": [{ "topic": "soak/closed/#", "unknown": "reject" }],
  "dead_letters": { "per_second": 1000000 }, "statistics": { "interval_s": 1, "prometheus_file": "../bus.prom" },
  "control": { "usernames": ["bus-admin"] } }
END
    cat >"$bus/schemas/event/1.json" <<'END'
{ "type": "object", "required": ["p", "n", "kind", "value"],
  "properties": { "p": { "type": "integer" }, "n": { "type": "integer" }, "kind": { "pattern": "^[A-Za-z]+$" },
                  "value": { "type": "integer", "maximum": 99 }, "ip": { "format": "ipv4" } } }
END
    local contract
    for contract in 'reject:"on_violation": "reject"' 'quarantine:"on_violation": "quarantine"' \
        'observe:"on_violation": "observe"' 'consume:"original": "consume"' \
        'once:"deduplicate": { "key": "${$mqtt.clientid} ${n}", "window": "1m", "keys": 8192 }'; do
        printf '{ "topic": "soak/%s/+", "schema": "event@1", %s }\n' "${contract%%:*}" "${contract#*:}" \
            >"$bus/contracts/${contract%%:*}.json"
    done
    cat >"$bus/rules/all.jsonl" <<'END'
{ "name": "exact", "from": ["soak/#"], "when": { "kind": ["alpha"] }, "to": [{ "topic": "services/exact" }] }
{ "name": "text", "from": ["soak/+/+"], "when": { "kind": [{ "prefix": "be" }, { "suffix": "mma" }, { "wildcard": "d*l*a" }, { "equals-ignore-case": "EPSILON" }] }, "to": [{ "topic": "services/text" }] }
{ "name": "number", "from": ["soak/#"], "when": { "value": [{ "numeric": [">=", 20, "<", 60] }] }, "to": [{ "topic": "services/number" }] }
{ "name": "either", "from": ["soak/#"], "when": { "$or": [{ "ip": [{ "cidr": "10.0.0.0/9" }] }, { "flag": [{ "exists": true }] }, { "kind": [{ "anything-but": ["alpha", "beta", "gamma", "delta", "EpsiLon", "zeta"] }] }] }, "to": [{ "topic": "services/either" }] }
{ "name": "first", "from": ["soak/#"], "when": { "value": [{ "numeric": ["<", 10] }] }, "to": [{ "topic": "middle/${p}", "reroute": true }] }
{ "name": "second", "from": ["middle/+"], "when": { "$mqtt": { "level": ["middle"] } }, "to": [{ "topic": "services/chained" }] }
{ "name": "rendered", "from": ["soak/#"], "when": { "kind": ["zeta"] }, "to": [{ "topic": "services/rendered/${$mqtt.level[1]}", "payload": { "p": "${p}", "n": "${n}", "by": "${$rule.name}", "at": "${$event.received}" } }] }
{ "name": "steady", "from": ["soak/#"], "when": { "p": [0, 1, 2] }, "shadow": true, "to": [{ "topic": "services/steady" }] }
{ "name": "disabled", "from": ["soak/#"], "enabled": false, "to": [{ "topic": "services/exact" }] }
END
    [ -z "$without" ] || sed -i "/\"name\": \"$without\"/d" "$bus/rules/all.jsonl"
    [ -n "$bare" ] || printf 'plugin %s\nplugin_opt_config_file %s\n' \
        "$(realpath "$build/bin/mosquitto_event_bus.so")" "$bus" >>"$work/mosquitto.conf"
}

start_broker() {
    local port i
    for port in $(shuf -i 20000-40000 -n 20); do
        printf 'listener %s 127.0.0.1\nallow_anonymous true\nuser %s\nmax_queued_messages 1000000\nmax_inflight_messages 0\nlog_dest stderr\n' \
            "$port" "$(id -un)" >"$work/mosquitto.conf"
        write_configuration
        LD_PRELOAD=$preload LSAN_OPTIONS=print_suppressions=0 "$broker" -c "$work/mosquitto.conf" >"$work/log" 2>&1 &
        pid=$!
        for ((i = 0; i < 200; i++)); do
            kill -0 "$pid" 2>/dev/null || break
            (echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && listening_on=$port && return
            sleep 0.05
        done
        grep -q 'Address already in use' "$work/log" || break
    done
    cat "$work/log" >&2
    exit 1
}

# It ends well, and a sanitizer in it had nothing to say.
stop_broker() {
    local status=0
    kill "$pid" 2>/dev/null || true
    wait "$pid" || status=$?
    pid=
    [ "$status" = 0 ] && ! grep -qE 'Sanitizer|runtime error:' "$work/log"
}

start_broker
"$broker" -h 2>/dev/null | head -n 1 || true
[ -n "$bare" ] || options+=(--config "$work/bus")
status=0
"$build/bin/eb-soak" --port "$listening_on" --broker "$pid" --events "$events" "${options[@]}" || status=1
stop_broker || { echo "soak.sh: the broker ended badly" >&2; status=1; }
[ "$status" = 0 ] || { echo "---- log of the broker" >&2; tail -n 60 "$work/log" >&2; }
exit "$status"
