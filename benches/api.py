#!/usr/bin/env python3
"""Runs etcd and rsetcd in turn under the load of the rest of the client API and prints the ratios.

    cargo build --release
    benches/api.py --etcd /usr/bin/etcd

As `compare.py`, with other cases: renewals and grants of leases, transactions, many watchers of one prefix, idle watch
streams, and, on a database of about a gigabyte with half of its pages free, a snapshot, puts during a snapshot, during
a compaction, during a defragmentation and during a hundred logins. Figures named `kept` are rates of one server during
a disturbance, as a part of its own rate without; `pause` is the slowest put of the disturbed run.
"""

import json
import os
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import compare
from compare import Failure, Server, load, rsctl

MIB = 1 << 20

compare.TARGETS = {
    ("lease keep-alive", "ops/s"): (">=", 2.0),
    ("lease grant", "ops/s"): (">=", 2.0),
    ("txn mix", "ops/s"): (">=", 2.0),
    ("watch fan-out", "p99 ms"): ("<=", 0.5),
    ("watch fan-out", "CPU us/event"): ("<=", 0.5),
    ("idle watch streams", "RSS MiB"): ("<=", 1 / 3),
    ("snapshot", "seconds"): ("<=", 0.5),
}
# Of rsetcd alone: (case, figure) -> (comparison, value).
OWN_TARGETS = {
    ("puts during snapshot", "kept"): (">=", 0.8),
    ("puts during compaction", "kept"): (">=", 0.8),
    ("puts during defrag", "pause - p99 ms"): ("<=", 10.0),
    ("puts during compaction", "pause ms"): ("<=", 10.0),
    ("puts during 100 logins", "kept"): (">=", 0.8),
}

MANY = ["--conns", "100", "--clients", "100", "--precise"]
PUTTERS = ["--conns", "16", "--clients", "16", "--precise"]


def puts(server, args, total, key_space, login=()):
    """Puts by 16 clients: rate and latencies. Fails if one failed."""
    words = ["put", "--key-size", "16", "--val-size", "256", "--key-space-size", str(key_space), "--total", str(total)]
    report = rsctl(server, args, *login, "bench", *PUTTERS, *words)
    if "Error distribution" in report:
        raise Failure(report.strip())

    def number(pattern):
        return float(re.search(pattern + r"\s+([0-9.e+-]+)", report)[1])

    return {
        "ops/s": number("Requests/sec:"),
        "p99 ms": number("\n  99% in") * 1000,
        "slowest ms": number("Slowest:") * 1000,
    }


def put_count(server):
    """Puts that the server has done."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.client_port}/metrics") as page:
        return float(re.search(r"^etcd_mvcc_put_total (.*)$", page.read().decode(), re.MULTILINE)[1])


class Disturbance(threading.Thread):
    """Does something over and over, from the moment that puts are done until it is stopped; `seconds` has how long each
    took."""

    def __init__(self, server, action, times=None):
        super().__init__(daemon=True)
        self.server, self.puts_before = server, put_count(server)
        self.action, self.times, self.seconds, self.error = action, times, [], None
        self.is_over = threading.Event()

    def run(self):
        # The clients that put may have to log in first.
        while put_count(self.server) < self.puts_before + 1000:
            time.sleep(0.01)
        try:
            while not self.is_over.is_set() and (self.times is None or len(self.seconds) < self.times):
                begun = time.monotonic()
                self.action()
                self.seconds.append(time.monotonic() - begun)
        except Failure as failure:
            self.error = failure

    def stop(self):
        self.is_over.set()
        self.join()
        if self.error:
            raise self.error


# Rounds with what goes on again and again, each after one without it.
ALTERNATIONS = 3


def disturbed(server, args, key_space, action, times=None, login=()):
    """Puts without and with `action` going on, from its begin to its end. As many of them come without it, so that the
    slowest of both tell how much of a pause is the machine's own."""
    def one_round():
        return puts(server, args, args.disturbed_puts, key_space, login)

    calm, rounds, seconds = [], [], []
    for _ in range(ALTERNATIONS if times is None else 1):
        calm.append(one_round())
        disturbance = Disturbance(server, action, times)
        disturbance.start()
        rounds.append(one_round())
        while times is not None and disturbance.is_alive():
            rounds.append(one_round())
        disturbance.stop()
        seconds += disturbance.seconds
    while len(calm) < len(rounds):
        calm.append(one_round())
    calm_rate, calm_p99 = rate_of(calm), statistics.median(quiet["p99 ms"] for quiet in calm)
    slowest = max(busy["slowest ms"] for busy in rounds)
    return {
        "calm ops/s": calm_rate,
        "kept": rate_of(rounds) / calm_rate,
        "calm p99 ms": calm_p99,
        "p99 ms": max(busy["p99 ms"] for busy in rounds),
        "calm pause ms": max(quiet["slowest ms"] for quiet in calm),
        "pause ms": slowest,
        "pause - p99 ms": slowest - calm_p99,
        "rounds": len(rounds),
        "took s": sum(seconds) / max(len(seconds), 1),
    }


