# SPDX-License-Identifier: Apache-2.0
"""A blackbox_exporter of our own, with a module for each host that is asked."""

import json
import subprocess
from pathlib import Path

from .places import program
from .process import end
from .server import Unavailable, free_ports
from .wait import until


class Blackbox:
    """@hosts are asked by modules "tcp NAME" and "http NAME", and trust the anchors in @ca_file."""

    def __init__(self, folder, hosts, ca_file):
        self.program = program("prometheus-blackbox-exporter")
        if not self.program:
            raise Unavailable("blackbox_exporter is not installed")
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, = free_ports("127.0.0.1", 1)
        modules = {}
        for name in hosts:
            tls = {"ca_file": str(ca_file), "server_name": name}
            modules["tcp " + name] = {"prober": "tcp", "timeout": "5s",
                                      "tcp": {"tls": True, "tls_config": tls}}
            modules["http " + name] = {"prober": "http", "timeout": "5s", "http": {
                "tls_config": tls, "fail_if_not_ssl": True, "valid_status_codes": [200, 404]}}
        (self.folder / "blackbox.yml").write_text(json.dumps({"modules": modules}))

    def start(self):
        self.words = open(self.folder / "output", "a")
        self.process = subprocess.Popen(
            [self.program, f"--config.file={self.folder / 'blackbox.yml'}",
             f"--web.listen-address=127.0.0.1:{self.port}"],
            stdin=subprocess.DEVNULL, stdout=self.words, stderr=self.words)
        until(lambda: "Listening on" in (self.folder / "output").read_text(), "it listens", 30)
        return self

    def stop(self):
        end(self.process)
        self.words.close()
