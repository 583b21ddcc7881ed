# SPDX-License-Identifier: Apache-2.0
"""Silences: made through the socket or in the file, shown, remembered, and over in time."""

import datetime
import json
import os
import re
import socket
import subprocess
import time
import unittest

from support.alert import told
from support.daemon import run
from support.endpoints import Monitored
from support.wait import until

OPTIONS = ("--for", "2h", "--reason", "the move")


EVERYTHING = {"match": {"names": "*"}, "until": "2099-01-01", "reason": "all of it"}


class Silenced(Monitored):
    """What all tests of silences need."""

    def watched(self, receivers=(), **more):
        return self.daemon({**self.config(["good.test", *self.bad], receivers), **more})

    def silence(self, daemon, *args):
        command, *rest = args
        return run("silence", command, "--socket", daemon.socket, *rest)

    def added(self, daemon, *args):
        done = self.silence(daemon, "add", *args)
        self.assertEqual(done.status, 0, done)
        return done.out.split()[0], done.out

    def listed(self, daemon):
        done = self.silence(daemon, "list", "--json")
        self.assertEqual(done.status, 0, done)
        return {s["id"]: s for s in done.json()["silences"]}

    def silenced(self, daemon):
        """Which problem is under which silence, as the status tells."""
        return {(e["name"], p["code"]): p["silence"]
                for e in daemon.status("--json").json()["endpoints"] for p in e["problems"]}

    def open(self, daemon, n):
        until(lambda: len(self.silenced(daemon)) == n, f"{n} problems")

    def mend(self, name):
        self.nginx.put(name, self.pki.leaf(name))
        self.nginx.reload()


