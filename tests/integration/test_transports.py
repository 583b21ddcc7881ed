# SPDX-License-Identifier: Apache-2.0
"""`notafter run` and receivers over other ways than HTTP: log servers, mail, programs; and the service's filter."""

import json
import os
import subprocess
import sys
import urllib.request

from support import sandbox
from support.endpoints import Monitored
from support.mail import MailServer
from support.rsyslog import LogServer, Rsyslog, SyslogNg
from support.server import Unavailable
from support.wait import stays, until


class Transports(Monitored):
    def available(self, kind, *args):
        try:
            return self.server(kind(*args))
        except Unavailable as e:
            self.skipTest(str(e))

    def lines(self, log):
        """What @log was told of problems: that a certificate was replaced is told beside."""
        return [line for line in log.lines() if line.msgid != "replaced"]

    def mend(self, name):
        self.nginx.put(name, self.pki.leaf(name))
        self.nginx.reload()

    def log_receiver(self, log, transport, **more):
        ca = {"ca_file": str(self.pki.root.cert)} if transport == "tls" else {}
        return {"name": transport, "syslog": {"server": f"localhost:{log.ports[transport]}",
                                              "transport": transport, "timeout": "5s", **ca, **more}}

    def mail_server(self, *names):
        return self.available(MailServer, self.folder / "mail",
                              self.pki.leaf(*names or ["localhost"]))

    def mail_receiver(self, server, password="hush-hush", to=("ops@example.com", "b@example.com"), **more):
        file = self.folder / "password"
        file.write_text(password + "\n")
        return {"name": "post", "mail": {
            "server": f"localhost:{server.port}", "from": "notafter@mon.example", "to": list(to),
            "user": "ops", "password_file": str(file), "ca_file": str(self.pki.root.cert), **more}}

    def mails(self, server):
        return [(e, m) for e, m in server.mails() if m["x-notafter-transition"] != "replaced"]


class LogServers(Transports):
    def check_all_ways(self, kind):
        log = self.available(kind, self.folder / "log", self.pki.leaf("localhost"))
        self.daemon(self.config(["expired.test", "wronghost.test"],
                                [self.log_receiver(log, way) for way in ("udp", "tcp", "tls")]))
        until(lambda: len(self.lines(log)) >= 6, "both problems, by each way")
        self.mend("expired.test")
        until(lambda: len(self.lines(log)) >= 9, "the resolution, by each way")
        stays(lambda: len(self.lines(log)) == 9, "no more than that", 1)
        for name in ("expired.test", "wronghost.test"):
            lines = [line for line in self.lines(log) if name in line.data and line.msgid == "opened"]
            self.assertEqual(len(lines), 3)
            for line in lines:
                self.assertEqual((line.version, line.app, line.severity), ("1", "notafter", 2))
                self.assertIn(self.bad[name], line.data)
                self.assertTrue(line.text)
        return log

    def test_rsyslog_is_told_by_udp_tcp_and_tls(self):
        log = self.check_all_ways(LogServer)
        self.assertEqual({line.way for line in self.lines(log)}, {"imudp", "imptcp", "imtcp"})

    def test_syslog_ng_is_told_by_udp_tcp_and_tls(self):
        self.check_all_ways(SyslogNg)

    def test_what_happens_while_the_server_is_down_arrives_when_it_is_back(self):
        log = self.available(LogServer, self.folder / "log", self.pki.leaf("localhost"))
        daemon = self.daemon(self.config(["expired.test"],
                                         [self.log_receiver(log, w) for w in ("tcp", "tls")]))
        until(lambda: len(self.lines(log)) == 2, "the problem")
        log.stop()
        self.mend("expired.test")
        until(lambda: daemon.log().count("Connection refused") >= 2, "both are in trouble")
        log.start()
        until(lambda: len(self.lines(log)) == 4, "the resolution", 30)
        self.assertEqual([line.msgid for line in self.lines(log)],
                         ["opened", "opened", "resolved", "resolved"])

    def test_a_server_with_a_wrong_certificate_gets_nothing(self):
        log = self.available(LogServer, self.folder / "log", self.pki.leaf("else.test"))
        daemon = self.daemon(self.config(["expired.test"], [self.log_receiver(log, "tls")]))
        until(lambda: "hostname mismatch" in daemon.log().lower(), "the reason is told")
        self.assertEqual(self.lines(log), [])


