#!/usr/bin/env python3
"""Runs etcd and rsetcd in turn under the same load and prints the ratios.

    cargo build --release
    benches/compare.py --etcd /usr/bin/etcd

One pair is a run of each server on a fresh data directory of the same disk, with the same flags and with fsync; pairs
alternate which server goes first. A run is: 200,000 puts by 100 clients, 30 s of rest, resident memory, a restart
with those keys, linearizable gets by 100 clients, serializable prefixes of 100 keys, puts by one client. The load
comes from `rsctl bench`. CPU is the server's own (/proc/PID/stat). A ratio is rsetcd / etcd within one pair; the table
has the median of the pairs with the smallest and the largest. Only the standard library is needed; Linux only.
"""

import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
START_LIMIT_SECONDS = 120

# What is to be reached: (case, figure) -> (comparison, ratio rsetcd / etcd).
TARGETS = {
    ("put, 100 clients", "ops/s"): (">=", 2.0),
    ("put, 100 clients", "p99 ms"): ("<=", 0.5),
    ("put, 1 client", "p50 ms"): ("<=", 1.0),
    ("get, 100 clients", "ops/s"): (">=", 2.0),
    ("prefix of 100 keys", "ops/s"): (">=", 3.0),
    ("memory after the load", "RSS MiB"): ("<=", 1 / 3),
    ("start with the keys", "seconds"): ("<=", 0.5),
}


class Failure(Exception):
    """A server or the load generator did not do what was asked."""


class Server:
    """A server process on a data directory, from exec to its end."""

    def __init__(self, binary, data, args, log):
        self.client_port, peer_port = free_ports(2)
        client, peer = (f"http://127.0.0.1:{port}" for port in (self.client_port, peer_port))
        self.command = [
            *shlex.split(str(binary)),
            "--name", "bench",
            "--data-dir", str(data),
            "--listen-client-urls", client,
            "--advertise-client-urls", client,
            "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer,
            "--initial-cluster", f"bench={peer}",
            "--snapshot-count", str(args.snapshot_count),
            "--quota-backend-bytes", str(args.quota_backend_bytes),
            "--log-level", "error",
        ]  # fmt: skip
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, stdout=log, stderr=log)

    def wait_until_ready(self, rsctl):
        """Seconds from exec to the first answered linearizable get."""
        command = [*shlex.split(str(rsctl)), "--endpoints", f"127.0.0.1:{self.client_port}"]
        command += ["bench", "range", "foo", "--total", "1"]
        while time.monotonic() - self.started < START_LIMIT_SECONDS:
            if self.process.poll() is not None:
                raise Failure(f"{self.command[0]} has ended with {self.process.returncode}")
            answer = subprocess.run(command, capture_output=True, text=True, timeout=START_LIMIT_SECONDS)
            if "Summary:" in answer.stdout:
                return time.monotonic() - self.started
            time.sleep(0.002)
        raise Failure(f"{self.command[0]} does not answer")

    def cpu_seconds(self):
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def resident_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def rsctl(server, args, *words):
    command = [*shlex.split(str(args.rsctl)), "--endpoints", f"127.0.0.1:{server.client_port}", *words]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        raise Failure(f"{shlex.join(command)}: {answer.stderr.strip()}")
    return answer.stdout


def load(server, args, *words, operations):
    """Runs one workload; its figures."""
    before = server.cpu_seconds()
    report = rsctl(server, args, "bench", *words, "--total", str(operations))
    cpu = server.cpu_seconds() - before
    if "Error distribution" in report or "Summary:" not in report:
        raise Failure(f"bench {shlex.join(words)}: {report.strip()}")

    def number(pattern):
        found = re.search(pattern + r"\s+([0-9.e+-]+)", report)
        return float(found[1]) if found else 0.0

    return {
        "ops/s": number("Requests/sec:"),
        "p50 ms": number("\n  50% in") * 1000,
        "p99 ms": number("\n  99% in") * 1000,
        "CPU s/1000 ops": cpu * 1000 / operations,
    }


