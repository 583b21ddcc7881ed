#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a probe costs: `sh tests/bench/run.sh speed`, which builds all that is run here.

Three clients look at the same server on loopback, one after the other, round by round, so that a
noisy machine is noisy to all of them, and medians over the rounds are compared:

    notafter    the daemon as it is run: configuration, schedule, workers, verdicts, database
    bare        an event loop around OpenSSL that verifies, and nothing else (speed_bare.c)
    blackbox    prometheus-blackbox-exporter, asked through /probe, module tcp with TLS

What counts is the CPU time of the client's process, user and system, over the probes that the
server has finished meanwhile. All of them verify chain and address with the same trust anchors:
those of this system, and the roots of the benchmark.
"""

import argparse
import http.client
import mmap
import os
import pathlib
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PER_NET = 250
IN_FLIGHT = 32
ENDPOINTS = 1500  # of the daemon, each to be probed once a second: it is busy
MANY = 1500  # chains that nobody has seen before
SAVE_PERIOD_S = 5  # a window holds the same number of the daemon's saves each time

LIMITS = (("rsa", "bare", 0.45), ("rsa", "blackbox", 0.45),
          ("p256", "bare", 0.45), ("p256", "blackbox", 0.45),
          ("p384", "bare", 0.30), ("new", "bare", 1.10))
NAMES = {"rsa": "RSA-2048, unchanged", "p256": "P-256, unchanged",
         "p384": "P-256 below P-384, unchanged", "new": "P-256, never seen before"}
WORKERS_LIMIT = 1.8

BLACKBOX = """modules:
  tls:
    prober: tcp
    timeout: 10s
    tcp: {tls: true, preferred_ip_protocol: ip4}
"""


def address(i):
    return f"127.70.{i // PER_NET}.{i % PER_NET + 1}"


def cpu_us(pid):
    """User and system time of @pid's threads: its process clock, see clock_getcpuclockid(3)."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e3


class Server:
    def __init__(self, build, folder, many=MANY):
        self.folder = folder
        self.process = subprocess.Popen([build / "tests/bench/bench_speed_server", folder,
                                         str(many)])
        while not (folder / "ports").exists():
            if self.process.poll() is not None:
                sys.exit("the server of the benchmark does not start")
            time.sleep(0.05)
        rows = [line.split() for line in (folder / "ports").read_text().splitlines()]
        self.kinds = [row[0] for row in rows]
        self.port = {row[0]: int(row[1]) for row in rows}
        self.chains = {row[0]: int(row[2]) for row in rows}
        system = pathlib.Path("/etc/ssl/certs/ca-certificates.crt").read_text()
        self.anchors = folder / "anchors.pem"
        self.anchors.write_text(system + (folder / "root.pem").read_text())
        with open(folder / "served", "rb") as f:
            self.counters = mmap.mmap(f.fileno(), 8 * len(rows), access=mmap.ACCESS_READ)

    def served(self, kind):
        return struct.unpack_from("Q", self.counters, 8 * self.kinds.index(kind))[0]

    def stop(self):
        self.process.kill()
        self.process.wait()


# --- the clients ----------------------------------------------------------------------------------

class Daemon:
    """One `notafter run` with an empty database, looking at chains of one kind."""

    def __init__(self, build, server, kind, endpoints, interval, workers="auto"):
        self.server, self.kind = server, kind
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=server.folder))
        self.first = server.served(kind)
        config = self.folder / "notafter.yaml"
        config.write_text(
            f"state: {self.folder}/state\nsocket: {self.folder}/socket\nworkers: {workers}\n"
            f"limits: {{address_rate: 1000000}}\n"
            f"defaults: {{interval: {interval}, ca_file: {server.anchors}, aia: off}}\nendpoints:\n"
            + "".join(f"  - {address(i)}:{server.port[kind]}\n" for i in range(endpoints)))
        (self.folder / "state").mkdir()
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen([build / "daemon/app/notafter", "run", "-c", config],
                                        stdout=self.log, stderr=self.log)

    def probes(self):
        if self.process.poll() is not None:
            sys.exit("notafter ended:\n" + (self.folder / "log").read_text()[-2000:])
        return self.server.served(self.kind) - self.first

    def wait_for(self, probes, seconds=120):
        end = time.monotonic() + seconds
        while self.probes() < probes:
            if time.monotonic() > end:
                sys.exit(f"notafter has made {self.probes()} probes in {seconds} s, not {probes}:\n"
                         + (self.folder / "log").read_text()[-2000:])
            time.sleep(0.005)

    def cpu_us(self):
        return cpu_us(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)


def notafter_again(build, server, kind):
    """Chains that were seen before, over a whole number of saves."""
    with Daemon(build, server, kind, ENDPOINTS, "1s") as d:
        d.wait_for(2 * ENDPOINTS)
        probes, cpu = d.probes(), d.cpu_us()
        time.sleep(SAVE_PERIOD_S)
        return (d.cpu_us() - cpu) / max(1, d.probes() - probes)


def notafter_new(build, server):
    """The first look at every endpoint."""
    with Daemon(build, server, "new", MANY, "2s") as d:
        d.wait_for(50)
        probes, cpu = d.probes(), d.cpu_us()
        d.wait_for(MANY)
        return (d.cpu_us() - cpu) / (d.probes() - probes)


def bare(build, server, kind, count):
    out = subprocess.run([build / "tests/bench/bench_speed_bare", server.anchors,
                          str(server.port[kind]), str(server.chains[kind]), str(count),
                          str(IN_FLIGHT)], check=True, stdout=subprocess.PIPE, text=True)
    return float(out.stdout)