class Silences(Silenced):
    def test_what_is_made_is_shown_remembered_and_expired(self):
        daemon = self.watched()
        self.open(daemon, 3)
        name, shown = self.added(daemon, "--name", "expired.*", "--code", "leaf-*", *OPTIONS)
        self.assertRegex(name, r"^sil_[0-9a-f]{12}$")
        self.assertRegex(shown, r"ends 20..-.*, in (2 h|1 h 59 min).*; by root\n")
        self.assertIn("name expired.*; code leaf-*; reason: the move", shown)
        self.assertIn("It fits 1 endpoint and takes 1 open problem.", shown)
        before = self.listed(daemon)
        self.assertEqual(before[name]["match"], {
            "names": ["expired.*"], "labels": {}, "codes": ["leaf-*"], "severity": "any"})
        self.assertEqual((before[name]["state"], before[name]["author"]), ("holds", "root"))
        self.assertIn('the move silence=' + name, daemon.log())

        daemon.kill()
        daemon.start()
        self.assertEqual(self.listed(daemon), before, "after a power cut")
        self.open(daemon, 3)
        self.assertEqual(self.silenced(daemon), {
            ("expired.test", "leaf-expired"): name,
            ("wronghost.test", "hostname-mismatch"): None,
            ("selfsigned.test", "self-signed-leaf"): None})
        for text in (f"nobody is told: silence {name}", "reason: the move"):
            self.assertIn(text, daemon.status().out)

        self.assertEqual(self.silence(daemon, "expire", name).status, 0)
        self.assertEqual(self.listed(daemon), {})
        self.assertEqual(set(self.silenced(daemon).values()), {None})
        again = self.silence(daemon, "expire", name)
        self.assertEqual(again.status, 3, again)
        self.assertIn(f"there is no silence {name}", again.err)
        self.assertIn("silence expired by root: the move", daemon.log())
        self.assertEqual(self.silence(daemon, "list").out, "There are no silences.\n")

    def test_those_of_the_file_are_shown_and_follow_a_reload(self):
        plan = {"match": {"names": "*.test"}, "until": "2099-01-01", "reason": "of the file"}
        daemon = self.watched(silences=[
            plan, {"match": {"codes": "*"}, "until": "2020-01-01", "reason": "long ago"}])
        self.open(daemon, 3)
        (first, plan_shown), (_, past) = sorted(self.listed(daemon).items())
        self.assertEqual((plan_shown["state"], past["state"]), ("holds", "over"))
        self.assertEqual((plan_shown["author"], plan_shown["from"]), (None, None))
        self.assertIn("notafter.yaml:", first)
        self.assertIn("reason: of the file", daemon.status().out)
        self.assertNotIn("reason: long ago", daemon.status().out)
        self.assertEqual(set(self.silenced(daemon).values()), {first})
        refused = self.silence(daemon, "expire", first)
        self.assertEqual(refused.status, 3, refused)
        self.assertIn("is of the configuration: remove it there", refused.err)
        daemon.write(self.config(["good.test", *self.bad]))
        daemon.reload()
        self.assertEqual(self.listed(daemon), {})

    def test_what_makes_no_sense_is_refused_in_words(self):
        daemon = self.watched()
        name = ("--name", "a")
        why = ("--reason", "r")
        for args, words in (
                (("--for", "2h", *why), "say which problems"),
                ((*name, *why), "say --until TIME or --for SPAN"),
                ((*name, "--for", "2h"), "say --reason TEXT"),
                ((*name, "--for", "2h", "--until", "2099-01-01", *why), "--until TIME or --for"),
                ((*name, "--for", "2h", *why, "x"), "one word too many"),
                ((*name, "--for", "2 hours", *why), "no span of time"),
                ((*name, "--until", "tomorrow", *why), "no date"),
                ((*name, "--until", "2020-01-01", *why), "has passed"),
                ((*name, "--until", "2099-01-01", *why), "within a year"),
                ((*name, "--from", "soon", "--for", "2h", *why), "its beginning is no date"),
                ((*name, "--for", "2h", "--reason", ""), "reason must be printable text"),
                ((*name, "--for", "2h", "--reason", "a\nb"), "reason must be printable text"),
                (("--code", "leaf-expird", *OPTIONS), 'did you mean "leaf-expired"?'),
                (("--severity", "bad", *OPTIONS), "severity must be any, info"),
                (("--label", "team", *OPTIONS), "--label team: say KEY=PATTERN"),
                (("--label", "a=1", "--label", "a=2", *OPTIONS), "each KEY once"),
                (("--label", "1a=1", *OPTIONS), "label's key"),
                (("--name", "\udcff", *OPTIONS), "must be UTF-8"),
                (("--name", "a") * 33 + OPTIONS, "--name may be given 32 times")):
            done = self.silence(daemon, "add", *args)
            self.assertEqual(done.status, 3, done)
            self.assertIn(words, done.err)
        self.assertEqual(self.listed(daemon), {})
        for args in ((), ("ad",)):
            done = run("silence", *args)
            self.assertEqual(done.status, 3, done)
            self.assertIn("say one of add, list, expire", done.err)

    def test_what_makes_no_sense_is_refused_behind_the_command_too(self):
        daemon = self.watched()
        good = {"command": "silence add", "match": {"names": "a"}, "for": "2h", "reason": "r"}
        for change in ({"match": None}, {"match": []}, {"match": {}}, {"match": {"names": [[]]}},
                       {"match": {"severity": "any"}}, {"match": {"x": {"y": [[[]]]}}},
                       {"reason": None}, {"reason": 1}, {"for": 7200}, {"until": "2099-01-01"}):
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(str(daemon.socket))
                s.sendall(json.dumps({**good, **change}).encode() + b"\n")
                answer = json.loads(b"".join(iter(lambda: s.recv(65536), b"")))
            self.assertEqual([*answer], ["error"], (change, answer))
        self.assertEqual(self.listed(daemon), {})

    @unittest.skipUnless(os.geteuid() == 0, "only root becomes somebody else")
    def test_its_author_is_who_the_kernel_says(self):
        """The socket is reached by a descriptor: its folder is closed to others, and rightly so."""
        daemon = self.watched()
        daemon.socket.chmod(0o666)
        request = {"command": "silence add", "match": {"names": "a"}, "for": "2h", "reason": "r",
                   "user": "root"}
        code = ("import socket, sys; s = socket.socket(socket.AF_UNIX); "
                "s.connect('/proc/self/fd/' + sys.argv[1]); "
                "s.sendall(sys.argv[2].encode() + b'\\n'); print(s.recv(65536).decode())")
        at = os.open(daemon.socket, os.O_PATH)
        self.addCleanup(os.close, at)
        for user, author in ((65534, "nobody"), (4000000, "uid 4000000")):
            done = subprocess.run(
                ["/usr/bin/python3", "-c", code, str(at), json.dumps(request)], user=user,
                pass_fds=[at], cwd="/", capture_output=True, text=True, timeout=60)
            self.assertEqual(done.stderr, "")
            self.assertEqual(json.loads(done.stdout)["silence"]["author"], author)

    def test_one_to_come_does_not_hold_yet(self):
        daemon = self.watched()
        self.open(daemon, 3)
        begin = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)
        name, shown = self.added(daemon, "--severity", "error", "--from", f"{begin:%F}", *OPTIONS)
        self.assertIn(f"begins {begin:%F} 00:00 UTC, in ", shown)
        self.assertIn(f"ends {begin:%F} 02:00 UTC, in ", shown)
        self.assertEqual(self.listed(daemon)[name]["state"], "later")
        self.assertEqual(set(self.silenced(daemon).values()), {None})

    def test_one_that_is_over_is_forgotten(self):
        daemon = self.watched()
        self.open(daemon, 3)
        _, shown = self.added(daemon, "--label", "team=*", "--for", "1s", "--reason", "no labels")
        self.assertIn("It fits 0 endpoints and takes 0 open problems.", shown)
        _, shown = self.added(daemon, "--name", "*", "--for", "1s", "--reason", "all of them")
        self.assertIn("It fits 4 endpoints and takes 3 open problems.", shown)
        until(lambda: daemon.log().count("silence is over: ") == 2, "their ends in the log")
        self.assertEqual(self.listed(daemon), {})


