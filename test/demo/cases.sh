#!/usr/bin/env bash
# cases.sh - the demo and the README's tutorial, against a real broker.
#
# usage: cases.sh CASE BIN-DIRECTORY [PRELOAD], from the top of the source tree. PRELOAD: what a stock broker
# needs first when the plugin was built with a sanitizer.
set -euo pipefail
case_name=$1
bin=$2
sanitizer=${3:-}
PATH=$PATH:/usr/sbin
export LC_ALL=C
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

choose_port() {
    port=$((20000 + RANDOM % 12000))
    ! is_answered || choose_port
}

# start_broker LINE...: with these lines in its configuration, on a free port.
start_broker() {
    local preload=
    [ $# -eq 0 ] || preload=$sanitizer
    for ((attempt = 0; attempt < 20; attempt++)); do
        choose_port
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
        ! grep -qsF -e "$text" "$file" || return 0
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
    # The last of them, which the show itself does not name so.
    wait_for "$scratch/show.log" "! dead letter    services/access/berlin/unlock"
    sed '1,/# Ctrl-C ends it/d' "$scratch/show.log" >"$scratch/after.log"
    has "$scratch/after.log" "logbook" "maintenance" "dead letter"

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

# The README's ten lines, word for word but for what they install, the port and the places.
tutorial_works() {
    choose_port
    mkdir "$scratch/bin" "$scratch/climate"
    cat >"$scratch/bin/mosquitto" <<END
#!/bin/sh
echo "user root" >>mosquitto.conf
LD_PRELOAD=$sanitizer exec $(command -v "$mosquitto") "\$@"
END
    chmod +x "$scratch/bin/mosquitto"
    awk '/^## / { inside = /Ten lines/ } /^```/ { fence = !fence; next } inside && fence' README.md \
        >"$scratch/ten-lines"
    [ "$(wc -l <"$scratch/ten-lines")" -eq 10 ] || fail "not ten lines"
    sed -e '/^cmake --install/d' -e "s,/usr/local/lib,$bin,g" -e "s,/tmp/climate,$scratch/climate,g" \
        -e "s/1884/$port/g" "$scratch/ten-lines" >"$scratch/tutorial.sh"
    # What the tutorial leaves running keeps the output open: it goes into a file.
    cat >>"$scratch/tutorial.sh" <<'END'
sleep 1
kill %1 %2
wait
END
    PATH=$scratch/bin:$bin:$PATH bash -m "$scratch/tutorial.sh" >"$scratch/tutorial.log" 2>&1 || true
    has "$scratch/tutorial.log" 'services/cooling/attic {"celsius": 34.5}' \
        'Warning: Publish 1 failed: Not authorized.' "\$event-bus/dead-letter/rooms/attic/climate {" \
        '"instanceLocation":"/celsius"'
}

"$case_name"
