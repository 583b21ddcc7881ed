#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Runs the integration suites, classes side by side, and prints one line for each test. Classes that
say `alone = True` measure time and come last, one after the other: nothing else runs beside them.

    python3 tests/integration/run.py [--jobs N] [--tally FILE] [NAME...]

NAME is a suite (check), a class or a test of it (check.Expiry, check.Expiry.test_expired).
NOTAFTER_BUILD names the build to test, build/asan by default; NOTAFTER_TEST_PATIENCE=3 gives a slow
machine three times as long. NOTAFTER_SANDBOX=1 puts every daemon under the service's filter of system
calls, where what is refused kills it.
"""

import argparse
import itertools
import os
import sys
import time
import traceback
import unittest
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

MARKS = {"passed": "ok  ", "failed": "FAIL", "skipped": "skip"}


class Recorder(unittest.TestResult):
    """Outcomes as plain tuples, which travel between processes: (test, outcome, seconds, text)."""

    def __init__(self):
        super().__init__()
        self.rows = []
        self.begin = {}

    def startTest(self, test):
        super().startTest(test)
        self.begin[test.id()] = time.monotonic()

    def row(self, test, outcome, text=""):
        seconds = time.monotonic() - self.begin.get(test.id(), time.monotonic())
        self.rows.append((test.id(), outcome, seconds, text))

    def failed(self, test, error):
        evidence = getattr(test, "evidence", lambda: "")()
        self.row(test, "failed", "".join(traceback.format_exception(*error)) + evidence)

    def addSuccess(self, test):
        # a test with failed subtests is reported as successful as well
        if not any(row[0] == test.id() for row in self.rows):
            self.row(test, "passed")

    def addFailure(self, test, error):
        self.failed(test, error)

    def addError(self, test, error):
        self.failed(test, error)

    def addSubTest(self, test, subtest, error):
        if error:
            self.begin[subtest.id()] = self.begin[test.id()]
            self.failed(subtest, error)

    def addSkip(self, test, reason):
        self.row(test, "skipped", reason)

    def addExpectedFailure(self, test, error):
        self.row(test, "passed")

    def addUnexpectedSuccess(self, test):
        self.row(test, "failed", "expected to fail, and did not")


def run_names(names):
    """Runs tests of one class in this process."""
    recorder = Recorder()
    unittest.defaultTestLoader.loadTestsFromNames(names).run(recorder)
    return recorder.rows


def cases(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from cases(item)
        else:
            yield item


def by_class(wanted):
    """
    The names of all wanted tests, grouped by class (a class shares its servers): those that run side
    by side, and those that run alone.
    """
    suites = [f"test_{name}" for name in wanted] or sorted(p.stem for p in HERE.glob("test_*.py"))
    together, alone = {}, {}
    for case in cases(unittest.defaultTestLoader.loadTestsFromNames(suites)):
        # a suite that does not load is a test that fails, with the reason in it
        broken = type(case).__name__ == "_FailedTest"
        groups = alone if getattr(type(case), "alone", False) else together
        groups.setdefault(case.id() if broken else type(case), []).append(
            case.id().rsplit(".", 1)[-1] if broken else case.id())
    return list(together.values()), list(alone.values())


def outcomes(groups, jobs):
    """The rows of all tests, as they end."""
    with ProcessPoolExecutor(jobs) as pool:
        for future in as_completed([pool.submit(run_names, names) for names in groups]):
            yield from future.result()


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--jobs", type=int, default=2 * os.cpu_count())
    options.add_argument("--tally")
    options.add_argument("names", nargs="*")
    options = options.parse_args()

    counts = dict.fromkeys(MARKS, 0)
    failures = []
    together, alone = by_class(options.names)
    rows = itertools.chain(outcomes(together, options.jobs), outcomes(alone, 1))
    for name, outcome, seconds, text in rows:
        counts[outcome] += 1
        note = f"  ({text})" if outcome == "skipped" else ""
        print(f"{MARKS[outcome]} {name} {seconds:.1f} s{note}", flush=True)
        if outcome == "failed":
            failures.append((name, text))
    for name, text in failures:
        print(f"\n{'-' * 70}\n{name}\n{text}")
    print("\n{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    if options.tally:
        with open(options.tally, "a") as tally:
            tally.write("{passed} {failed} {skipped}\n".format(**counts))
    sys.exit(1 if counts["failed"] or not counts["passed"] else 0)


if __name__ == "__main__":
    main()
