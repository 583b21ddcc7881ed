# SPDX-License-Identifier: Apache-2.0
"""Where things are, and the environment in which our programs run."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("NOTAFTER_BUILD", ROOT / "build" / "asan")).resolve()
NOTAFTER = BUILD / "daemon" / "app" / "notafter"
HOSTILE = BUILD / "tests" / "support" / "hostile-server"

# A sanitizer that speaks must never be mistaken for an answer of the program: check exits with 0 to 3.
SANITIZER_STATUS = 86
SANITIZERS = {
    "ASAN_OPTIONS": f"exitcode={SANITIZER_STATUS}:abort_on_error=0:detect_leaks=1"
                    ":detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": f"exitcode={SANITIZER_STATUS}:halt_on_error=1:print_stacktrace=1",
    "LSAN_OPTIONS": f"exitcode={SANITIZER_STATUS}",
    "TSAN_OPTIONS": f"exitcode={SANITIZER_STATUS}:halt_on_error=1",
}


def environment(**extra):
    """The caller's environment without what would change our programs' behaviour."""
    env = {k: v for k, v in os.environ.items()
           if not k.lower().endswith("_proxy")
           and k not in ("JOURNAL_STREAM", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                         "SSL_CERT_FILE", "SSL_CERT_DIR")}
    env.update(SANITIZERS, LC_ALL="C.UTF-8", TZ="UTC")
    env.update({k: str(v) for k, v in extra.items()})
    return env


def program(*names):
    """The first of @names that is installed (the administrator's folders included), or None."""
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/lib/systemd:/lib/systemd"
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    return None


def find(*places):
    """The first that is there: a path, or the name of a program; None if none is."""
    for place in places:
        found = (os.path.exists(place) and place) if "/" in place else program(place)
        if found:
            return found
    return None


def sanitized():
    """Does our program run under AddressSanitizer?"""
    return b"__asan_init" in NOTAFTER.read_bytes()


def sanitizer_report(text):
    """The sanitizer's words in @text, or an empty string."""
    for mark in ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer",
                 "runtime error:", "AddressSanitizer:DEADLYSIGNAL"):
        at = text.find(mark)
        if at >= 0:
            return text[at:at + 6000]
    return ""
