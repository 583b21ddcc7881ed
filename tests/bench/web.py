#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What being looked at costs, with many endpoints: `sh tests/bench/run.sh web`.

Measured of the daemon as it is shipped, with the fleets of scale.py, of which every fiftieth
endpoint has a problem, each figure beside its limit:

    pages       milliseconds until the last byte: the slowest of several, of a daemon that idles; and,
                without a limit, of one that probes as fast as it can
    metrics     of all endpoints: seconds, and resident memory beyond that of before
    throughput  probes a second with somebody who looks at two pages a second and a Prometheus that
                scrapes every 15 s (its own standard is a minute), beside those with nobody, in turns
"""

import argparse
import http.client
import pathlib
import socket
import statistics
import sys
import tempfile
import threading
import time
from urllib.parse import quote

from scale import KIND, TEMPLATES, Daemon, Fleet, Judge, host, probed, section, settled_rss_bytes
from speed import ROOT, Server

ASKED = 20          # times, each page
PAIRS = 5           # of windows with and without somebody who looks
WINDOW_S = 15       # holds one scrape
LIMIT_PAGE_MS = 50
LIMIT_METRICS_BYTES = 16 << 20
LIMIT_LOSS = 0.05


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Shown(Fleet):
    """A fleet that can be looked at; every fiftieth server has another name than asked for."""

    def __init__(self, server, n, settings, all_in_metrics=False):
        self.web = free_port()
        super().__init__(server, n, settings, f"listen: ['127.0.0.1:{self.web}']\n"
                         f"metrics: {{max_endpoints: {n if all_in_metrics else 10000}}}\n")
        lines = self.config.read_text().splitlines()
        first = len(lines) - n
        for i in range(0, n, TEMPLATES):
            lines[first + i] = lines[first + i].replace(", connect_to",
                                                        ", server_name: other.example, connect_to")
        self.config.write_text("\n".join(lines) + "\n")

    def ask(self, path):
        """Seconds, and how many bytes it was."""
        start = time.monotonic()
        client = http.client.HTTPConnection("127.0.0.1", self.web, timeout=120)
        client.request("GET", path)
        answer = client.getresponse()
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status} {answer.read()[:500]}")
        size = 0
        while piece := answer.read(1 << 20):
            size += len(piece)
        client.close()
        return time.monotonic() - start, size


def pages(fleet):
    n, middle = fleet.n, host(fleet.n * 7 // 9)
    return {
        "overview": "/",
        "endpoints, first page": "/endpoints",
        "endpoints, by name, in the middle": f"/endpoints?sort=name&offset={n // 2}",
        "endpoints, a search that finds one": f"/endpoints?q={middle}.",
        "endpoints, a search that finds all": "/endpoints?q=bench.example",
        "endpoints, a search that finds none": "/endpoints?q=nowhere",
        "one endpoint": f"/endpoint?id={quote(f'{middle}:{fleet.port}', safe='')}",
        "problems, as JSON": "/api/v1/problems?limit=100",
        "certificates": "/certificates",
        "health": "/api/v1/health",
    }


def measure_pages(judge, fleet, what, limit=None):
    section(f"Milliseconds, {what}: median and slowest of {ASKED}")
    for name, path in pages(fleet).items():
        times = [fleet.ask(path)[0] * 1000 for _ in range(ASKED)]
        note = f"{name} (median {statistics.median(times):.1f})"
        if limit:
            judge(note, max(times), "ms", limit, 1)
        else:
            print(f"  {note:58}{max(times):10.1f}{'':10} ms", flush=True)


def measure_metrics(judge, fleet, daemon):
    section("Metrics of all endpoints")
    before, peak, stop = daemon.rss_bytes(), [0], threading.Event()

    def watch():
        while not stop.wait(0.02):
            peak[0] = max(peak[0], daemon.rss_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    seconds, size = fleet.ask("/metrics")
    stop.set()
    watcher.join()
    print(f"  {'one scrape':58}{seconds:10.2f}{'':10} s\n"
          f"  {'its size':58}{size / 1e6:10.0f}{'':10} MB")
    judge("memory that it takes", max(0, peak[0] - before) / 1e6, "MB", LIMIT_METRICS_BYTES / 1e6)


class Viewer:
    """Looks at pages, and scrapes like a Prometheus."""

    def __init__(self, fleet):
        self.fleet, self.over = fleet, threading.Event()
        self.threads = [threading.Thread(target=self.look), threading.Thread(target=self.scrape)]
        for thread in self.threads:
            thread.start()

    def look(self):
        paths = list(pages(self.fleet).values())
        for i in range(10 ** 9):
            self.fleet.ask(paths[i % len(paths)])
            if self.over.wait(0.5):
                return

    def scrape(self):
        while True:
            self.fleet.ask("/metrics")
            if self.over.wait(WINDOW_S):
                return

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def window(daemon):
    """Probes a second."""
    done, start = daemon.probes()["done"], time.monotonic()
    time.sleep(WINDOW_S)
    return (daemon.probes()["done"] - done) / (time.monotonic() - start)


def measure_throughput(judge, fleet, daemon):
    alone, seen = [], []
    for _ in range(PAIRS):
        alone.append(window(daemon))
        viewer = Viewer(fleet)
        seen.append(window(daemon))
        viewer.stop()
    section("Probing at full rate")
    for name, rates in (("nobody looks", alone), ("somebody looks, and Prometheus scrapes", seen)):
        print(f"  {f'probes a second, {name}':58}{statistics.median(rates):10.0f}")
    judge("share that is lost, median of pairs",
          statistics.median(1 - b / a for a, b in zip(alone, seen)), "", LIMIT_LOSS, 3)


def measure_all(judge, build, server, n):
    template = Shown(server, TEMPLATES, "interval: 1s")
    probed(build, template, 3 * TEMPLATES)

    fleet = Shown(server, n, "interval: 30d", all_in_metrics=True)
    fleet.remember(template)
    daemon = Daemon(build, fleet)
    settled_rss_bytes(daemon)
    measure_pages(judge, fleet, f"{n:,} endpoints, idle", LIMIT_PAGE_MS)
    measure_metrics(judge, fleet, daemon)
    daemon.stop()
    fleet.remove()

    fleet = Shown(server, n, f"interval: {max(n // 20000, 1)}s")
    fleet.remember(template)
    daemon = Daemon(build, fleet)
    time.sleep(10)
    measure_throughput(judge, fleet, daemon)
    measure_pages(judge, fleet, "probing at full rate")
    daemon.stop()
    fleet.remove()


def main():
    parser = argparse.ArgumentParser(prog="run.sh web")
    parser.add_argument("size", nargs="?", type=int, default=1_000_000,
                        help="endpoints; default: 1000000")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    args = parser.parse_args()
    judge = Judge()
    with tempfile.TemporaryDirectory(prefix="notafter-bench-") as folder:
        server = Server(args.build, pathlib.Path(folder), 1)
        try:
            measure_all(judge, args.build, server, args.size)
        finally:
            server.stop()
    print("\nAll within the limits." if judge.within else "\nNot all within the limits.")
    sys.exit(0 if judge.within else 1)


if __name__ == "__main__":
    main()
