#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The habits of this code that a machine can check. One rule is one function below."""

import re

from tree import CODE_FOLDERS, Complaints, bare, files, root

COLUMNS = 100
LICENCE = "/* SPDX-License-Identifier: Apache-2.0 */"

OPENSSL = re.compile(r"\b(X509|SSL)_\w+")
OPENSSL_LAYERS = ("common/cert/", "daemon/probe/", "daemon/demo/", "daemon/alert/log_tls.",
                  "daemon/web/https.")

STANDARD_OUTPUT = re.compile(r"(?<![\w.>])(printf|puts|putchar|vprintf)\s*\(|\bstdout\b|\bSTDOUT_FILENO\b")
OUTPUT_LAYERS = ("daemon/app/",)

LOGGING = re.compile(r"(?<![\w.>])log_(error|warning|info|debug|event|set_level)\s*\(")
LOGGING_LAYERS = ("daemon/", "common/base/log.")


def lines_matching(text, pattern):
    for match in pattern.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group().strip()


def check_layout(path, text, say):
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            say(path, number, "tab; we indent with 8 spaces")
        if len(line) > COLUMNS:
            say(path, number, f"{len(line)} columns; {COLUMNS} are the limit")
        if line != line.rstrip():
            say(path, number, "space at the end of the line")
    if text and not text.endswith("\n"):
        say(path, text.count("\n") + 1, "no newline at the end of the file")


def check_licence(path, text, say):
    if text.split("\n", 1)[0] != LICENCE:
        say(path, 1, f"first line is not {LICENCE}")


def check_prologue(path, text, say):
    rest = text.split("\n", 1)[1] if "\n" in text else ""
    if not rest.lstrip().startswith("/*"):
        say(path, 2, "no prologue: say in a comment what this file is for")


def check_comments(path, text, say):
    for line, _ in lines_matching(bare(text), re.compile(r"//")):
        say(path, line, "// comment; write /* */")


def check_pragma(path, text, say):
    if "#pragma once" not in text:
        say(path, 1, "no #pragma once")


def check_kept_inside(name, path, text, say):
    """What only some layers may use: OpenSSL's types, standard output, the log."""
    code = bare(text)
    for pattern, layers, reason in (
            (OPENSSL, OPENSSL_LAYERS, "OpenSSL stays in common/cert, daemon/probe, daemon/demo, log_tls and https"),
            (STANDARD_OUTPUT, OUTPUT_LAYERS, "only daemon/app prints"),
            (LOGGING, LOGGING_LAYERS, "only daemon/ logs; report to the caller")):
        if not name.startswith(layers):
            for line, word in lines_matching(code, pattern):
                say(path, line, f"{word}: {reason}")


def main():
    top = root()
    complaints = Complaints(top)
    sources = files(top, "*.c", "*.h", folders=(*CODE_FOLDERS, "tests", "packaging"))
    for path in sources:
        name = str(path.relative_to(top))
        text = path.read_text(errors="replace")
        check_layout(path, text, complaints.add)
        check_licence(path, text, complaints.add)
        check_prologue(path, text, complaints.add)
        check_comments(path, text, complaints.add)
        if name.endswith(".h"):
            check_pragma(path, text, complaints.add)
        if name.startswith(CODE_FOLDERS):
            check_kept_inside(name, path, text, complaints.add)
    complaints.finish(f"{len(sources)} files are in style")


if __name__ == "__main__":
    main()
