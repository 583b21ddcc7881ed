#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The part of tests/corpora.sh that counts.

    corpora.py CORPORA PROGRAM              scores PROGRAM, prints the table
    corpora.py measure LOG PROGRAM ARG...   runs PROGRAM for the scorer, and notes what it costs

CORPORA/tools/run_cases.py decides what passes. It runs this file in the place of the program, so
that every run is measured, and its output looked at, while it is scored.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

# Lines of PEM keys are what must never be shown; the files of a corpus say what theirs are.
KEY_BLOCK = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", re.DOTALL)

SETS = [  # name, cases, options of the scorer, passes that are asked for (None: all)
    ("chains", "chains/truth.dev.tsv", ["--intermediates", "intermediates/cache.pem"], 104),
    ("path building", "bettertls/pathbuilding/cases.tsv", [], 76),
    ("limbo-core", "suites/limbo-core/cases.dev.tsv", [], 92),
    ("real chains, no alarm", "suites/online-ok/cases.dev.tsv", [], None),
    ("malformed", "malformed/malformed.dev.tsv", [], 0),
]
MAX_SECONDS = 2.0
MAX_KIB = 256 * 1024
MIN_FIXED = 0.95


def shows_a_key(path, output):
    """Is a line of a private key of @path in @output?"""
    try:
        blocks = KEY_BLOCK.findall(Path(path).read_bytes())
    except OSError:
        return False
    lines = [line.strip() for block in blocks for line in block.split(b"\n")]
    return any(len(line) >= 16 and line in output for line in lines)


def is_json(output):
    try:
        json.loads(output.decode("utf-8"))
        return True
    except ValueError:
        return False


def measure(log, command):
    """Runs @command with its standard output passed on, and appends a line to @log."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    file = command[command.index("--file") + 1]
    with open(log, "a") as f:
        f.write(json.dumps({
            "file": file, "seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime,
            "kib": usage.ru_maxrss,
            "key": shows_a_key(file, output + errors), "json": is_json(output),
            "fix": json.loads(output).get("fix") if is_json(output) else None,
            "signal": os.WIFSIGNALED(status)}) + "\n")
    sys.stdout.buffer.write(output)
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128)


def score(corpora, program, folder, name, cases, options):
    """Runs the scorer on one set; what it counted, what was measured."""
    log = folder / f"{name.replace(' ', '-').replace(',', '')}.runs"
    log.unlink(missing_ok=True)
    log.touch()
    me = f"{sys.executable} {Path(__file__).resolve()} measure {log} {program}"
    options = [str(corpora / o) if (corpora / o).exists() else o for o in options]
    run = subprocess.run([sys.executable, str(corpora / "tools/run_cases.py"), "-v", "--prog", me,
                          str(corpora / cases), *options], capture_output=True, text=True)
    log.with_suffix(".txt").write_text(run.stdout + run.stderr)
    counts = dict(re.findall(r"(\w+)=(\d+)", run.stdout))
    if "cases" not in counts:
        raise SystemExit(f"corpora.py: the scorer failed on {cases}: {run.stderr[-500:]}")
    runs = [json.loads(line) for line in log.read_text().splitlines()]
    return {k: int(v) for k, v in counts.items()}, runs


def count_fixed(corpora, cases, runs):
    """Of the cases whose intermediate is missing: how many, and how many mended as the truth says."""
    lines = [line.split("\t") for line in (corpora / cases).read_text().splitlines() if line]
    rows = [dict(zip(lines[0], line)) for line in lines[1:]]
    fixed = total = 0
    for row, run in zip(rows, runs, strict=True):  # the scorer runs them in this order
        if "missing-intermediate" not in row["must"].split(",") or row["fix_served"] == "-":
            continue
        total += 1
        fixed += " ".join(run["fix"] or []) == row["fix_served"]
    return fixed, total


class Table:
    def __init__(self):
        self.reached = True

    def line(self, name, got, asked, reached):
        self.reached &= reached
        print(f"{name:<32} {got:>14} {asked:>16}  {'reached' if reached else 'NOT REACHED'}",
              flush=True)


def main(corpora, program):
    folder = Path("build/corpora")
    folder.mkdir(parents=True, exist_ok=True)
    table = Table()
    print(f"{'set':<32} {'score':>14} {'asked':>16}")
    for name, cases, options, asked in SETS:
        counts, runs = score(corpora, program, folder, name, cases, options)
        n, passed = counts["cases"], counts["pass"]
        need = n if asked is None else asked
        table.line(name, f"{passed} of {n}", f"{need}" if need else "-", passed >= need)
        if name == "chains":
            fixed, total = count_fixed(corpora, cases, runs)
            table.line("  missing intermediate, mended", f"{fixed} of {total}",
                       f"{MIN_FIXED:.0%}", total > 0 and fixed >= MIN_FIXED * total)
        if name == "malformed":
            slowest, largest = max(r["cpu"] for r in runs), max(r["kib"] for r in runs)
            crashed = sum(r["signal"] for r in runs) + counts["crash"]
            not_json, keys = sum(not r["json"] for r in runs), sum(r["key"] for r in runs)
            table.line("  crashed or hung", str(crashed), "0", crashed == 0)
            table.line("  slowest, CPU", f"{slowest:.2f} s", f"{MAX_SECONDS:.0f} s",
                       slowest <= MAX_SECONDS)
            table.line("  largest", f"{largest // 1024} MiB", f"{MAX_KIB // 1024} MiB",
                       largest < MAX_KIB)
            table.line("  not one valid JSON document", str(not_json), "0", not_json == 0)
            table.line("  showed a line of a key", str(keys), "0", keys == 0)
    print(f"What failed, and why: {folder}/*.txt")
    sys.exit(not table.reached)


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] == "measure":
        measure(sys.argv[2], sys.argv[3:])
    elif len(sys.argv) == 3:
        main(Path(sys.argv[1]), Path(sys.argv[2]).resolve())
    else:
        sys.exit(__doc__)
