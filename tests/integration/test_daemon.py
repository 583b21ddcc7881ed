# SPDX-License-Identifier: Apache-2.0
"""`notafter run` among real servers and receivers: who is told what, when, and how often."""

import re
import signal
import time

from support.alert import alerts, told
from support.daemon import run
from support.endpoints import Monitored, Silent
from support.journald import Journald, Unavailable
from support.nginx import free_port
from support.rsyslog import Rsyslog
from support.wait import stays, until
from support.webhook import ENDLESS, ERROR, HANG, OK, Answer, busy, new_secret


class Alerts(Monitored):
    def test_every_receiver_is_told_of_every_problem_once(self):
        hook, log = self.hook(), self.server(Rsyslog(self.folder / "log"))
        secret, file = self.secret()
        self.daemon(self.config(["good.test", *self.bad], [
            self.webhook(hook, secret_file=str(file)),
            {"name": "log", "syslog": {"socket": str(log.socket), "facility": "local3"}}]))

        until(lambda: len(hook.deliveries) >= 3 and len(log.lines()) >= 3, "three alerts each")
        until(self.rounds(4, endpoints=4), "four more rounds of probes")

        self.assertEqual(set(told(hook)), self.opened())
        self.assertEqual(len(hook.deliveries), 3, "one for each problem, however often it is seen")
        for delivery in hook.deliveries:
            self.assertTrue(delivery.signed_with(secret), delivery.headers)
            self.assertFalse(delivery.signed_with(new_secret()), "any signature is accepted")
            self.assertRegex(delivery.headers["content-type"], "^application/json")
        for alert in alerts(hook):
            self.assertEqual(alert.severity, "critical")
            self.assertTrue(alert.summary and alert.remedy, alert)

        self.assertEqual(len(log.lines()), 3)
        for line in log.lines():
            self.assertEqual((line.version, line.app, line.facility, line.severity),
                             ("1", "notafter", "local3", 2))
            self.assertRegex(line.data, r'^\[[\w.-]+@\d+ ', "structured data of a private number")
        for name, code in self.bad.items():
            line, = [entry for entry in log.lines() if f'"{name}"' in entry.data]
            self.assertIn(f'"{code}"', line.data)

    def test_signature_with_a_wrong_secret_is_noticed(self):
        hook = self.hook()
        _, file = self.secret()
        self.daemon(self.config(["expired.test"],
                                [self.webhook(hook, secret_file=str(file))]))
        until(lambda: hook.deliveries, "the alert")
        self.assertFalse(hook.deliveries[0].signed_with(new_secret()))

    def test_a_new_certificate_resolves(self):
        hook = self.hook()
        self.daemon(self.config(["expired.test", "wronghost.test"], [self.webhook(hook)]))
        until(lambda: len(told(hook)) == 2, "both problems")
        self.nginx.put("expired.test", self.pki.leaf("expired.test"))
        self.nginx.reload()
        until(lambda: len(told(hook)) == 3, "the resolution")
        self.assertEqual(told(hook)[2], ("resolved", "expired.test", "leaf-expired"))
        until(self.rounds(3, endpoints=2), "three more rounds")
        self.assertEqual(len(hook.deliveries), 4, "three of problems, and the renewal")

    def test_one_problem_follows_another(self):
        hook = self.hook()
        self.daemon(self.config(["good.test"], [self.webhook(hook)]))
        until(self.rounds(2), "two rounds without a problem")
        self.assertEqual(told(hook), [])
        self.nginx.put("good.test", self.pki.leaf("good.test", days=(-90, -1)))
        self.nginx.reload()
        until(lambda: len(told(hook)) == 1, "the first problem")
        self.nginx.put("good.test", self.pki.leaf("other.test"))
        self.nginx.reload()
        until(lambda: len(told(hook)) == 3, "the second problem")
        self.assertEqual(sorted(told(hook)), [
            ("opened", "good.test", "hostname-mismatch"),
            ("opened", "good.test", "leaf-expired"),
            ("resolved", "good.test", "leaf-expired")])

    def test_expiry_worsens(self):
        hook = self.hook()
        # 90 days of lifetime; critical begins at 6.3 days, which is 8 s away
        left = int(90 * 86400 * 0.07) + 8
        self.nginx.put("good.test", self.pki.leaf("good.test", seconds=(left - 90 * 86400, left)))
        self.nginx.reload()
        self.daemon(self.config(["good.test"], [self.webhook(hook)]))
        until(lambda: len(told(hook)) == 2, "worsened", 30)
        self.assertEqual([(a.kind, a.severity) for a in alerts(hook)],
                         [("opened", "warning"), ("worsened", "critical")])


