#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The packages say what the source says: its version, and the libraries it is built with."""

import re

from tree import Complaints, root

# In every build environment of Debian, or needed by a program alone.
IMPLIED = {"gcc", "libc6-dev", "ca-certificates"}
OF_PACKAGES = {"debhelper-compat", "libcmocka-dev", "python3"}


def first(pattern, text):
    match = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    return match[1] if match else ""


def check_versions(complaints, top, source):
    version = first(r"^project\(notafter VERSION ([\d.]+)", source)
    for path, pattern in (("debian/changelog", r"\Anotafter \(([^)]+)\)"),
                          ("rpm/notafter.spec", r"^Version:\s*(\S+)")):
        file = top / "packaging" / path
        if file.exists() and (found := first(pattern, file.read_text())) != version:
            complaints.add(file, 1, f"is of version '{found}'; CMakeLists.txt is of '{version}'")


def check_needs(complaints, top):
    control = top / "packaging/debian/control"
    field = first(r"^Build-Depends:(.*?)^\S", control.read_text())
    asked = {entry.split()[0] for entry in field.split(",")} - OF_PACKAGES
    script = (top / "packaging/dependencies.sh").read_text()
    entries = first(r"^debian_build='([^']*)'", script).split()
    needed = {entry.partition("=")[0] for entry in entries} - IMPLIED
    for name in sorted(needed - asked):
        complaints.add(control, 1, f"does not ask for {name}, which packaging/dependencies.sh has")
    for name in sorted(asked - needed):
        complaints.add(control, 1, f"asks for {name}, which packaging/dependencies.sh has not")


def main():
    top = root()
    complaints = Complaints(top)
    check_versions(complaints, top, (top / "CMakeLists.txt").read_text())
    check_needs(complaints, top)
    complaints.finish("the packages say what the source says")


if __name__ == "__main__":
    main()
