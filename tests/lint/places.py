#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The project stands on its own: no file names a folder of the machine it was written on."""

import re

from tree import Complaints, files, root

# The brackets keep these patterns from matching themselves.
FORBIDDEN = re.compile(r"/[w]ork/|(?<![\w/-])[s]hared/|/[f]arm/")


def main():
    top = root()
    complaints = Complaints(top)
    looked = 0
    for path in files(top, "*"):
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # not a text
        looked += 1
        for number, line in enumerate(text.split("\n"), 1):
            match = FORBIDDEN.search(line)
            if match:
                complaints.add(path, number, f"names '{match.group()}'")
    complaints.finish(f"{looked} files name no foreign folder")


if __name__ == "__main__":
    main()
