# SPDX-License-Identifier: Apache-2.0
"""The first minutes of a newcomer: `notafter demo`, and packaging/'s set-up scripts on stand-ins."""

import os
import re
import shutil
import signal
import subprocess
import time

from support.case import Case
from support.daemon import run
from support.places import NOTAFTER, ROOT, environment, sanitizer_report
from support.wait import PATIENCE, until

CLASSICS = ("leaf-expired", "leaf-expiring-soon", "hostname-mismatch", "self-signed-leaf",
            "untrusted-root", "missing-intermediate")


class Demo(Case):
    def test_shows_every_classic_mistake_and_ends_well(self):
        result = run("demo", "--seconds", "8", cwd=self.folder, seconds=60)
        self.assertEqual(result.status, 0, result)
        for code in CLASSICS:
            self.assertIn(code, result.out, result)
        self.assertNotIn("\033", result.out, "colours belong on a terminal only")

    def test_can_be_repeated_in_the_same_folder(self):
        for _ in range(2):
            result = run("demo", "--seconds", "3", "--dir", self.folder / "demo", seconds=60)
            self.assertEqual(result.status, 0, result)

    def test_several_at_once_have_pages_of_their_own(self):
        demos = [subprocess.Popen(
            [str(NOTAFTER), "demo", "--seconds", "3"], cwd=self.folder, env=environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for _ in range(3)]
        for demo in demos:
            self.addCleanup(demo.kill)
        outputs = [demo.communicate(timeout=60 * PATIENCE)[0] for demo in demos]
        self.assertEqual([demo.returncode for demo in demos], [0, 0, 0], outputs)
        pages = [re.findall(r"http://127\.0\.0\.1:[1-9]\d*/", output) for output in outputs]
        self.assertEqual(len({page for (page,) in pages}), 3, pages)

    def test_ends_at_whatever_moment_it_is_told_to(self):
        for moment in range(8):
            demo = subprocess.Popen(
                [str(NOTAFTER), "demo", "--dir", str(self.folder / "demo")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=environment())
            self.addCleanup(demo.kill)
            time.sleep(0.1 * moment)
            demo.terminate()
            self.assertIn(demo.wait(30 * PATIENCE), (0, -signal.SIGTERM), f"moment {moment}")

    def test_serves_for_a_daemon_of_its_own(self):
        folder = self.folder / "demo"
        with open(self.folder / "output", "w") as output:
            demo = subprocess.Popen(
                [str(NOTAFTER), "demo", "--serve-only", "--dir", str(folder)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment())
        self.addCleanup(demo.wait)
        self.addCleanup(demo.kill)
        file = folder / "notafter.yaml"
        until(lambda: demo.poll() is not None or file.exists() and file.stat().st_size,
              "the configuration of the demo")
        self.assertIsNone(demo.poll(), (self.folder / "output").read_text())
        self.assertEqual(run("config", "check", file).status, 0)
        demo.terminate()
        self.assertEqual(demo.wait(10), 0, (self.folder / "output").read_text())
        self.assertEqual(sanitizer_report((self.folder / "output").read_text()), "")


def heed_interrupts():
    """What a shell in the background, or nohup, ignores, all that it starts would ignore, too."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class SetUp(Case):
    """The scripts in a tree of their own, where what installs and builds is a stand-in."""

    def setUp(self):
        super().setUp()
        self.stubs = self.folder / "bin"
        self.stubs.mkdir()
        self.home = self.folder / "home"
        self.state = self.home / ".local" / "state" / "notafter"

    def stub(self, name, text="exit 0"):
        path = self.stubs / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def environment(self, **more):
        path = f"{self.stubs}:{os.environ['PATH']}"
        env = environment(**{"PATH": path, "HOME": self.home, **more})
        env.pop("XDG_STATE_HOME", None)
        return {k: v for k, v in env.items() if v != "None"}

    def quickstart(self, *targets, **env):
        root = self.folder / "tree"
        program = root / "build" / "release" / "daemon" / "app" / "notafter"
        if not root.exists():
            (root / "packaging").mkdir(parents=True)
            shutil.copy(ROOT / "packaging" / "quickstart.sh", root / "packaging")
            (root / "packaging" / "dependencies.sh").write_text("exit 0\n")
            program.parent.mkdir(parents=True)
            # "run" would stay: the last step is only told
            program.write_text(f'#!/bin/sh\n[ "$1" = run ] || [ "$1" = demo ] || '
                               f'exec {NOTAFTER} "$@"\necho "starts: $*"\n')
            program.chmod(0o755)
            self.stub("cmake")
        return subprocess.run(["sh", str(root / "packaging" / "quickstart.sh"), *targets],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              env=self.environment(**env))

    def test_monitors_what_it_is_told(self):
        done = self.quickstart("127.0.0.1:1", "127.0.0.1:2")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("connect-refused", done.stdout)
        self.assertTrue(done.stdout.endswith(f"starts: run -c {self.state / 'notafter.yaml'}\n"))

    def test_names_each_target_that_is_wrong(self):
        done = self.quickstart("a.test", "gopher://b.test", "A.test:443", "it's wrong")
        self.assertEqual((done.returncode, "starts" in done.stdout), (2, False), done)
        for line, words in zip(done.stderr.splitlines(), (
                ("'gopher://b.test'", "scheme"), ("'A.test:443'", "already configured"),
                ("'it's wrong'", "space")), strict=True):
            for word in words:
                self.assertIn(word, line)
        self.assertNotIn(".new", done.stderr)
        self.assertEqual(list(self.state.iterdir()), [])

    def test_the_demo_needs_no_home(self):
        done = self.quickstart(HOME=None)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.endswith("starts: demo\n"), done)

    def test_targets_without_a_home_are_refused_in_words(self):
        done = self.quickstart("a.test", HOME=None)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "^quickstart.sh: neither HOME nor XDG_STATE_HOME")

    def test_leaves_the_configuration_of_one_that_runs_alone(self):
        self.state.mkdir(parents=True)
        file = self.state / "notafter.yaml"
        daemon = self.daemon({"endpoints": ["127.0.0.1:1"], "socket": str(self.state / "control")})
        file.write_text("as it was")
        done = self.quickstart("127.0.0.1:2")
        self.assertEqual((done.returncode, "starts" in done.stdout), (2, False), done)
        self.assertIn("still running", done.stderr)
        self.assertEqual(file.read_text(), "as it was")
        self.assertTrue(daemon.alive())

    def test_an_interrupted_installation_leaves_no_policy_behind(self):
        policy, started = self.folder / "policy-rc.d", self.folder / "started"
        script = self.folder / "dependencies.sh"
        text = (ROOT / "packaging" / "dependencies.sh").read_text()
        self.assertIn("/usr/sbin/policy-rc.d", text)
        script.write_text(text.replace("/usr/sbin/policy-rc.d", str(policy)))
        self.stub("id", "echo 0")
        self.stub("dpkg", "exit 1")
        self.stub("apt-get", f"touch {started}; exec sleep 60")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                install = subprocess.Popen(["sh", str(script), "build"], stdin=subprocess.DEVNULL,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                           env=self.environment(), start_new_session=True,
                                           preexec_fn=heed_interrupts)
                self.addCleanup(install.wait)
                self.addCleanup(install.kill)
                until(started.exists, "apt-get")
                self.assertTrue(policy.exists())
                os.killpg(install.pid, number)
                self.assertNotEqual(install.wait(20), 0)
                until(lambda: not policy.exists(), "the policy's removal")
                started.unlink()
