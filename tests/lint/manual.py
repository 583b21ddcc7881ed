#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The manual knows every key of the configuration, every diagnosis and every option, and is set
without a warning by mandoc or groff, whichever is here.
"""

import re
import subprocess
from shutil import which

from tree import Complaints, files, root

DIAGNOSIS = re.compile(r'\b(?:CERTIFICATE|NETWORK)\(\s*"([a-z-]+)"')
KEY = re.compile(r'\.key\s*=\s*"(\w+)"')
OPTION = re.compile(r'\{\s*"([a-z][a-z0-9-]+)",\s*(?:\'\w\'|0),')  # a row of struct arg_option


def words_of(page):
    """The words of a manual page, without its typesetting."""
    text = re.sub(r"\\f.|\\\|", "", page.read_text()).replace("\\-", "-")
    return set(re.findall(r"[A-Za-z_][\w-]*|--[\w-]+", text))


def check_words(complaints, page, sources, pattern, what, prefix=""):
    known = words_of(page)
    for source in sources:
        for word in sorted(set(pattern.findall(source.read_text()))):
            if prefix + word not in known:
                complaints.add(page, 1, f"{what} {prefix}{word} is missing")


def check_typesetting(complaints, page):
    if which("mandoc"):
        command = ["mandoc", "-T", "lint", "-W", "warning"]
    elif which("groff"):
        command = ["groff", "-man", "-Tutf8", "-ww", "-z"]
    else:
        return
    done = subprocess.run([*command, str(page)], capture_output=True, text=True)
    for line in (done.stdout + done.stderr).splitlines():
        complaints.add(page, 1, line)


def main():
    top = root()
    complaints = Complaints(top)
    commands, file = (top / "packaging/man" / n for n in ("notafter.1", "notafter.yaml.5"))
    check_words(complaints, commands, [top / "common/cert/finding.c"], DIAGNOSIS, "diagnosis")
    check_words(complaints, file, files(top, "schema.c", folders=["config"]), KEY, "key")
    check_words(complaints, commands, files(top, "*.c", folders=["daemon/app"]), OPTION, "option", "--")
    for page in (commands, file):
        check_typesetting(complaints, page)
    complaints.finish("the manual is complete and well set")


if __name__ == "__main__":
    main()