class Mail(Transports):
    def test_problem_and_resolution_are_one_thread(self):
        server = self.mail_server()
        self.daemon(self.config(["expired.test"], [self.mail_receiver(server)]))
        until(lambda: len(self.mails(server)) == 1, "the mail")
        self.mend("expired.test")
        until(lambda: len(self.mails(server)) == 2, "the resolution")
        (envelope, first), (_, last) = self.mails(server)
        self.assertTrue(envelope["tls"])
        self.assertEqual(envelope["user"], "ops")
        self.assertEqual(envelope["to"], ["ops@example.com", "b@example.com"])
        self.assertEqual(first.defects, [])
        self.assertIn("expired.test", first["subject"])
        self.assertEqual(first["x-notafter-code"], "leaf-expired")
        self.assertEqual([first["x-notafter-transition"], last["x-notafter-transition"]],
                         ["opened", "resolved"])
        self.assertTrue(first["references"])
        self.assertEqual(first["references"], last["references"])
        self.assertNotEqual(first["message-id"], last["message-id"])
        for kind in ("plain", "html"):
            part = first.get_body((kind,))
            self.assertIn(str(first["subject"]), part.get_content())
        self.assertIn("notafter check -c /etc/notafter/notafter.yaml expired.test",
                      first.get_body(("plain",)).get_content())

    def test_who_is_refused_keeps_it_from_nobody(self):
        server = self.mail_server()
        daemon = self.daemon(self.config(["expired.test"], [
            self.mail_receiver(server, to=["ops@example.com", "nobody@example.com"])]))
        until(lambda: "there is nobody" in daemon.log(), "the refused one is named")
        until(lambda: len(self.mails(server)) == 1, "the mail")
        self.assertEqual(self.mails(server)[0][0]["to"], ["ops@example.com"])
        stays(lambda: len(self.mails(server)) == 1, "it is not sent again", 1)

    def test_what_is_deferred_comes_again_with_the_same_id(self):
        server = self.mail_server()
        server.say("451 4.3.0 later")
        daemon = self.daemon(self.config(["expired.test"], [self.mail_receiver(server)]))
        until(lambda: "451 4.3.0 later" in daemon.log(), "the trouble is told")
        server.say(None)
        until(lambda: len(self.mails(server)) == 1, "the mail", 30)

    def test_a_wrong_password_is_told_to_nobody(self):
        server = self.mail_server()
        daemon = self.daemon(self.config(["expired.test"], [
            self.mail_receiver(server, password="very-wrong")]))
        until(lambda: "Login denied" in daemon.log(), "the login fails")
        self.assertNotIn("very-wrong", daemon.log())
        self.assertEqual(self.mails(server), [])

    def test_a_server_with_a_wrong_certificate_gets_nothing(self):
        server = self.mail_server("else.test")
        daemon = self.daemon(self.config(["expired.test"], [self.mail_receiver(server)]))
        until(lambda: "receiver post" in daemon.log(), "the trouble is told")
        self.assertRegex(daemon.log(), "SSL: no alternative certificate subject name|certificate")
        self.assertEqual(self.mails(server), [])


