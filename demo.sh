#!/usr/bin/env bash
# demo.sh - see the bus work: install, build, start a Mosquitto with it, let a building publish.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<'TEXT'
usage: ./demo.sh [--once] [--port N] [--pace MS] [--no-plugin]

Installs what is missing (apt, as root), builds the preset `release`, starts a Mosquitto with the
plugin and the example configuration on a loopback port, and lets a building's locks, sensors, lifts
and a parcel service publish events, showing what comes of each. Then it stays up for you to try.

  --once       end after the show
  --port N     listen on 127.0.0.1, port N (18830)
  --pace MS    time to read each event (500 on a terminal, else 0)
  --no-plugin  the same show through a Mosquitto without the plugin, which must fail

Exit status: 0 all went as expected, 1 it did not, 2 wrong usage, 130 interrupted.
TEXT
}

misused() {
    usage >&2
    exit 2
}

fail() {
    printf 'demo: %s\n' "$*" >&2
    exit 1
}

port=18830
with_plugin=true
show_options=()
while [ $# -gt 0 ]; do
    case $1 in
    --once) show_options+=("$1") ;;
    --no-plugin) with_plugin=false ;;
    --port) port=${2-}; shift || true ;;
    --pace) show_options+=("$1" "${2-}"); shift || true ;;
    -h | --help) usage; exit 0 ;;
    *) misused ;;
    esac
    shift || true
done
[[ $port =~ ^[1-9][0-9]{0,4}$ ]] || misused
[ "$port" -le 65535 ] || misused

is_answered() {
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# Before anything is installed or built: these would only be found out afterwards.
if [ "$(id -u)" -ne 0 ] && [ "$port" -lt "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" ]; then
    fail "only root may listen on port $port; choose a higher one with --port N"
fi
! is_answered || fail "port $port is taken; choose another with --port N"

test/packages.sh build test run
PATH=$PATH:/usr/sbin

scratch=$(mktemp -d)
broker=
show=
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    local status=$?
    trap '' INT TERM HUP
    [ -z "$show" ] || kill "$show" 2>/dev/null || true
    [ -z "$broker" ] || kill "$broker" 2>/dev/null || true
    wait
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

cmake --preset release >"$scratch/configure.log" 2>&1 || { cat "$scratch/configure.log"; exit 1; }
cmake --build --preset release --target mosquitto_event_bus event-bus eb-demo

# Mosquitto, started by root, turns into the user `mosquitto`, who need not be able to read here.
cp -R config schemas "$scratch"
cp build/release/bin/mosquitto_event_bus.so "$scratch"
chmod -R a+rX "$scratch"
cat >"$scratch/mosquitto.conf" <<CONF
listener $port 127.0.0.1
allow_anonymous true
connection_messages false
CONF
! $with_plugin || cat >>"$scratch/mosquitto.conf" <<CONF
plugin $scratch/mosquitto_event_bus.so
plugin_opt_config_file $scratch/config/event-bus.json
CONF
mosquitto -c "$scratch/mosquitto.conf" >"$scratch/broker.log" 2>&1 &
broker=$!

for ((i = 0; i < 100; i++)); do
    ! is_answered || break
    kill -0 "$broker" 2>/dev/null || break
    sleep 0.1
done
if ! kill -0 "$broker" 2>/dev/null; then
    cat "$scratch/broker.log" >&2
    fail "the broker did not start; its log is above"
fi

# In the background, because bash hears of signals only between commands and while it waits.
build/release/bin/eb-demo --port "$port" "${show_options[@]}" &
show=$!
status=0
wait "$show" || status=$?
show=
[ "$status" -ne 1 ] || { echo "The broker's log:"; cat "$scratch/broker.log"; } >&2
exit "$status"
