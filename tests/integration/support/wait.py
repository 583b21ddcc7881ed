# SPDX-License-Identifier: Apache-2.0
"""Waiting for something to become true, with a deadline and without blind sleeps."""

import os
import time

# Deadlines are limits, not delays: a slow or busy machine may raise them all at once.
PATIENCE = float(os.environ.get("NOTAFTER_TEST_PATIENCE", "1"))


class Late(AssertionError):
    """What was waited for did not happen in time."""


def until(condition, what, seconds=15.0, every=0.03):
    """The first true value of @condition(); raises Late, naming @what, after @seconds."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Late(f"not within {seconds * PATIENCE:g} s: {what}")
        time.sleep(every)


def stays(condition, what, seconds):
    """Asserts that @condition() remains true for @seconds: for things that must not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            raise AssertionError(f"did not last {seconds:g} s: {what}")
        time.sleep(0.05)