class Network(Monitored):
    def test_three_failures_in_a_row_are_a_problem_which_then_resolves(self):
        hook = self.hook()
        host = self.nginx.off("alone.test")
        endpoint = {"name": "alone.test", "target": f"127.0.0.1:{host['port']}",
                    "server_name": "alone.test"}
        begin = time.monotonic()
        self.daemon(self.config([endpoint], [self.webhook(hook)], failures=3))
        until(lambda: hook.deliveries, "the alert")
        self.assertGreater(hook.deliveries[0].at - begin, 1.5, "told before the third failure")
        self.assertEqual(told(hook), [("opened", "alone.test", "connect-refused")])
        self.nginx.on(host)
        until(lambda: len(told(hook)) == 2, "the resolution")
        self.assertEqual(told(hook)[1], ("resolved", "alone.test", "connect-refused"))

    def test_a_short_failure_is_no_problem(self):
        hook = self.hook()
        daemon = self.daemon(self.config(["alone.test"], [self.webhook(hook)], failures=8))
        until(self.rounds(1), "the first round")
        host = self.nginx.off("alone.test")
        stays(daemon.alive, "the daemon", 3)
        self.nginx.on(host)
        until(self.rounds(3), "three more rounds")
        self.assertEqual(told(hook), [])

    def test_while_the_network_fails_certificate_problems_stay(self):
        hook = self.hook()
        self.nginx.put("alone.test", self.pki.leaf("alone.test", days=(-9, -1)))
        self.nginx.reload()
        self.daemon(self.config(["alone.test"], [self.webhook(hook)], failures=2))
        until(lambda: len(told(hook)) == 1, "the certificate problem")
        host = self.nginx.off("alone.test")
        until(lambda: len(told(hook)) == 2, "the network problem")
        self.nginx.on(host)
        until(lambda: len(told(hook)) == 3, "the resolution")
        self.assertEqual(told(hook), [("opened", "alone.test", "leaf-expired"),
                                      ("opened", "alone.test", "connect-refused"),
                                      ("resolved", "alone.test", "connect-refused")])


