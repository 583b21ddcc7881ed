# SPDX-License-Identifier: Apache-2.0
"""The servers that no client wants to meet: one program, one port for each way to misbehave."""

import subprocess
import threading

from .places import HOSTILE, environment
from .process import end
from .wait import until

# These never get as far as a certificate ...
MUTE = ("silent", "close", "close-after-hello", "reset", "garbage", "http", "smtp", "alert",
        "oversize", "never-reads", "hello-requests")
# ... and these may: what came is judged, beside the broken connection.
BROKEN = ("half-handshake", "half-close", "drip")
MODES = (*MUTE, *BROKEN)


class Hostile:
    def __init__(self):
        self.ports = {}
        self.process = None

    def start(self):
        self.process = subprocess.Popen([str(HOSTILE), *MODES], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True, env=environment())
        threading.Thread(target=self.read, daemon=True).start()
        until(lambda: set(MODES) <= set(self.ports) or self.process.poll() is not None,
              "hostile-server listens")
        if self.process.poll() is not None:
            raise RuntimeError(f"hostile-server ended with {self.process.returncode}")
        return self

    def read(self):
        for line in self.process.stdout:
            mode, _, port = line.strip().partition(" ")
            if port.isdigit():
                self.ports[mode] = int(port)

    def target(self, mode):
        return f"127.0.0.1:{self.ports[mode]}"

    def stop(self):
        end(self.process)
        if self.process:
            self.process.stdout.close()
