# SPDX-License-Identifier: Apache-2.0
"""The base of all suites: a temporary folder, servers that stop by themselves, and evidence."""

import shutil
import tempfile
import unittest
from pathlib import Path

from .daemon import Daemon
from .places import NOTAFTER
from .webhook import WebhookReceiver, new_secret


class Case(unittest.TestCase):
    """
    A class builds what its tests share in setUpClass(), in cls.folder; each test has self.folder.
    Paths are short on purpose: the name of a unix socket may have 107 bytes.
    """

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not NOTAFTER.exists():
            raise FileNotFoundError(f"{NOTAFTER} is not built")
        cls.folder = Path(tempfile.mkdtemp(prefix="na-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    @classmethod
    def shared(cls, server):
        """Starts @server for all tests of the class."""
        cls.addClassCleanup(server.stop)
        return server.start()

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="t", dir=type(self).folder))
        self.daemons = []

    def server(self, server):
        """Starts @server for this test."""
        self.addCleanup(server.stop)
        return server.start()

    def hook(self):
        receiver = WebhookReceiver()
        self.addCleanup(receiver.close)
        return receiver

    def secret(self, name="secret", text=None):
        """A fresh webhook secret and the file that holds it."""
        text = text or new_secret()
        path = self.folder / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return text, path

    def daemon(self, config, start=True, name="d", **more):
        daemon = Daemon(self.folder / name, config, **more)
        self.daemons.append(daemon)
        self.addCleanup(daemon.close)
        return daemon.start() if start else daemon

    def evidence(self):
        """What the runner prints beside a failure."""
        return "\n".join(f"--- log of {d.folder.name}\n{d.log()[-6000:]}" for d in self.daemons)