class Delivery(Monitored):
    def test_an_error_is_tried_again_with_the_same_id(self):
        hook = self.hook()
        secret, file = self.secret()
        hook.then(ERROR, OK)
        self.daemon(self.config(["expired.test"], [self.webhook(hook, secret_file=str(file))]))
        until(hook.accepted, "the second attempt", 20)
        first, second = hook.deliveries
        self.assertEqual(first.id, second.id)
        self.assertEqual(first.body, second.body)
        self.assertTrue(second.signed_with(secret))

    def test_retry_after_is_honoured(self):
        hook = self.hook()
        hook.then(busy(9), OK)
        self.daemon(self.config(["expired.test"], [self.webhook(hook)]))
        until(hook.accepted, "the second attempt", 30)
        self.assertEqual(len(hook.deliveries), 2)
        self.assertGreater(hook.deliveries[1].at - hook.deliveries[0].at, 8.0)

    def test_a_rejected_message_does_not_hold_up_the_next(self):
        hook = self.hook()
        hook.then(Answer(400, body=b"no, thanks"))
        daemon = self.daemon(self.config(["expired.test", "wronghost.test"],
                                         [self.webhook(hook)]))
        until(hook.accepted, "the message after the rejected one", 4)
        rejected, taken = hook.deliveries
        self.assertNotEqual(rejected.id, taken.id)
        self.assertIn("no, thanks", daemon.status("--json").out, "why it waits is shown")
        until(lambda: len(hook.accepted()) == 2, "the rejected one is tried again", 20)
        self.assertEqual(hook.accepted()[1].id, rejected.id)
        self.assertEqual(set(told(hook)), self.opened("expired.test", "wronghost.test"))

    def test_a_rejected_message_is_not_overtaken_by_its_resolution(self):
        hook = self.hook()
        hook.then(Answer(400))
        self.daemon(self.config(["expired.test"], [self.webhook(hook)]))
        until(lambda: hook.deliveries, "the rejected message")
        self.nginx.put("expired.test", self.pki.leaf("expired.test"))
        self.nginx.reload()
        until(lambda: len(told(hook)) == 2, "both messages", 20)
        self.assertEqual(told(hook), [("opened", "expired.test", "leaf-expired"),
                                      ("resolved", "expired.test", "leaf-expired")])

    def test_a_rejected_resolution_is_not_overtaken_by_the_next_problem(self):
        hook = self.hook()
        hook.then(OK, Answer(400), Answer(400))  # it, and that the certificate is new
        daemon = self.daemon(self.config(["expired.test"], [self.webhook(hook)]))
        until(lambda: len(told(hook)) == 1, "the problem")
        for n, pair in enumerate((self.pki.leaf("expired.test"),
                                  self.nginx.hosts["expired.test"]["pair"]), 2):
            self.nginx.put("expired.test", pair)
            self.nginx.reload()
            until(lambda: len(re.findall("transition=(?:op|res)", daemon.log())) == n, "it is seen")
        until(lambda: len(told(hook)) == 3, "all messages", 30)
        self.assertEqual([kind for kind, _, _ in told(hook)], ["opened", "resolved", "opened"])

    def test_nothing_is_overtaken_while_the_receiver_is_down(self):
        hook = self.hook()
        hook.close()
        names = ["expired.test", "wronghost.test"]
        daemon = self.daemon(self.config(names, [self.webhook(hook)]))
        until(lambda: problems(daemon) == 2, "two problems are open")
        until(lambda: "cannot deliver" in daemon.log(), "an attempt fails")
        for name in names:
            self.nginx.put(name, self.pki.leaf(name))
        self.nginx.reload()
        until(lambda: problems(daemon) == 0, "both are resolved")
        daemon.write(self.config(names, [self.webhook(hook, timeout="3s")]))  # begins anew
        daemon.reload()
        until(lambda: daemon.log().count("cannot deliver") == 2, "an attempt after the reload")
        daemon.stop()
        hook.open()
        daemon.start()
        until(lambda: len(told(hook)) == 4, "all four messages", 20)
        for name in names:
            self.assertEqual([kind for kind, endpoint, _ in told(hook) if endpoint == name],
                             ["opened", "resolved"])

    def test_a_dead_receiver_delays_no_other(self):
        dead, hung, good = self.hook(), self.hook(), self.hook()
        dead.close()
        hung.default = HANG
        self.daemon(self.config(self.bad, [self.webhook(dead, "dead"), self.webhook(hung, "hung"),
                                           self.webhook(good, "good")]))
        until(lambda: len(told(good)) == 3, "the good receiver is told everything", 5)
        self.assertEqual(set(told(good)), self.opened())
        dead.open()

    def test_an_endless_answer_is_cut(self):
        hook = self.hook()
        hook.then(ENDLESS)
        daemon = self.daemon(self.config(["expired.test"], [self.webhook(hook)]))
        until(lambda: hook.deliveries, "the alert")
        until(self.rounds(3), "three more rounds")
        self.assertEqual(len({d.id for d in hook.deliveries}), 1)
        daemon.alive()

    def killed(self, hook):
        """Opens all problems with a receiver that takes none, kills, and starts again."""
        config = self.config(["good.test", *self.bad], [self.webhook(hook)])
        daemon = self.daemon(config)
        until(lambda: problems(daemon) == 3, "three problems are open")
        daemon.kill()
        return daemon

    def assert_all_told_once(self, hook):
        until(lambda: len(told(hook)) >= 3, "all problems", 40)
        until(self.rounds(2, endpoints=4), "two more rounds")
        self.assertEqual(sorted(told(hook)), sorted(self.opened()), "nothing lost, nothing twice")

    def test_killed_while_the_receiver_hangs(self):
        hook = self.hook()
        hook.default = HANG
        daemon = self.killed(hook)
        pending = {d.id for d in hook.deliveries}
        hook.default = OK
        daemon.start()
        self.assert_all_told_once(hook)
        self.assertLessEqual(pending, {d.id for d in hook.accepted()}, "the same id again")

    def test_killed_while_the_receiver_refuses(self):
        hook = self.hook()
        hook.close()
        daemon = self.killed(hook)
        hook.open()
        daemon.start()
        self.assert_all_told_once(hook)

    def test_killed_again_and_again(self):
        hook = self.hook()
        hook.then(HANG, ERROR, HANG)
        daemon = self.daemon(self.config(["good.test", *self.bad], [self.webhook(hook)]),
                             start=False)
        for delay in (0.0, 0.05, 0.15, 0.4, 0.8, 1.3):
            daemon.start(wait=False)
            time.sleep(delay)  # the point is to hit any instant
            daemon.kill()
        hook.queue.clear()
        daemon.start()
        self.assert_all_told_once(hook)
        daemon.stop()


