# SPDX-License-Identifier: Apache-2.0
"""Files of certificates: watched as servers are, found by patterns, and compared with servers."""

import json
import os
import re
import shutil
import time

from support.alert import alerts, told
from support.daemon import run
from support.endpoints import Monitored
from support.nginx import Nginx
from support.pki import chain, openssl
from support.wait import until

HOUR = 3600


def put(path, text, age=HOUR):
    """Writes a file as a careful renewal does: all at once. It is @age seconds old then."""
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    os.utime(new, (time.time() - age,) * 2)
    new.rename(path)
    return path


class Files(Monitored):
    def setUp(self):
        super(Monitored, self).setUp()  # with hosts of our own
        self.nginx = Nginx(self.folder / "nginx")

    def endpoint(self, name, **more):
        if name.startswith("file:"):
            return {"target": name, **more}
        return super().endpoint(name, **more)

    def file(self, name, *pairs, **more):
        return put(self.folder / name, chain(*pairs), **more)

    def whole(self, leaf):
        return [leaf, *leaf.above()]

    def entry(self, daemon, name):
        result = daemon.status("--json")
        if result.status != 0:
            return None
        return next((e for e in result.json()["endpoints"] if e["name"] == name), None)

    def codes(self, daemon, name):
        entry = self.entry(daemon, name)
        return entry and {p["code"] for p in entry["problems"]}

    def looked_at(self, daemon, name):
        """The endpoint, once it was looked at."""
        return until(lambda: (e := self.entry(daemon, name)) and e["last_probe"] and e,
                     f"{name} was looked at", 40)


