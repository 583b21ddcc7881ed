# SPDX-License-Identifier: Apache-2.0
"""The source tree as the lints see it, and how they speak."""

import re
import sys
from pathlib import Path

CODE_FOLDERS = ("common", "config", "daemon")
SKIPPED_FOLDERS = {".git", "build", "__pycache__"}


def root():
    """The tree to look at: the first argument, or the one this file belongs to."""
    return Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()


def files(top, *patterns, folders=(".",)):
    """Files below @folders of @top whose names match one of @patterns, in a stable order."""
    found = set()
    for folder in folders:
        for pattern in patterns:
            found.update(p for p in (top / folder).rglob(pattern) if p.is_file())
    return sorted(p for p in found if not SKIPPED_FOLDERS & set(p.relative_to(top).parts))


TOKENS = re.compile(r"""
      (?P<block>/\*.*?\*/)
    | (?P<line>//[^\n]*)
    | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
""", re.VERBOSE | re.DOTALL)


def bare(code, strings=False):
    """
    C without comments and without what stands in string literals (kept with @strings), line for
    line. Line comments are kept: they are a finding of their own.
    """
    def blank(match):
        if match.lastgroup == "line" or (strings and match.lastgroup == "text"):
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())

    return TOKENS.sub(blank, code)


class Complaints:
    def __init__(self, top):
        self.top = top
        self.items = []

    def add(self, path, line, text):
        own = path.relative_to(self.top) if path.is_relative_to(self.top) else path
        self.items.append((str(own), line, text))

    def finish(self, done):
        """Prints everything and ends the program."""
        for path, line, text in sorted(self.items):
            print(f"{path}:{line}: {text}")
        if self.items:
            sys.exit(1)
        print(done)
        sys.exit(0)
