#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Puts the list of diagnoses, which is made from the table in common/cert, into the manual page.
"""

import re
from pathlib import Path

BEGIN = '.\\" made by diagnoses.py from finding_table.c\n'
END = '.\\" end of what is made\n'
SEVERITIES = {"E": "error", "W": "warning", "I": "information"}
TEXT = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
ROW = re.compile(r'/\* --- (?P<group>[^*]+?) \*/|'
                 r'(?P<macro>CERTIFICATE|NETWORK|EVENT)\(\s*"(?P<name>[a-z0-9-]+)",\s*'
                 r'(?:(?P<severity>[EWI]),\s*)?"[^"]*"\),\s*'
                 rf'\.meaning = {TEXT},\s*\.found = {TEXT},\s*\.mend = {TEXT}\}}')


def troff(literals):
    """A C string, one sentence a line."""
    text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)).replace("\\", "\\\\")
    text = text.replace("-", "\\-")
    return re.sub(r"(?<=[.)]) (?=[A-Z])", "\n", text) + "\n"


def listing(table):
    out = []
    for row in ROW.finditer(table):
        if row["group"]:
            out.append(f".SS {row['group'][0].upper()}{row['group'][1:]}\n")
            continue
        severity = SEVERITIES[row["severity"] or ("I" if row["macro"] == "EVENT" else "E")]
        meaning, found, mend = map(troff, row.groups()[4:])
        name = row["name"].replace("-", "\\-")
        out.append(f".TP\n.BR {name} \" ({severity})\"\n{meaning}.br\n"
                   f"Found: {found}.br\nMend: {mend}")
    return "".join(out)


def filled_in(top):
    """The manual page as it should be."""
    page = (top / "packaging/man/notafter.1").read_text()
    table = (top / "common/cert/finding_table.c").read_text()
    head, rest = page.split(BEGIN)
    return head + BEGIN + listing(table) + END + rest.split(END)[1]


if __name__ == "__main__":
    here = Path(__file__).resolve().parents[2]
    (here / "packaging/man/notafter.1").write_text(filled_in(here))
