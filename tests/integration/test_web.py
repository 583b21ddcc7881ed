# SPDX-License-Identifier: Apache-2.0
"""
The HTTP server: where it listens, who may ask, and that nobody can keep the daemon from its work.

    NOTAFTER_TEST_FLOOD=10000 python3 tests/integration/run.py web.Hostile

floods it with so many connections; 2000 unless given.
"""

import base64
import contextlib
import http.client
import os
import socket
import ssl
import threading
import time
from urllib.parse import urlsplit

from support.alert import told
from support.asking import TIMEOUT_S, ask
from support.case import Case
from support.daemon import run
from support.endpoints import Monitored
from support.pki import Pki
from support.wait import PATIENCE, until

FLOOD = int(os.environ.get("NOTAFTER_TEST_FLOOD", "2000"))
GREETING = 32  # handshakes at a time (CLIENTS_GREETING)
KEPT_OPEN = 600  # by one attacker; more than the server has places for


def connect(url):
    at = urlsplit(url)
    return socket.create_connection((at.hostname, at.port), TIMEOUT_S)


class Listening(Case):
    def serving(self, *listen, **more):
        return self.daemon({"endpoints": [], "listen": list(listen)}, **more)

    def fails_to_start(self, daemon):
        daemon.start(wait=False)
        self.assertEqual(daemon.process.wait(TIMEOUT_S), 3)
        return daemon.log()

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def test_all_that_is_configured_is_served(self):
        pki = Pki(self.folder / "pki")
        leaf = pki.leaf("localhost")
        chain = self.file("chain.pem", leaf.pem + "".join(above.pem for above in leaf.above()))
        path = str(self.folder / "http")
        daemon = self.serving("127.0.0.1:0", "[::1]:0", path, {
            "address": "127.0.0.2:0", "cert_file": chain, "key_file": str(leaf.key),
            "token_file": self.file("tokens", "open-sesame\n"),
            "password_file": self.file("passwords", "admin:secret\n"),
            "hosts": ["tls.example"]})
        v4, v6, local, tls = daemon.urls()
        for url in (v4, v6, local):
            self.assertEqual(ask(url)[0], 200, url)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o666)
        self.assertEqual(local, f"unix:{path}")

        trust = ssl.create_default_context(cafile=str(pki.root.cert))
        trust.check_hostname = False
        secret = base64.b64encode(b"admin:secret").decode()
        for headers, status in (({}, 401), ({"Authorization": "Bearer open-sesame"}, 200),
                                ({"Authorization": "Bearer open-sesam"}, 401),
                                ({"Authorization": f"Basic {secret}", "Host": "tls.example"}, 200),
                                ({"Authorization": f"Basic {secret}", "Host": "else.example"}, 421)):
            self.assertEqual(ask(tls, headers=headers, tls=trust)[0], status, headers)
        self.assertIn("Basic", ask(tls, tls=trust)[1]["WWW-Authenticate"])
        with self.assertRaises((OSError, http.client.HTTPException)):
            ask(tls.replace("https", "http"))
        daemon.stop()
        self.assertFalse(os.path.exists(path))
        self.assertNotIn("sesame", daemon.log())

    def test_so_many_handshakes_at_a_time_and_no_more(self):
        """They cost the daemon far more than those who begin them: the oldest have to go."""
        leaf = Pki(self.folder / "pki").leaf("localhost")
        daemon = self.serving({"address": "127.0.0.1:0", "cert_file": self.file("c.pem", leaf.pem),
                               "key_file": str(leaf.key)})
        url, = daemon.urls()
        with contextlib.ExitStack() as stack:
            silent = [stack.enter_context(connect(url)) for _ in range(GREETING + 1)]
            silent[0].settimeout(8)  # in 10 s all of them would have to go
            self.assertEqual(silent[0].recv(1), b"")
            silent[1].setblocking(False)
            with self.assertRaises(BlockingIOError):
                silent[1].recv(1)
            self.assertEqual(ask(url, tls=ssl._create_unverified_context())[0], 200)

    def test_an_address_that_cannot_be_had_is_an_error(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            daemon = self.serving("127.0.0.1:0", f"127.0.0.1:{port}", start=False)
            log = self.fails_to_start(daemon)
            self.assertIn(f"cannot listen at 127.0.0.1:{port}: Address already in use", log)
            self.assertNotIn("serving at", log)

            daemon = self.serving("127.0.0.1:0", name="e")
            url, = daemon.urls()
            daemon.write({"endpoints": ["127.0.0.1:1"], "listen": [f"127.0.0.1:{port}"]})
            daemon.reload()
            self.assertIn("the old configuration stays", daemon.log())
            self.assertEqual(ask(url)[0], 200)
            self.assertEqual(run("status", "--socket", daemon.socket, "--json").json()
                             ["endpoints_total"]["all"], 0)

    def test_a_secret_that_cannot_be_read_is_an_error(self):
        where = {"address": "127.0.0.1:0", "token_file": str(self.folder / "none")}
        self.assertIn("cannot read secret file", self.fails_to_start(self.serving(where, start=False)))
        self.file("none", "\n")
        log = self.fails_to_start(self.serving(where, start=False, name="e"))
        self.assertIn("is empty: nobody could ask", log)

    def test_a_socket_that_another_daemon_has_stays_its_own(self):
        path = str(self.folder / "http")
        first = self.serving(path)
        self.assertIn("Address already in use",
                      self.fails_to_start(self.serving(path, start=False, name="e")))
        self.assertEqual(ask(f"unix:{path}")[0], 200)
        first.kill()  # and leaves it behind
        self.serving(path, name="f")
        self.assertEqual(ask(f"unix:{path}")[0], 200)
        occupied = self.file("file", "")
        self.assertIn("File exists", self.fails_to_start(self.serving(occupied, start=False, name="g")))

    def test_a_reload_moves_and_reads_secrets_again(self):
        tokens = self.file("tokens", "first\n")
        daemon = self.serving({"address": "127.0.0.1:0", "token_file": tokens}, "[::1]:0")
        stays, goes = daemon.urls()
        first, second = ({"Authorization": f"Bearer {t}"} for t in ("first", "second"))
        self.assertEqual([ask(stays, headers=h)[0] for h in (first, second)], [200, 401])
        self.file("tokens", "second\n")
        path = str(self.folder / "http")
        daemon.write({"endpoints": [], "listen": [{"address": "127.0.0.1:0", "token_file": tokens}, path]})
        daemon.reload()
        self.assertEqual([ask(stays, headers=h)[0] for h in (first, second)], [401, 200])
        self.assertEqual(ask(f"unix:{path}")[0], 200)
        with self.assertRaises(ConnectionRefusedError):
            ask(goes)

    def test_the_standard_is_no_error_when_another_has_it(self):
        config = f"endpoints: []\nstate: {self.folder}/%s/state\nsocket: {self.folder}/%s/control\n"
        self.daemon(config.replace("%s", "d"), name="d")
        second = self.daemon(config.replace("%s", "e"), name="e")
        self.assertIn("warning: cannot listen at 127.0.0.1:9219: Address already in use", second.log())

    def test_sockets_of_the_service_manager_are_used(self):
        path = str(self.folder / "http")
        with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
            local.bind(path)
            local.listen()
            port = tcp.getsockname()[1]
            passed = ["bash", "-c", 'LISTEN_PID=$$ LISTEN_FDS=2 exec "$@" 3<&"$A" 4<&"$B"', "sh"]
            config = {"endpoints": [], "state": str(self.folder / "d" / "state"),
                      "socket": str(self.folder / "d" / "control")}
            for name, listen in (("d", None), ("e", [{"address": f"127.0.0.1:{port}"}])):
                daemon = self.daemon(config if listen is None else {**config, "listen": listen},
                                     start=False, name=name, inside=passed,
                                     env={"A": str(tcp.fileno()), "B": str(local.fileno())})
                if listen is None:
                    text = daemon.file.read_text().replace('"listen": [],', "")
                    daemon.write(text)
                self.start_with(daemon, tcp, local)
                urls = [f"http://127.0.0.1:{port}/"] + [f"unix:{path}"] * (listen is None)
                self.assertEqual(daemon.urls(), urls)
                for url in urls:
                    self.assertEqual(ask(url)[0], 200)
                daemon.stop()
                self.assertTrue(os.path.exists(path), "it is not ours to remove")
            self.assertIn(f"the service manager has opened {path}", daemon.log())

    def start_with(self, daemon, *sockets):
        """Popen() of the daemon closes descriptors that are not to be inherited."""
        for s in sockets:
            s.set_inheritable(True)
        daemon.start(close_fds=False)


class Hostile(Monitored):
    """While all of this goes on, endpoints are looked at and problems are told."""

    def setUp(self):
        super().setUp()
        self.hook_ = self.hook()
        config = self.config(["good.test"], [self.webhook(self.hook_)])
        self.watcher = self.daemon({**config, "listen": ["127.0.0.1:0"]})
        self.url, = self.watcher.urls()
        until(self.rounds(1), "the first look")

    def still_does_its_work(self, name):
        """The owner breaks his certificate: that is seen, and told, within some seconds."""
        begin = time.monotonic()
        self.nginx.put("good.test", self.pki.leaf("good.test", days=(-90, -3)))
        self.nginx.reload()
        until(lambda: ("opened", "good.test", "leaf-expired") in told(self.hook_), "the alert")
        self.assertLess(time.monotonic() - begin, 10 * PATIENCE, name)
        self.assertEqual(ask(self.url)[0], 200, "an honest question finds a place")
        self.watcher.alive()
        self.assertNotIn("stalled", self.watcher.log())

    def test_clients_that_never_finish_keep_nobody_waiting(self):
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(connect(self.url)) for _ in range(KEPT_OPEN)]
            stop = threading.Event()

            def trickle():
                while not stop.wait(0.2):
                    for s in slow:
                        with contextlib.suppress(OSError):
                            s.send(b"X")

            for s in slow:
                with contextlib.suppress(OSError):
                    s.send(b"GET / HTTP/1.1\r\nX: ")
            thread = threading.Thread(target=trickle)
            thread.start()
            try:
                self.still_does_its_work("slow")
                self.assertLess(self.descriptors(), KEPT_OPEN, "some had to go")
            finally:
                stop.set()
                thread.join()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.watcher.process.pid}/fd"))

    def test_a_flood_of_connections_keeps_nobody_waiting(self):
        def flood():
            held = []
            for i in range(FLOOD):
                with contextlib.suppress(OSError):
                    held.append(connect(self.url))
                    held[-1].send(b"G" if i % 10 else b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                while len(held) > KEPT_OPEN:
                    held.pop(0).close()
            for s in held:
                s.close()

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            self.still_does_its_work("many")
        finally:
            thread.join()
        until(lambda: self.descriptors() < 100, "all are gone", 30)

    def test_what_is_no_honest_question_is_refused(self):
        close = b"Host: localhost\r\nConnection: close\r\n\r\n"
        rows = (
            (b"GET /../../../../etc/passwd HTTP/1.1\r\n" + close, 404),
            (b"GET /static/../../etc/passwd HTTP/1.1\r\n" + close, 404),
            (b"GET /static/%2e%2e%2f%2e%2e%2fetc/passwd HTTP/1.1\r\n" + close, 404),
            (b"GET /static//etc/passwd HTTP/1.1\r\n" + close, 404),
            (b"GET /%00 HTTP/1.1\r\n" + close, 400),
            (b"GET / HTTP/1.1\r\nX: " + b"x" * 100000 + b"\r\n" + close, 400),
            (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + close, 400),
            (b"GET /?" + b"a" * 100000 + b" HTTP/1.1\r\n" + close, 400),
            (b"GET /?" + b"a&" * 200 + b" HTTP/1.1\r\n" + close, 400),
            (b"GET / HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n", 421),
            (b"POST / HTTP/1.1\r\nContent-Length: 1000000000\r\n" + close, 413),
            (b"DELETE /endpoint?id=good.test HTTP/1.1\r\n" + close, 405),
            (b"GET / HTTP/9.9\r\n" + close, 400),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        )
        for question, status in rows:
            with self.subTest(question[:60]), connect(self.url) as s:
                with contextlib.suppress(OSError):  # it may have heard enough
                    s.sendall(question)
                answer = b""
                with contextlib.suppress(ConnectionError):
                    answer = b"".join(iter(lambda: s.recv(65536), b""))
                self.assertRegex(answer[:40], rb"^HTTP/1\.\d %d " % status if answer else rb"^$")
                self.assertNotIn(b"root:", answer)
        self.still_does_its_work("refused")

    def test_nothing_of_a_question_becomes_a_header(self):
        for path in ("/endpoints?q=a%0d%0aX-Evil:%201", "/endpoint?id=a%0d%0aX-Evil:%201",
                     "/chain.pem?id=good.test%0d%0aX-Evil:%201", "/probe?target=a%0d%0aX-Evil:%201",
                     "/api/v1/endpoint?id=%0d%0aX-Evil:%201", "/%0d%0aX-Evil:%201"):
            status, headers, _ = ask(self.url, path)
            self.assertNotIn("X-Evil", headers, path)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff", path)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"], path)
