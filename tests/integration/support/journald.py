# SPDX-License-Identifier: Apache-2.0
"""
A systemd-journald of our own, without systemd: it lives in a private mount namespace with an empty
/run, and programs that shall write to it are started inside (see inside()).
"""

import json
import os
import subprocess
from pathlib import Path

from .places import program
from .process import end
from .wait import until

SETUP = """\
mount -t tmpfs -o mode=755 none /run
mkdir -p /run/systemd/journal /run/log/journal
if ! [ -s /etc/machine-id ]; then
    echo 5f1b0c7e2a9d4d6c8e3f7a1b2c4d6e8f >/run/machine-id
    touch /etc/machine-id
    mount --bind /run/machine-id /etc/machine-id
fi
echo ready
exec "$0"
"""


class Unavailable(Exception):
    """This machine does not let us make the namespace, or has no journald."""


class Journald:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = None

    def start(self):
        daemon = program("systemd-journald")
        if not (daemon and program("journalctl", "nsenter")):
            raise Unavailable("systemd-journald is not installed")
        if os.geteuid() != 0:
            raise Unavailable("mount namespaces need root here")
        self.words = open(self.folder / "output", "w+")
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-euc", SETUP, daemon],
            stdin=subprocess.DEVNULL, stdout=self.words, stderr=self.words)
        until(lambda: self.process.poll() is not None or self.listens(), "journald listens")
        if self.process.poll() is not None:
            raise Unavailable((self.folder / "output").read_text().strip())
        return self

    def listens(self):
        socket = f"/proc/{self.process.pid}/root/run/systemd/journal/socket"
        return os.path.exists(socket)

    def inside(self):
        """What to put in front of a command to run it beside this journald."""
        return ["nsenter", "-t", str(self.process.pid), "--mount", "--wd=/", "--"]

    def entries(self, *matches):
        """Entries as dictionaries, oldest first; @matches are FIELD=value."""
        out = subprocess.run([*self.inside(), "journalctl", "-D", "/run/log/journal", "-o", "json",
                              "--no-pager", "-q", *matches], capture_output=True, text=True)
        return [json.loads(line) for line in out.stdout.splitlines()]

    def stop(self):
        end(self.process)
        if self.process:
            self.words.close()
