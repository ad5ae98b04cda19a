#!/usr/bin/env bash
# show.sh - eb-demo against a real broker: what it shows, and that it notices what it must.
#
# usage: show.sh CASE BIN-DIRECTORY, from the top of the source tree
set -euo pipefail
case_name=$1
bin=$2
PATH=$PATH:/usr/sbin
mosquitto=${EB_MOSQUITTO:-mosquitto}
scratch=$(mktemp -d)
pids=()
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf "$scratch"
}
trap clean_up EXIT

fail() {
    printf 'FAILED: %s\n' "$*"
    tail -n 200 "$scratch"/*.log
    exit 1
}

is_answered() {
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# start_broker LINE...: with these lines in its configuration, on a free port.
start_broker() {
    local preload=
    # A stock broker needs the sanitizer's library first when the plugin was built with it.
    if [ $# -gt 0 ]; then
        preload=$(ldd "$bin/mosquitto_event_bus.so" | awk '/libasan/ { print $3 }')
    fi
    for ((attempt = 0; attempt < 20; attempt++)); do
        port=$((20000 + RANDOM % 12000))
        ! is_answered || continue
        printf '%s\n' "listener $port 127.0.0.1" "allow_anonymous true" "user root" "$@" \
            >"$scratch/mosquitto.conf"
        LD_PRELOAD=$preload "$mosquitto" -c "$scratch/mosquitto.conf" >"$scratch/broker.log" 2>&1 &
        pids=($!)
        for ((i = 0; i < 100; i++)); do
            ! is_answered || return 0
            kill -0 "${pids[0]}" 2>/dev/null || break
            sleep 0.1
        done
        grep -q "Address already in use" "$scratch/broker.log" || fail "the broker does not start"
    done
    fail "no free port"
}

start_bus() {
    start_broker "plugin $bin/mosquitto_event_bus.so" \
        "plugin_opt_config_file $PWD/config/event-bus.json"
}

# has FILE TEXT...: each text is in the file.
has() {
    local file=$1 text
    shift
    for text; do
        grep -qF -e "$text" "$file" || fail "no \"$text\" in $(basename "$file")"
    done
}

# Without the plugin the demo must fail, and say what was expected and is missing.
fails_without_the_plugin() {
    start_broker
    local status=0
    "$bin/eb-demo" --port "$port" --once >"$scratch/show.log" 2>&1 || status=$?
    [ "$status" -eq 1 ] || fail "eb-demo ends with $status, not 1"
    has "$scratch/show.log" "of them did not go as expected." \
        "front-door should be told 0x87 Not authorized, and is told" \
        "the logbook should not get the event, and gets it" \
        "there should be a dead letter, and there is none" \
        "security should get the event unchanged on services/security/berlin/events, and does not" \
        "access should get 0 copies, and gets 1"
}

# With it every event goes as the scenario says; not a byte of colour goes into a file.
goes_as_expected() {
    start_bus
    "$bin/eb-demo" --port "$port" --once >"$scratch/show.log" 2>&1 || fail "eb-demo ends with $?"
    has "$scratch/show.log" "Every one went as expected."
    ! grep -q $'\033' "$scratch/show.log" || fail "escape sequences in a file"
}

wait_for() {
    local file=$1 text=$2
    for ((i = 0; i < 100; i++)); do
        ! grep -qF -e "$text" "$file" || return 0
        sleep 0.1
    done
    fail "\"$text\" never comes in $(basename "$file")"
}

# The lines it prints to try do what it says they do, and a signal ends it.
invites_with_lines_that_work() {
    start_bus
    "$bin/eb-demo" --port "$port" >"$scratch/show.log" 2>&1 &
    pids+=($!)
    wait_for "$scratch/show.log" "# Ctrl-C ends it"
    grep -E '^ +mosquitto_sub ' "$scratch/show.log" >"$scratch/subscribe.sh"
    grep -E '^ +mosquitto_pub ' "$scratch/show.log" >"$scratch/publish.sh"
    [ "$(wc -l <"$scratch/subscribe.sh")" -eq 2 ] || fail "not two lines to subscribe with"
    [ "$(wc -l <"$scratch/publish.sh")" -ge 3 ] || fail "fewer than three lines to publish with"
    while read -r line; do
        bash -c "exec $line" >>"$scratch/subscribers.log" 2>&1 &
        pids+=($!)
    done <"$scratch/subscribe.sh"
    # What the show left retained arrives as soon as the subscription is in force.
    wait_for "$scratch/subscribers.log" "services/dashboard/"
    bash "$scratch/publish.sh" >"$scratch/publishers.log" 2>&1 || true
    wait_for "$scratch/subscribers.log" "services/maintenance/berlin {\"lock\""
    wait_for "$scratch/subscribers.log" "\$event-bus/dead-letter/locks/"
    wait_for "$scratch/subscribers.log" "\$event-bus/dead-letter/services/access/"
    has "$scratch/publishers.log" "Not authorized"
    sed '1,/# Ctrl-C ends it/d' "$scratch/show.log" >"$scratch/after.log"
    has "$scratch/after.log" "logbook" "maintenance" "dead-letter-desk"

    local status=0
    kill -TERM "${pids[1]}"
    wait "${pids[1]}" || status=$?
    [ "$status" -eq 0 ] || fail "eb-demo ends with $status after SIGTERM"
}

# A broker that goes away is said, not waited for.
notices_a_lost_broker() {
    start_bus
    local status=0
    "$bin/eb-demo" --port "$port" >"$scratch/show.log" 2>&1 &
    pids+=($!)
    wait_for "$scratch/show.log" "# Ctrl-C ends it"
    kill "${pids[0]}"
    wait "${pids[1]}" || status=$?
    [ "$status" -eq 1 ] || fail "eb-demo ends with $status, not 1"
    has "$scratch/show.log" "the broker is gone"
}

"$case_name"
