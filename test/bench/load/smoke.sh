#!/bin/sh
# smoke.sh EB_LOAD: a real broker under a small load, at every QoS and in both protocols; nothing
# may be lost or doubled. And one subscriber too few must be noticed.
set -eu
eb_load=$1
work=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || kill "$broker"; rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin
chmod 755 "$work"

for port in $(shuf -i 20000-40000 -n 20); do
    printf 'listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\n' "$port" \
        >"$work/broker.conf"
    "${EB_MOSQUITTO:-mosquitto}" -c "$work/broker.conf" >"$work/log" 2>&1 &
    broker=$!
    sleep 0.5
    kill -0 "$broker" 2>/dev/null && break
    broker=
done
[ -n "$broker" ] || { cat "$work/log"; exit 1; }

for protocol in 4 5; do
    for qos in 0 1 2; do
        "$eb_load" -p "$port" -V $protocol -q $qos -n 3 -S 'bench/#' -S 'bench/+/events' \
            --events 3000 --warm-up 0 --cpu "$broker"
    done
done
"$eb_load" -p "$port" --events 300 --rate 1000 --warm-up 0.1 -S 'bench/#'
"$eb_load" -p "$port" --events 100 --warm-up 0

echo "events that nobody gets are lost:"
! "$eb_load" -p "$port" --events 100 --warm-up 0 -S 'other/#'
