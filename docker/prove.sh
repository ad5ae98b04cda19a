#!/usr/bin/env bash
# prove.sh - carries out docker/Dockerfile without Docker, and runs what comes of it.
#
# Each stage becomes a directory, each instruction a command in a chroot of it, word for word as the
# Dockerfile has it. Then the broker's CMD runs as its USER, on a file system as read-only as
# compose.yaml asks for, until its HEALTHCHECK is content, and the devices' ENTRYPOINT goes through
# the show once.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'TEXT'
usage: docker/prove.sh [--base DIR]

Proves docker/Dockerfile where there is no Docker engine. As root.

  --base DIR  a pristine Debian 12 (debootstrap --variant=minbase) to start from, left as it is;
              else one is made, which takes debootstrap and a minute
TEXT
}

fail() {
    printf 'prove: %s\n' "$*" >&2
    exit 1
}

base=
case ${1:-} in
-h | --help) usage; exit 0 ;;
--base) base=${2:?} ;;
"") ;;
*) usage >&2; exit 2 ;;
esac
[ "$(id -u)" -eq 0 ] || fail "chroot needs root"

# In a mount and process namespace of its own nothing survives this script.
if [ -z "${EB_PROVE_INSIDE:-}" ]; then
    EB_PROVE_INSIDE=1 exec unshare --mount --pid --fork --kill-child --propagation private \
        "docker/$(basename "$0")" "$@"
fi

scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/prove.XXXXXX")
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    local status=$? place
    while read -r place; do
        umount -l "$place"
    done < <(awk -v root="$scratch/" 'index($5, root) == 1 { print $5 }' /proc/self/mountinfo | tac)
    rm -rf --one-file-system "$scratch"
    exit "$status"
}
trap clean_up EXIT

if [ -z "$base" ]; then
    base=$scratch/base
    debootstrap --variant=minbase bookworm "$base" >"$scratch/debootstrap.log" ||
        { tail "$scratch/debootstrap.log"; fail "debootstrap failed"; }
fi

# What .dockerignore leaves of the context.
context=$scratch/context
mkdir "$context"
tar -c --exclude=./.git --exclude=./build . | tar -x -C "$context"

declare -A root_of user_of command_of health_of entry_of
stage=

# enter STAGE: into `inside`, what goes in front of a command to run it there.
enter() {
    stage=$1
    inside=(chroot --userspec="${user_of[$stage]:-root}" "${root_of[$stage]}" /usr/bin/env -i
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/)
}

begin_stage() { # IMAGE AS NAME
    local from=${root_of[$1]:-$base}
    local parent=$1
    stage=$3
    root_of[$stage]=$scratch/$stage
    user_of[$stage]=${user_of[$parent]:-root}
    command_of[$stage]=${command_of[$parent]:-}
    health_of[$stage]=${health_of[$parent]:-}
    workdir=/
    [ "$from" = "$base" ] || umount "$from/proc"
    cp -a "$from" "$scratch/$stage"
    [ "$from" = "$base" ] || mount -t proc proc "$from/proc"
    mount -t proc proc "$scratch/$stage/proc"
    cp -L /etc/resolv.conf "$scratch/$stage/etc/resolv.conf"
    enter "$stage"
}

# As Docker does it: a directory's contents go into the destination, which is made when needed.
copy() { # [--from=STAGE] SOURCE DESTINATION
    local from=$context
    case $1 in
    --from=*) from=${root_of[${1#--from=}]}; shift ;;
    esac
    local target=${root_of[$stage]}/$2
    [[ $2 = /* ]] || target=${root_of[$stage]}$workdir/$2
    if [ -d "$from/$1" ]; then
        mkdir -p "$target"
        cp -a --no-preserve=ownership "$from/$1/." "$target"
    else
        mkdir -p "$(dirname "$target")"
        cp -a --no-preserve=ownership "$from/$1" "$target"
    fi
}

obey() { # one instruction
    local verb=${1%% *} rest=${1#* } words
    read -ra words <<<"$rest"
    [ "$verb" != FROM ] || stage=${words[2]}
    printf '%-7s %s\n' "$stage" "$1"
    case $verb in
    FROM) begin_stage "${words[@]}" ;;
    WORKDIR) workdir=$rest && mkdir -p "${root_of[$stage]}$rest" ;;
    COPY) copy "${words[@]}" ;;
    RUN) "${inside[@]}" /bin/sh -c "cd $workdir && $rest" >"$scratch/run.log" 2>&1 ||
        { tail -n 40 "$scratch/run.log"; fail "the instruction failed"; } ;;
    USER) user_of[$stage]=$rest && enter "$stage" ;;
    CMD) command_of[$stage]=$rest ;;
    ENTRYPOINT) entry_of[$stage]=$rest ;;
    HEALTHCHECK) health_of[$stage]=$rest ;;
    EXPOSE) ;;
    *) fail "an instruction this script does not know" ;;
    esac
}

while read -r line; do
    case $line in
    "" | "#"*) ;;
    *) obey "$line" ;;
    esac
done <docker/Dockerfile

# exec_form TEXT: the words of ["a", "b"], whatever stands before it, into `words`.
exec_form() {
    readarray -t words < <(grep -o '"[^"]*"' <<<"$1" | tr -d '"')
}

# A network of its own, so that port 1883 is free; and what compose.yaml says of the two containers.
run_both() {
    local words inside root attempt broker
    ip link set lo up
    for stage in broker devices; do
        root=${root_of[$stage]}
        echo "127.0.0.1 broker localhost" >"$root/etc/hosts"
        mount --bind "$root" "$root"
        mount --bind "$root/var/lib/mosquitto" "$root/var/lib/mosquitto"
        mount -o remount,bind,ro "$root"
    done
    enter broker
    exec_form "${command_of[broker]}"
    "${inside[@]}" "${words[@]}" >"$scratch/broker.log" 2>&1 &
    broker=$!
    exec_form "${health_of[broker]}"
    for ((attempt = 0; attempt < 50; attempt++)); do
        ! "${inside[@]}" "${words[@]}" >"$scratch/health.log" 2>&1 || break
        kill -0 "$broker" 2>/dev/null || break
        sleep 0.2
    done
    grep . "$scratch/health.log" || { cat "$scratch/broker.log"; fail "the broker is not healthy"; }
    enter devices
    exec_form "${entry_of[devices]}"
    "${inside[@]}" LANG=C.UTF-8 "${words[@]}" --once || { cat "$scratch/broker.log"; fail "the show failed"; }
    kill "$broker"
    wait "$broker" || fail "the broker ended with $?"
}

echo "sizes   $(du -sm --exclude=proc "$base" "$scratch/broker" | awk '{ print $1 " MB" }' | paste -sd ' ' |
    sed 's/ MB / MB bare, /') with the broker and the bus"
export -f run_both exec_form enter fail
export base scratch
declare -p root_of user_of command_of health_of entry_of >"$scratch/stages"
# shellcheck disable=SC2016 # expanded in there
unshare --net bash -c 'set -euo pipefail; . "$scratch/stages"; run_both'
echo "Proven: every stage is built, the broker is healthy as $(sed -n 's/^USER //p' docker/Dockerfile), the devices' show went as expected."
