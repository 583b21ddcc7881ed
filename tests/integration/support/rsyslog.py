# SPDX-License-Identifier: Apache-2.0
"""A rsyslogd of our own: a datagram socket like /dev/log, and every message as one JSON line."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .places import program
from .process import end
from .wait import until

# The parser for local programs knows no RFC 5424, so this socket has the general one.
CONFIG = """\
global(workDirectory="{folder}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{socket}" UseSpecialParser="off" ParseHostname="on" CreatePath="on"
      RateLimit.Interval="0")
template(name="line" type="list" option.jsonf="on") {{
    property(name="protocol-version" outname="version" format="jsonf")
    property(name="syslogfacility-text" outname="facility" format="jsonf")
    property(name="syslogseverity" outname="severity" format="jsonf")
    property(name="hostname" outname="host" format="jsonf")
    property(name="app-name" outname="app" format="jsonf")
    property(name="procid" outname="pid" format="jsonf")
    property(name="msgid" outname="msgid" format="jsonf")
    property(name="structured-data" outname="data" format="jsonf")
    property(name="msg" outname="text" format="jsonf")
}}
*.* action(type="omfile" file="{output}" template="line")
"""


@dataclass(frozen=True)
class Line:
    version: str   # "1" for RFC 5424, "0" for the old format
    facility: str
    severity: int
    host: str
    app: str
    pid: str
    msgid: str
    data: str      # structured data, with its brackets; "-" for none
    text: str


class Rsyslog:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket = self.folder / "log"
        self.output = self.folder / "messages.json"
        self.process = None

    def start(self):
        (self.folder / "rsyslog.conf").write_text(CONFIG.format(
            folder=self.folder, socket=self.socket, output=self.output))
        self.words = open(self.folder / "output", "w")
        self.process = subprocess.Popen(
            [program("rsyslogd"), "-n", "-f", str(self.folder / "rsyslog.conf"),
             "-i", str(self.folder / "pid")],
            stdin=subprocess.DEVNULL, stdout=self.words, stderr=self.words)
        until(self.socket.is_socket, f"rsyslogd listens: {(self.folder / 'output').read_text()}")
        return self

    def lines(self):
        """All messages so far that are not rsyslogd's own."""
        if not self.output.exists():
            return []
        found = []
        for raw in self.output.read_text().splitlines():
            fields = json.loads(raw)
            fields["severity"] = int(fields["severity"])
            fields["text"] = fields["text"].lstrip(" ")
            if fields["app"] != "rsyslogd":
                found.append(Line(**fields))
        return found

    def stop(self):
        end(self.process)
        if self.process:
            self.words.close()