class Blackbox:
    def __init__(self, server):
        self.server = server
        config = server.folder / "blackbox.yml"
        config.write_text(BLACKBOX)
        program = shutil.which("prometheus-blackbox-exporter")
        if not program:
            sys.exit("prometheus-blackbox-exporter is not installed")
        # The anchors by the environment: they are read once then, and with ca_file at every probe.
        self.process = subprocess.Popen(
            [program, f"--config.file={config}", "--web.listen-address=127.0.0.1:0",
             "--log.level=info"], stderr=subprocess.PIPE, text=True,
            env={**os.environ, "SSL_CERT_FILE": str(server.anchors),
                 "SSL_CERT_DIR": str(server.folder / "none")})
        self.port = self.find_port()
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def find_port(self):
        for line in self.process.stderr:
            if "address=127.0.0.1:" in line:
                return int(line.split("address=127.0.0.1:")[1].split()[0])
        sys.exit("prometheus-blackbox-exporter does not start")

    def ask(self, kind, numbers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for i in numbers:
            target = f"{address(i % self.server.chains[kind])}:{self.server.port[kind]}"
            connection.request("GET", f"/probe?module=tls&target={target}")
            if b"\nprobe_success 1" not in connection.getresponse().read():
                sys.exit(f"blackbox_exporter does not get along with {target}")

    def run(self, kind, count, threads=8):
        asking = [threading.Thread(target=self.ask, args=(kind, range(i, count, threads)))
                  for i in range(threads)]
        probes, cpu = self.server.served(kind), cpu_us(self.process.pid)
        for t in asking:
            t.start()
        for t in asking:
            t.join()
        return (cpu_us(self.process.pid) - cpu) / (self.server.served(kind) - probes)

    def stop(self):
        self.process.kill()
        self.process.wait()


def pace(build, server, workers):
    """Probes a second of @workers, when all of a second's endpoints wait for them."""
    with Daemon(build, server, "stub", MANY, "1s", workers) as d:
        d.wait_for(MANY // 10)
        probes, start = d.probes(), time.monotonic()
        d.wait_for(MANY * 9 // 10)
        return (d.probes() - probes) / (time.monotonic() - start)


# --- the tables -----------------------------------------------------------------------------------

def one_round(build, server, blackbox, figures):
    for kind in ("rsa", "p256", "p384"):
        figures[kind, "notafter"].append(notafter_again(build, server, kind))
        figures[kind, "bare"].append(bare(build, server, kind, 1000))
        figures[kind, "blackbox"].append(blackbox.run(kind, 600))
    figures["new", "notafter"].append(notafter_new(build, server))
    figures["new", "bare"].append(bare(build, server, "new", MANY))
    figures["new", "blackbox"].append(blackbox.run("new", 600))


def print_costs(figures):
    print(f"\nMicroseconds of CPU per probe, medians\n  {'chain':30}{'notafter':>10}{'bare':>10}"
          f"{'blackbox':>10}")
    for kind, name in NAMES.items():
        print(f"  {name:30}" + "".join(f"{statistics.median(figures[kind, client]):10.0f}"
                                       for client in ("notafter", "bare", "blackbox")))


def judge(title, value, limit, within):
    print(f"  {title:44}{value:8.2f}{limit:8.2f}  {'within' if within else 'OVER'}")
    return within


def print_ratios(figures):
    print(f"\nnotafter beside the others\n  {'':44}{'ratio':>8}{'at most':>8}")
    within = True
    for kind, other, limit in LIMITS:
        ratio = statistics.median(a / b for a, b in zip(figures[kind, "notafter"],
                                                        figures[kind, other]))
        within &= judge(f"{NAMES[kind]}, of {other}", ratio, limit, ratio <= limit)
    return within


def print_workers(paces):
    one, two = (statistics.median(paces[n]) for n in (1, 2))
    print(f"\nProbes a second of chains below P-384 never seen before, at servers that cost next\n"
          f"to nothing: they say ServerHello and Certificate, and hang up\n  one worker {one:.0f}, "
          f"two workers {two:.0f}")
    gain = statistics.median(b / a for a, b in zip(paces[1], paces[2]))
    print(f"  {'':44}{'ratio':>8}{'at least':>8}")
    return judge("two workers beside one", gain, WORKERS_LIMIT, gain >= WORKERS_LIMIT)


def main():
    parser = argparse.ArgumentParser(prog="run.sh speed")
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    args = parser.parse_args()
    figures = {(kind, client): [] for kind in NAMES
               for client in ("notafter", "bare", "blackbox")}
    paces = {1: [], 2: []}
    with tempfile.TemporaryDirectory(prefix="notafter-bench-") as folder:
        server = Server(args.build, pathlib.Path(folder))
        blackbox = Blackbox(server)
        try:
            blackbox.run("p256", 100)
            for _ in range(args.rounds):
                one_round(args.build, server, blackbox, figures)
            for _ in range(2 * args.rounds):  # they are short, and thus noisier
                for workers in paces:
                    paces[workers].append(pace(args.build, server, workers))
        finally:
            blackbox.stop()
            server.stop()
    print_costs(figures)
    within = print_ratios(figures)
    within &= print_workers(paces)
    print("\nAll within the limits." if within else "\nNot all within the limits.")
    sys.exit(0 if within else 1)


if __name__ == "__main__":
    main()
