# SPDX-License-Identifier: Apache-2.0
"""What a daemon must not do: pile up probes, call the unseen ok, remove files, spin, tell lies."""

import contextlib
import os
import resource
import subprocess
import time
import unittest

from support.alert import replacements, told
from support.daemon import run
from support.endpoints import Monitored, Silent
from support.nginx import free_port
from support.wait import PATIENCE, stays, until

UNKNOWN = 3


def mount(folder, options):
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
                      capture_output=True).returncode != 0:
        raise unittest.SkipTest("a tmpfs cannot be mounted here")


def fill(folder):
    """A file that takes all the space there is."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return filler


class Manners(Monitored):
    def status(self, daemon):
        return daemon.status("--json").json()

    def silent(self, n, timeout):
        server = Silent()
        self.addCleanup(server.close)
        return [{"name": f"silent{i}", "target": server.target, "server_name": f"s{i}.test",
                 "timeout": timeout, "step_timeout": timeout} for i in range(n)]

    def test_a_reload_goes_on_with_the_probes_under_way(self):
        config = self.config(self.silent(20, "4s"), interval="1m", failures=1)
        daemon = self.daemon(config)
        until(lambda: self.status(daemon)["probes"]["running"] == 20, "all are looked at")
        descriptors = f"/proc/{daemon.process.pid}/fd"
        before = len(os.listdir(descriptors))
        for _ in range(4):
            daemon.reload()
            time.sleep(0.5)  # a reload is due while they hang, again and again
        self.assertLess(len(os.listdir(descriptors)), before + 10)
        self.assertEqual(self.status(daemon)["probes"]["running"], 20)
        until(lambda: self.status(daemon)["endpoints_total"]["critical"] == 20,
              "the results of the first probes", 6 * PATIENCE)
        self.assertEqual(self.status(daemon)["probes"]["done"], 20)

    def test_what_is_not_reached_is_not_ok(self):
        dead = {"name": "dead", "target": f"127.0.0.1:{free_port()}"}
        daemon = self.daemon(self.config([dead, "good.test"], interval="1m", retry="1m"))
        until(lambda: self.status(daemon)["endpoints_total"]["unknown"] == 0, "a first look")
        totals = self.status(daemon)["endpoints_total"]
        self.assertEqual((totals["ok"], totals["failing"], totals["critical"]), (1, 1, 0))
        table = daemon.status().out
        self.assertIn("FAILING", table)
        self.assertIn("refused", table)

    def test_a_failure_the_policy_ignores_is_not_ok_either(self):
        dead = {"name": "dead", "target": f"127.0.0.1:{free_port()}",
                "policy": {"connect-refused": "ignore"}}
        daemon = self.daemon(self.config([dead], failures=1))
        until(lambda: self.status(daemon)["probes"]["done"] >= 2, "two rounds")
        self.assertEqual(self.status(daemon)["endpoints_total"]["failing"], 1)

    def test_an_endpoint_that_goes_is_told_as_gone_and_with_its_labels(self):
        hook = self.hook()
        dead = {"name": "dead", "target": f"127.0.0.1:{free_port()}", "labels": {"team": "web"}}
        daemon = self.daemon(self.config([dead, "good.test"], [self.webhook(hook)], failures=1))
        until(lambda: told(hook), "the problem")
        daemon.write(self.config(["good.test"], [self.webhook(hook)], failures=1))
        daemon.reload()
        until(lambda: len(told(hook)) == 2, "the farewell")
        last = hook.accepted()[-1].json()["data"]
        self.assertEqual(last["transition"], "resolved")
        self.assertIn("watched no longer", last["summary"])
        self.assertEqual(last["target"], dead["target"])
        self.assertEqual(last["labels"], {"team": "web"})

    def test_first_probes_come_soon(self):
        daemon = self.daemon(self.config(["good.test", "expired.test", "wronghost.test"],
                                         interval="1h"))
        until(lambda: self.status(daemon)["probes"]["done"] == 3, "all are looked at", 4)

    def test_a_file_where_the_socket_should_be_is_left_alone(self):
        precious = self.folder / "precious"
        precious.write_text("do not remove")
        config = {"socket": str(precious), **self.config(["good.test"])}
        daemon = self.daemon(config, start=False)
        daemon.start(wait=False)
        until(lambda: daemon.process.poll() is not None, "it gives up")
        self.assertEqual(precious.read_text(), "do not remove")
        self.assertIn("no socket", daemon.log())

    def test_status_does_not_call_a_daemon_dead_for_a_bad_file(self):
        daemon = self.daemon(self.config(["good.test"]))
        daemon.write("endpoints: [\n")
        answer = run("status", "-c", daemon.file)
        self.assertEqual(answer.status, UNKNOWN)
        self.assertIn("--socket", answer.err)
        self.assertNotIn("Is it running", answer.err)

    def test_without_descriptors_it_neither_spins_nor_accuses(self):
        daemon = self.daemon(self.config(self.silent(80, "3s"), interval="5s", failures=1),
                             start=False)
        daemon.start()
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (50, 50))
        until(lambda: "cannot probe" in daemon.log(), "it says so", 15)
        run("status", "--socket", daemon.socket, "--json")
        stays(daemon.alive, "the daemon", 2)
        self.assertLess(len(daemon.log().splitlines()), 200)
        self.assertNotIn("resource-limit", daemon.log())

    def test_a_schedule_that_cannot_be_kept_shows_as_lag(self):
        config = self.config(self.silent(30, "2s"), interval="1s", failures=100)
        config["limits"]["per_host"] = 1
        daemon = self.daemon(config)
        until(lambda: self.status(daemon)["probes"]["lag_ms"] > 4000, "the lag", 15)

    def on_a_small_disk(self, config):
        daemon = self.daemon(config, start=False)
        daemon.state.mkdir()
        mount(daemon.state, "size=2m")
        self.addCleanup(subprocess.run, ["umount", "-l", str(daemon.state)])
        return daemon.start()

    def test_what_could_not_be_kept_is_looked_at_again(self):
        hook = self.hook()
        names = ["expired.test", "wronghost.test", "selfsigned.test"]
        config = self.config(names, [self.webhook(hook)], interval="1h", retry="2s")
        daemon = self.on_a_small_disk(config)
        filler = fill(daemon.state)
        until(lambda: "cannot write the state" in daemon.log(), "it says so", 15)
        status = self.status(daemon)
        self.assertTrue(status["store_error"])
        self.assertEqual(status["endpoints_total"]["ok"], 0)
        filler.unlink()
        until(lambda: len(told(hook)) == 3, "all three, soon and not in an hour", 20)
        self.assertEqual(set(told(hook)), self.opened())
        self.assertEqual(daemon.log().count("transition=opened"), 3)

    def test_a_renewal_that_could_not_be_kept_is_told_later(self):
        hook = self.hook()
        host = self.nginx.off("alone.test")
        alone = {"name": "alone", "target": f"127.0.0.1:{host['port']}",
                 "server_name": "alone.test"}
        daemon = self.on_a_small_disk(self.config([alone], [self.webhook(hook)], failures=99))
        filler = fill(daemon.state)
        self.nginx.on(host)
        until(lambda: self.status(daemon)["endpoints_total"]["ok"] == 1, "its first certificate")
        until(lambda: "cannot write the state" in daemon.log(), "which cannot be kept", 15)
        self.nginx.put("alone.test", self.pki.leaf("alone.test", days=(-1, 390)))
        self.nginx.reload()
        until(self.rounds(4), "the next one was seen")
        filler.unlink()
        until(lambda: replacements(hook), "the renewal", 20)
        until(self.rounds(3), "more looks")
        self.assertEqual([r.code for r in replacements(hook)], ["renewed"])

    def test_a_receiver_that_comes_while_the_disk_is_full_is_told_later(self):
        hook = self.hook()
        daemon = self.on_a_small_disk(self.config(list(self.bad), interval="1h"))
        until(lambda: self.status(daemon)["endpoints_total"]["critical"] == 3, "the problems")
        until(lambda: daemon.log().count("transition=opened") == 3, "and they are kept")
        filler = fill(daemon.state)
        daemon.write(self.config(list(self.bad), [self.webhook(hook)], interval="1h"))
        daemon.reload()
        self.assertIn("cannot write the state", daemon.log())
        self.assertEqual(told(hook), [])
        filler.unlink()
        until(lambda: len(told(hook)) == 3, "all that is open, without another reload", 20)
        self.assertEqual(set(told(hook)), self.opened())
