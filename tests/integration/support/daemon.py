# SPDX-License-Identifier: Apache-2.0
"""`notafter run` as a service manager would see it: started, ready, reloaded, stopped, killed."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import sandbox
from .acceptor import Attended
from .places import NOTAFTER, SANITIZERS, SANITIZER_STATUS, environment, sanitizer_report
from .wait import PATIENCE, until


class Notifications:
    """The service manager's end of sd_notify: always read, so that the daemon never waits."""

    def __init__(self, path):
        self.path = str(path)
        self.seen = []  # (monotonic time, {"READY": "1", ...})
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.close = Attended(self.socket, self.read).close

    def read(self):
        text = self.socket.recv(65536).decode(errors="replace")
        fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        self.seen.append((time.monotonic(), fields))
        return bool(text)

    def count(self, key, value=None):
        return sum(1 for _, f in self.seen if key in f and value in (None, f[key]))

    def last(self, key):
        return next((f[key] for _, f in reversed(self.seen) if key in f), None)


class Daemon:
    """
    @config is a dictionary (JSON is YAML), the text of a file, or the path of one that is there. Into
    a dictionary, state directory and control socket are filled in, inside @folder, and that it serves
    nothing unless it says where. @sandboxed: under the service's filter of system calls, and with
    NOTAFTER_SANDBOX=1 every daemon is.
    """

    def __init__(self, folder, config, inside=(), args=(), env=None, sandboxed=False):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "notafter.yaml"
        self.socket = self.folder / "control"
        self.state = self.folder / "state"
        self.log_file = self.folder / "log"
        self.inside, self.args, self.env = list(inside), list(args), dict(env or {})
        if sandboxed or os.environ.get("NOTAFTER_SANDBOX"):
            self.inside += sandbox.command()
            # what looks for leaks traces the process, which no daemon needs to do
            options = self.env.get("ASAN_OPTIONS", SANITIZERS["ASAN_OPTIONS"])
            self.env["ASAN_OPTIONS"] = options.replace("detect_leaks=1", "detect_leaks=0")
        self.notify = Notifications(self.folder / "notify")
        self.process = None
        if isinstance(config, Path):
            self.file = config
        else:
            self.write(config)

    def write(self, config):
        """Replaces the configuration file; the daemon sees it at reload()."""
        if not isinstance(config, str):
            config = json.dumps({"state": str(self.state), "socket": str(self.socket),
                                 "listen": [], **config}, indent=2)
        self.file.write_text(config)

    def start(self, wait=True, **more):
        self.state.mkdir(exist_ok=True)
        ready = self.notify.count("READY", "1")
        with open(self.log_file, "a") as log:
            self.process = subprocess.Popen(
                [*self.inside, str(NOTAFTER), "run", "-c", str(self.file), *self.args],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(**{"NOTIFY_SOCKET": self.notify.path, **self.env}), **more)
        if wait:
            until(lambda: self.alive() and self.notify.count("READY", "1") > ready, "READY=1", 30)
        return self

    def alive(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log()}")
        return True

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def urls(self):
        """Where it said that it serves, since it was started for the first time."""
        return re.findall(r"serving at (\S+)", self.log())

    def reload(self):
        """SIGHUP; returns when the daemon has said RELOADING=1 and READY=1."""
        reloading, ready = self.notify.count("RELOADING", "1"), self.notify.count("READY", "1")
        self.process.send_signal(signal.SIGHUP)
        until(lambda: self.alive() and self.notify.count("RELOADING", "1") > reloading,
              "RELOADING=1")
        until(lambda: self.alive() and self.notify.count("READY", "1") > ready,
              "READY=1 after the reload")

    def kill(self):
        """As a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self, within=2.0):
        """
        SIGTERM; the status must be 0 within @within seconds. Under a leak check, the time that the
        sanitizer takes at the end is no part of it: what counts is the word STOPPING=1 to the exit.
        """
        if self.process is None or self.process.poll() is not None:
            return
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait((within + 20) * PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait()
            raise AssertionError(f"still there {within + 20:g} s after SIGTERM:\n{self.log()}")
        took = time.monotonic() - begin
        self.check_clean()
        if status != 0:
            raise AssertionError(f"SIGTERM: exit status {status}:\n{self.log()}")
        if took > within * PATIENCE:
            raise AssertionError(f"SIGTERM: took {took:.1f} s:\n{self.log()}")

    def check_clean(self):
        report = sanitizer_report(self.log())
        if report or self.process.returncode == SANITIZER_STATUS:
            raise AssertionError(f"sanitizer report:\n{report or self.log()}")

    def document(self, command, **parameters):
        """What the control socket answers."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30 * PATIENCE)
            s.connect(str(self.socket))
            s.sendall(json.dumps({"command": command, **parameters}).encode() + b"\n")
            return json.loads(b"".join(iter(lambda: s.recv(65536), b"")))

    def status(self, *args):
        return run("status", "--socket", self.socket, *args)

    def close(self):
        """For addCleanup(): stops what is still there, keeps nothing back."""
        try:
            self.stop(within=10)
        finally:
            if self.process and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.notify.close()


class Result:
    """What a one-shot command did."""

    def __init__(self, args, done):
        self.args, self.status = args, done.returncode
        self.out, self.err = done.stdout, done.stderr

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return (f"notafter {' '.join(self.args)}\nstatus {self.status}\n"
                f"--- output\n{self.out}--- errors\n{self.err}")


def run(*args, seconds=30, env=None, cwd=None, input=""):
    """Runs one notafter command; a sanitizer report is a failure whatever was expected."""
    args = [str(a) for a in args]
    done = subprocess.run([str(NOTAFTER), *args], input=input, capture_output=True,
                          text=True, errors="replace", timeout=seconds * PATIENCE, cwd=cwd,
                          env=environment(**(env or {})))
    result = Result(args, done)
    if sanitizer_report(done.stderr) or done.returncode in (SANITIZER_STATUS, -signal.SIGABRT,
                                                            -signal.SIGSEGV):
        raise AssertionError(f"crashed: {result}")
    return result
