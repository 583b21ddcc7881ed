#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The daemon, killed at random instants while problems open and resolve and one of its two receivers
fails half of the time. Called by tests/crash.sh; a short one is in the suite test_crash.

What was committed is read from a copy of the database after every kill. In the end all of it must
have arrived at both receivers: every problem that was ever open as opened, and as resolved unless it
still is; every message that waited in the outbox under its id; every id with one content; and of
every problem "opened" and "resolved" in turn, which says that none was lost and none told twice.
Hosts that share a certificate are told as a group, whose changes are gathered. Who came and went
meanwhile is told as resolved, with the time since when it was not well, and nothing else is asked.
Who went and came back meanwhile is told as it is: one time stands for the other, too; that it is
open, and that who was told knows it, is asked of everybody.
"""

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

sys.dont_write_bytecode = True

from support.alert import changes
from support.daemon import Daemon
from support.fickle import DOWN, Fickle
from support.pki import Pki
from support.places import sanitizer_report
from support.wait import PATIENCE, until
from support.webhook import (ERROR, HANG, LOST, OK, RESET, Answer, WebhookReceiver, busy, new_secret)

ALONE = 6    # hosts with certificates of their own
CROWD = 6    # hosts that share them
LIFE_S = 2   # of one process, at most
FLIPS = 3    # of hosts, in one life, at most
NEAR_S = 0.03  # so soon after what the kill is to be near to
DRAIN_S = 240
FAILURES = (ERROR, Answer(400), Answer(503), busy(1), RESET, RESET, LOST, LOST, HANG)
TURNS = {"opened": True, "resolved": False}
CERTIFICATE_CODE = "leaf-expired"


class Unreliable(WebhookReceiver):
    """Fails every second time, in some way, but no message more often than @patience times."""

    def __init__(self, chance, patience):
        self.chance, self.patience = chance, patience
        self.failed = Counter()
        super().__init__()

    def choose(self, headers):
        message = headers["webhook-id"]
        if self.failed[message] >= self.patience or self.chance.random() < 0.5:
            return OK
        self.failed[message] += 1
        return self.chance.choice(FAILURES)


class Crash:
    def __init__(self, folder, runs, seed, patience=4, crowd_ends=("good", "bad")):
        self.folder, self.runs = folder, runs
        self.chance = random.Random(seed)
        self.pki = Pki(folder / "pki")
        self.server = Fickle(folder / "server")
        self.alone = [f"alone{i}.test" for i in range(ALONE)]
        self.crowd = [f"crowd{i}.test" for i in range(CROWD)]
        self.crowd_ends = crowd_ends
        self.furnish()
        self.secret = new_secret()
        (folder / "secret").write_text(self.secret + "\n")
        self.hooks = {"unreliable": Unreliable(random.Random(seed + 1), patience),
                      "steady": WebhookReceiver()}
        self.daemon = Daemon(folder / "d", self.config())
        self.log_read = 0
        self.kills = Counter()
        self.damaged = []
        self.problems = set()  # (endpoint, since) of certificates, as committed
        self.waited = set()    # (receiver, message id), as committed

    def furnish(self):
        past = (-90, -1)
        for name in self.alone:
            self.server.host(name, good=self.pki.leaf(name), bad=self.pki.leaf(name, days=past))
        good, bad = self.pki.leaf(*self.crowd), self.pki.leaf(*self.crowd, days=past)
        for name in self.crowd:
            self.server.host(name, good=good, bad=bad)

    def config(self):
        return {
            "defaults": {"interval": "1s", "retry": "1s", "timeout": "3s", "failures": 1,
                         "ca_file": str(self.pki.root.cert)},
            "limits": {"per_host": 100, "address_rate": 1000},
            "alerts": {"amend": "30s", "flap": {"within": "never"}},
            "endpoints": [{"name": name, "target": f"127.0.0.1:{self.server.port}",
                           "server_name": name} for name in self.alone + self.crowd],
            "receivers": [{"name": name, "webhook": {"url": hook.url, "timeout": "1s",
                                                     "secret_file": str(self.folder / "secret")}}
                          for name, hook in self.hooks.items()],
        }

    # --- one life -----------------------------------------------------------------------------

    def flip(self):
        name = self.chance.choice(self.alone + self.crowd)
        states = [s for s in self.server.states(name) if s != self.server.now[name]]
        self.server.now[name] = self.chance.choice(states)

    def news(self):
        """Has the daemon told its log of a change since we last asked?"""
        if not self.daemon.log_file.exists():
            return False
        with open(self.daemon.log_file, "rb") as log:
            log.seek(self.log_read)
            text = log.read()
        self.log_read += len(text)
        return b"transition=" in text

    def near(self, what):
        """A condition: something has just happened that a kill may spoil."""
        if what == "a delivery":
            before = {name: len(hook.deliveries) for name, hook in self.hooks.items()}
            return lambda: any(len(h.deliveries) > before[n] for n, h in self.hooks.items())
        if what == "a commit":
            self.news()
            return self.news
        return lambda: False

    def live(self):
        what = self.chance.choice(("any", "a delivery", "a commit"))
        happened = self.near(what)
        begin = time.monotonic()
        end = begin + self.chance.uniform(0, LIFE_S) * PATIENCE
        flips = sorted(self.chance.uniform(begin, end) for _ in range(self.chance.randint(1, FLIPS)))
        self.daemon.start(wait=False)
        while time.monotonic() < end:
            while flips and flips[0] < time.monotonic():
                self.flip()
                flips.pop(0)
            if happened():
                time.sleep(self.chance.uniform(0, NEAR_S))
                break
            time.sleep(0.002)
        self.daemon.alive()
        self.daemon.kill()
        self.kills[what if time.monotonic() < end else "any"] += 1

    def snapshot(self):
        """Remembers what the killed one had committed."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.daemon.state, copy)
        database = copy / "notafter.db"
        if not database.exists():
            return
        with sqlite3.connect(database) as db:
            health, = db.execute("PRAGMA integrity_check").fetchone()
            if health != "ok":
                self.damaged.append(health)
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                return
            self.problems.update(
                db.execute("SELECT endpoint, since_s FROM problem WHERE code = ?",
                           (CERTIFICATE_CODE,)))
            self.waited.update(db.execute("SELECT receiver, id FROM outbox"))
        db.close()

    # --- the end ------------------------------------------------------------------------------

    def settle(self):
        """From now on nothing fails; half of the hosts stay bad, and the crowd as was asked."""
        for hosts, ends in ((self.alone, ("good", "bad")), (self.crowd, self.crowd_ends)):
            for i, name in enumerate(hosts):
                self.server.now[name] = ends[i % len(ends)]
        self.hooks["unreliable"].patience = 0
        self.daemon.start()
        until(lambda: self.daemon.alive() and self.is_settled(), "everything is told", DRAIN_S,
              every=0.5)
        self.status = self.daemon.status("--json").json()
        self.daemon.stop(within=5)

    def is_settled(self):
        status = self.daemon.status("--json").json()
        return (not any(row["waiting"] for row in status["queue"])
                and self.open_now(status) == self.truth()
                and all(self.told_open(hook) == self.truth() for hook in self.hooks.values()))

    def truth(self):
        return {(name, CERTIFICATE_CODE) for name, state in self.server.now.items() if state == "bad"}

    def open_now(self, status):
        return {(e["id"], p["code"]) for e in status["endpoints"] for p in e["problems"]}

    def told_open(self, hook):
        """What somebody believes to be open who was told only by @hook."""
        told = {(c.endpoint, c.code): TURNS[c.kind] for c in changes(hook) if c.kind in TURNS}
        return {problem for problem, is_open in told.items() if is_open}

    # --- the judgement ------------------------------------------------------------------------

    def out_of_turn(self, hook):
        """Changes that cannot follow what was told before."""
        told, since, wrong = {}, {}, []
        for c in changes(hook):
            if c.kind not in TURNS:
                continue
            problem = c.endpoint, c.code
            gathered = self.is_gathered(c) and since.get(problem) != c.since
            if told.get(problem, False) == TURNS[c.kind] and not gathered:
                wrong.append(c)
            told[problem], since[problem] = TURNS[c.kind], c.since
        return wrong

    def is_gathered(self, change):
        """Is it told together with the same of others?"""
        return change.endpoint in self.crowd or change.code != CERTIFICATE_CODE

    def untold(self, hook):
        """Problems that were committed, and whose beginning or end did not arrive."""
        told = {(c.endpoint, c.since, c.kind) for c in changes(hook) if c.code == CERTIFICATE_CODE}
        still = {endpoint for endpoint, _ in self.truth()}
        last = {e: max(s for n, s in self.problems if n == e) for e, _ in self.problems}
        missing = []
        for endpoint, since in self.problems:
            is_over = endpoint not in still or since != last[endpoint]
            ways = self.ways_to_tell(endpoint, stamp(since), is_over, told)
            missing += [way[0] for way in ways if not told.intersection(way)]
        return missing

    def ways_to_tell(self, endpoint, since, is_over, told):
        """For the beginning and the end of a problem, what would tell it, the plain way first."""
        opened, resolved = (endpoint, since, "opened"), (endpoint, since, "resolved")
        if endpoint not in self.crowd:
            return [[opened], [resolved]] if is_over else [[opened]]
        others = [t for t in told if t[0] == endpoint]
        later = [t for t in others if t[1] > since]
        before = [t for t in others if t[1] < since and t[2] == "opened"]  # and did not end
        return [[resolved] + later] if is_over else [[opened] + before]

    def events(self, hook):
        """How often each new certificate of each endpoint was told."""
        return Counter((c.endpoint, c.fingerprint) for c in changes(hook) if c.kind == "replaced")

    def judge(self):
        """A list of (what, figure, is it well)."""
        log = self.daemon.log()
        rows = [
            ("kills, near to what", ", ".join(f"{n} {w}" for w, n in sorted(self.kills.items())),
             sum(self.kills.values()) == self.runs),
            ("damaged databases", len(self.damaged), not self.damaged),
            ("reports of a sanitizer", sanitizer_report(log)[:300] or 0, not sanitizer_report(log)),
            ("changes in the log", log.count("transition="), "transition=" in log),
            ("problems seen in the database", len(self.problems), bool(self.problems)),
            ("dead letters", sum(row["dead"] for row in self.status["queue"]),
             not any(row["dead"] for row in self.status["queue"])),
        ]
        for name, hook in self.hooks.items():
            rows += [(f"{name}: {what}", figure, well) for what, figure, well in self.weigh(hook, name)]
        return rows

    def weigh(self, hook, name):
        taken = {d.id for d in hook.accepted()}
        contents = {(d.id, d.body) for d in hook.deliveries}
        failed = sum(not d.accepted or d.answer == LOST for d in hook.deliveries)
        waited = {message for receiver, message in self.waited if receiver == name}
        told = Counter(c.kind for c in changes(hook))
        lost, untold, wrong = waited - taken, self.untold(hook), self.out_of_turn(hook)
        return [
            ("requests", f"{len(hook.deliveries)}, {failed} failed", bool(hook.deliveries)),
            ("messages", f"{len(taken)}, " + ", ".join(f"{n} {k}" for k, n in sorted(told.items())),
             told["opened"] > 0 < told["resolved"]),
            ("taken more than once", sum(d.accepted for d in hook.deliveries) - len(taken), True),
            ("ids with two contents", len(contents) - len({i for i, _ in contents}),
             len(contents) == len({i for i, _ in contents})),
            ("with a bad signature", sum(not d.signed_with(self.secret) for d in hook.deliveries),
             all(d.signed_with(self.secret) for d in hook.deliveries)),
            (f"lost of {len(waited)} that waited at a kill", few(lost), not lost),
            ("begins and ends lost of committed problems", few(untold), not untold),
            ("told twice, or not in turn", few(wrong), not wrong),
            ("new certificates told twice", few([e for e, n in self.events(hook).items() if n > 1]),
             all(n == 1 for n in self.events(hook).values())),
            ("open for who was told, as it is", self.told_open(hook) == self.truth(),
             self.told_open(hook) == self.truth()),
        ]

    def begin(self):
        """One problem is committed for sure, however slow the machine is."""
        self.server.now[self.alone[0]] = "bad"
        self.daemon.start()
        until(self.news, "a first problem", 60)
        self.daemon.kill()
        self.snapshot()

    def run(self, tell=lambda run: None):
        self.begin()
        for run in range(self.runs):
            self.live()
            self.snapshot()
            tell(run + 1)
        self.settle()

    def close(self):
        for end in (self.daemon.close, self.server.stop, *(h.close for h in self.hooks.values())):
            end()


def stamp(time_s):
    """As in messages: such texts stand in the order of the times."""
    return datetime.fromtimestamp(time_s, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def few(items):
    """How many, and the first ones."""
    return f"{len(items)} {sorted(map(str, items))[:5]}" if items else 0


def progress(run):
    if sys.stdout.isatty():
        print(f"\r{run} ", end="", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options.add_argument("runs", type=int, nargs="?", default=200)
    options = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="na-"))
    crash = Crash(folder, options.runs, options.seed)
    begin = time.monotonic()
    try:
        crash.run(progress)
        rows = crash.judge()
    except AssertionError as error:
        print(error)
        rows = [("crash test", "broken off", False)]
    finally:
        crash.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{options.runs} crashes with --seed {options.seed} in {time.monotonic() - begin:.0f} s")
    for what, figure, well in rows:
        print(f"{'ok  ' if well else 'FAIL'} {what}: {figure}")
    sys.exit(0 if all(well for _, _, well in rows) else 1)


if __name__ == "__main__":
    main()
