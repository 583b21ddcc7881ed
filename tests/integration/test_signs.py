# SPDX-License-Identifier: Apache-2.0
"""Signs of life: the heartbeat, which stays out when all is not well, and the summary of the day."""

import sqlite3
import subprocess
import time
from contextlib import closing

from support.alert import told
from support.endpoints import Monitored
from support.wait import stays, until
from support.webhook import ERROR, OK
from test_manners import fill, mount


class Heartbeat(Monitored):
    def config_with(self, hook, **more):
        return {**self.config(["good.test"]), "heartbeat": {"url": hook.url, "period": "1s", **more}}

    def beats(self, hook, n):
        goal = len(hook.deliveries) + n
        until(lambda: len(hook.deliveries) >= goal, f"{n} more heartbeats")

    def heartbeat(self, daemon):
        return daemon.status("--json").json()["heartbeat"]

    def test_it_comes_while_all_is_well(self):
        hook = self.hook()
        daemon = self.daemon(self.config_with(hook))
        self.beats(hook, 3)
        first, second = hook.deliveries[:2]
        self.assertGreater(second.at - first.at, 0.9)
        self.assertEqual(first.json()["type"], "notafter.heartbeat")
        self.assertTrue(self.heartbeat(daemon)["last"])
        daemon.write(self.config(["good.test"]))
        daemon.reload()
        n = len(hook.deliveries)
        stays(lambda: len(hook.deliveries) == n, "it is wanted no more", 2.5)
        self.assertIsNone(self.heartbeat(daemon))

    def test_it_stays_out_while_the_state_cannot_be_written(self):
        hook = self.hook()
        daemon = self.daemon(self.config_with(hook), start=False)
        daemon.state.mkdir()
        mount(daemon.state, "size=2m")
        self.addCleanup(subprocess.run, ["umount", "-l", str(daemon.state)])
        daemon.start()
        self.beats(hook, 2)
        filler = fill(daemon.state)
        until(lambda: (self.heartbeat(daemon) or {})["withheld"], "it is withheld")
        n = len(hook.deliveries)
        stays(lambda: len(hook.deliveries) == n, "nothing is sent", 2.5)
        self.assertIn("heartbeat: withheld: the state cannot be written", daemon.log())
        filler.unlink()
        self.beats(hook, 2)
        self.assertIn("heartbeat: all is well again", daemon.log())

    def test_it_is_tried_again_when_it_is_not_taken_and_tells_no_secret(self):
        hook = self.hook()
        hook.default = ERROR
        url_file = self.folder / "url"
        url_file.write_text(hook.url.replace("/hook", "/uuid-hush") + "\n")
        config = self.config_with(hook)
        config["heartbeat"] = {"url_file": str(url_file), "period": "1s"}
        daemon = self.daemon(config)
        self.beats(hook, 3)
        self.assertIn("answers HTTP 500", self.heartbeat(daemon)["last_error"])
        hook.default = OK
        until(lambda: "heartbeat: is taken again" in daemon.log(), "it is taken")
        self.assertIsNone(self.heartbeat(daemon)["last_error"])
        self.assertEqual(daemon.log().count("cannot be sent"), 1, "of what lasts, one line")
        self.assertEqual(hook.deliveries[0].path, "/uuid-hush")
        self.assertNotIn("uuid-hush", daemon.log() + str(daemon.status("--json")))


class Summary(Monitored):
    def test_it_is_sent_once_when_its_time_has_come(self):
        hook, other = self.hook(), self.hook()
        at = time.strftime("%H:%M", time.localtime(time.time() + 12 * 3600))
        config = {**self.config(["good.test", "expired.test"],
                                [self.webhook(hook), self.webhook(other, "other")]),
                  "summary": {"at": at, "receivers": ["hook"]}}
        daemon = self.daemon(config)
        until(lambda: len(told(hook)) == 1 and len(told(other)) == 1, "the alert")
        until(lambda: daemon.status("--json").json()["endpoints_total"]["ok"] == 1, "the good one")
        daemon.stop()
        with closing(sqlite3.connect(daemon.state / "notafter.db")) as db, db:
            db.execute("UPDATE kept SET value = value - 90000 WHERE name = 'summary'")
        daemon.start()
        until(lambda: len(hook.deliveries) == 2, "the summary")
        document = hook.deliveries[1].json()
        self.assertEqual(document["type"], "notafter.summary")
        self.assertIn("2 endpoints: 1 critical", document["data"]["summary"])
        self.assertIn("Next to end: good.test in ", document["data"]["summary"])
        self.assertEqual([m["name"] for m in document["data"]["members"]], ["expired.test"])
        stays(lambda: len(hook.deliveries) == 2, "one is enough", 5.5)
        self.assertEqual(len(other.deliveries), 1)