class Programs(Transports):
    def test_a_program_is_run_for_every_message(self):
        told = self.folder / "told"
        script = self.folder / "script"
        script.write_text("#!/bin/sh\ncat >>$1; echo >>$1\n"
                          "echo \"$NOTAFTER_TRANSITION $NOTAFTER_NAME\" >>$1.words\n")
        script.chmod(0o755)
        self.daemon(self.config(["expired.test"], [
            {"name": "script", "exec": {"command": [str(script), str(told)]}}]))

        def words():
            file = self.folder / "told.words"
            return file.read_text().splitlines() if file.exists() else []

        until(lambda: words() == ["opened expired.test"], "the problem")
        self.mend("expired.test")
        until(lambda: "resolved expired.test" in words(), "the resolution")
        self.assertIn("replaced expired.test", until(lambda: len(words()) == 3 and words(), "3 words"))
        types = [json.loads(line)["type"] for line in told.read_text().splitlines()]
        self.assertEqual(types[0], "notafter.problem.opened")
        self.assertIn("notafter.problem.resolved", types)
        self.assertEqual(len(types), 3)

    def test_a_program_that_hangs_delays_nobody_and_ends_with_the_daemon(self):
        hook, pid = self.hook(), self.folder / "pid"
        daemon = self.daemon(self.config(["expired.test"], [
            {"name": "script", "exec": {"command": ["/bin/sh", "-c", f"echo $$ >{pid}.new; "
                                                    f"mv {pid}.new {pid}; sleep 1000"]}},
            self.webhook(hook)]))
        until(lambda: hook.deliveries and pid.exists(), "the other receiver is told")
        daemon.stop()
        until(lambda: not os.path.exists(f"/proc/{int(pid.read_text())}"), "the program has ended")


class Credentials(Transports):
    def test_a_secret_is_found_where_the_service_manager_put_it_and_read_again(self):
        hook = self.hook()
        folder = self.folder / "credentials"
        folder.mkdir()
        old, file = self.secret()
        file.rename(folder / "hook")
        daemon = self.daemon(self.config(["expired.test"], [
            self.webhook(hook, secret_file="$CREDENTIALS_DIRECTORY/hook")]),
            env={"CREDENTIALS_DIRECTORY": str(folder)})
        until(lambda: len(hook.deliveries) == 1, "the alert")
        self.assertTrue(hook.deliveries[0].signed_with(old))
        new, file = self.secret()
        file.rename(folder / "hook")
        daemon.reload()
        self.mend("expired.test")
        until(lambda: len(hook.deliveries) >= 2, "the resolution")
        self.assertTrue(hook.deliveries[-1].signed_with(new))


class Sandbox(Transports):
    """The service's filter of system calls; what it refuses kills here (support/call_filter.py)."""

    def setUp(self):
        super().setUp()
        if not sandbox.is_possible():
            self.skipTest("systemd-analyze or libseccomp is not here")

    def test_nothing_that_the_daemon_does_is_refused(self):
        log = self.available(LogServer, self.folder / "log", self.pki.leaf("localhost"))
        local = self.server(Rsyslog(self.folder / "local"))
        mail, hook, told = self.mail_server(), self.hook(), self.folder / "told"
        port = self.nginx.hosts["good.test"]["port"]
        daemon = self.daemon({
            **self.config(["good.test", "expired.test",
                           {"target": f"localhost:{port}", "server_name": "good.test",
                            "resolve_sans": True, "addresses": "all"},
                           {"target": "no.such.name.invalid", "timeout": "1s"},
                           {"target": f"file:{self.pki.root.cert}"}], [
                self.webhook(hook), self.mail_receiver(mail),
                {"name": "local", "syslog": {"socket": str(local.socket)}},
                *(self.log_receiver(log, way) for way in ("udp", "tcp", "tls")),
                {"name": "script", "exec": {"command": [
                    "/bin/sh", "-c", f"cat >>{told}; echo $(date) $(uname) | grep -q Linux"]}}]),
            "listen": ["127.0.0.1:0", str(self.folder / "http")]}, sandboxed=True)
        until(lambda: hook.deliveries and self.mails(mail) and self.lines(local)
              and len(self.lines(log)) >= 3 and told.exists(), "everybody is told", 30)
        with urllib.request.urlopen(daemon.urls()[0] + "endpoints") as page:
            self.assertIn(b"expired.test", page.read())
        daemon.reload()
        self.assertEqual(daemon.status().status, 0)
        daemon.stop(within=10)

    def test_what_the_filter_has_not_is_noticed(self):
        for calls, status in (("os.getpid()", 0), ("os.chroot('/')", sandbox.KILLED),
                              ("os.nice(1)", sandbox.KILLED)):
            done = subprocess.run([*sandbox.command(), sys.executable, "-c", f"import os; {calls}"])
            self.assertEqual(done.returncode, status, calls)
