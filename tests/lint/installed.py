#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The spec file of the RPM lists what is installed, no more and no less. The second argument is a build;
without the program in it nothing can be installed (77).
"""

import re
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

from tree import Complaints, root

MACROS = {"_bindir": "/usr/bin", "_datadir": "/usr/share", "_mandir": "/usr/share/man",
          "_docdir": "/usr/share/doc", "_sysconfdir": "/etc",
          "_unitdir": "/usr/lib/systemd/system"}


def listed(spec):
    """Patterns of %files: {pattern: line}; a folder with all that is in it ends with /*."""
    patterns = {}
    inside = False
    for number, line in enumerate(spec.read_text().splitlines(), 1):
        if line.startswith("%files") or line.startswith("%changelog"):
            inside = line.startswith("%files")
        elif inside and not line.startswith("%license") and line:
            path = re.sub(r"%{(_\w+)}", lambda m: MACROS[m[1]], line.split()[-1])
            patterns[path + "*" if path.endswith("/") else path] = number
    return patterns


def installed(build):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cmake", "--install", build, "--prefix", "/usr"], check=True,
                       stdout=subprocess.DEVNULL, env={"DESTDIR": folder, "PATH": "/usr/bin:/bin"})
        paths = [p for p in Path(folder, "etc").rglob("*") if p.is_dir()]
        paths += [p for p in Path(folder).rglob("*") if p.is_file()]
        return ["/" + str(p.relative_to(folder)) for p in paths]


def check_files(spec, build, complaints):
    patterns = listed(spec)
    paths = installed(build)
    for path in paths:
        if not any(fnmatchcase(path, pattern) for pattern in patterns):
            complaints.add(spec, 1, f"%files lacks {path}")
    for pattern, line in patterns.items():
        if not any(fnmatchcase(path, pattern) for path in paths):
            complaints.add(spec, line, f"{pattern} is not installed")


def main():
    top, build = root(), Path(sys.argv[2])
    complaints = Complaints(top)
    if not (build / "daemon/app/notafter").exists():
        print("nothing is built, so nothing can be installed")
        sys.exit(77)
    check_files(top / "packaging/rpm/notafter.spec", build, complaints)
    complaints.finish("the spec file lists what is installed")


if __name__ == "__main__":
    main()
