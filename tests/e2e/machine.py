# SPDX-License-Identifier: Apache-2.0
"""The machine that the story is about, as its operator handles it: commands, journal, files."""

import json
import subprocess
from pathlib import Path

CONFIG = Path("/etc/notafter/notafter.yaml")
CREDENTIALS = Path("/etc/notafter/credentials")
STATE = Path("/var/lib/private/notafter")


class Done:
    """A command that has run: .status, and its words in .out, standard error among them."""

    def __init__(self, command):
        done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        self.command, self.status, self.out = " ".join(map(str, command)), done.returncode, done.stdout

    def __str__(self):
        return f"$ {self.command}\n{self.out}(exit status {self.status})"


def attempt(*command):
    return Done(command)


def do(*command):
    """What @command printed; it must succeed."""
    done = Done(command)
    if done.status:
        raise AssertionError(str(done))
    return done.out


def shown(name, unit="notafter.service"):
    """A property of a unit."""
    return do("systemctl", "show", "--value", "--property", name, unit).strip()


def active():
    return shown("ActiveState") == "active"


def pid():
    """The process of the daemon that runs; 0 while none does."""
    return int(shown("MainPID")) if active() else 0


def configure(config):
    CONFIG.write_text(config if isinstance(config, str) else json.dumps(config, indent=2) + "\n")


def drop_in(name, text, unit="notafter.service"):
    file = Path(f"/etc/systemd/system/{unit}.d/{name}.conf")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    do("systemctl", "daemon-reload")
    return file


def status():
    """What the daemon answers to notafter status."""
    return json.loads(do("notafter", "status", "--json"))


class Journal:
    """The journal from now on."""

    def __init__(self):
        do("journalctl", "--sync")
        self.cursor = do("journalctl", "-n", "0", "--show-cursor").split("cursor: ")[1].strip()

    def entries(self, **fields):
        """
        Those with these fields. (journalctl would miss one if told of them: from a cursor whose entry
        does not match, it leaves out the first that does.)
        """
        out = do("journalctl", "-q", "--all", "-o", "json", f"--after-cursor={self.cursor}")
        entries = [json.loads(line) for line in out.splitlines()]
        return [e for e in entries if fields.items() <= e.items()]

    def lines(self):
        """What the service said, and systemd of it."""
        return [e["MESSAGE"] for e in self.entries()
                if "notafter.service" in (e.get("_SYSTEMD_UNIT"), e.get("UNIT"))]

    def says(self, *words):
        """The first of those lines that has all the words."""
        return next((line for line in self.lines() if all(w in line for w in words)), None)
