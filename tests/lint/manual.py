#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The manual knows every option (every key of the configuration it has from the table), and is set without a warning by
mandoc and by groff, whichever is here. Pages that are made are looked at in the folder where they
are made, the second argument.
"""

import re
import subprocess
import sys
from pathlib import Path
from shutil import which

from tree import Complaints, files, root

OPTION = re.compile(r'\{\s*"([a-z][a-z0-9-]+)",\s*(?:\'\w\'|0),')  # a row of struct arg_option


def words_of(page):
    """The words of a manual page, without its typesetting."""
    text = re.sub(r"\\f.|\\\|", "", page.read_text()).replace("\\-", "-")
    return set(re.findall(r"[A-Za-z_][\w-]*|--[\w-]+", text))


def check_options(complaints, page, sources):
    known = words_of(page)
    for source in sources:
        for option in sorted(set(OPTION.findall(source.read_text()))):
            if "--" + option not in known:
                complaints.add(page, 1, f"option --{option} is missing")


def check_typesetting(complaints, page):
    for command in (["mandoc", "-T", "lint", "-W", "warning"],
                    ["groff", "-man", "-Tutf8", "-ww", "-z"]):
        if which(command[0]):
            done = subprocess.run([*command, str(page)], capture_output=True, text=True)
            for line in (done.stdout + done.stderr).splitlines():
                complaints.add(page, 1, line)


def main():
    top = root()
    complaints = Complaints(top)
    commands = top / "packaging/man/notafter.1"
    check_options(complaints, commands, files(top, "*.c", folders=["daemon/app"]))
    made = [Path(sys.argv[2], source.stem) for source in files(top, "*.in", folders=["packaging/man"])]
    for page in (*sorted(commands.parent.glob("*.[1-8]")), *made):
        if page.exists():
            check_typesetting(complaints, page)
        else:
            complaints.add(page, 1, "is not made: build all_documents")
    complaints.finish("the manual is complete and well set")


if __name__ == "__main__":
    main()
