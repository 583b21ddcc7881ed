# SPDX-License-Identifier: Apache-2.0
"""A Prometheus of our own, asked through its API; and what it and others say of our metrics."""

import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

from .places import environment, program
from .process import end
from .server import Unavailable, free_ports
from .wait import until

try:
    from prometheus_client.openmetrics import parser
except ImportError:
    sys.path.append("/usr/lib/python3/dist-packages")  # another Python than the system's runs us
    try:
        from prometheus_client.openmetrics import parser
    except ImportError:
        parser = None

TEXT = "text/plain;version=0.0.4"
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


def scrape(url, accept=TEXT):
    """The type and the text of what is exported."""
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def samples(text):
    """{(name, labels as a frozenset of pairs): value}, of what has no escapes in it."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        series, value = line.rsplit(" ", 1)
        name, _, labels = series.rstrip("}").partition("{")
        pairs = frozenset(re.findall(r'(\w+)="([^"]*)"', labels))
        found[name, pairs] = float(value)
    return found


def promtool(*args, text=None):
    tool = program("promtool")
    if not tool:
        raise Unavailable("promtool is not installed")
    done = subprocess.run([tool, *map(str, args)], input=text, capture_output=True, text=True,
                          env=environment(), timeout=60)
    return done.returncode, done.stdout + done.stderr


class Prometheus:
    """Scrapes @address every second, or as @job says, and evaluates @rules (a file) as often."""

    def __init__(self, folder, address, rules=None, job=None):
        self.program = program("prometheus")
        if not self.program:
            raise Unavailable("Prometheus is not installed")
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, = free_ports("127.0.0.1", 1)
        self.url = f"http://127.0.0.1:{self.port}"
        (self.folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules)] if rules else [],
            "scrape_configs": [job or {"job_name": "notafter",
                                       "static_configs": [{"targets": [address]}]}],
        }))

    def start(self):
        self.words = open(self.folder / "output", "a")
        self.process = subprocess.Popen(
            [self.program, f"--config.file={self.folder / 'prometheus.yml'}",
             f"--storage.tsdb.path={self.folder / 'data'}",
             f"--web.listen-address=127.0.0.1:{self.port}"],
            stdin=subprocess.DEVNULL, stdout=self.words, stderr=self.words)
        until(self.ready, f"Prometheus is ready: {(self.folder / 'output').read_text()}", 60)
        return self

    def ready(self):
        try:
            with urllib.request.urlopen(self.url + "/-/ready", timeout=10):
                return True
        except OSError:
            return False

    def ask(self, path, **query):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.loads(answer.read())["data"]

    def query(self, expression, label="target"):
        """{value of @label: value of the series} of an instant query."""
        return {row["metric"].get(label): float(row["value"][1])
                for row in self.ask("query", query=expression)["result"]}

    def alerts(self):
        return {(a["labels"]["alertname"], a["labels"].get("target"), a["labels"].get("code"))
                for a in self.ask("alerts")["alerts"] if a["state"] == "firing"}

    def stop(self):
        end(self.process)
        self.words.close()
