# SPDX-License-Identifier: Apache-2.0
"""Killed at random instants: the short form of tests/crash.sh, with another seed in every run."""

import random

from crash import Crash
from support.case import Case

RUNS = 10


class Killed(Case):
    def test_every_change_arrives_once_whatever_is_killed(self):
        seed = random.randrange(1 << 32)
        crash = Crash(self.folder, RUNS, seed, patience=2, crowd_ends=["good"])
        self.daemons.append(crash.daemon)
        self.addCleanup(crash.close)
        crash.run()
        for what, figure, well in crash.judge():
            self.assertTrue(well, f"{what}: {figure} (seed {seed})")