class Watched(Files):
    def test_what_is_wrong_with_a_file_is_told_and_resolved(self):
        leaf, old = self.pki.leaf("a.test"), self.pki.leaf("a.test", days=(-90, -3))
        path = self.file("site.pem", *self.whole(old))
        hook = self.hook()
        daemon = self.daemon(self.config([{"target": f"file:{path}", "name": "site"}],
                                         [self.webhook(hook)]))
        until(lambda: told(hook) == [("opened", "site", "leaf-expired")], "the problem", 40)
        put(path, chain(*self.whole(leaf)))
        until(lambda: told(hook)[1:] == [("resolved", "site", "leaf-expired")], "its end", 40)
        entry = self.entry(daemon, "site")
        self.assertEqual(entry["target"], f"file:{path}")
        self.assertEqual(entry["certificate_sha256"], leaf.fingerprint)
        self.assertEqual(entry["severity"], "ok")
        self.assertIn("site", daemon.status().out)

    def held(self, daemon, name):
        """How the problem of @name really is that is held open, or None."""
        entry = self.entry(daemon, name)
        held = entry and entry["problems"] and entry["problems"][0]["flapping"]
        return held and held["now"]

    def test_a_problem_that_comes_and_goes_is_told_as_that_and_held(self):
        leaf, old = self.pki.leaf("a.test"), self.pki.leaf("a.test", days=(-90, -3))
        path = self.file("site.pem", *self.whole(leaf))
        hook = self.hook()
        config = self.config([{"target": f"file:{path}", "name": "site"}], [self.webhook(hook)])
        config["alerts"] = {"flap": {"opens": 2, "within": "1h", "calm": "1m"}}
        daemon = self.daemon(config)
        story = []
        for kind, now in (("opened", old), ("resolved", leaf), ("opened", old)):
            put(path, chain(*self.whole(now)))
            story.append((kind, "site", "leaf-expired"))
            until(lambda: told(hook) == story, f"{len(story)} messages", 40)
        last = hook.accepted()[-1].json()["data"]
        self.assertTrue(last["flapping"])
        self.assertIn("comes and goes", last["summary"])
        self.assertIn("2 times within 1h", last["evidence"])
        put(path, chain(*self.whole(leaf)))
        until(lambda: self.held(daemon, "site") == "ok", "it is gone, and held", 40)
        self.assertIn("comes and goes", daemon.status().out)
        daemon.stop()
        daemon.start()
        self.assertEqual(self.held(daemon, "site"), "ok")
        put(path, chain(*self.whole(old)))
        until(lambda: self.held(daemon, "site") == "error", "it is back", 40)
        self.assertEqual(told(hook), story)

    def test_it_is_diagnosed_as_by_check(self):
        leaf = self.pki.leaf("a.test")
        key = leaf.key.read_text()
        cases = {
            "order.pem": chain(leaf, self.pki.root, self.pki.intermediate),
            "alone.pem": leaf.pem,
            "key.pem": chain(*self.whole(leaf)) + key,
            "key-only.pem": key,
            "empty.pem": "",
            "text.pem": "hello\n",
            "cut.pem": leaf.pem[:300],
        }
        for name, text in cases.items():
            put(self.folder / name, text)
            os.chmod(self.folder / name, 0o644)
        names = [f"file:{self.folder}/{n}" for n in cases] + ["wrong name"]
        daemon = self.daemon(self.config(names[:-1] + [
            {"target": f"file:{self.folder}/alone.pem", "name": names[-1],
             "server_name": "b.test"}], intermediates_file=str(self.pki.intermediate.cert)))
        for name in names:
            with self.subTest(name):
                self.looked_at(daemon, name)
                report = next(r for r in map(json.loads, run("check", "--json", "--config",
                              daemon.file, name).out.splitlines()) if r["target"] == name)
                bad = {d["code"] for d in report["diagnoses"]
                       if d["severity"] in ("warning", "error")}
                self.assertTrue(bad)
                self.assertEqual(self.codes(daemon, name), bad)
        said = daemon.status("--json").out + daemon.log()
        secret = key.splitlines()[1][:40]
        self.assertNotIn(secret, said)

    def test_a_file_that_cannot_be_read(self):
        leaf = self.pki.leaf("a.test")
        path = self.file("site.pem", *self.whole(leaf))
        hook = self.hook()
        daemon = self.daemon(self.config([{"target": f"file:{path}", "name": "site"},
                                          {"target": f"file:{self.folder}", "name": "folder"},
                                          {"target": "file:/dev/stdin", "name": "stdin"}],
                                         [self.webhook(hook)]))
        self.looked_at(daemon, "site")
        path.unlink()
        until(lambda: ("opened", "site", "input-unreadable") in told(hook), "it is gone", 60)
        alert = next(a for a in alerts(hook) if a.endpoint == "site")
        self.assertIn(f"Cannot read {path}: No such file or directory.", alert.summary)
        self.assertTrue(alert.remedy)
        self.assertEqual(self.codes(daemon, "folder"), {"input-unreadable"})
        self.assertEqual(self.codes(daemon, "stdin"), {"input-unreadable"})
        self.file("site.pem", *self.whole(leaf))
        until(lambda: ("resolved", "site", "input-unreadable") in told(hook), "it is back", 60)

    def test_nobody_is_woken_while_a_file_is_replaced(self):
        leaf, new = self.pki.leaf("a.test"), self.pki.leaf("a.test")
        path = self.file("site.pem", *self.whole(leaf))
        hook = self.hook()
        daemon = self.daemon(self.config([{"target": f"file:{path}", "name": "site"}],
                                         [self.webhook(hook)]))
        self.looked_at(daemon, "site")
        for _ in range(3):  # seen in every state by probes that come each second
            path.unlink()
            time.sleep(1.2)
            path.write_text("")
            time.sleep(1.2)
            path.write_text(new.pem)
            time.sleep(1.2)
            path.write_text(chain(*self.whole(new)))
            time.sleep(1.2)
        until(lambda: self.entry(daemon, "site")["certificate_sha256"] == new.fingerprint,
              "the new certificate", 40)
        self.assertEqual(told(hook), [])

    def test_a_thousand_files(self):
        leaf, old = self.pki.leaf("a.test"), self.pki.leaf("a.test", days=(-90, -3))
        (self.folder / "many").mkdir()
        for i in range(1000):
            put(self.folder / "many" / f"{i:04}.pem", chain(*self.whole(old if i == 500 else leaf)))
        daemon = self.daemon(self.config([f"file:{self.folder}/many/*.pem"], interval="1h"))
        counts = lambda: daemon.status("--json").json()["endpoints_total"]
        until(lambda: counts()["ok"] == 999 and counts()["critical"] == 1, "all are looked at", 90)


    def test_servers_do_not_wait_for_files_that_are_gone(self):
        """Each is waited for, eight seconds; with four places for 300 of them, that would be for ever."""
        self.nginx.host("a.test", self.pki.leaf("a.test"))
        self.server(self.nginx)
        gone = [f"file:{self.folder}/gone/{i}.pem" for i in range(300)]
        config = self.config(["a.test", *gone])
        daemon = self.daemon({**config, "limits": {**config["limits"], "concurrency": 4}})
        self.looked_at(daemon, gone[0])
        until(self.rounds(5), "five rounds of the server", 20)