def rate_of(rounds):
    """Of rounds with as many puts each."""
    return len(rounds) / sum(1 / one["ops/s"] for one in rounds)


LOGINS = 100
ROOT = ["--user", "root:pw"]


def log_in_at_once(server, args, users):
    """A hundred logins of so many users, all at once. Fails if one failed."""
    words = ["login", "--total", str(LOGINS), "--users", str(users), "--name-prefix", "user", "--login-password", "pw"]
    report = rsctl(server, args, "bench", "--conns", str(LOGINS), "--clients", str(LOGINS), *words)
    if "Error distribution" in report:
        raise Failure(report.strip())


def logins(server, args):
    """Puts while a hundred users log in, and while one user does a hundred times."""
    users = [f"user{number}" for number in range(LOGINS)]
    for name in ["root", *users]:
        rsctl(server, args, "user", "add", f"{name}:pw")
    rsctl(server, args, "user", "grant-role", "root", "root")
    rsctl(server, args, "auth", "enable")
    results = {}
    for case, count in [("puts during 100 logins", LOGINS), ("puts during 100 logins of one", 1)]:
        log_in = lambda: log_in_at_once(server, args, count)  # noqa: B023, E731
        results[case] = disturbed(server, args, 10_000, log_in, times=1, login=ROOT)
    return results


def fan_out(server, args):
    words = ["watch-fanout", "--watchers", "1000", "--streams", "10", "--rate", "50", "--total", str(args.fanout_puts)]
    before = server.cpu_seconds()
    report = rsctl(server, args, "bench", "--conns", "10", "--clients", "10", "--precise", *words)
    cpu = server.cpu_seconds() - before
    p99 = float(re.search(r"\n  99% in\s+([0-9.e+-]+)", report)[1])
    return {"p99 ms": p99 * 1000, "CPU us/event": cpu * 1e6 / (args.fanout_puts * 1000)}