class Reload(Monitored):
    def test_only_what_changed_changes(self):
        hook = self.hook()
        daemon = self.daemon(self.config(["expired.test", "wronghost.test"],
                                         [self.webhook(hook)]))
        until(lambda: len(told(hook)) == 2, "both problems")
        daemon.write(self.config(["expired.test", "selfsigned.test"], [self.webhook(hook)]))
        daemon.reload()
        until(lambda: len(told(hook)) == 4, "one opened, one resolved")
        self.assertEqual(set(told(hook)[2:]), {
            ("opened", "selfsigned.test", "self-signed-leaf"),
            ("resolved", "wronghost.test", "hostname-mismatch")})
        until(self.rounds(3, endpoints=2), "three more rounds")
        self.assertEqual(len(told(hook)), 4, "what did not change was told again")

    def test_receivers_change_too(self):
        old, new = self.hook(), self.hook()
        daemon = self.daemon(self.config(["expired.test"], [self.webhook(old, "old")]))
        until(lambda: told(old), "the old receiver is told")
        daemon.write(self.config(["expired.test", "wronghost.test"], [self.webhook(new, "new")]))
        daemon.reload()
        until(lambda: len(told(new)) == 2, "the new receiver is told, of what was open too")
        self.assertEqual(set(told(new)), self.opened("expired.test", "wronghost.test"))
        self.assertEqual(len(told(old)), 1)

    def test_a_receiver_that_is_gone_for_a_moment_misses_nothing(self):
        hook = self.hook()
        hook.close()
        daemon = self.daemon(self.config(list(self.bad), [self.webhook(hook)]))
        until(lambda: all(name in daemon.log() for name in self.bad), "the problems open")
        daemon.write(self.config(list(self.bad)))
        daemon.reload()
        daemon.write(self.config(list(self.bad), [self.webhook(hook)]))
        daemon.reload()
        hook.open()
        until(lambda: len(told(hook)) >= 3, "all is told", 30)
        self.assertEqual(sorted(told(hook)), sorted(self.opened()))

    def test_files_that_cannot_be_used_are_all_named(self):
        config = self.config(["good.test", self.endpoint("expired.test", ca_file="/none/a.pem"),
                              self.endpoint("alone.test", intermediates_file="/none/b.pem")])
        daemon = self.daemon(config, start=False)
        daemon.start(wait=False)
        until(lambda: daemon.process.poll() is not None, "it does not start")
        checked = run("config", "check", daemon.file)
        self.assertEqual((daemon.process.returncode, checked.status), (2, 2))
        for words in (daemon.log(), checked.err):
            self.assertRegex(words, r"notafter.yaml:\d+:\d+: endpoint expired.test: .*/none/a.pem")
            self.assertRegex(words, r"notafter.yaml:\d+:\d+: endpoint alone.test: .*/none/b.pem")

    def test_a_bad_file_changes_nothing(self):
        hook = self.hook()
        daemon = self.daemon(self.config(["good.test"], [self.webhook(hook)]))
        daemon.write("endpoints:\n  - target: good.test\n    intervall: 5s\n  - target: [\n")
        daemon.reload()
        self.assertRegex(daemon.log(), r"notafter\.yaml:3:5: ")
        self.assertRegex(until(lambda: daemon.notify.last("STATUS"), "a status text"),
                         r"^not taken: \S+/notafter\.yaml:3:5: .*intervall.* old configuration")
        self.assertRegex(daemon.status("--json").json()["refused"], r"notafter\.yaml:3:5: ")
        self.assertIn("not taken: ", daemon.status().out)
        self.nginx.put("good.test", self.pki.leaf("good.test", days=(-9, -1)))
        self.nginx.reload()
        until(lambda: told(hook), "the old configuration still works")
        self.assertEqual(told(hook), [("opened", "good.test", "leaf-expired")])
        daemon.write(self.config(["good.test"], [self.webhook(hook)]))
        daemon.reload()
        until(lambda: daemon.notify.last("STATUS").startswith("1 endpoint"), "all is as it was")
        self.assertIsNone(daemon.status("--json").json()["refused"])

    def test_an_empty_list_says_what_to_do_and_new_endpoints_how_they_are(self):
        daemon = self.daemon(self.config([]))
        words = f"name some below 'endpoints' in {daemon.file}, then run: systemctl reload notafter"
        self.assertIn(words, daemon.log())
        self.assertIn(words, until(lambda: daemon.notify.last("STATUS"), "a status text"))
        self.assertIn("systemctl reload notafter", daemon.status().out)
        self.assertNotIn("LAST PROBE", daemon.status().out, "titles of a table with nothing in it")
        off = {"name": "off.test", "target": f"127.0.0.1:{free_port()}"}
        daemon.write(self.config(["good.test", "expired.test", off], failures=3))
        daemon.reload()
        for text in (r"good\.test: ok at the first look, until 2\d{3}-\d\d-\d\d",
                     r"off\.test: the first look failed: .*refused",
                     r"expired\.test: .*expired"):
            until(lambda: re.search(text, daemon.log()), text)
        self.assertNotIn("expired.test: ok", daemon.log())
        daemon.stop()
        daemon.start()
        until(self.rounds(1, endpoints=2), "one more round")
        self.assertEqual(daemon.log().count("good.test: ok at the first look"), 1, "it is not new")

    def test_many_reloads_in_a_row(self):
        hook = self.hook()
        daemon = self.daemon(self.config(["expired.test", "good.test"], [self.webhook(hook)]))
        until(lambda: told(hook), "the problem")
        for i in range(20):
            daemon.write(self.config(["expired.test", "good.test"][:1 + i % 2],
                                     [self.webhook(hook)]))
            daemon.process.send_signal(signal.SIGHUP)
            stays(daemon.alive, "the daemon", 0.05)
        daemon.reload()
        until(self.rounds(2), "two more rounds")
        self.assertEqual(told(hook), [("opened", "expired.test", "leaf-expired")])
        daemon.stop()


