# SPDX-License-Identifier: Apache-2.0
"""What befalls a machine: its disk is full or read-only, a file is damaged, its clock jumps a year."""

import glob
import subprocess
import unittest

from support.alert import told
from support.endpoints import Monitored
from support.places import SANITIZERS, find
from support.wait import stays, until
from test_manners import fill, mount

FAKETIME = next((p for where in ("/usr/lib/*/faketime", "/usr/lib*/faketime")
                 for p in glob.glob(f"{where}/libfaketimeMT.so.1")), None)
YEAR_DAYS = 365


class Disk(Monitored):
    def on_a_small_disk(self, config, **more):
        daemon = self.daemon(config, start=False, **more)
        daemon.state.mkdir()
        mount(daemon.state, "size=2m")
        self.addCleanup(subprocess.run, ["umount", "-l", str(daemon.state)])
        return daemon

    def test_what_was_sent_and_could_not_be_ticked_off_is_sent_again_under_its_id(self):
        hook = self.hook()
        hook.close()
        daemon = self.on_a_small_disk(self.config(self.bad, [self.webhook(hook)])).start()
        until(lambda: "cannot deliver" in daemon.log(), "three messages wait, one of them for long")
        until(lambda: daemon.log().count("transition=opened") == 3, "three problems are open")
        filler = fill(daemon.state)
        hook.open()
        until(lambda: "the outbox fails" in daemon.log(), "it cannot be ticked off", 40)
        sent = len(hook.deliveries)
        stays(lambda: len(hook.deliveries) <= sent + 1, "it is not sent in a loop", 3)
        daemon.kill()
        filler.unlink()
        daemon.start()
        until(lambda: set(told(hook)) == self.opened(), "all of it", 40)
        until(self.rounds(2, endpoints=3), "two more rounds")
        self.assertEqual(sorted(told(hook)), sorted(self.opened()), "by its ids, nothing twice")
        self.assertGreater(len(hook.deliveries), 3, "one of them came again")

    def test_a_state_that_cannot_be_written_is_refused_by_name(self):
        daemon = self.on_a_small_disk(self.config(self.bad)).start()
        until(lambda: daemon.log().count("transition=opened") == 3, "there is a database")
        daemon.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(daemon.state)], check=True)
        before = (daemon.state / "notafter.db").read_bytes()
        daemon.start(wait=False)
        self.assertNotEqual(daemon.process.wait(30), 0)
        self.assertIn("Read-only file system", daemon.log())
        self.assertIn(str(daemon.state), daemon.log().splitlines()[-1])
        self.assertEqual((daemon.state / "notafter.db").read_bytes(), before)


class Damage(Monitored):
    def damage(self, spoil):
        """A daemon whose database was spoilt while it was away, and what was told before and after."""
        hook = self.hook()
        daemon = self.daemon(self.config(self.bad, [self.webhook(hook)]))
        until(lambda: set(told(hook)) == self.opened(), "all problems")
        daemon.stop()
        before = len(hook.accepted())
        database = daemon.state / "notafter.db"
        spoil(database)
        damaged = database.read_bytes()
        daemon.start()
        until(lambda: len(hook.accepted()) == before + 3, "all that is open, once more", 30)
        self.assertEqual(sorted(told(hook)), sorted([*self.opened(), *self.opened()]))
        kept = list(daemon.state.glob("notafter.db.damaged-*"))
        self.assertEqual([path.read_bytes() for path in kept], [damaged], "it is kept as it was")
        loud = [line for line in daemon.log().splitlines() if kept[0].name in line]
        self.assertEqual(len(loud), 1, "and the log says where")
        self.assertIn("alerts that waited in the old file are not delivered", loud[0])

    def test_a_database_with_a_damaged_page_is_moved_aside_loudly(self):
        def spoil(database):
            with open(database, "r+b") as file:
                file.seek(4096 + 8)
                file.write(b"\xff" * 2000)
        self.damage(spoil)

    def test_a_database_that_was_cut_is_moved_aside_loudly(self):
        self.damage(lambda database: database.write_bytes(database.read_bytes()[:20000]))

    def test_a_database_without_its_head_is_moved_aside_loudly(self):
        self.damage(lambda database: database.write_bytes(b"?" * 512 + database.read_bytes()[512:]))


@unittest.skipUnless(FAKETIME, "libfaketime is not installed")
class Clock(Monitored):
    def at(self, days):
        """Sets the clock of the daemon so many days ahead; the time that passes goes on."""
        new = self.folder / "clock.new"
        new.write_text(f"{days:+d}d\n")
        new.replace(self.folder / "clock")

    def clocked(self, config):
        self.at(0)
        return self.daemon(config, env={
            "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.folder / "clock"),
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "ASAN_OPTIONS": SANITIZERS["ASAN_OPTIONS"] + ":verify_asan_link_order=0"})

    def test_what_is_seldom_looked_at_is_looked_at_when_the_clock_is_set(self):
        hook, dead = self.hook(), self.hook()
        dead.close()
        config = self.config(["good.test", "wronghost.test"],
                             [self.webhook(hook), self.webhook(dead, "dead")], interval="12h")
        daemon = self.clocked(config)
        mismatch = ("opened", "wronghost.test", "hostname-mismatch")
        until(lambda: told(hook) == [mismatch], "today")
        until(lambda: "cannot deliver" in daemon.log(), "a message waits")
        until(lambda: "good.test: ok" in daemon.log(), "both were looked at")
        self.at(YEAR_DAYS)
        expired = ("opened", "good.test", "leaf-expired")
        until(lambda: expired in told(hook), "in a year it has expired", 30)
        self.assertIn("the clock of this host was set forward by 365 d", daemon.log())
        self.at(0)
        until(lambda: ("resolved", "good.test", "leaf-expired") in told(hook), "today not", 30)
        self.assertIn("the clock of this host was set back by 365 d", daemon.log())
        self.assertEqual(told(hook).count(mismatch), 1)
        self.assertNotIn("reminder", {kind for kind, _, _ in told(hook)}, "no year has passed")
        dead.open()
        until(lambda: mismatch in told(dead), "nor is what waited too old", 60)
        daemon.stop()

    def test_a_year_forward_and_back(self):
        hook = self.hook()
        daemon = self.clocked(self.config(["good.test", "wronghost.test"], [self.webhook(hook)]))
        until(lambda: told(hook) == [("opened", "wronghost.test", "hostname-mismatch")], "today")
        self.at(YEAR_DAYS)
        expired = ("opened", "good.test", "leaf-expired")
        until(lambda: expired in told(hook), "in a year it has expired")
        self.at(0)
        until(lambda: ("resolved", "good.test", "leaf-expired") in told(hook), "today it has not")
        self.nginx.put("good.test", self.pki.leaf("good.test", days=(-90, -3)))
        self.nginx.reload()
        until(lambda: told(hook).count(expired) == 2, "and what happens now is told now")
        until(self.rounds(3, endpoints=2), "more looks")
        kinds = [(kind, code) for kind, endpoint, code in told(hook) if endpoint == "good.test"]
        self.assertEqual(kinds, [("opened", "leaf-expired"), ("resolved", "leaf-expired"),
                                 ("opened", "leaf-expired")])
        self.assertLessEqual(len(hook.accepted()), 12, "and nothing in a storm")
        daemon.stop()
