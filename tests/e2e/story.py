#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The life of an installed notafter, from apt-get install to apt-get purge, told in the order in which
it happens. Runs as root on a machine of its own: see systemd.sh.
"""

import json
import os
import re
import signal
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from machine import (CONFIG, CREDENTIALS, STATE, Journal, active, attempt, configure, do, drop_in,
                     pid, shown, status)
from support.asking import ask
from support.dns import Dns, Name
from support.fickle import Fickle
from support.mail import MailServer
from support.pki import Pki
from support.rsyslog import LogServer
from support.wait import until
from support.webhook import ERROR, OK, WebhookReceiver, new_secret

FOLDER = Path("/srv/notafter-tests")
PACKAGE = HERE / "notafter.deb"
HOSTS = ("good", "expired", "shaky", "loud", "loose", "stopped", "killed", "secret", "kept")


class World:
    """What is around the machine: names, TLS servers, and whoever may be told."""

    def __init__(self):
        FOLDER.mkdir()
        self.pki = Pki(FOLDER / "pki")
        self.tls = Fickle(FOLDER / "tls")
        self.hook = WebhookReceiver()
        names = {"localhost": Name(["127.0.0.1"])}
        for name in HOSTS:
            host = f"{name}.test"
            names[host] = Name(["127.0.0.1"])
            self.tls.host(host, good=self.pki.leaf(host), bad=self.pki.leaf(host, days=(-90, -3)))
        self.tls.now["expired.test"] = "bad"
        self.dns = Dns(FOLDER, names).start()

    def target(self, name):
        return f"{name}.test:{self.tls.port}"

    def turn(self, name, state):
        self.tls.now[f"{name}.test"] = state

    def config(self, *names, receivers=(), **more):
        """Looks every second; the journal is told, and @receivers are."""
        return {"defaults": {"interval": "1s", "ca_file": str(self.pki.root.cert)},
                "endpoints": [self.target(name) for name in names],
                "receivers": [{"name": "journal", "journald": {}}, *receivers],
                "limits": {"per_host": 100, "address_rate": 1000}, **more}

    def webhook(self, **more):
        return {"name": "hook", "webhook": {"url": self.hook.url, "timeout": "2s", **more}}


world = None


def setUpModule():
    global world
    world = World()


class Chapter(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.journal = Journal()
        world.hook.default = OK

    def follow(self, config, restart=False):
        """The daemon runs with @config from now on."""
        before = Journal()
        configure(config)
        do("systemctl", "restart" if restart else "reload", "notafter")
        until(lambda: before.says("watches" if restart else "reloaded"), "the daemon's word")

    def tries(self, kind, name):
        """Each message of this kind about one endpoint, as often as the hook was asked to take it."""
        return [d for d in world.hook.deliveries
                if (d.json()["type"], d.json()["data"].get("endpoint"))
                == (f"notafter.problem.{kind}", world.target(name))]

    def deliveries(self, kind, name):
        """Of these, what it took: one for each id."""
        return list({d.id: d for d in self.tries(kind, name) if d.accepted}.values())

    def told_once(self, kind, name):
        until(lambda: self.deliveries(kind, name), f"told that {name} {kind}", 60)
        self.assertEqual(len(self.deliveries(kind, name)), 1)

    def nothing_waits(self):
        """Have those that are told now been told all? What is for others waits for their return."""
        told_now = {receiver["name"] for receiver in json.loads(CONFIG.read_text())["receivers"]}
        return not any(row["waiting"] for row in status()["queue"] if row["receiver"] in told_now)

    def since(self, name):
        """When the one open problem of an endpoint began."""
        endpoint, = [e for e in status()["endpoints"] if e["target"] == world.target(name)]
        problem, = endpoint["problems"]
        return problem["since"]


class FirstMinutes(Chapter):
    def test_apt_installs_and_starts_it(self):
        do("apt-get", "install", "-y", PACKAGE)
        self.assertEqual(do("systemctl", "is-enabled", "notafter").strip(), "enabled")
        self.assertEqual(do("systemctl", "is-active", "notafter").strip(), "active")
        self.assertEqual(shown("NRestarts"), "0")

    def test_its_configuration_is_right(self):
        do("notafter", "config", "check")

    def test_it_passes_the_tests_that_it_brings(self):
        for name in ("command", "service"):
            do("env", f"AUTOPKGTEST_TMP={FOLDER}", HERE / "debian-tests" / name)

    def test_secrets_have_a_place(self):
        self.assertEqual(CREDENTIALS.stat().st_mode & 0o7777, 0o700)
        self.assertEqual(CREDENTIALS.stat().st_uid, 0)

    def test_it_says_what_to_do_next(self):
        for told in (do("systemctl", "status", "--no-pager", "--full", "notafter"),
                     shown("StatusText"), do("notafter", "status"),
                     ask("http://127.0.0.1:9219", "/")[2]):
            self.assertIn("systemctl reload notafter", told)

    def test_a_line_and_a_reload_show_the_first_verdict(self):
        text = CONFIG.read_text()
        for line, value in (("  - example.com ", f"  - {world.target('good')}"),
                            ("defaults:", "defaults:"),
                            ("  ca_file: ", f"  ca_file: {world.pki.root.cert}")):
            text, n = re.subn(f"(?m)^#{line}.*$", value, text, count=1)
            self.assertEqual(n, 1, line)
        configure(text)
        (CONFIG.parent / "notafter.d" / "more.yaml").write_text(
            f"endpoints:\n  - {world.target('expired')}\n")
        do("systemctl", "reload", "notafter")
        until(lambda: self.journal.says(world.target("good"), "ok"), "what is well", 5)
        until(lambda: self.journal.says(world.target("expired"), "expired"), "what is wrong", 5)

    def test_a_typo_on_reload_changes_nothing_and_is_shown(self):
        before, good = pid(), CONFIG.read_text()
        line = len(good.splitlines()) + 1
        configure(good + "recievers: []\n")
        self.assertNotEqual(attempt("systemctl", "reload", "notafter").status, 0)
        where = f"{CONFIG}:{line}:1: "
        shown_now = until(lambda: (text := do("systemctl", "status", "--no-pager", "--full",
                                              "notafter")).count(where) and text, where)
        self.assertIn('did you mean "receivers"', shown_now)
        self.assertEqual(pid(), before)
        asked = attempt("notafter", "status")
        self.assertEqual(asked.status, 0, asked)
        for name in ("good", "expired"):
            self.assertIn(world.target(name), asked.out, "the old list goes on")

    def test_the_mended_file_is_taken(self):
        self.follow(world.config("good", "expired"))
        until(lambda: str(CONFIG) not in shown("StatusText"), "no word of errors")


class Alerts(Chapter):
    def test_the_journal_has_them_with_their_fields(self):
        self.follow(world.config("good", "shaky"))
        until(lambda: status()["endpoints_total"]["ok"] == 2, "both are well")
        world.turn("shaky", "bad")
        found = {"NOTAFTER_CODE": "leaf-expired", "NOTAFTER_ENDPOINT": world.target("shaky")}
        entry, = until(lambda: self.journal.entries(**found), "an entry")
        self.assertEqual(entry["_SYSTEMD_UNIT"], "notafter.service")
        self.assertEqual(entry["SYSLOG_IDENTIFIER"], "notafter")
        self.assertEqual(entry["NOTAFTER_TRANSITION"], "opened")
        self.assertEqual(entry["NOTAFTER_SEVERITY"], "critical")
        self.assertEqual(entry["PRIORITY"], "2")
        self.assertRegex(entry["MESSAGE_ID"], "^[0-9a-f]{32}$")
        self.assertRegex(entry["NOTAFTER_CERTIFICATE_SHA256"], "^[0-9a-f]{64}$")
        self.assertTrue(entry["NOTAFTER_REMEDY"])

        world.turn("shaky", "good")
        over, = until(lambda: self.journal.entries(**found, NOTAFTER_TRANSITION="resolved"), "its end")
        self.assertNotEqual(over["MESSAGE_ID"], entry["MESSAGE_ID"])
        self.assertEqual(len(self.journal.entries(**found)), 2)

    def test_all_ways_out_work_in_the_sandbox(self):
        pair = world.pki.leaf("localhost")
        log, mail = LogServer(FOLDER / "log", pair), MailServer(FOLDER / "mail", pair)
        for server in (log, mail):
            self.addCleanup(server.stop)
            server.start()
        (CREDENTIALS / "mail").write_text("hush-hush\n")
        ca = {"ca_file": str(world.pki.root.cert)}
        file = Path("/run/notafter/told")
        self.follow(world.config("loud", receivers=[
            world.webhook(),
            {"name": "local", "syslog": {}},
            {"name": "udp", "syslog": {"server": f"localhost:{log.ports['udp']}",
                                       "transport": "udp"}},
            {"name": "tcp", "syslog": {"server": f"localhost:{log.ports['tcp']}",
                                       "transport": "tcp"}},
            {"name": "tls", "syslog": {"server": f"localhost:{log.ports['tls']}",
                                       "transport": "tls", **ca}},
            {"name": "script", "exec": {"command": ["/bin/sh", "-c", f"cat >{file}"]}},
            {"name": "mail", "mail": {
                "server": f"localhost:{mail.port}", "from": "notafter@mon.test",
                "to": ["ops@mon.test"], "user": "ops",
                "password_file": "$CREDENTIALS_DIRECTORY/credentials_mail", **ca}}]), restart=True)
        world.turn("loud", "bad")
        self.told_once("opened", "loud")
        until(lambda: {line.way for line in log.lines() if "loud.test" in line.data}
              == {"imudp", "imptcp", "imtcp"}, "a line by UDP, TCP and TLS")
        until(lambda: self.journal.entries(_TRANSPORT="syslog", SYSLOG_IDENTIFIER="notafter"),
              "a line of the local syslog")
        until(file.exists, "the program has run")
        until(mail.mails, "a mail")
        until(self.nothing_waits, "all have taken it")


class Sandbox(Chapter):
    REFUSALS = {"EPERM", "EACCES", "EROFS", "ENOENT", "ESRCH", "EAFNOSUPPORT"}

    def test_it_is_real(self):
        Path("/home/alice").mkdir()
        Path("/tmp/of-others").touch()
        as_root, as_service = Path("/root/as-root"), Path("/run/notafter/as-service")
        do("/usr/bin/python3", HERE / "sandbox.py", as_root)
        self.follow(world.config("loose", receivers=[{"name": "sandbox", "exec": {
            "command": ["/usr/bin/python3", str(HERE / "sandbox.py"), str(as_service)]}}]))
        world.turn("loose", "bad")
        until(as_service.exists, "the program has run inside")
        outside, inside = json.loads(as_root.read_text()), json.loads(as_service.read_text())
        for name, outcome in inside.items():
            with self.subTest(name):
                self.assertIn(outcome, self.REFUSALS)
                self.assertNotEqual(outcome, outside[name], "nothing refuses it but the machine")

    def test_it_is_as_close_as_promised(self):
        do("systemd-analyze", "security", "--threshold=15", "--no-pager", "notafter.service")

    def test_the_process_has_no_rights(self):
        fields = dict(line.split(":", 1) for line
                      in Path(f"/proc/{pid()}/status").read_text().splitlines())
        for kind in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
            self.assertEqual(int(fields[kind], 16), 0, kind)
        self.assertEqual((fields["NoNewPrivs"].strip(), fields["Seccomp"].strip()), ("1", "2"))
        self.assertNotIn("0", fields["Uid"].split())


class Deaths(Chapter):
    """However it dies: it comes back, what was to be told is told, and nothing is told twice."""

    def survive(self, name, death):
        self.follow(world.config("good", name, receivers=[world.webhook()]), restart=True)
        until(lambda: status()["endpoints_total"]["ok"] == 2 and self.nothing_waits(), "all is well")
        world.hook.default = ERROR
        world.turn(name, "bad")
        until(lambda: self.tries("opened", name), "a first try")
        before, since = pid(), self.since(name)
        death(before)
        until(lambda: pid() not in (0, before), "the service runs again", 60)
        self.assertEqual(shown("NRestarts"), "1")
        self.assertEqual(self.since(name), since)
        world.hook.default = OK
        do("notafter", "alert", "retry", "hook")
        self.told_once("opened", name)
        self.assertEqual(len({d.id for d in self.tries("opened", name)}), 1, "it has one id")
        world.turn(name, "good")
        self.told_once("resolved", name)
        self.told_once("opened", name)

    def test_watchdog(self):
        patience = drop_in("watchdog", "[Service]\nWatchdogSec=3\nRestartSec=1\n")
        self.addCleanup(do, "systemctl", "daemon-reload")
        self.addCleanup(patience.unlink)
        self.survive("stopped", lambda process: os.kill(process, signal.SIGSTOP))
        self.assertTrue(self.journal.says("Watchdog timeout"))

    def test_sigkill(self):
        self.survive("killed", lambda process: os.kill(process, signal.SIGKILL))
        self.assertTrue(self.journal.says("code=killed, status=9/KILL"))


class Credentials(Chapter):
    def test_a_new_secret_is_taken_at_a_restart(self):
        old, new = new_secret(), new_secret()
        file = CREDENTIALS / "hook"
        file.write_text(old + "\n")
        file.chmod(0o600)
        config = world.config("secret", receivers=[
            world.webhook(secret_file="$CREDENTIALS_DIRECTORY/credentials_hook")])
        self.follow(config, restart=True)
        world.turn("secret", "bad")
        self.told_once("opened", "secret")
        self.assertTrue(self.deliveries("opened", "secret")[0].signed_with(old))

        file.write_text(new + "\n")
        self.follow(config, restart=True)
        world.turn("secret", "good")
        self.told_once("resolved", "secret")
        self.assertTrue(self.deliveries("resolved", "secret")[0].signed_with(new))
        self.told_once("opened", "secret")
        everything = do("journalctl", "-q", "--no-pager", "-o", "json") + do("notafter", "config", "show")
        for secret in (old, new):
            self.assertNotIn(secret.removeprefix("whsec_"), everything)

    def test_only_the_service_sees_it(self):
        names = {p.name: p.stat() for p in Path("/run/credentials/notafter.service").iterdir()}
        self.assertEqual({stat.st_mode & 0o7777 for stat in names.values()}, {0o400})
        self.assertIn("credentials_hook", names)


class Activation(Chapter):
    PAGE = "http://127.0.0.1:9219"

    def test_a_visitor_starts_the_service(self):
        do("systemctl", "stop", "notafter")
        do("systemctl", "enable", "--now", "notafter.socket")
        self.assertFalse(active())
        for url in (self.PAGE, "unix:/run/notafter-http.sock"):
            self.assertEqual(ask(url, "/")[0], 200, url)
        self.assertTrue(active())

    def test_nobody_is_refused_while_it_comes_back(self):
        before = pid()
        os.kill(before, signal.SIGKILL)
        until(lambda: pid() != before, "systemd has seen it")
        self.assertEqual(ask(self.PAGE, "/healthz")[0], 200)
        self.assertNotIn(pid(), (0, before))

    def test_a_port_below_1024(self):
        places = drop_in("port", "[Socket]\nListenStream=\nListenStream=127.0.0.1:80\n",
                         "notafter.socket")
        do("systemctl", "stop", "notafter.socket", "notafter.service")
        do("systemctl", "start", "notafter.socket", "notafter.service")
        self.assertEqual(ask("http://127.0.0.1:80", "/")[0], 200)
        places.unlink()
        do("systemctl", "daemon-reload")

    def test_without_it_all_is_as_before(self):
        do("systemctl", "disable", "--now", "notafter.socket")
        do("systemctl", "restart", "notafter")
        for url in (self.PAGE, "unix:/run/notafter/http.sock"):
            self.assertEqual(ask(url, "/")[0], 200, url)


class Package(Chapter):
    def newer(self):
        """The same package, of a later version."""
        folder = FOLDER / "package"
        do("dpkg-deb", "--raw-extract", PACKAGE, folder)
        control = folder / "DEBIAN" / "control"
        control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+later", control.read_text()))
        do("dpkg-deb", "--build", folder, FOLDER / "later.deb")
        return FOLDER / "later.deb"

    def test_an_upgrade_keeps_all_and_restarts_once(self):
        self.follow(world.config("good", "kept", receivers=[world.webhook()]))
        world.turn("kept", "bad")
        self.told_once("opened", "kept")
        do("notafter", "silence", "add", "--code", "connect-*", "--for", "1h", "--reason", "works")
        before, since, config = pid(), self.since("kept"), CONFIG.read_text()
        silences = do("notafter", "silence", "list", "--json")

        self.journal = Journal()
        do("apt-get", "install", "-y", self.newer())
        self.assertNotIn(pid(), (0, before))
        starts = [line for line in self.journal.lines() if " watches " in line]
        self.assertEqual(len(starts), 1, starts)
        self.assertEqual((shown("NRestarts"), CONFIG.read_text()), ("0", config))
        self.assertEqual(self.since("kept"), since)
        self.assertEqual(json.loads(do("notafter", "silence", "list", "--json"))["silences"],
                         json.loads(silences)["silences"])
        world.turn("kept", "good")
        self.told_once("resolved", "kept")
        self.told_once("opened", "kept")

    def test_removed_it_is_gone_and_what_it_knew_is_not(self):
        config = CONFIG.read_text()
        do("apt-get", "remove", "-y", "notafter")
        self.assertFalse(active())
        self.assertEqual(shown("LoadState"), "not-found")
        self.assertTrue((STATE / "notafter.db").exists() and (CREDENTIALS / "hook").exists())
        self.assertEqual(CONFIG.read_text(), config)

    def test_installed_again_it_goes_on(self):
        do("apt-get", "install", "-y", PACKAGE)
        self.assertTrue(active())
        self.assertIn("works", do("notafter", "silence", "list"))

    def test_purged_it_leaves_nothing(self):
        do("apt-get", "purge", "-y", "notafter")
        found = do("find", "/", "-xdev", "-name", "*notafter*", "-not", "-path", f"{HERE}*",
                   "-not", "-path", f"{FOLDER}*")
        self.assertEqual(found, "")


STORY = [FirstMinutes, Alerts, Sandbox, Deaths, Credentials, Activation, Package]


class Result(unittest.TextTestResult):
    """What the service said during a test stands beside its failure."""

    def addFailure(self, test, error):
        super().addFailure(test, error)
        if isinstance(test, Chapter):
            self.failures[-1] = (test, self.failures[-1][1] + "\n" + "\n".join(test.journal.lines()))


def main():
    suite = unittest.TestSuite(chapter(name) for chapter in STORY for name in vars(chapter)
                               if name.startswith("test_"))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"\n{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
