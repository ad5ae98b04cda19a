#!/usr/bin/env bash
# packages.sh - the Debian packages that building, testing and running take: the only list of them.
#
# ./test.sh, ./demo.sh and docker/Dockerfile call it; what is there already is left alone.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: test/packages.sh [--list] build|test|run...

Installs with apt what these purposes need and this machine does not have.

  --list  print the names, all of them, and install nothing
  build   compiling the plugin, the command line and the demo
  test    what the tests need besides
  run     the broker, its clients and the libraries that the programs load
TEXT
}

packages_of() {
    case $1 in
    build) echo gcc libc6-dev cmake ninja-build pkgconf \
        mosquitto-dev libmosquitto-dev libjansson-dev libpcre2-dev uthash-dev ;;
    test) echo libcmocka-dev libidn2-dev mandoc mosquitto mosquitto-clients prometheus \
        nodejs npm openssl ;;
    run) echo mosquitto mosquitto-clients libmosquitto1 libjansson4 libpcre2-8-0 ;;
    *) usage >&2; return 2 ;;
    esac
}

# Node from elsewhere than Debian brings npm along, and conflicts with the package of that name.
is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
        { [ "$1" = npm ] && command -v npm >/dev/null; }
}

list_only=false
case ${1:-} in
-h | --help) usage; exit 0 ;;
--list) list_only=true; shift ;;
esac
[ $# -gt 0 ] || { usage >&2; exit 2; }

wanted=()
for purpose; do
    names=$(packages_of "$purpose")
    read -ra names <<<"$names"
    wanted+=("${names[@]}")
done
if $list_only; then
    printf '%s\n' "${wanted[@]}" | sort -u
    exit 0
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This is not a Debian system: nothing is installed, and the build will say what it misses." >&2
    exit 0
fi
missing=()
while read -r package; do
    is_installed "$package" || missing+=("$package")
done < <(printf '%s\n' "${wanted[@]}" | sort -u)
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
    printf 'Missing packages, and only root may install them. Run this first:\n  sudo apt-get install %s\n' \
        "${missing[*]}" >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive

apt() {
    apt-get -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >>"$log" 2>&1 </dev/null
}

refresh() {
    echo "Reading Debian's package lists …"
    apt update
}

install() {
    apt install "${missing[@]}"
}

give_up() {
    tail -n 20 "$log" >&2
    echo "apt could not install: ${missing[*]}" >&2
    exit 1
}

# The lists are read anew only where they know a package too little (a fresh machine has none) or
# too long ago (the archive no longer has what they name).
is_fresh=false
if ! apt install --simulate "${missing[@]}"; then
    refresh || give_up
    is_fresh=true
fi
printf 'Installing %s …\n' "${missing[*]}"
if ! install; then
    if $is_fresh || ! refresh || ! install; then
        give_up
    fi
fi
printf 'Installed %d packages in %d s\n' ${#missing[@]} "$SECONDS"
