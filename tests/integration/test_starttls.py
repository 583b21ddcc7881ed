# SPDX-License-Identifier: Apache-2.0
"""
The servers of the world as they are installed: every protocol that begins with TLS or turns to it,
with a right certificate, with a wrong one, and without any.
"""

import socket
import socketserver
import threading

from support import servers
from support.case import Case
from support.daemon import run
from support.pki import Pki
from support.server import Unavailable
from support.wait import until

NAME = "server.test"
OK, CRITICAL, UNKNOWN = 0, 2, 3

# Each kind of server, what is wrong with its second instance, and what it says without TLS.
KINDS = {
    servers.Postfix: ("leaf-expired", "peer does not offer STARTTLS"),
    servers.Dovecot: ("hostname-mismatch", "peer does not offer "),
    servers.Proftpd: ("missing-intermediate", "peer refused: 500 AUTH not understood"),
    servers.Slapd: ("leaf-expired", "protocolError (2): unsupported extended operation"),
    servers.Prosody: ("hostname-mismatch", "No stream features to "),
    servers.Postgresql: ("missing-intermediate", "peer does not offer TLS"),
    servers.Mariadb: ("leaf-expired", "peer does not offer TLS"),
    servers.Nnrpd: ("hostname-mismatch", "peer refused: 580 Error initializing TLS"),
    servers.Inspircd: ("missing-intermediate", "peer does not offer STARTTLS"),
    servers.Ngircd: (None, "peer does not offer STARTTLS"),
    servers.Nginx: ("leaf-expired", None),
}


