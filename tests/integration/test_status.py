# SPDX-License-Identifier: Apache-2.0
"""`notafter status` for people, from a made-up daemon: rows and sizes that a real one seldom has."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import termios
import threading
import time

from support.case import Case
from support.daemon import run
from support.places import NOTAFTER, environment
from support.wait import PATIENCE, until

OK, UNKNOWN = 0, 3
COUNTS = {"critical": 1, "warning": 2, "failing": 3, "ok": 4, "unknown": 5}


def endpoint(name, severity="ok", **more):
    return {"name": name, "severity": severity, "expires": None, "last_probe": None,
            "last_error": None, "problems": [], **more}


def problem(code, **more):
    return {"code": code, "severity": "error", "message": "Something is wrong. " * 6,
            "remedy": "Do something. " * 6, **more}


class Stub:
    """Answers each command with the document of that name; @asked has the requests."""

    def __init__(self, path, endpoints, receivers=(), silences=(), **health):
        counts = {"all": len(endpoints), **COUNTS}
        self.documents = {
            "endpoints": {"counts": counts, "total": len(endpoints), "endpoints": endpoints},
            "problems": {"by_code": []},
            "health": {"receivers": receivers, "version": "0", "at": "2026-11-29T12:00:00Z",
                       **health},
            "silences": {"silences": silences},
            "status": {"endpoints_total": counts, "endpoints": []},
        }
        self.path, self.asked = path, []
        self.open()

    def open(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(16)
        self.thread = threading.Thread(target=self.serve, args=(self.listener,))
        self.thread.start()

    def serve(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                request = json.loads(client.makefile().readline())
                self.asked.append(request)
                client.sendall(json.dumps(self.documents[request["command"]]).encode() + b"\n")

    def close(self):
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.thread.join()
            self.listener.close()
            self.listener = None
            self.path.unlink()


class Stubbed(Case):
    def stub(self, *endpoints, **more):
        stub = Stub(self.folder / "control", endpoints, **more)
        self.addCleanup(stub.close)
        return stub


class Table(Stubbed):
    def table(self, *endpoints, args=(), columns=100, **more):
        stub = self.stub(*endpoints, **more)
        result = run("status", "--socket", stub.path, *args, env={"COLUMNS": str(columns)})
        stub.close()
        self.assertEqual((result.status, result.err), (OK, ""), result)
        return result.out.splitlines()

    def test_totals(self):
        self.assertEqual(self.table()[0], "0 endpoints: 1 critical, 2 warning, 3 failing, 4 ok, "
                                          "5 not looked at yet")
        self.assertTrue(self.table(endpoint("x"))[0].startswith("1 endpoint: "))

    def test_a_word_for_each_state(self):
        states = {"error": "CRITICAL", "warning": "WARNING", "failing": "FAILING", "info": "ok",
                  "ok": "ok", "unknown": "-"}
        lines = self.table(*(endpoint("x", s) for s in states))
        self.assertEqual([line.split()[0] for line in lines[3:]], list(states.values()))

    def test_columns_are_characters_and_of_long_names_both_ends_are_shown(self):
        long = "ä" * 40 + "ö" * 40
        lines = self.table(*(endpoint(n) for n in ("plain", "bücher.example", long, "ü" * 57)))
        at = lines[2].index("EXPIRES")
        self.assertEqual(at, 10 + 57 + 1)
        for line in lines[3:]:
            self.assertEqual(line[at - 1:at + 2], " - ", lines)
        self.assertEqual(lines[5].split()[1], "ä" * 28 + "…" + "ö" * 28)
        self.assertEqual(lines[6].split()[1], "ü" * 57)

    def test_no_line_is_wider_than_there_is_room(self):
        endpoints = [endpoint("a-very-long-name.of.some.region.example.com", "error",
                              expires="2027-01-01T00:00:00Z", last_probe="2020-01-01T00:00:00Z",
                              problems=[problem("intermediate-expiring-soon", silence="abc")])]
        for columns in (40, 59, 60, 80, 140):
            lines = self.table(*endpoints, columns=columns, receivers=[
                {"receiver": "a-receiver-of-long-name", "waiting": 7, "dead": 2,
                 "last_error": "HTTP 500 " * 8}])
            self.assertLessEqual(max(map(len, lines)), columns, "\n".join(lines))

    def test_why_the_last_probe_failed_unless_a_problem_says_so(self):
        refused = {"code": "connect-refused", "message": "Refused.", "remedy": "Start it."}
        lines = self.table(endpoint("a", "failing", last_error="It timed out."),
                           endpoint("b", "error", last_error="Once more.", problems=[refused]))
        self.assertEqual(lines[4], "          It timed out.")
        self.assertEqual(lines[6:], ["          connect-refused: Refused.",
                                     "          -> Start it."])

    def test_a_store_that_fails_is_told_first(self):
        lines = self.table(store_error="disk I/O error")
        self.assertEqual(lines[0], "The daemon cannot write its state: disk I/O error")

    def test_the_queue(self):
        lines = self.table(receivers=[{"receiver": "büro", "waiting": 7, "dead": 2,
                                       "last_error": "HTTP 500"}])
        self.assertEqual(lines[-1], f"{'büro':16} {7:8} {2:9}  HTTP 500")

    def test_colours_when_they_are_wanted(self):
        self.assertNotIn("\033", "".join(self.table(endpoint("x", "error"))))
        lines = self.table(endpoint("x", "error"), args=["--color=always"])
        self.assertIn("\033[1;31mCRITICAL", lines[3])
        self.assertEqual(run("status", "--color=maybe").status, UNKNOWN)

    def test_what_is_asked_for_is_asked_of_the_daemon(self):
        stub = self.stub(endpoint("x"))
        run("status", "--socket", stub.path, "--state", "critical,ok", "--code", "leaf-expired",
            "-l", "team=web", "-n", "7", "two", "words")
        wanted = {"q": "two words", "state": "critical,ok", "code": "leaf-expired",
                  "label": "team=web", "limit": 7}
        self.assertEqual(stub.asked[0], {"command": "endpoints", **wanted})
        answer = run("status", "--socket", stub.path, "--json", "two").json()
        self.assertEqual((answer["total"], len(answer["endpoints"])), (1, 1))
        before = run("status", "--socket", stub.path, "--json").json()
        self.assertEqual(before, stub.documents["status"])

    def test_who_does_not_run_can_be_started(self):
        result = run("status", "--socket", self.folder / "none", "-c", "/etc/some.yaml")
        self.assertEqual((result.status, result.out), (UNKNOWN, ""), result)
        self.assertIn("systemctl start notafter", result.err)
        self.assertIn("notafter run --config /etc/some.yaml", result.err)

    def test_numbers_are_checked(self):
        for args in (["--limit=0"], ["--limit=1001"], ["--watch=0"], ["--watch=x"],
                     ["--watch", "--json"]):
            self.assertEqual(run("status", *args).status, UNKNOWN, args)


class Terminal:
    """One that notafter runs on; text has all that it was sent."""

    def __init__(self, rows, columns, *args, kind="xterm"):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            self.resize(rows, columns, 0)
            env = environment(TERM=kind, LC_ALL="C.UTF-8")
            env.pop("NO_COLOR", None)
            os.execve(NOTAFTER, ["notafter", *map(str, args)], env)

    def resize(self, rows, columns, fd=None):
        fcntl.ioctl(self.fd if fd is None else fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        while select.select([self.fd], [], [], 0.02)[0]:
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                break
        return self.text

    def frames(self):
        return re.findall(r"\033\[\?2026h(.*?)\033\[\?2026l", self.read(), re.S)

    def lines(self):
        """Of the last picture, without colours."""
        last = self.frames()[-1].replace("\r\n", "\n")
        return re.sub(r"\033\[[0-9;]*[a-zA-Z]", "", last).split("\n")

    def sane(self):
        return termios.tcgetattr(self.fd)[3] & termios.ICANON != 0

    def end(self):
        """The exit status."""
        deadline = time.monotonic() + 20 * PATIENCE
        while time.monotonic() < deadline:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = None
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"it stays:\n{self.text}")

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


LEFT = "\033[?1049l"


class Watched(Stubbed):
    def watch(self, rows=24, columns=80, kind="xterm", n=60):
        self.daemon_stub = self.stub(*(endpoint(f"host-{i}.some.region.example.com", "error",
                                                problems=[problem("leaf-expired")])
                                       for i in range(n)))
        terminal = Terminal(rows, columns, "status", "--socket", self.daemon_stub.path, "-w1",
                            kind=kind)
        self.addCleanup(terminal.close)
        return terminal

    def test_pictures_fit_and_tell_how_many_more_there_are(self):
        for rows, columns in ((24, 80), (10, 40), (50, 132)):
            terminal = self.watch(rows, columns)
            until(terminal.frames, "a picture")
            lines = terminal.lines()
            self.assertLessEqual(len(lines), rows, lines)
            self.assertLessEqual(max(map(len, lines)), columns, lines)
            shown = sum(line.startswith("CRITICAL") for line in lines)
            self.assertIn(f"... and {60 - shown} more", lines)
            self.assertGreaterEqual(shown, (rows - 8) // 2)
            os.write(terminal.fd, b"q")
            self.assertEqual(terminal.end(), OK)
            self.assertTrue(terminal.text.endswith(LEFT))
            self.daemon_stub.close()

    def test_with_room_for_all_the_remedies_are_shown(self):
        terminal = self.watch(50, 100, n=3)
        until(terminal.frames, "a picture")
        self.assertEqual(sum("-> Do something." in line for line in terminal.lines()), 3)

    def test_it_follows_the_size_and_asks_again(self):
        terminal = self.watch(40, 80)
        until(lambda: len(terminal.frames()) > 2, "pictures")
        terminal.resize(12, 50)
        until(lambda: len(terminal.lines()) <= 12, "a smaller one")
        self.assertGreater(len(self.daemon_stub.asked), 4)

    def test_signals_leave_the_terminal_as_it_was(self):
        terminal = self.watch()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            until(terminal.frames, "a picture")
            self.assertFalse(terminal.sane())
            os.kill(terminal.pid, number)
            self.assertEqual(terminal.end(), OK)
            self.assertTrue(terminal.text.endswith(LEFT))
            self.daemon_stub.close()
            terminal = self.watch()

    def test_ctrl_c_ends_it_and_ctrl_z_does_not(self):
        terminal = self.watch()
        until(terminal.frames, "a picture")
        os.write(terminal.fd, b"\x1a")
        until(lambda: LEFT in terminal.read(), "the terminal for the shell")
        self.assertTrue(terminal.sane())
        before = len(terminal.frames())
        os.kill(terminal.pid, signal.SIGCONT)
        until(lambda: len(terminal.frames()) > before, "a picture")
        os.write(terminal.fd, b"\x03")
        self.assertEqual(terminal.end(), OK)

    def test_a_daemon_that_goes_and_comes_back(self):
        terminal = self.watch()
        until(terminal.frames, "a picture")
        self.daemon_stub.close()
        until(lambda: "No daemon answers" in terminal.lines()[0], "a word of it")
        self.assertIn("CRITICAL", terminal.read())
        self.daemon_stub.open()
        until(lambda: terminal.lines()[0].startswith("q: leave"), "it is back")

    def test_without_a_screen_pictures_follow_each_other(self):
        terminal = self.watch(kind="dumb", n=2)
        until(lambda: terminal.read().count("2 endpoints") > 1, "two pictures")
        self.assertNotIn("\033", terminal.text)
        os.kill(terminal.pid, signal.SIGTERM)
        self.assertEqual(terminal.end(), OK)