class Service(Monitored):
    def test_terminates_in_time_whatever_hangs(self):
        hook, silent = self.hook(), Silent()
        self.addCleanup(silent.close)
        hook.default = HANG
        daemon = self.daemon(self.config(
            ["expired.test", *({"name": f"silent{i}", "target": silent.target, "timeout": "30s"}
                               for i in range(8))], [self.webhook(hook, timeout="60s")]))
        until(lambda: hook.deliveries, "the webhook hangs")
        daemon.stop(within=2.0)
        self.assertEqual(daemon.notify.count("STOPPING", "1"), 1)

    def test_terminates_at_any_moment(self):
        hook = self.hook()
        for delay in (0.0, 0.02, 0.1, 0.3):
            daemon = self.daemon(self.config(["expired.test"], [self.webhook(hook)]),
                                 name=f"d{delay}")
            time.sleep(delay)  # the point is to hit any instant
            daemon.stop(within=3.0)

    def test_speaks_to_the_service_manager(self):
        daemon = self.daemon(self.config(["good.test", "expired.test"]),
                             env={"WATCHDOG_USEC": 1_000_000})
        until(lambda: daemon.notify.count("WATCHDOG", "1") >= 3, "three signs of life", 5)
        status = until(lambda: daemon.notify.last("STATUS"), "a status text")
        self.assertRegex(status, r"2 endpoints")
        until(lambda: "1 critical" in daemon.notify.last("STATUS"), "the problem in it")
        self.assertEqual(daemon.notify.count("READY", "1"), 1)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        daemon.reload()
        said, = [f for _, f in daemon.notify.seen if "RELOADING" in f]
        self.assertGreaterEqual(int(said["MONOTONIC_USEC"]), before, "for Type=notify-reload")

    def test_no_watchdog_unless_asked(self):
        daemon = self.daemon(self.config(["good.test"]))
        until(self.rounds(2), "two rounds")
        self.assertEqual(daemon.notify.count("WATCHDOG"), 0)

    def test_status_of_a_running_daemon(self):
        daemon = self.daemon(self.config(["good.test", *self.bad]))
        until(lambda: problems(daemon) == 3, "three problems")
        text = daemon.status()
        self.assertEqual(text.status, 0, text)
        for name, code in self.bad.items():
            self.assertIn(name, text.out)
            self.assertIn(code, text.out)
        self.assertIn("good.test", text.out)
        report = daemon.status("--json").json()
        self.assertEqual({e["name"]: [p["code"] for p in e["problems"]]
                          for e in report["endpoints"]},
                         {"good.test": [], **{n: [c] for n, c in self.bad.items()}})

    def test_how_an_endpoint_was_reached_is_told_and_remembered(self):
        path = self.config(["good.test"])
        daemon = self.daemon(path)
        until(lambda: connection(daemon), "a first look")
        before = connection(daemon)
        self.assertEqual(before["address"], "127.0.0.1")
        self.assertEqual(before["protocol"], "TLSv1.3")
        self.assertEqual((before["group"], before["post_quantum"]), ("x25519", False))
        self.assertEqual(before["certificates_served"], 2)
        self.assertGreater(before["seconds"]["handshake"], 0)
        self.assertGreaterEqual(before["seconds"]["total"], before["seconds"]["handshake"])
        self.assertNotIn("proxy", before["seconds"], "there is none")
        daemon.stop()
        daemon.start()
        self.assertEqual(connection(daemon)["address"], before["address"])
        self.assertEqual(connection(daemon)["certificates_served"], 2)

    def test_status_without_a_daemon(self):
        result = run("status", "--socket", self.folder / "nothing")
        self.assertEqual(result.status, 3, result)
        self.assertEqual(result.out, "")
        self.assertIn("nothing", result.err)

    def test_the_log_tells_changes_not_probes(self):
        daemon = self.daemon(self.config(["good.test", *self.bad]))
        until(lambda: problems(daemon) == 3, "three problems")
        until(self.rounds(1, endpoints=4), "one more round")
        before = daemon.log().splitlines()
        until(self.rounds(6, endpoints=4), "six more rounds")
        self.assertEqual(daemon.log().splitlines(), before, "the log grows with every probe")
        for code in self.bad.values():
            self.assertEqual(sum(code in line for line in before), 1, before)

    def test_secrets_are_told_nobody(self):
        hook = self.hook()
        secret, file = self.secret()
        config = self.config(["expired.test"], [
            self.webhook(hook, secret_file=str(file)),
            {"name": "private", "webhook": {"url": "http://user:hunter2pass@127.0.0.1:9/x?key=k3y",
                                            "timeout": "1s"}}])
        daemon = self.daemon(config, args=["--log-level", "debug"])
        until(lambda: told(hook), "the alert")
        until(self.rounds(2), "two more rounds")
        shown = "\n".join((daemon.log(), daemon.status().out, daemon.status("--json").out,
                           run("config", "show", daemon.file).out))
        for word in (secret, secret.removeprefix("whsec_"), "hunter2pass", "k3y"):
            self.assertNotIn(word, shown)

    def test_two_daemons_do_not_share_a_state(self):
        first = self.daemon(self.config(["good.test"]))
        second = self.daemon({"state": str(first.state), **self.config(["good.test"])}, name="e",
                             start=False)
        second.start(wait=False)
        self.assertNotEqual(second.process.wait(20), 0)
        self.assertIn(str(first.state), second.log())
        first.alive()

    def test_a_bad_configuration_at_the_start_tells_all_errors(self):
        daemon = self.daemon("endpoints:\n  - target: a.test\n    intervall: 5s\n"
                             "    timeout: forever\n", start=False)
        daemon.start(wait=False)
        self.assertEqual(daemon.process.wait(20), 2)
        self.assertRegex(daemon.log(), r"notafter\.yaml:3:5: .*interval\b")
        self.assertRegex(daemon.log(), r"notafter\.yaml:4:\d+: ")

    def test_works_without_a_service_manager(self):
        daemon = self.daemon(self.config(["expired.test"]), start=False, env={"NOTIFY_SOCKET": ""})
        daemon.start(wait=False)
        until(lambda: "leaf-expired" in daemon.log(), "the problem in the log")
        daemon.stop()


