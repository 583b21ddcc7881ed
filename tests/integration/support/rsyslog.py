# SPDX-License-Identifier: Apache-2.0
"""
Log servers of our own: a rsyslogd with a datagram socket like /dev/log, and one that is reached by
UDP, TCP and TLS; a syslog-ng of that kind. Each writes every message as one JSON line.
"""

import json
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .pki import chain
from .places import find, program
from .process import end
from .server import Unavailable, free_ports
from .wait import until

OSSL = ("/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_ossl.so", "/usr/lib64/rsyslog/lmnsd_ossl.so",
        "/usr/lib/aarch64-linux-gnu/rsyslog/lmnsd_ossl.so")

# The parser for local programs knows no RFC 5424, so this socket has the general one.
CONFIG = """\
global(workDirectory="{folder}")
{inputs}
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
    property(name="inputname" outname="way" format="jsonf")
}}
*.* action(type="omfile" file="{output}" template="line")
"""


LOCAL = """\
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{socket}" UseSpecialParser="off" ParseHostname="on" CreatePath="on"
      RateLimit.Interval="0")
"""

# TLS is left to the module that can do it with OpenSSL, TCP to the other one.
NETWORK = """\
global(defaultNetstreamDriverCAFile="{ca}" defaultNetstreamDriverCertFile="{chain}"
       defaultNetstreamDriverKeyFile="{key}")
module(load="imudp")
module(load="imptcp")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imudp" address="127.0.0.1" port="{udp}")
input(type="imptcp" address="127.0.0.1" port="{tcp}")
input(type="imtcp" address="127.0.0.1" port="{tls}")
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
    way: str = ""  # the module that it came through


class Rsyslog:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket = self.folder / "log"
        self.output = self.folder / "messages.json"
        self.process = None

    def inputs(self):
        return LOCAL.format(socket=self.socket)

    def listens(self):
        return self.socket.is_socket()

    def start(self):
        (self.folder / "rsyslog.conf").write_text(CONFIG.format(
            folder=self.folder, inputs=self.inputs(), output=self.output))
        self.words = open(self.folder / "output", "w")
        self.process = subprocess.Popen(
            [program("rsyslogd"), "-n", "-f", str(self.folder / "rsyslog.conf"),
             "-i", str(self.folder / "pid")],
            stdin=subprocess.DEVNULL, stdout=self.words, stderr=self.words)
        until(self.listens, "rsyslogd listens")
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


def takes(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class LogServer(Rsyslog):
    """Reached at localhost by UDP, TCP and TLS, where it shows @pair; see .ports."""

    def __init__(self, folder, pair):
        super().__init__(folder)
        if not program("rsyslogd") or not find(*OSSL):
            raise Unavailable("rsyslogd with TLS (rsyslog-openssl) is not installed")
        self.pair = pair
        self.ports = dict(zip(("udp", "tcp", "tls"), free_ports("127.0.0.1", 3)))

    def inputs(self):
        return NETWORK.format(ca=self.pair.issuer.cert, key=self.pair.key,
                              chain=self.chain_file(), **self.ports)

    def chain_file(self):
        path = self.folder / "chain.pem"
        path.write_text(chain(self.pair, *self.pair.above()))
        return path

    def listens(self):
        return takes(self.ports["tcp"]) and takes(self.ports["tls"])


class SyslogNg(LogServer):
    """
    The same by another author. Debian's packages of the two exclude each other: who wants both
    unpacks this one with dpkg -x, and puts a script that starts it there first into PATH.
    """

    CONFIG = """\
@version: 3.38
options {{ keep-hostname(yes); use-dns(no); }};
source s {{
    syslog(ip("127.0.0.1") port({udp}) transport("udp"));
    syslog(ip("127.0.0.1") port({tcp}) transport("tcp"));
    syslog(ip("127.0.0.1") port({tls}) transport("tls")
           tls(key-file("{key}") cert-file("{chain}") peer-verify(optional-untrusted)));
}};
destination d {{ file("{output}" template("$(format-json version=1 facility=$FACILITY
    severity=$LEVEL_NUM host=$HOST app=$PROGRAM pid=$PID msgid=$MSGID data=$SDATA text=$MSG
    way=$TRANSPORT)\\n")); }};
log {{ source(s); destination(d); }};
"""

    def __init__(self, folder, pair):
        Rsyslog.__init__(self, folder)
        if not program("syslog-ng"):
            raise Unavailable("syslog-ng is not installed")
        self.pair = pair
        self.ports = dict(zip(("udp", "tcp", "tls"), free_ports("127.0.0.1", 3)))

    def start(self):
        (self.folder / "ng.conf").write_text(self.CONFIG.format(
            key=self.pair.key, chain=self.chain_file(), output=self.output, **self.ports))
        self.words = open(self.folder / "output", "w")
        self.process = subprocess.Popen(
            [program("syslog-ng"), "-F", "-f", str(self.folder / "ng.conf"), "--no-caps",
             "-R", str(self.folder / "persist"), "-p", str(self.folder / "pid"),
             "-c", str(self.folder / "control")],
            stdin=subprocess.DEVNULL, stdout=self.words, stderr=self.words)
        until(self.listens, "syslog-ng listens")
        return self