class Told(Silenced):
    """What receivers hear of, and what not."""

    def test_what_is_silenced_is_told_when_the_silence_is_gone(self):
        hook = self.hook()
        plan = {**EVERYTHING, "match": {"names": "expired.*"}}
        daemon = self.watched([self.webhook(hook)], silences=[plan])
        self.open(daemon, 3)
        until(lambda: len(told(hook)) == 2, "two problems told")
        until(self.rounds(3, endpoints=4), "three more rounds")
        self.assertEqual(set(told(hook)), self.opened("wronghost.test", "selfsigned.test"))
        daemon.write(self.config(["good.test", *self.bad], [self.webhook(hook)]))
        daemon.reload()
        until(lambda: len(told(hook)) == 3, "the third problem told")
        self.assertEqual(set(told(hook)), self.opened())

    def test_what_comes_and_goes_under_a_silence_is_never_told(self):
        hook = self.hook()
        daemon = self.watched([self.webhook(hook)], silences=[EVERYTHING])
        self.open(daemon, 3)
        self.mend("expired.test")
        self.open(daemon, 2)
        self.assertEqual(hook.deliveries, [])
        daemon.write(self.config(["good.test", *self.bad], [self.webhook(hook)]))
        daemon.reload()
        until(lambda: len(told(hook)) == 2, "two problems told")
        until(self.rounds(3, endpoints=4), "three more rounds")
        self.assertEqual(set(told(hook)), self.opened("wronghost.test", "selfsigned.test"))
        self.assertEqual(len(hook.deliveries), 2, "nor the renewal")

    def test_the_end_of_what_was_told_is_told_under_a_silence(self):
        hook = self.hook()
        daemon = self.watched([self.webhook(hook)])
        until(lambda: len(told(hook)) == 3, "three problems told")
        self.added(daemon, "--name", "*", *OPTIONS)
        daemon.kill()
        daemon.start()
        self.mend("expired.test")
        until(lambda: len(told(hook)) == 4, "the resolution")
        self.assertEqual(told(hook)[3], ("resolved", "expired.test", "leaf-expired"))

    def test_one_that_expires_lets_go_at_once(self):
        hook = self.hook()
        daemon = self.watched([self.webhook(hook)])
        name, _ = self.added(daemon, "--name", "*", *OPTIONS)
        until(lambda: len(told(hook)) + len(self.silenced(daemon)) >= 3, "three problems")
        self.assertEqual(self.silence(daemon, "expire", name).status, 0)
        until(lambda: set(told(hook)) == self.opened(), "all told")

    def test_one_that_ends_lets_go_by_itself(self):
        hook = self.hook()
        daemon = self.daemon(self.config(["good.test"], [self.webhook(hook)]))
        self.added(daemon, "--name", "*", "--for", "3s", "--reason", "short")
        end = re.search(r" until=(\S+)Z ", daemon.log())[1] + "+00:00"
        self.nginx.put("good.test", self.pki.leaf("good.test", days=(-90, -1)))
        self.nginx.reload()
        until(lambda: told(hook), "the problem told")
        self.assertGreaterEqual(time.time(), datetime.datetime.fromisoformat(end).timestamp())
        self.assertEqual(told(hook), [("opened", "good.test", "leaf-expired")])
