# SPDX-License-Identifier: Apache-2.0
"""What waits for receivers, as people see it and act on it: notafter alert queue, retry, test."""

import json
import re
import socket
import sqlite3
from contextlib import closing

from support.alert import told
from support.daemon import run
from support.endpoints import Monitored
from support.wait import until
from support.webhook import ERROR, GONE, HANG, OK, Answer


class Queue(Monitored):
    def queue(self, daemon, *args):
        return run("alert", "queue", "--socket", daemon.socket, *args)

    def receiver(self, daemon, name="hook"):
        rows = self.queue(daemon, "--json").json()["receivers"]
        return next(r for r in rows if r["receiver"] == name)

    def retry(self, daemon, receiver):
        return run("alert", "retry", "--socket", daemon.socket, receiver)

    def test_a_receiver_that_is_gone_is_asked_no_more_until_it_is_retried(self):
        hook, other = self.hook(), self.hook()
        hook.default = GONE
        daemon = self.daemon(self.config(self.bad, [self.webhook(hook), self.webhook(other, "b")]))
        until(lambda: len(told(other)) == 3, "the other receiver is told")
        until(lambda: self.receiver(daemon)["state"] == "disabled", "it is disabled")
        self.assertEqual(len(hook.deliveries), 1, "one answer is enough")
        self.assertIn("DISABLED", daemon.log())

        daemon.stop()
        daemon.start()
        row = self.receiver(daemon)
        self.assertEqual((row["state"], row["waiting"], row["dead"]), ("disabled", 3, 0))
        self.assertIn("HTTP 410", row["disabled_reason"])
        daemon.reload()
        self.assertEqual(self.receiver(daemon)["state"], "disabled", "nothing has changed")
        self.assertEqual(len(hook.deliveries), 1)
        shown = self.queue(daemon)
        self.assertRegex(shown.out, r"hook +3 +0  disabled since 20\d\d-")
        self.assertRegex(shown.out, r"b +0 +0  ready")
        self.assertIn("expired.test", shown.out)
        self.assertNotIn("/hook", shown.out, "a URL's path may be a secret")
        self.assertIn("Receiver hook is DISABLED since", daemon.status().out)

        hook.default = OK
        self.assertEqual(self.retry(daemon, "hook").status, 0)
        until(lambda: set(told(hook)) == self.opened(), "what had waited")
        until(lambda: self.receiver(daemon)["state"] == "ready", "it is as any other")
        self.assertEqual(len(told(other)), 3)

    def test_a_new_url_enables(self):
        gone, hook = self.hook(), self.hook()
        gone.default = GONE
        for restart in (False, True):
            with self.subTest(restart=restart):
                config = self.config(["expired.test"], [self.webhook(gone)])
                daemon = self.daemon(config, name=f"d{restart:d}")
                until(lambda: self.receiver(daemon)["state"] == "disabled", "it is disabled")
                config["receivers"] = [self.webhook(hook)]
                daemon.write(config)
                if restart:
                    daemon.stop()
                    daemon.start()
                else:
                    daemon.reload()
                until(lambda: len(told(hook)) == 1 + restart, "the alert")

    def test_retry_ends_a_rest(self):
        hook = self.hook()
        hook.then(Answer(503, (("Retry-After", "3000"),), b"too much to do"))
        daemon = self.daemon(self.config(["expired.test"], [self.webhook(hook)]))
        until(lambda: self.receiver(daemon)["state"] == "resting", "it rests")
        row = self.receiver(daemon)
        self.assertGreater(row["rests_s"], 2500)
        self.assertIn("too much to do", row["last_error"])
        waiting, = self.queue(daemon, "--json").json()["waiting"]
        self.assertEqual((waiting["code"], waiting["attempts"], waiting["transition"]),
                         ("leaf-expired", 1, "opened"))
        self.assertEqual(self.retry(daemon, "all").status, 0)
        until(lambda: told(hook), "the alert")
        unknown = self.retry(daemon, "nobody")
        self.assertEqual(unknown.status, 3)
        self.assertIn("there is no receiver 'nobody'", unknown.err)

    def test_dead_letters_are_shown(self):
        hook = self.hook()
        hook.default = Answer(400, body=b"cannot parse that")
        config = self.config(["expired.test"], [self.webhook(hook)])
        daemon = self.daemon(config)
        until(lambda: self.receiver(daemon)["waiting"] and hook.deliveries, "it is rejected")
        daemon.stop()
        database = daemon.folder / "state" / "notafter.db"
        with closing(sqlite3.connect(database)) as db, db:  # three days pass
            db.execute("UPDATE outbox SET created_s = created_s - 300000, due_s = 0")
        daemon.start()
        until(lambda: self.receiver(daemon)["dead"] == 1, "it is given up")
        dead, = self.queue(daemon, "--json").json()["dead"]
        self.assertIsNotNone(dead["given_up"])
        self.assertIn("cannot parse that", dead["last_error"])
        self.assertEqual(dead["id"], hook.deliveries[0].id)
        shown = self.queue(daemon)
        self.assertIn("Given up, the latest first:", shown.out)
        self.assertIn("cannot parse that", shown.out)
        unknown = self.queue(daemon, "nobody")
        self.assertEqual(unknown.status, 3)
        self.assertIn("there is no receiver 'nobody'", unknown.err)


