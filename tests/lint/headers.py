#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every header compiles alone: whoever includes it needs to know nothing else."""

import os
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

from tree import CODE_FOLDERS, Complaints, files, root

LIBRARIES = ("openssl", "libevent", "yaml-0.1", "libsystemd", "libcares", "libcurl", "sqlite3",
             "jansson", "libidn2", "libpsl")
FLAGS = ["-std=gnu11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wstrict-prototypes",
         "-Wno-missing-field-initializers", "-D_GNU_SOURCE", '-DNOTAFTER_VERSION="lint"', "-x", "c", "-"]


def library_flags():
    done = subprocess.run(["pkg-config", "--cflags", *LIBRARIES], capture_output=True, text=True)
    return shlex.split(done.stdout)


def main():
    top = root()
    complaints = Complaints(top)
    compiler = shlex.split(os.environ.get("CC", "cc"))
    flags = [*library_flags(), "-I", str(top), *FLAGS]

    def compile_alone(path):
        name = path.relative_to(top)
        return path, subprocess.run([*compiler, *flags], input=f'#include "{name}"\n', cwd=top,
                                    capture_output=True, text=True)

    headers = files(top, "*.h", folders=CODE_FOLDERS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, done in pool.map(compile_alone, headers):
            if done.returncode:
                reason = next((s for s in done.stderr.splitlines() if "error:" in s), done.stderr)
                complaints.add(path, 1, f"does not compile alone: {reason.strip()}")
    complaints.finish(f"{len(headers)} headers compile alone")


if __name__ == "__main__":
    main()
