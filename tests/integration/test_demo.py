# SPDX-License-Identifier: Apache-2.0
"""`notafter demo`: the whole product in a few seconds, without a network."""

import subprocess

from support.case import Case
from support.daemon import run
from support.places import NOTAFTER, environment, sanitizer_report
from support.wait import until

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