def idle_streams(server, args):
    before = server.resident_mib()
    command = [*shlex.split(str(args.rsctl)), "--endpoints", f"127.0.0.1:{server.client_port}", "bench"]
    command += ["--conns", "100", "--clients", "100", "watch-idle", "--streams", "10000", "--seconds", str(int(args.rest) + 5)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if "are open" not in holder.stdout.readline():
            raise Failure("the streams did not open")
        time.sleep(args.rest)
        return {"RSS MiB": server.resident_mib(), "RSS before MiB": before}
    finally:
        holder.kill()
        holder.wait()


def database_bytes(server, args):
    status = json.loads(rsctl(server, args, "endpoint", "status", "-w", "json"))[0]["Status"]
    return status["dbSize"], status["dbSizeInUse"]


def fill(server, args):
    """Twice the keys, of which the second half of all revisions stays: half of the pages are free afterwards."""
    total = args.megabytes * MIB // 4096
    for _ in range(2):
        words = ["put", "--sequential-keys", "--key-size", "16", "--val-size", "4096", "--key-space-size", str(total // 2)]
        rsctl(server, args, "bench", *MANY, *words, "--total", str(total // 2))
    revision = json.loads(rsctl(server, args, "get", "nothing", "-w", "json"))["header"]["revision"]
    rsctl(server, args, "--command-timeout", "600s", "compaction", "--physical", str(revision))
    return total // 2


def measure(binary, args, base):
    results = {}
    with tempfile.TemporaryDirectory(prefix="api-", dir=base) as scratch, open(
        pathlib.Path(scratch) / "log", "w+"
    ) as log:
        data, server = pathlib.Path(scratch) / "data", None
        try:
            server = Server(binary, data, args, log)
            server.wait_until_ready(args.rsctl)
            results["idle watch streams"] = idle_streams(server, args)
            results["lease keep-alive"] = load(server, args, *MANY, "lease-keepalive", operations=args.operations)
            results["lease grant"] = load(server, args, *MANY, "lease-grant", operations=args.operations)
            mix = ["txn-mixed", "--key-space-size", "10000", "--limit", "1", "--val-size", "64"]
            mixed = rsctl(server, args, "bench", *MANY, *mix, "--total", str(args.operations))
            rates = [float(rate) for rate in re.findall(r"Requests/sec:\s+([0-9.e+-]+)", mixed)]
            results["txn mix"] = {"ops/s": sum(rates)}
            results["watch fan-out"] = fan_out(server, args)
            results.update(logins(server, args))
            server.stop()

            server = Server(binary, pathlib.Path(scratch) / "large", args, log)
            server.wait_until_ready(args.rsctl)
            keys = fill(server, args)
            size, in_use = database_bytes(server, args)
            results["database"] = {"MiB": size / MIB, "in use MiB": in_use / MIB}
            saved = str(pathlib.Path(scratch) / "saved")
            begun = time.monotonic()
            rsctl(server, args, "snapshot", "save", saved)
            results["snapshot"] = {"seconds": time.monotonic() - begun}
            save = lambda: rsctl(server, args, "snapshot", "save", saved)  # noqa: E731
            results["puts during snapshot"] = disturbed(server, args, keys, save)
            os.unlink(saved)
            defrag = lambda: rsctl(server, args, "--command-timeout", "600s", "defrag")  # noqa: E731
            results["puts during defrag"] = disturbed(server, args, keys, defrag, times=1)
            size, in_use = database_bytes(server, args)
            results["database after"] = {"MiB": size / MIB, "in use MiB": in_use / MIB}

            # A million revisions on few keys, to be compacted.
            words = ["put", "--key-size", "16", "--val-size", "16", "--key-space-size", "100000"]
            rsctl(server, args, "bench", *MANY, *words, "--total", str(args.revisions))
            revision = json.loads(rsctl(server, args, "get", "nothing", "-w", "json"))["header"]["revision"]
            # Until the backend is compacted, too.
            words = ["--command-timeout", "600s", "compaction", "--physical", str(revision)]
            compact = lambda: rsctl(server, args, *words)  # noqa: E731
            results["puts during compaction"] = disturbed(server, args, 100000, compact, times=1)
        except Failure:
            log.seek(0)
            print(log.read()[-4000:], file=sys.stderr)
            raise
        finally:
            if server is not None:
                server.stop()
    return results


def own_targets(pairs):
    for (case, figure), (comparison, wanted) in OWN_TARGETS.items():
        for number, pair in enumerate(pairs):
            value = pair["rsetcd"][case][figure]
            reached = value >= wanted if comparison == ">=" else value <= wanted
            yield f"rsetcd, {case}, {figure}, run {number + 1}: {value:.3g} {comparison} {wanted} {'reached' if reached else 'MISSED'}"


def report(pairs):
    yield from compare.table(pairs)
    yield from own_targets(pairs)


def main():
    parser = compare.arguments(__doc__, pairs=3)
    parser.add_argument("--operations", type=int, default=100_000, help="renewals, grants, transactions")
    parser.add_argument("--fanout-puts", type=int, default=500)
    parser.add_argument("--megabytes", type=int, default=1024, help="of the large database, before its compaction")
    parser.add_argument("--disturbed-puts", type=int, default=150_000)
    parser.add_argument("--revisions", type=int, default=1_000_000)
    parser.add_argument("--rest", type=float, default=20, help="seconds before memory is read")
    args = parser.parse_args()
    compare.check_binaries(parser, args.etcd, args.rsetcd, args.rsctl)
    return compare.run_pairs(args, measure, report)


if __name__ == "__main__":
    sys.exit(main())