class Test(Monitored):
    def config_file(self, *receivers):
        path = self.folder / "notafter.yaml"
        path.write_text(json.dumps({"endpoints": ["127.0.0.1:1"], "receivers": list(receivers)}))
        return path

    def try_out(self, path, receiver):
        return run("alert", "test", "--config", path, receiver)

    def test_what_the_receiver_answers_is_printed(self):
        hook = self.hook()
        secret, file = self.secret()
        path = self.config_file(self.webhook(hook, secret_file=str(file)))
        for answer, status, says in (
                (OK, 0, "accepted: HTTP 200"), (GONE, 2, "gone for good"),
                (Answer(403, body=b"bad token"), 2, "rejected: HTTP 403 .*: bad token"),
                (ERROR, 2, "in trouble, .*HTTP 500"), (HANG, 2, "in trouble, .*time")):
            hook.then(answer)
            with self.subTest(says):
                result = self.try_out(path, "hook")
                self.assertEqual(result.status, status, result)
                self.assertRegex(" ".join(result.out.split()), says)
                self.assertNotIn("/hook", result.out + result.err)
        first = hook.deliveries[0]
        self.assertTrue(first.signed_with(secret))
        self.assertEqual(first.json()["type"], "notafter.test")
        self.assertIn(socket.gethostname(), first.json()["data"]["summary"])
        self.assertEqual(len({d.id for d in hook.deliveries}), 5)

    def test_what_cannot_be_tried_is_said(self):
        path = self.config_file({"name": "ops", "webhook": {
            "url": "http://127.0.0.1:1/", "secret_file": str(self.folder / "none")}})
        result = self.try_out(path, "ops")
        self.assertEqual(result.status, 3)
        self.assertIn("cannot be used", result.err)
        result = self.try_out(path, "osp")
        self.assertEqual(result.status, 3)
        self.assertIn("did you mean 'ops'?", result.err)
        self.assertEqual(run("alert", "test", "--config", path).status, 3)
        path.write_text("endpoints: 5\n")
        self.assertTrue(re.search(r"yaml:1:\d+: ", self.try_out(path, "ops").err))

    def test_a_receiver_that_refuses_is_no_mystery(self):
        result = self.try_out(self.config_file({"name": "ops", "webhook": {
            "url": "http://127.0.0.1:1/secret"}}), "ops")
        self.assertEqual(result.status, 2)
        self.assertRegex(" ".join(result.out.split()), "in trouble.*http://127.0.0.1:1")
        self.assertNotIn("secret", result.out)
