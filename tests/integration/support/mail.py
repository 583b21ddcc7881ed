# SPDX-License-Identifier: Apache-2.0
"""A mail server with STARTTLS and a login, and the mails that it took."""

import email
import email.policy
import json
import subprocess
import sys
from pathlib import Path

from .pki import chain
from .process import end
from .rsyslog import takes
from .server import Unavailable, free_ports
from .wait import until

SINK = Path(__file__).with_name("smtp_sink.py")


def interpreter():
    """A Python that has aiosmtpd: the one we run in may be another than the system's."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import aiosmtpd"], capture_output=True).returncode == 0:
            return python
    raise Unavailable("aiosmtpd is not installed")


class MailServer:
    def __init__(self, folder, pair):
        self.folder, self.pair = Path(folder), pair
        self.folder.mkdir(parents=True)
        self.python = interpreter()
        self.port, = free_ports("127.0.0.1", 1)
        self.process = None

    def start(self):
        cert = self.folder / "chain.pem"
        cert.write_text(chain(self.pair, *self.pair.above()))
        self.process = subprocess.Popen([self.python, str(SINK), str(self.port), str(cert),
                                         str(self.pair.key), str(self.folder)],
                                        stderr=subprocess.DEVNULL)
        until(lambda: takes(self.port), "the mail server listens")
        return self

    def say(self, text):
        """What it says to mail from now on; None: it takes it."""
        if text:
            (self.folder / "say").write_text(text)
        else:
            (self.folder / "say").unlink()

    def mails(self):
        """(envelope, message) of each, in the order of their arrival."""
        found = sorted(self.folder.glob("[0-9]*.json"), key=lambda p: int(p.stem))
        envelopes = [json.loads(p.read_text()) for p in found]
        return [(e, email.message_from_string(e["text"], policy=email.policy.default))
                for e in envelopes]

    def stop(self):
        end(self.process)
