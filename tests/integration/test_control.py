# SPDX-License-Identifier: Apache-2.0
"""The control socket: one line of JSON in, one document out, whatever is sent."""

import contextlib
import json
import socket

from support.case import Case
from support.daemon import run
from support.wait import until


class Control(Case):
    def setUp(self):
        super().setUp()
        self.at = self.daemon({"endpoints": ["127.0.0.1:1"]}).socket

    def ask(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(str(self.at))
            s.sendall(line)
            return json.loads(b"".join(iter(lambda: s.recv(65536), b"")))

    def test_status_names_as_many_endpoints_as_are_asked_for(self):
        for most, named in ((b"", 1), (b', "max_endpoints": 1', 1), (b', "max_endpoints": 0', 0)):
            answer = self.ask(b'{"command": "status"' + most + b"}\n")
            self.assertEqual(len(answer["endpoints"]), named, most)
            self.assertEqual(answer["endpoints_total"]["all"], 1)

    def test_what_is_no_request_gets_an_error(self):
        for line in (b"\n", b"status 0\n", b"[]\n", b'{"command": "status"\n', b"\0\n", b"\xff\n",
                     b'{"command": "status", "command": "status"}\n', b"[" * 10000 + b"\n"):
            self.assertIn("one JSON object", self.ask(line)["error"], line[:40])
        for line in (b"{}\n", b'{"command": 1}\n', b'{"command": "no-such"}\n'):
            self.assertIn("knows no such command", self.ask(line)["error"], line)
        for most in (b"-1", b'"1"', b"1.5", b"null"):
            line = b'{"command": "status", "max_endpoints": ' + most + b"}\n"
            self.assertIn("max_endpoints", self.ask(line)["error"], line)
        self.assertIn("is a name", self.ask(b'{"command": "alert retry", "receiver": 5}\n')["error"])
        self.assertIn("too long", self.ask(b"x" * 65536)["error"])
        self.assertEqual(run("status", "--socket", self.at).status, 0, "it still answers")

    def test_who_says_half_a_line_gives_his_place_to_another(self):
        with contextlib.ExitStack() as stack:
            idle = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(16)]
            for s in idle:
                s.connect(str(self.at))
                s.sendall(b"{")

            def answers():
                for s in idle:
                    with contextlib.suppress(OSError):
                        s.sendall(b" ")  # it is not silent, it only never ends
                with contextlib.suppress(OSError, ValueError):
                    return "endpoints" in self.ask(b'{"command": "status"}\n')

            until(answers, "an answer", seconds=20)
            self.assertTrue(any(self.is_open(s) for s in idle), "the others may stay")

    def is_open(self, s):
        s.setblocking(False)
        try:
            return s.recv(1) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def test_the_socket_is_not_for_everyone(self):
        self.assertEqual(self.at.stat().st_mode & 0o777, 0o660)
