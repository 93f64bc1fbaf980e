#!/usr/bin/env python3
"""Runs etcdutl and rsutl in turn on the same files and prints the ratios.

    cargo build --release
    benches/utl.py --etcd /usr/bin/etcd --etcdutl /usr/bin/etcdutl

An etcd is filled to about a gigabyte, and a snapshot of it saved. Each program then tells the snapshot's status,
restores it (rsutl: to a directory of its own kind, and to one of etcd's), and defragments a data directory: etcdutl
etcd's, rsutl etcd's and its own. Time is that of the process from exec to its end, memory its largest resident set.
The files are in the page cache for all. A ratio is rsutl / etcdutl within one round.
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import compare
from compare import Failure, Server, rsctl

MIB = 1 << 20

compare.TARGETS = {
    (case, figure): ("<=", wanted)
    for case in ("snapshot status", "restore", "restore as etcd", "defrag", "defrag of etcd's")
    for figure, wanted in (("seconds", 0.5), ("peak RSS MiB", 1 / 3))
}


def timed(*command):
    """Runs a command; how long it took and how much memory it had."""
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            raise Failure(f"{shlex.join(process.args)}: {output.read()[-2000:]}")
    return {"seconds": seconds, "peak RSS MiB": usage.ru_maxrss / 1024}


def fill(args, scratch):
    """A snapshot of about a gigabyte, made by etcd."""
    snapshot = scratch / "snapshot.db"
    with open(scratch / "log", "w") as log:
        server = Server(args.etcd, scratch / "filled", args, log)
        try:
            server.wait_until_ready(args.rsctl)
            total = args.megabytes * MIB // args.value_bytes
            words = ["put", "--sequential-keys", "--key-size", "16", "--val-size", str(args.value_bytes)]
            many = ["--conns", "100", "--clients", "100"]
            rsctl(server, args, "bench", *many, *words, "--key-space-size", str(total), "--total", str(total))
            rsctl(server, args, "--command-timeout", "600s", "snapshot", "save", snapshot)
        finally:
            server.stop()
    shutil.rmtree(scratch / "filled")
    return snapshot


def measure(program, args, scratch):
    snapshot, results = scratch / "snapshot.db", {}
    is_own = program == args.rsutl
    results["snapshot status"] = timed(program, "snapshot", "status", snapshot)
    cases = [("restore", []), ("restore as etcd", ["--backend", "bbolt"] if is_own else [])]
    for case, flags in cases:
        target = scratch / "restored"
        results[case] = timed(program, "snapshot", "restore", snapshot, "--data-dir", target, *flags)
        defrag = "defrag" if case == "restore" else "defrag of etcd's"
        results[defrag] = timed(program, "defrag", "--data-dir", target)
        shutil.rmtree(target)
    return results


def main():
    parser = compare.arguments(__doc__, pairs=3)
    parser.add_argument("--etcdutl", default=os.environ.get("ETCDUTL", "etcdutl"), help="etcdutl's binary (or $ETCDUTL)")
    parser.add_argument("--rsutl", default=compare.ROOT / "target" / "release" / "rsutl")
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--value-bytes", type=int, default=1024)
    args = parser.parse_args()
    compare.check_binaries(parser, args.etcd, args.etcdutl, args.rsutl, args.rsctl)
    with tempfile.TemporaryDirectory(prefix="utl-", dir=args.dir) as scratch:
        scratch = pathlib.Path(scratch)
        try:
            print(f"snapshot: {fill(args, scratch).stat().st_size / MIB:.0f} MiB", file=sys.stderr)
        except Failure as failure:
            print(f"failed: {failure}", file=sys.stderr)
            return 1
        args.etcd, args.rsetcd, args.dir = args.etcdutl, args.rsutl, scratch
        return compare.run_pairs(args, measure)


if __name__ == "__main__":
    sys.exit(main())