def measure(binary, args, base):
    """One run of a server: case -> figure -> number."""
    results = {}
    keys, many = args.keys, ["--conns", "100", "--clients", "100", "--precise"]
    one = ["--conns", "1", "--clients", "1", "--precise"]
    puts = ["put", "--key-size", "8", "--val-size", "256", "--sequential-keys", "--key-space-size", str(keys)]
    with tempfile.TemporaryDirectory(prefix="compare-", dir=base) as scratch, open(
        pathlib.Path(scratch) / "log", "w+"
    ) as log:
        data = pathlib.Path(scratch) / "data"
        server = None
        try:
            server = Server(binary, data, args, log)
            server.wait_until_ready(args.rsctl)
            results["put, 100 clients"] = load(server, args, *many, *puts, operations=keys)
            time.sleep(args.rest)
            results["memory after the load"] = {"RSS MiB": server.resident_mib()}
            server.stop()

            server = Server(binary, data, args, log)
            results["start with the keys"] = {"seconds": server.wait_until_ready(args.rsctl)}
            rsctl(server, args, "put", "foo", "v" * 256)
            get = ["range", "foo", "--consistency", "l"]
            results["get, 100 clients"] = load(server, args, *many, *get, operations=args.reads)
            for number in range(100):
                rsctl(server, args, "put", f"prefix/{number:04}", "v" * 256)
            prefix = ["range", "prefix/", "--prefix", "--consistency", "s"]
            results["prefix of 100 keys"] = load(server, args, *many, *prefix, operations=args.prefix_reads)
            results["put, 1 client"] = load(server, args, *one, *puts, operations=args.single_puts)
        except Failure:
            log.seek(0)
            print(log.read()[-4000:], file=sys.stderr)
            raise
        finally:
            if server is not None:
                server.stop()
    return results


def table(pairs):
    """Lines of the comparison."""
    yield f"{'case':<22} {'figure':<15} {'etcd':>11} {'rsetcd':>11}   ratio (min .. max)      target"
    for case in pairs[0]["etcd"]:
        for figure in pairs[0]["etcd"][case]:
            etcd, ours = ([pair[name][case][figure] for pair in pairs] for name in ("etcd", "rsetcd"))
            ratios = [b / a for a, b in zip(etcd, ours) if a > 0] or [float("nan")]
            ratio = statistics.median(ratios)
            line = f"{case:<22} {figure:<15} {statistics.median(etcd):>11.4g} {statistics.median(ours):>11.4g}"
            line += f"   {ratio:5.2f} ({min(ratios):5.2f} .. {max(ratios):5.2f})"
            if (case, figure) in TARGETS:
                comparison, wanted = TARGETS[case, figure]
                reached = ratio >= wanted if comparison == ">=" else ratio <= wanted
                line += f"   {comparison} {wanted:.2f} {'reached' if reached else 'MISSED'}"
            yield line


def arguments(description, pairs):
    """A parser with what all comparisons have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    release = ROOT / "target" / "release"
    parser.add_argument("--etcd", default=os.environ.get("ETCD", "etcd"), help="etcd's binary (or $ETCD)")
    parser.add_argument("--rsetcd", default=release / "rsetcd")
    parser.add_argument("--rsctl", default=release / "rsctl")
    parser.add_argument("--dir", help="where the data directories go; the default is the temporary directory")
    parser.add_argument("--pairs", type=int, default=pairs)
    parser.add_argument("--snapshot-count", type=int, default=10_000)
    parser.add_argument("--quota-backend-bytes", type=int, default=8 << 30)
    parser.add_argument("--json", type=pathlib.Path, help="also write all figures there")
    return parser


def check_binaries(parser, *binaries):
    for binary in binaries:
        program = shutil.which(shlex.split(str(binary))[0])
        if program is None:
            parser.error(f"{binary} is not there")
        with open(program, "rb") as file:
            if file.read(2) == b"#!":
                parser.error(f"{binary} is a script, whose own start would be measured too: give the program itself")


def run_pairs(args, measure, report=table):
    """Runs all pairs and prints the report; the exit code."""
    pairs = []
    try:
        for number in range(args.pairs):
            order = [("etcd", args.etcd), ("rsetcd", args.rsetcd)]
            pair = {}
            for name, binary in order if number % 2 == 0 else reversed(order):
                print(f"pair {number + 1} of {args.pairs}: {name}", file=sys.stderr)
                pair[name] = measure(binary, args, args.dir)
            pairs.append(pair)
    except Failure as failure:
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    if args.json:
        args.json.write_text(json.dumps(pairs, indent=1) + "\n")
    print("\n".join(report(pairs)))
    return 0


def main():
    parser = arguments(__doc__, pairs=5)
    parser.add_argument("--keys", type=int, default=200_000, help="puts, each of its own key")
    parser.add_argument("--reads", type=int, default=200_000, help="linearizable gets")
    parser.add_argument("--prefix-reads", type=int, default=20_000)
    parser.add_argument("--single-puts", type=int, default=10_000)
    parser.add_argument("--rest", type=float, default=30, help="seconds between load and memory")
    args = parser.parse_args()
    check_binaries(parser, args.etcd, args.rsetcd, args.rsctl)
    return run_pairs(args, measure)


if __name__ == "__main__":
    sys.exit(main())