class Patterns(Files):
    def test_files_come_and_go_while_the_daemon_runs(self):
        live = self.folder / "live"
        for name in ("a", "b"):
            (live / name).mkdir(parents=True)
            put(live / name / "fullchain.pem", chain(*self.whole(self.pki.leaf(f"{name}.test"))))
        old = self.pki.leaf("b.test", days=(-90, -3))
        put(live / "b" / "fullchain.pem", chain(*self.whole(old)))
        hook = self.hook()
        pattern = f"file:{live}/*/fullchain.pem"
        daemon = self.daemon(self.config([{"target": pattern, "name": "web"},
                                          f"file:{self.folder}/none/*.pem"],
                                         [self.webhook(hook)]))
        a, b, c = (f"web ({live}/{x}/fullchain.pem)" for x in "abc")
        self.looked_at(daemon, a)
        until(lambda: told(hook) == [("opened", b, "leaf-expired")], "the problem of b", 40)
        warning = f"file:{self.folder}/none/*.pem matches no file"
        self.assertEqual(daemon.log().count(warning), 1)

        ready = daemon.notify.count("READY", "1")
        shutil.rmtree(live / "b")
        (live / "c").mkdir()
        put(live / "c" / "fullchain.pem", chain(*self.whole(self.pki.leaf("c.test"))))
        until(lambda: self.entry(daemon, c), "the new file is watched", 100)
        self.assertIsNone(self.entry(daemon, b), "the one that vanished is not")
        until(lambda: ("resolved", b, "leaf-expired") in told(hook), "nothing stays open")
        self.assertEqual(self.looked_at(daemon, c)["severity"], "ok")
        self.assertIsNotNone(self.entry(daemon, a)["last_probe"], "others keep what is known")
        self.assertGreater(daemon.notify.count("READY", "1"), ready)
        self.assertEqual(daemon.log().count(warning), 1, "it is said once")

    def test_config_commands_tell_what_a_pattern_stands_for(self):
        leaf = self.pki.leaf("a.test")
        path = self.file("a.pem", *self.whole(leaf))
        file = self.folder / "c.yaml"
        file.write_text("endpoints: ['file:*.pem', 'file:none/*.pem']\n"
                        f"defaults: {{ca_file: {self.pki.root.cert}}}\n")
        checked = run("config", "check", file)
        self.assertEqual(checked.status, 0, checked)
        self.assertIn("1 endpoint,", checked.out)
        self.assertIn(f"{file}:1:27: file:{self.folder}/none/*.pem matches no file", checked.err)
        shown = run("config", "show", file).out
        self.assertIn(f'  - target: "file:{self.folder}/*.pem"\n', shown)
        self.assertIn(f"    # 1 file now\n    #   {path}\n", shown)
        again = self.folder / "again.yaml"
        again.write_text(shown)
        self.assertEqual(run("config", "show", again).out, shown)
        report = run("check", "--json", "--config", file, f"file:{path}").json()
        self.assertEqual(report["status"], "ok", report)


