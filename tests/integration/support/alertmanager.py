# SPDX-License-Identifier: Apache-2.0
"""A Prometheus Alertmanager of our own, asked through its API, and told to tell a webhook."""

import json
import subprocess
import urllib.request
from pathlib import Path

from .places import program
from .process import end
from .server import Unavailable, free_ports
from .wait import until

CONFIG = """\
route:
  receiver: hook
  group_by: [alertname, endpoint]
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: hook
    webhook_configs: [{{url: "{url}", send_resolved: true}}]
"""


class Alertmanager:
    """
    It tells @hook. After stop() and start(), on the same port, it knows what it has told, but of no
    alert.
    """

    def __init__(self, folder, hook):
        self.program = program("prometheus-alertmanager", "alertmanager")
        if not self.program:
            raise Unavailable("Alertmanager is not installed")
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, = free_ports("127.0.0.1", 1)
        self.url = f"http://127.0.0.1:{self.port}"
        (self.folder / "alertmanager.yml").write_text(CONFIG.format(url=hook.url))
        self.process = None

    def start(self):
        self.words = open(self.folder / "output", "a")
        self.process = subprocess.Popen(
            [self.program,
             f"--config.file={self.folder / 'alertmanager.yml'}",
             f"--storage.path={self.folder / 'data'}", "--cluster.listen-address=",
             f"--web.listen-address=127.0.0.1:{self.port}"],
            stdin=subprocess.DEVNULL, stdout=self.words, stderr=self.words)
        until(self.ready, f"Alertmanager is ready: {(self.folder / 'output').read_text()}", 60)
        return self

    def ask(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read()

    def ready(self):
        try:
            return self.ask("/-/ready")
        except OSError:
            return False

    def alerts(self):
        """What is firing, by endpoint and code."""
        found = json.loads(self.ask("/api/v2/alerts"))
        return {(a["labels"]["endpoint"], a["labels"]["alertname"]): a for a in found}

    def kill(self):
        """It forgets even what it has told."""
        self.process.kill()
        self.process.wait()
        self.words.close()

    def stop(self):
        if self.process and self.process.poll() is None:
            end(self.process)
            self.words.close()


def told(hook):
    """What Alertmanager itself told @hook: (status, endpoint, code), in order."""
    return [(alert["status"], alert["labels"]["endpoint"], alert["labels"]["alertname"])
            for delivery in list(hook.deliveries) for alert in delivery.json()["alerts"]]