class Journal(Monitored):
    def test_entries_have_fields(self):
        journal = Journald(self.folder / "journal")
        self.addCleanup(journal.stop)
        try:
            journal.start()
        except Unavailable as reason:
            self.skipTest(str(reason))
        self.daemon(self.config(list(self.bad), [{"name": "journal", "journald": {}}]),
                    inside=journal.inside())
        entries = until(lambda: len(found := journal.entries("SYSLOG_IDENTIFIER=notafter")) >= 3
                        and found, "three entries")
        self.assertEqual(len(entries), 3)
        for name, code in self.bad.items():
            entry, = [e for e in entries if name in e["MESSAGE"]]
            self.assertIn(code, entry.values(), "the code is a field")
            self.assertIn(name, entry.values(), "the endpoint is a field")
            self.assertEqual(entry["PRIORITY"], "2")
            self.assertRegex(entry["MESSAGE_ID"], r"^[0-9a-f]{32}$")


class Config(Monitored):
    def test_check_show_and_schema(self):
        daemon = self.daemon(self.config(["good.test"], [self.webhook(self.hook())]), start=False)
        checked = run("config", "check", daemon.file)
        self.assertEqual(checked.status, 0, checked)
        shown = run("config", "show", daemon.file)
        self.assertEqual(shown.status, 0, shown)
        again = self.folder / "again.yaml"
        again.write_text(shown.out)
        self.assertEqual(run("config", "show", again).out, shown.out, "what is shown loads again")
        schema = run("config", "schema").json()
        self.assertIn("endpoints", schema["properties"])

    def test_check_tells_every_error_with_its_place(self):
        file = self.folder / "bad.yaml"
        file.write_text("endpoints:\n  - target: a.test\n    intervall: 5s\n  - target: b.test\n"
                        "    failures: many\nrecievers: []\n")
        result = run("config", "check", file)
        self.assertEqual(result.status, 2, result)
        told_ = result.out + result.err
        for line, word in ((3, "interval"), (5, "failures"), (6, "receivers")):
            self.assertRegex(told_, rf"bad\.yaml:{line}:\d+: .*{word}")


def connection(daemon):
    return daemon.status("--json").json()["endpoints"][0]["connection"]


def problems(daemon):
    """How many problems are open, as the daemon says itself."""
    result = daemon.status("--json")
    if result.status != 0:
        return None
    return sum(len(e["problems"]) for e in result.json()["endpoints"])
