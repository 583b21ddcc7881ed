#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the number of endpoints costs: `sh tests/bench/run.sh scale`, which builds all that is run.

Measured of the daemon as it is shipped, each figure beside its limit:

    load        `notafter config check`, and `notafter run` until it says that it is ready: with an
                empty database, and with one that knows every endpoint
    memory      of an idle endpoint that is remembered: resident memory beyond that of a daemon with
                one endpoint, by endpoint
    in flight   resident memory with many probes that hang: after connecting, and in mid-handshake
    CPU         per probe of a large fleet beside a small one, at the same rate and at the same time
    schedule    how long after their time probes begin, with 90 % of the probes that can be done

Endpoints are names of their own at addresses of their own in 127.0.0.0/8, all served by one server
that shows 50 different certificates. A fleet that is remembered is made from a small one that has
really been probed: its rows are copied for every other endpoint.
"""

import argparse
import json
import os
import pathlib
import selectors
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from speed import PER_NET, ROOT, Server, cpu_us

TEMPLATES = 50      # endpoints that are really probed: one for each certificate of the server
KIND = "p256"
SMALL = 100         # endpoints of the small fleet
RATE = 100          # probes a second of either fleet
CPU_WINDOWS = 5
CPU_WINDOW_S = 10   # holds two saves of the daemon
OVERLOAD = 8000     # endpoints, each due every second: more than can be done
LOAD_SHARE = 0.9
FIRST_FLIGHT_BYTES = 700  # of a server's first flight: ServerHello, and no whole certificate

LIMIT_LOAD_S = {100_000: 2, 1_000_000: 15}
LIMIT_ENDPOINT_BYTES = 1000
LIMIT_IN_FLIGHT_BYTES = 60_000  # 600 MB for 10,000
LIMIT_CPU = 1.15
LIMIT_DELAY_MS = 1000


class Judge:
    """Prints every figure with its limit, and remembers whether all were within."""

    def __init__(self):
        self.within = True

    def __call__(self, what, value, unit, limit, digits=2):
        good = value <= limit
        self.within &= good
        print(f"  {what:58}{value:10.{digits}f}{limit:10.{digits}f} {unit:6}"
              f"{'within' if good else 'OVER'}", flush=True)


def section(title):
    print(f"\n{title:60}{'is':>10}{'at most':>10}", flush=True)


# --- fleets ---------------------------------------------------------------------------------------

def address(i):
    """The server shows certificate i % 50 there."""
    return f"127.{71 + i // (250 * PER_NET)}.{i // PER_NET % 250}.{i % PER_NET + 1}"


def host(i):
    return f"h{i}.bench.example"


class Fleet:
    """A folder with a configuration, and perhaps a database."""

    def __init__(self, server, n, settings, more="", port=None):
        self.server, self.n = server, n
        self.port = port or server.port[KIND]
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=server.folder))
        self.config = self.folder / "notafter.yaml"
        with open(self.config, "w") as f:
            f.write(f"state: {self.folder}/state\nsocket: {self.folder}/socket\n{more}"
                    f"defaults: {{ca_file: {server.anchors}, aia: off, {settings}}}\nendpoints:\n")
            for i in range(n):
                f.write(f"  - {{target: '{host(i)}:{self.port}', connect_to: {address(i)}}}\n")

    def forget(self):
        shutil.rmtree(self.folder / "state", ignore_errors=True)

    def remember(self, template):
        """The database of @template, with its rows copied for all of our endpoints."""
        (self.folder / "state").mkdir()
        path = self.folder / "state" / "notafter.db"
        shutil.copy(template.folder / "state" / "notafter.db", path)
        db = sqlite3.connect(path, isolation_level=None)
        db.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN;"
                         "CREATE TEMP TABLE fleet(id TEXT, model TEXT)")
        db.executemany("INSERT INTO fleet VALUES (?, ?)", sorted(
            (f"{host(i)}:{self.port}", f"{host(i % TEMPLATES)}:{template.port}")
            for i in range(self.n)))
        for table, in db.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'"
                                 " ORDER BY name").fetchall():
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            key = "id" if table == "endpoint" else "endpoint"
            if key not in columns:
                continue
            rest = [c for c in columns if c != key]
            db.execute(f"INSERT OR IGNORE INTO {table} ({key}, {', '.join(rest)})"
                       f" SELECT f.id, {', '.join('t.' + c for c in rest)}"
                       f" FROM fleet f JOIN {table} t ON t.{key} = f.model")
        db.execute("COMMIT")
        db.close()

    def remove(self):
        shutil.rmtree(self.folder)


class Daemon:
    """`notafter run` on a fleet, from the start until it says that it is ready."""

    def __init__(self, build, fleet):
        self.fleet = fleet
        path = fleet.folder / "notify"
        path.unlink(missing_ok=True)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(path))
        self.notify.settimeout(120)
        (fleet.folder / "state").mkdir(exist_ok=True)
        self.log = open(fleet.folder / "log", "w")
        start = time.monotonic()
        self.process = subprocess.Popen(
            [build / "daemon/app/notafter", "run", "-c", fleet.config],
            stdout=self.log, stderr=self.log, env={**os.environ, "NOTIFY_SOCKET": str(path)})
        try:
            while b"READY=1" not in self.notify.recv(4096):
                pass
        except TimeoutError:
            self.fail("is not ready")
        self.ready_s = time.monotonic() - start
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        self.notify.settimeout(None)
        try:
            while self.notify.recv(4096):
                pass
        except OSError:
            pass

    def fail(self, what):
        sys.exit(f"notafter {what}:\n" + (self.fleet.folder / "log").read_text()[-2000:])

    def probes(self):
        """What the status tells of them; see daemon/monitor/status.c."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.fleet.folder / "socket"))
            s.sendall(b'{"command": "status", "max_endpoints": 0}\n')
            return json.loads(b"".join(iter(lambda: s.recv(65536), b"")))["probes"]

    def wait_for(self, key, least, seconds):
        end = time.monotonic() + seconds
        while (is_now := self.probes()[key]) < least:
            if self.process.poll() is not None:
                self.fail("ended")
            if time.monotonic() > end:
                self.fail(f"has {is_now} probes {key}, not {least}, in {seconds} s")
            time.sleep(0.2)

    def rss_bytes(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def cpu_us(self):
        return cpu_us(self.process.pid)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait() != 0:
            self.fail("does not end well")
        self.log.close()
        self.notify.close()


def probed(build, fleet, least):
    """A daemon that has looked at its endpoints so often, and has written it down: it is stopped."""
    d = Daemon(build, fleet)
    d.wait_for("done", least, 120)
    d.stop()


# --- what is measured -----------------------------------------------------------------------------

def wall_s(argv):
    start = time.monotonic()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def measure_load(judge, build, fleet, template):
    limit, n = LIMIT_LOAD_S.get(fleet.n, fleet.n * 15e-6 + 1), f"{fleet.n:,} endpoints"
    section(f"Load of {n}")  # each with a name and an address of its own: a mapping of two keys
    check = [build / "daemon/app/notafter", "config", "check", fleet.config]
    judge("config check, the best of three", min(wall_s(check) for _ in range(3)), "s", limit)
    fleet.forget()
    d = Daemon(build, fleet)
    judge("first start, until ready", d.ready_s, "s", limit)
    d.stop()
    fleet.forget()
    fleet.remember(template)
    d = Daemon(build, fleet)
    judge("start with a database that knows all, until ready", d.ready_s, "s", limit)
    return d


def settled_rss_bytes(d):
    time.sleep(3)  # until what begins with the start has begun
    return d.rss_bytes()


class Hanging:
    """A server that says nothing, or that says the first bytes of another server's first flight."""

    def __init__(self, upstream_port=None):
        self.upstream_port = upstream_port
        self.listener = socket.create_server(("", 0), backlog=4096)
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.clients = []
        self.hung = 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while self.listener:
            for key, _ in self.selector.select(0.2):
                key.data(key.fileobj)

    def accept(self, listener):
        client, _ = listener.accept()
        self.clients.append(client)
        if self.upstream_port:
            self.selector.register(client, selectors.EVENT_READ, self.begin)
        else:
            self.hung += 1

    def begin(self, client):
        self.selector.unregister(client)
        with socket.create_connection(("127.70.0.1", self.upstream_port)) as upstream:
            upstream.sendall(client.recv(16384))
            flight = upstream.recv(16384)
        client.sendall(flight[:FIRST_FLIGHT_BYTES])
        self.hung += 1

    def stop(self):
        listener, self.listener = self.listener, None
        listener.close()
        for client in self.clients:
            client.close()


def measure_in_flight(judge, build, server, n, what, upstream_port):
    hanging = Hanging(upstream_port)
    fleet = Fleet(server, n, "interval: 1s, timeout: 10m, step_timeout: 10m",
                  f"limits: {{concurrency: {min(20000, n * 4 // 3 + 100)}}}\n", hanging.port)
    d = Daemon(build, fleet)
    d.wait_for("running", n, 120)
    end = time.monotonic() + 120
    while hanging.hung < n and time.monotonic() < end:
        time.sleep(0.1)
    if hanging.hung < n:
        d.fail(f"lets {hanging.hung} of {n} probes hang")
    judge(f"{n:,} {what}", settled_rss_bytes(d) / 1e6, "MB", n * LIMIT_IN_FLIGHT_BYTES / 1e6, 0)
    d.process.kill()
    d.process.wait()
    hanging.stop()
    fleet.remove()


def measure_cpu(judge, build, server, large, template):
    """@large is a running daemon. Both have the same seconds, and so the same neighbours."""
    fleet = Fleet(server, SMALL, f"interval: {SMALL // RATE}s")
    fleet.remember(template)
    small = Daemon(build, fleet)
    both = {"small": small, "large": large}
    costs = {"small": [], "large": []}
    time.sleep(5)
    for _ in range(CPU_WINDOWS):
        before = {name: (d.probes()["done"], d.cpu_us()) for name, d in both.items()}
        time.sleep(CPU_WINDOW_S)
        for name, d in both.items():
            cpu, done = d.cpu_us() - before[name][1], d.probes()["done"] - before[name][0]
            costs[name].append(cpu / max(done, 1))
    small.stop()
    fleet.remove()
    section(f"CPU per probe of {large.fleet.n:,} endpoints beside {SMALL}")
    for name in both:
        print(f"  {f'median of {CPU_WINDOWS} windows of {CPU_WINDOW_S} s, {name}':58}"
              f"{statistics.median(costs[name]):10.0f}{'':10} us")
    judge("ratio, median", statistics.median(a / b for a, b in zip(costs["large"], costs["small"])),
          "", LIMIT_CPU)


def pace(d, seconds):
    """Probes a second."""
    done, start = d.probes()["done"], time.monotonic()
    time.sleep(seconds)
    return (d.probes()["done"] - done) / (time.monotonic() - start)


def measure_schedule(judge, build, server, template):
    # One worker: the server and the rest of the machine have the other processors.
    fleet = Fleet(server, OVERLOAD, "interval: 1s", "workers: 1\n")
    fleet.remember(template)
    d = Daemon(build, fleet)
    time.sleep(5)
    most = pace(d, 15)
    d.process.kill()
    d.process.wait()
    fleet.remove()

    interval_s = 10
    fleet = Fleet(server, int(LOAD_SHARE * most * interval_s), f"interval: {interval_s}s",
                  "workers: 1\n")
    fleet.remember(template)
    d = Daemon(build, fleet)
    time.sleep(2 * interval_s)
    rate = pace(d, 2 * interval_s)
    delay = d.probes()["delay_ms"]
    d.stop()
    fleet.remove()
    section("Schedule at 90 % load")
    print(f"  {'probes a second of one worker, at most and now':58}{most:10.0f}{rate:10.0f}")
    judge("delay, 99th percentile", delay["p99"], "ms", LIMIT_DELAY_MS, 0)
    judge("delay, maximum of the last 16,384 probes", delay["max"], "ms", LIMIT_DELAY_MS, 0)


def measure_all(judge, build, server, sizes, in_flight):
    template = Fleet(server, TEMPLATES, "interval: 1s")
    probed(build, template, 3 * TEMPLATES)
    one = Fleet(server, 1, "interval: 30d")
    one.remember(template)
    base = Daemon(build, one)
    base_bytes = settled_rss_bytes(base)
    base.stop()
    memory = {}
    for n in sizes:
        fleet = Fleet(server, n, f"interval: {max(n // RATE, 1)}s")
        d = measure_load(judge, build, fleet, template)
        memory[n] = (settled_rss_bytes(d) - base_bytes) / n
        if n == sizes[-1]:
            measure_cpu(judge, build, server, d, template)
        d.stop()
        fleet.remove()
    section("Memory of an idle endpoint that is remembered")
    for n, size in memory.items():
        judge(f"of {n:,}", size, "bytes", LIMIT_ENDPOINT_BYTES, 0)
    section("Resident memory with probes in flight")
    measure_in_flight(judge, build, server, in_flight, "that hang after connecting", None)
    measure_in_flight(judge, build, server, in_flight, "that hang in mid-handshake",
                      server.port[KIND])
    measure_schedule(judge, build, server, template)


def main():
    parser = argparse.ArgumentParser(prog="run.sh scale")
    parser.add_argument("sizes", nargs="*", type=int, default=[100_000, 1_000_000],
                        help="endpoints; default: 100000 1000000")
    parser.add_argument("--in-flight", type=int, default=10_000)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    args = parser.parse_args()
    judge = Judge()
    busy, processors = os.getloadavg()[0], os.cpu_count()
    if busy > processors / 2:
        print(f"This machine is busy ({busy:.0f} processes run on {processors} processors): what is "
              "measured in seconds will be too long.")
    with tempfile.TemporaryDirectory(prefix="notafter-bench-") as folder:
        server = Server(args.build, pathlib.Path(folder), 1)
        try:
            measure_all(judge, args.build, server, args.sizes, args.in_flight)
        finally:
            server.stop()
    print("\nAll within the limits." if judge.within else "\nNot all within the limits.")
    sys.exit(0 if judge.within else 1)


if __name__ == "__main__":
    main()