class Starttls(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder.chmod(0o755)  # most servers give up root's rights
        cls.pki = Pki(cls.folder / "pki")
        intermediate = [cls.pki.intermediate]
        good = cls.pki.leaf(NAME)
        cls.certificates = {  # by what is wrong: the pair, and what is sent above it
            "good": (good, intermediate),
            "leaf-expired": (cls.pki.leaf(NAME, days=(-90, -3)), intermediate),
            "hostname-mismatch": (cls.pki.leaf("else.test"), intermediate),
            "missing-intermediate": (good, []),
            "plain": (None, []),
        }
        cls.running, cls.missing = {}, {}
        for kind, (flaw, _) in KINDS.items():
            try:
                for variant in ("good", flaw) * bool(flaw) + ("plain",) * bool(kind.starttls):
                    cls.launch(kind, variant)
            except Unavailable as reason:
                cls.missing[kind] = str(reason)

    @classmethod
    def launch(cls, kind, variant):
        pair, above = cls.certificates[variant]
        server = kind(cls.folder / f"{kind.name}-{variant}", pair, above, host=NAME)
        cls.addClassCleanup(server.stop)
        cls.running[kind, variant] = server
        server.launch()

    def running_of(self, kind, variant):
        if kind in self.missing:
            self.skipTest(self.missing[kind])
        self.asked = type(self).running[kind, variant]
        return self.asked.wait()

    def evidence(self):
        return super().evidence() + (self.asked.told() if hasattr(self, "asked") else "")

    def check(self, server, scheme):
        return run("check", "--json", "--hostname", NAME, "--ca-file", self.pki.root.cert,
                   "--intermediates", self.pki.intermediate.cert, server.target(scheme))

    def assert_seen(self, kind, variant, *codes):
        """By every scheme of the server: its certificate, and these problems alone."""
        server = self.running_of(kind, variant)
        for scheme in server.schemes:
            with self.subTest(scheme=scheme, variant=variant):
                result = self.check(server, scheme)
                report = result.json()
                self.assertEqual([d["code"] for d in report["diagnoses"]
                                  if d["severity"] in ("warning", "error")], list(codes), result)
                self.assertEqual(result.status, CRITICAL if codes else OK, result)
                self.assertEqual(report["probe"]["outcome"], "ok", result)
                self.assertEqual(report["chain"][0]["sha256"], server.pair.fingerprint, result)
                self.assertEqual("starttls" in report["probe"]["steps"],
                                 scheme in server.starttls, result)

    def assert_plain(self, kind, words):
        """Without TLS, every scheme that asks for it says that there is none, in its words."""
        server = self.running_of(kind, "plain")
        for scheme in server.schemes:
            with self.subTest(scheme=scheme, variant="plain"):
                result = self.check(server, scheme)
                self.assertEqual(result.status, UNKNOWN, result)
                finding, = result.json()["diagnoses"]
                self.assertEqual(finding["code"], "starttls-unavailable", result)
                self.assertIn(words, finding["message"], result)

    def assert_all(self, kind):
        flaw, words = KINDS[kind]
        self.assert_seen(kind, "good")
        self.assert_seen(kind, flaw, flaw)
        if words:
            self.assert_plain(kind, words)

    def test_nginx(self):
        self.assert_all(servers.Nginx)

    def test_postfix(self):
        self.assert_all(servers.Postfix)

    def test_dovecot(self):
        self.assert_all(servers.Dovecot)

    def test_proftpd(self):
        self.assert_all(servers.Proftpd)

    def test_slapd(self):
        self.assert_all(servers.Slapd)

    def test_prosody(self):
        self.assert_all(servers.Prosody)

    def test_postgresql(self):
        self.assert_all(servers.Postgresql)

    def test_mariadb(self):
        self.assert_all(servers.Mariadb)

    def test_nnrpd(self):
        self.assert_all(servers.Nnrpd)

    def test_inspircd(self):
        self.assert_all(servers.Inspircd)

    def test_ngircd_knows_no_starttls(self):
        self.assert_plain(servers.Ngircd, KINDS[servers.Ngircd][1])

    def test_the_daemon_finds_the_same(self):
        endpoints, expected = [], {}
        for (kind, variant), server in self.running.items():
            server.wait()
            for scheme in server.schemes:
                name = f"{server.folder.name}-{scheme}"
                endpoints.append({"name": name, "target": server.target(scheme)})
                expected[name] = {"good": [], "plain": ["starttls-unavailable"]}.get(
                    variant, [variant])
        daemon = self.daemon({"endpoints": endpoints, "defaults": {
            "server_name": NAME, "interval": "5s", "failures": 1, "timeout": "20s",
            "ca_file": str(self.pki.root.cert),
            "intermediates_file": str(self.pki.intermediate.cert)}})

        def found():
            seen = daemon.status("--json").json()["endpoints"]
            return {e["name"]: [p["code"] for p in e["problems"]] for e in seen if e["last_probe"]}
        until(lambda: len(found()) == len(expected), "each was probed", 30)
        self.assertEqual(found(), expected)


class Relay(socketserver.BaseRequestHandler):
    """Goes on to @server from an address that is not 127.0.0.1, which MariaDB always trusts."""

    def handle(self):
        with socket.create_connection(self.server.goal, source_address=("127.1.2.3", 0)) as goal:
            back = threading.Thread(target=self.pass_on, args=(goal, self.request), daemon=True)
            back.start()
            self.pass_on(self.request, goal)
            back.join(5)

    @staticmethod
    def pass_on(source, goal):
        try:
            while data := source.recv(65536):
                goal.sendall(data)
            goal.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Manners(Case):
    def test_mariadb_does_not_lock_us_out(self):
        for folder in (type(self).folder, self.folder):
            folder.chmod(0o755)
        pki = Pki(self.folder / "pki")
        pair = pki.leaf(NAME)
        try:
            mariadb = servers.StrictMariadb(self.folder / "mariadb", pair, pair.above(), NAME)
        except Unavailable as reason:
            self.skipTest(str(reason))
        self.addCleanup(mariadb.stop)
        mariadb.launch()
        mariadb.wait()
        relay = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay)
        relay.goal = (mariadb.words["address"], mariadb.ports["mysql"])
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        self.addCleanup(relay.server_close)
        self.addCleanup(relay.shutdown)
        for _ in range(5):
            result = run("check", "--hostname", NAME, "--ca-file", pki.root.cert,
                         f"mysql://127.0.0.1:{relay.server_address[1]}")
            self.assertEqual(result.status, OK, f"{result}{mariadb.told()}")
        self.assertIn("Access denied for user 'notafter'", mariadb.told())
