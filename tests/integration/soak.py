#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The daemon at work for a long time: the demo's mistakes and an nginx whose certificate goes bad and
good again, watched at short intervals, told to a webhook and to rsyslog. Called by tests/soak.sh.

Every change must arrive, at both receivers, once and in order; memory must not grow after the
warm-up; the end must be clean.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

from support.alert import Alert, alerts
from support.daemon import Daemon
from support.nginx import Nginx
from support.pki import Pki
from support.places import NOTAFTER, SANITIZERS, environment
from support.rsyslog import Rsyslog
from support.wait import until
from support.webhook import WebhookReceiver, new_secret

FLIP_S = 20
WARM_UP = 0.25         # of the whole time
GROWTH_LIMIT = 0.10    # of the memory after the warm-up, but never judged below
GROWTH_FLOOR_KB = 8192 # this much, nor in a soak shorter than
JUDGED_FROM_S = 120
# What the sanitizer keeps of freed memory would look like a leak for many minutes.
QUIET = SANITIZERS["ASAN_OPTIONS"] + ":quarantine_size_mb=4:thread_local_quarantine_size_kb=64"


def memory_kb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))


class Soak:
    def __init__(self, folder, seconds):
        self.folder, self.seconds = folder, seconds
        self.flip_s = min(FLIP_S, max(4, seconds / 5))
        self.pki = Pki(folder / "pki")
        self.pairs = {True: self.pki.leaf("flip.test"),
                      False: self.pki.leaf("flip.test", days=(-90, -1))}
        self.nginx = Nginx(folder / "nginx")
        self.nginx.host("flip.test", self.pairs[True])
        self.hook, self.log = WebhookReceiver(), Rsyslog(folder / "log")
        self.secret = new_secret()
        (folder / "secret").write_text(self.secret + "\n")
        self.expected = []
        self.memory = []

    def start(self):
        self.demo = subprocess.Popen(
            [str(NOTAFTER), "demo", "--serve-only", "--dir", str(self.folder / "demo")],
            stdin=subprocess.DEVNULL, stdout=open(self.folder / "demo.out", "w"),
            stderr=subprocess.STDOUT, env=environment())
        self.nginx.start()
        self.log.start()
        config = self.folder / "demo" / "notafter.yaml"
        until(lambda: config.exists() and config.stat().st_size, "the demo's configuration", 30)
        self.add_ours(config.parent / "conf.d")
        self.daemon = Daemon(self.folder / "daemon", config, env={"ASAN_OPTIONS": QUIET}).start()

    def add_ours(self, folder):
        """Our endpoint and our receivers, where the demo's configuration includes them."""
        folder.mkdir()
        (folder / "soak.yaml").write_text(json.dumps({
            "endpoints": [{"name": "flip.test", "target": f"127.0.0.1:{self.nginx.port}",
                           "server_name": "flip.test", "interval": "1s",
                           "ca_file": str(self.pki.root.cert)}],
            "receivers": [
                {"name": "hook", "webhook": {"url": self.hook.url,
                                             "secret_file": str(self.folder / "secret")}},
                {"name": "log", "syslog": {"socket": str(self.log.socket)}}]}))

    def stop(self):
        self.daemon.stop(within=5)
        self.demo.terminate()
        if self.demo.wait(20) != 0:
            raise AssertionError(f"the demo ended badly: {(self.folder / 'demo.out').read_text()}")

    def close(self):
        for end in (getattr(self, "daemon", None) and self.daemon.close, self.nginx.stop,
                    self.log.stop, self.hook.close):
            if end:
                end()
        if getattr(self, "demo", None) and self.demo.poll() is None:
            self.demo.kill()
            self.demo.wait()

    def flips(self):
        """What the webhook was told of the problems of the endpoint whose certificate changes."""
        return [a.kind for a in alerts(self.hook) if a.endpoint == "flip.test"]

    def flip(self, good):
        self.nginx.put("flip.test", self.pairs[good])
        self.nginx.reload()
        self.expected.append("resolved" if good else "opened")
        until(lambda: self.daemon.alive() and self.flips() == self.expected,
              f"change {len(self.expected)} arrives", 20)

    def run(self):
        begin, good = time.monotonic(), True
        while (passed := time.monotonic() - begin) < self.seconds:
            good = not good
            self.flip(good)
            next_flip = time.monotonic() + self.flip_s
            while time.monotonic() < min(next_flip, begin + self.seconds):
                self.daemon.alive()
                self.memory.append((time.monotonic() - begin, memory_kb(self.daemon.process.pid)))
                time.sleep(0.5)
            if sys.stdout.isatty():
                print(f"\r{passed:.0f} s, {self.memory[-1][1]} kB ", end="", flush=True)

    def judge(self):
        """A list of (what, figure, is it well)."""
        warm = [kb for at, kb in self.memory if at >= WARM_UP * self.seconds]
        step = max(1, len(warm) // 4)
        quarters = [max(warm[i:i + step]) for i in range(0, len(warm) - step + 1, step)] or [0]
        bad = [d for d in self.hook.deliveries if not d.signed_with(self.secret)]
        hook = [(d.json()["data"]["endpoint"], Alert.of(d).kind) for d in self.hook.accepted()]
        lines = len(self.log.lines())
        return [
            ("changes of the nginx endpoint told", f"{len(self.flips())} of {len(self.expected)}",
             self.flips() == self.expected),
            ("messages at webhook and syslog", f"{len(hook)} and {lines}", len(hook) == lines > 0),
            ("messages sent twice", len(self.hook.deliveries) - len(hook),
             len(self.hook.deliveries) == len(hook)),
            ("messages with a bad signature", len(bad), not bad),
            ("memory after warm-up, in kB, quarter by quarter", ", ".join(map(str, quarters)),
             self.seconds < JUDGED_FROM_S
             or quarters[-1] - quarters[0] <= max(GROWTH_FLOOR_KB, GROWTH_LIMIT * quarters[0])),
        ]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("seconds", type=float, nargs="?", default=600)
    options = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="na-"))
    soak = Soak(folder, options.seconds)
    try:
        soak.start()
        soak.run()
        rows = soak.judge()
        soak.stop()
        rows.append(("exit", "clean", True))
    except AssertionError as error:
        print(error)
        rows = [("soak", "broken off", False)]
    finally:
        soak.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\nSoak of {options.seconds:g} s")
    for what, figure, well in rows:
        print(f"{'ok  ' if well else 'FAIL'} {what}: {figure}")
    sys.exit(0 if all(well for _, _, well in rows) else 1)


if __name__ == "__main__":
    main()