class RenewedOnDisk(Files):
    CODE = "renewed-on-disk-not-served"

    def serve(self, leaf, name="a.test", **more):
        self.nginx.host(name, leaf, **more)
        self.server(self.nginx)

    def watch(self, *files, names=("a.test",), **more):
        """The server, and these files beside it."""
        hook = self.hook()
        daemon = self.daemon(self.config([*names, *files], [self.webhook(hook)], **more))
        for endpoint in files:
            name = endpoint if isinstance(endpoint, str) else endpoint["name"]
            self.looked_at(daemon, name)
        return daemon, hook

    def test_told_until_the_server_is_reloaded(self):
        before = self.pki.leaf("a.test", "www.a.test", days=(-80, 30))
        after = self.pki.leaf("www.a.test", "a.test", days=(-1, 89))
        self.serve(before)
        path = self.file("live.pem", *self.whole(after))
        daemon, hook = self.watch(f"file:{path}")
        until(lambda: told(hook) == [("opened", "a.test", self.CODE)], "the warning", 40)
        [alert] = alerts(hook)
        self.assertEqual(alert.severity, "warning")
        for word in (str(path), *map(serial, (before, after))):
            self.assertIn(word, alert.summary)
        self.assertIn("eload", alert.remedy)

        daemon.stop()  # what is open stays open, although the file is not read at once
        daemon.start()
        self.looked_at(daemon, f"file:{path}")
        until(self.rounds(3), "more probes")
        self.assertEqual(len(told(hook)), 1)

        self.nginx.put("a.test", after)
        self.nginx.reload()
        until(lambda: told(hook)[1:] == [("resolved", "a.test", self.CODE)], "its end", 40)

    def test_a_renewal_of_this_minute_may_still_be_reloaded(self):
        self.serve(self.pki.leaf("a.test", days=(-80, 30)))
        path = self.file("live.pem", *self.whole(self.pki.leaf("a.test")), age=60)
        daemon, hook = self.watch(f"file:{path}")
        until(self.rounds(4), "more probes")
        self.assertEqual(told(hook), [])

    def test_rsa_and_ecdsa_side_by_side(self):
        old = self.pki.leaf("a.test", days=(-80, 30))
        ecdsa, rsa = (self.pki.leaf("a.test", key=k, days=(-d, 89))
                      for k, d in (("ec", 3), ("rsa:2048", 1)))
        self.serve(ecdsa)
        paths = [self.file(f"{n}.pem", *self.whole(p)) for n, p in (("ec", ecdsa), ("rsa", rsa))]
        daemon, hook = self.watch(*(f"file:{p}" for p in paths))
        until(self.rounds(4), "more probes")
        self.assertEqual(told(hook), [])
        self.nginx.put("a.test", old)
        self.nginx.reload()
        until(lambda: told(hook), "both are newer now", 40)
        self.assertEqual(told(hook), [("opened", "a.test", self.CODE)])

    def test_something_in_front_with_its_own_certificate_is_not_blamed(self):
        self.serve(self.pki.leaf("a.test", "*.cdn.test", days=(-80, 30)))
        origin = self.file("origin.pem", *self.whole(self.pki.leaf("a.test")))
        daemon, hook = self.watch(f"file:{origin}")
        until(self.rounds(4), "more probes")
        self.assertEqual(told(hook), [])

    def test_the_operator_may_say_which_server_a_file_is_for(self):
        self.serve(self.pki.leaf("a.test", "old.test", days=(-80, 30)))
        path = self.file("live.pem", *self.whole(self.pki.leaf("a.test")))
        daemon, hook = self.watch({"target": f"file:{path}", "name": "live",
                                   "server_name": "a.test"})
        until(lambda: told(hook) == [("opened", "a.test", self.CODE)], "the warning", 40)


def serial(pair):
    return openssl("x509", "-in", pair.cert, "-noout", "-serial").strip().split("=")[1]
