# SPDX-License-Identifier: Apache-2.0
"""A program under the service's filter of system calls, where what the unit refuses kills."""

import ctypes.util
import signal
import sys
from pathlib import Path

from .places import BUILD, program

FILTER = Path(__file__).with_name("call_filter.py")
UNIT = BUILD / "packaging" / "notafter.service"
KILLED = -signal.SIGSYS


def is_possible():
    return bool(program("systemd-analyze")) and bool(ctypes.util.find_library("seccomp"))


def command():
    """What to put before a program and its arguments."""
    return [sys.executable, str(FILTER), str(UNIT)]
