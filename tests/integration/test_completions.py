# SPDX-License-Identifier: Apache-2.0
"""Command lines are completed in the real shells, as whoever presses the tab key sees it."""

import os
import pty
import re
import select
import subprocess
import time
from shutil import which

from support.case import Case
from support.places import BUILD
from support.wait import PATIENCE

MADE = BUILD / "packaging/completions"

# What is typed, and what the last word of it becomes. {folder} holds one.pem and a folder, inner.
COMPLETED = (
    ("notafter che", "check"),
    ("notafter --vers", "--version"),
    ("notafter sil", "silence"),
    ("notafter silence exp", "expire"),
    ("notafter alert expl", "explain"),
    ("notafter check --show", "--show-certs"),
    ("notafter status --js", "--json"),
    ("notafter check --starttls pos", "postgres"),
    ("notafter chain --aia=pub", "--aia=public"),
    ("notafter silence add --severity w", "warning"),
    ("notafter silence add -C leaf-expire", "leaf-expired"),
    ("notafter explain chain-o", "chain-order-wrong"),
    ("notafter explain leaf-expired chain-o", "chain-order-wrong"),
    ("notafter alert explain www chain-o", "chain-order-wrong"),
    ("notafter alert retry a", "all"),
    ("notafter run --log-level d", "debug"),
    ("notafter run -c {folder}/on", "{folder}/one.pem"),
    ("notafter check --nagios --ca-file {folder}/on", "{folder}/one.pem"),
    ("notafter config check {folder}/on", "{folder}/one.pem"),
    ("notafter demo --dir {folder}/", "{folder}/inner/"),
)
# Nothing fits, or anything may follow: the line stays.
LEFT_ALONE = ("notafter xyz", "notafter check --at 20", "notafter alert test o",
              "notafter explain no-such-")

BASH = r"""
source {made}/notafter
PS1='READY>'
show() {{ printf 'LINE<%s>\n' "$READLINE_LINE"; READLINE_LINE=; READLINE_POINT=0; }}
bind 'set bell-style none' 'set show-all-if-ambiguous off'
bind -x '"\C-o": show'
"""

ZSH = r"""
fpath=({made} $fpath)
autoload -U compinit
compinit -u -d {folder}/zcompdump
PS1='READY>'
unsetopt beep
show() {{ print -r -- "LINE<$BUFFER>"; BUFFER=; }}
zle -N show
bindkey '^O' show
bindkey '^I' complete-word
"""


class Terminal:
    """An interactive shell, which tells with ^O what its line has become."""

    def __init__(self, command, environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        self.seen = ""
        self.expect(r"READY>")

    def expect(self, pattern):
        deadline = time.monotonic() + 30 * PATIENCE
        while not (match := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"the shell shows no {pattern}: {self.seen!r}")
            self.seen += os.read(self.fd, 4096).decode(errors="replace")
        self.seen = self.seen[match.end():]
        return match

    def completed(self, line):
        os.write(self.fd, line.encode() + b"\t\x0f")
        return self.expect(r"LINE<([^>]*)>\r?\n")[1]

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


class Completions(Case):
    def setUp(self):
        super().setUp()
        (self.folder / "inner").mkdir(exist_ok=True)
        (self.folder / "one.pem").touch()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TERM": "dumb",
                            "ZDOTDIR": str(self.folder), "LC_ALL": "C.UTF-8"}

    def shell(self, name):
        if not which(name):
            self.skipTest(f"there is no {name}")

    def in_terminal(self, command, start, name):
        (self.folder / name).write_text(start.format(made=MADE, folder=self.folder))
        terminal = Terminal(command, self.environment)
        try:
            for typed, word in COMPLETED:
                typed, word = (s.format(folder=self.folder) for s in (typed, word))
                with self.subTest(typed):
                    expected = typed.rsplit(" ", 1)[0] + " " + word
                    self.assertEqual(terminal.completed(typed).rstrip(), expected)
            for typed in LEFT_ALONE:
                with self.subTest(typed):
                    self.assertEqual(terminal.completed(typed), typed)
        finally:
            terminal.close()

    def test_bash(self):
        self.in_terminal(["bash", "--noprofile", "--rcfile", str(self.folder / "rc"), "-i"], BASH,
                         "rc")

    def test_zsh(self):
        self.shell("zsh")
        self.in_terminal(["zsh", "-d", "-i"], ZSH, ".zshrc")

    def test_fish(self):
        self.shell("fish")
        lines = [*(typed for typed, _ in COMPLETED), *LEFT_ALONE]
        script = f"source {MADE}/notafter.fish\n" + "".join(
            f"complete -C '{line.format(folder=self.folder)}'; echo =\n" for line in lines)
        done = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True,
                              env=self.environment, timeout=60 * PATIENCE)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        answers = [[line.split("\t")[0] for line in answer.splitlines()]
                   for answer in done.stdout.split("=\n")]
        for (typed, word), answer in zip(COMPLETED, answers):
            with self.subTest(typed):
                self.assertEqual(answer, [word.format(folder=self.folder)])
        for typed, answer in zip(LEFT_ALONE, answers[len(COMPLETED):]):
            with self.subTest(typed):
                self.assertEqual(answer, [])
