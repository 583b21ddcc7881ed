# SPDX-License-Identifier: Apache-2.0
"""Ways to a server: proxies, client certificates, ALPN; as `check` and the daemon go them."""

import socket
import ssl
import subprocess
import unittest
from pathlib import Path

from support import schema
from support.acceptor import Acceptor
from support.case import Case
from support.daemon import run
from support.nginx import Nginx, free_port
from support.pki import Pki, openssl
from support.places import program
from support.process import end
from support.proxies import Microsocks, ScriptedProxy, Tinyproxy, listens
from support.wait import until

OK, WARNING, CRITICAL, UNKNOWN = range(4)


class SmtpServer:
    """Turns to TLS when asked, and serves @pair."""

    def __init__(self, pair):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pair.cert, pair.key)
        self.acceptor = Acceptor(self.talk)
        self.port = self.acceptor.port

    def talk(self, client):
        try:
            client.sendall(b"220 mx.test ESMTP\r\n")
            client.recv(1000)
            client.sendall(b"250-mx.test\r\n250 STARTTLS\r\n")
            client.recv(1000)
            client.sendall(b"220 go ahead\r\n")
            with self.context.wrap_socket(client, server_side=True) as tls:
                tls.recv(1000)
        except OSError:
            pass
        finally:
            client.close()

    def start(self):
        return self

    def stop(self):
        self.acceptor.close()


class SServer:
    """openssl s_server with @options."""

    def __init__(self, pair, *options):
        self.pair, self.options = pair, options
        self.port = free_port()

    def start(self):
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert", self.pair.cert,
             "-key", self.pair.key, "-quiet", *map(str, self.options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: listens(self.port), "s_server listens")
        return self

    def stop(self):
        end(self.process)


def codes(report):
    return [d["code"] for d in report["diagnoses"]]


def message(report, code):
    return next(d["message"] for d in report["diagnoses"] if d["code"] == code)


class Way(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder / "pki")
        cls.good = cls.pki.leaf("good.test", issuer=cls.pki.root)

    def check(self, *args, ca=None):
        result = run("check", "--json", "--aia", "off", "--ca-file", ca or self.pki.root.cert, *args)
        self.assertTrue(result.out, result)
        report = result.json()
        self.assertEqual(schema.complaints(report), "")
        return result, report

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path


class Proxies(Way):
    """A real HTTP proxy, a real SOCKS5 proxy, and hostile ones."""

    KINDS = {"tinyproxy": Tinyproxy, "microsocks": Microsocks}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in cls.KINDS:
            if not program(name):
                raise unittest.SkipTest(f"{name} is not installed")
        cls.nginx = Nginx(cls.folder / "nginx")
        cls.nginx.host("good.test", cls.good)
        cls.shared(cls.nginx)
        cls.smtp = cls.shared(SmtpServer(cls.good))
        cls.proxies = {name: cls.shared(kind(cls.folder / name)) for name, kind in cls.KINDS.items()}
        cls.target = f"127.0.0.1:{cls.nginx.port}"

    def each(self):
        for name, proxy in self.proxies.items():
            with self.subTest(name):
                yield proxy, self.write(f"{name}.login", proxy.login + "\n")

    def test_a_proxy_with_a_login_leads_to_the_server(self):
        for proxy, login in self.each():
            result, report = self.check("--hostname", "good.test", "--proxy", proxy.url,
                                        "--proxy-auth-file", login, self.target)
            self.assertEqual(result.status, OK, result)
            self.assertEqual(report["probe"]["proxy"], proxy.name)
            self.assertEqual(report["probe"]["address"], proxy.name)
            self.assertGreater(report["probe"]["steps"]["proxy"], 0)

    def test_starttls_is_spoken_through_a_proxy(self):
        for proxy, login in self.each():
            result, report = self.check("--hostname", "good.test", "--proxy", proxy.url,
                                        "--proxy-auth-file", login,
                                        f"smtp://127.0.0.1:{self.smtp.port}")
            self.assertEqual(result.status, OK, result)
            self.assertGreater(report["probe"]["steps"]["starttls"], 0)

    def test_without_the_right_login_the_proxy_is_named_and_no_password(self):
        for proxy, login in self.each():
            wrong = self.write("wrong", "watcher:not-the-pa55\n")
            for options in ((), ("--proxy-auth-file", wrong)):
                result, report = self.check("--proxy", proxy.url, *options, self.target)
                self.assertEqual(result.status, UNKNOWN, result)
                self.assertEqual(report["probe"]["outcome"], "proxy-failed")
                said = message(report, "connect-failed")
                self.assertIn(f"Cannot connect to {self.target}: proxy {proxy.name} ", said)
                self.assertNotIn("pa55", result.out + result.err)
                if proxy.scheme == "http":
                    self.assertRegex(said, r" refused: 40[17] ")
                elif options:
                    self.assertIn("refused: user or password is wrong", said)

    def test_a_server_that_the_proxy_does_not_reach(self):
        closed = f"127.0.0.1:{free_port()}"
        for proxy, login in self.each():
            _, report = self.check("--proxy", proxy.url, "--proxy-auth-file", login, closed)
            said = message(report, "connect-failed")
            self.assertIn(f"proxy {proxy.name} refused: ", said)
            self.assertIn("50" if proxy.scheme == "http" else "connection refused (SOCKS5 reply 5)",
                          said)

    def test_a_proxy_that_is_not_there(self):
        closed = f"127.0.0.1:{free_port()}"
        for scheme in ("http", "socks5"):
            _, report = self.check("--proxy", f"{scheme}://{closed}", self.target)
            self.assertEqual(message(report, "connect-failed"), f"Cannot connect to {self.target}: "
                             f"proxy {closed}: connection refused.")

    def test_the_name_goes_to_the_proxy_as_it_is(self):
        http = self.server(ScriptedProxy(b"HTTP/1.1 503 No\r\n\r\n"))
        self.check("--proxy", http.url, "far.invalid:8443")
        self.assertEqual(http.heard, b"CONNECT far.invalid:8443 HTTP/1.1\r\n"
                         b"Host: far.invalid:8443\r\n\r\n")

    def test_the_environment_is_not_asked(self):
        other = self.server(ScriptedProxy(b""))
        result = run("check", "--json", "--ca-file", self.pki.root.cert, "--hostname", "good.test",
                     self.target, env={"http_proxy": other.url, "https_proxy": other.url,
                                       "ALL_PROXY": other.url})
        self.assertEqual(result.status, OK, result)
        self.assertEqual(other.heard, b"")

    def test_hostile_proxies_have_their_words(self):
        for answer, words in (
                (b"SSH-2.0-OpenSSH\r\n", ': not HTTP: peer sent "SSH-2.0-OpenSSH"'),
                (b"HTTP/1.1 200 ok\r\n" + b"X: " + b"y" * 5000, "peer sent 4096 bytes without an end"),
                (b"HTTP/1.1 200 ok\r\n" + b"X: y\r\n" * 1000, "more than "),
                (b"HTTP/1.1 403 \x1b[2J\xe2\x80\xae\r\n\r\n", r" refused: 403 \x1B[2J\xE2\x80\xAE"),
                (b"HTTP/1.1 200 ok\r\n\r\n220 mx.test ESMTP\r\n", "not TLS: peer greeted in clear")):
            with self.subTest(words):
                proxy = self.server(ScriptedProxy(answer))
                result, report = self.check("--proxy", proxy.url, "far.invalid:443")
                self.assertIn(words, report["diagnoses"][0]["message"], result)
        proxy = self.server(ScriptedProxy(b""))
        result, report = self.check("--timeout", "500ms", "--proxy", proxy.url, "far.invalid:443")
        self.assertIn(f"proxy {proxy.name} accepted the connection and then said nothing: no answer "
                      "to CONNECT", message(report, "connect-timeout"))

    def test_the_daemon_goes_through_the_proxy_and_tells_no_secret(self):
        proxy = self.proxies["microsocks"]
        login = self.write("login", proxy.login + "\n")
        daemon = self.daemon({
            "defaults": {"ca_file": str(self.pki.root.cert), "aia": "off", "proxy": proxy.url,
                         "proxy_auth_file": str(login), "server_name": "good.test",
                         "failures": 1, "interval": "1s", "retry": "1s"},
            "endpoints": [self.target, {"target": self.target, "name": "straight", "proxy": "none"}],
        })
        status = lambda: {e["name"]: e for e in daemon.status("--json").json()["endpoints"]}
        until(lambda: all(e["last_probe"] for e in status().values()), "both were looked at")
        for e in status().values():
            self.assertEqual(e["severity"], "ok", e)
        login.write_text("watcher:wrong\n")
        daemon.reload()
        until(lambda: status()[self.target]["severity"] != "ok", "the wrong login is noticed")
        self.assertEqual(status()["straight"]["severity"], "ok")
        told = daemon.log() + daemon.status("--json").out + daemon.status().out
        told += Path(f"/proc/{daemon.process.pid}/cmdline").read_text()
        told += run("config", "show", daemon.file).out
        self.assertNotIn("pa55", told)
        self.assertNotIn("watcher:", told)


class ClientCertificates(Way):
    alone = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client_ca = cls.pki.authority("Client CA")
        cls.client = cls.make("client", (-10, 300))
        cls.expired = cls.make("expired", (-300, -10))
        cls.expiring = cls.make("expiring", (-300, 5))

    @classmethod
    def make(cls, name, days):
        return cls.pki.issue(name, cls.client_ca, ["extendedKeyUsage=clientAuth"], days=days)

    def pem(self, pair, name="client.pem"):
        return self.write(name, pair.pem + pair.key.read_text())

    def ask(self, server, *options):
        return self.check("--hostname", "good.test", *options, f"127.0.0.1:{server.port}")

    def asking(self, *options):
        return self.server(SServer(self.good, "-CAfile", self.client_ca.cert, "-Verify", "1",
                                   "-verify_return_error", *options))

    def test_a_server_that_asks_is_shown_the_certificate(self):
        server = self.asking("-tls1_2")
        result, report = self.ask(server, "--client-cert", self.pem(self.client))
        self.assertEqual(result.status, OK, result)
        result, report = self.ask(server, "--client-cert", self.client.cert, "--client-key",
                                  self.client.key)
        self.assertEqual(result.status, OK, result)

    def test_an_encrypted_key_and_pkcs12_are_opened(self):
        server = self.asking("-tls1_2")
        phrase = self.write("phrase", "geheim\n")
        openssl("pkcs12", "-export", "-in", self.client.cert, "-inkey", self.client.key, "-out",
                self.folder / "client.p12", "-passout", "pass:geheim")
        openssl("pkcs8", "-topk8", "-in", self.client.key, "-out", self.folder / "locked.key",
                "-passout", "pass:geheim")
        for options in (("--client-cert", self.folder / "client.p12"),
                        ("--client-cert", self.client.cert, "--client-key",
                         self.folder / "locked.key")):
            result, _ = self.ask(server, *options, "--client-passphrase-file", phrase)
            self.assertEqual(result.status, OK, result)

    def test_tls13_refuses_when_our_handshake_is_over(self):
        server = self.asking("-tls1_3")
        result, report = self.ask(server, "--client-cert", self.pem(self.client))
        self.assertEqual(result.status, OK, result)
        result, report = self.ask(server, "--client-cert", self.pem(self.expired))
        self.assertIn("peer sent alert: certificate expired, to our client certificate",
                      message(report, "handshake-failed"))
        result, report = self.ask(server, "--client-cert", self.pem(self.good))
        self.assertIn(", to our client certificate", message(report, "handshake-failed"))

    def test_tls13_that_says_nothing_has_taken_it(self):
        server = self.asking("-tls1_3", "-num_tickets", "0")
        for options in ((), ("--timeout", "700ms")):
            result, report = self.ask(server, *options, "--client-cert", self.pem(self.client))
            self.assertEqual(result.status, OK, result)

    def test_nginx_takes_any_and_we_wait_no_longer_than_that(self):
        nginx = Nginx(self.folder / "nginx")
        nginx.host("good.test", self.good, client_ca=self.client_ca.cert)
        self.server(nginx)
        for client in (self.client, self.expired):
            result, report = self.ask(nginx, "--client-cert", self.pem(client))
            self.assertNotIn("handshake-failed", codes(report))
            self.assertLess(report["probe"]["steps"]["handshake"], 5)

    def test_without_one_the_server_refuses(self):
        _, report = self.ask(self.asking("-tls1_2"))
        self.assertIn("peer sent alert: ", message(report, "handshake-failed"))

    def test_an_expired_one_is_our_own_fault(self):
        path = self.pem(self.expired)
        result, report = self.ask(self.asking("-tls1_2"), "--client-cert", path)
        self.assertIn("client-cert-expired", codes(report))
        said = message(report, "client-cert-expired")
        self.assertIn(f"Our client certificate expired, in {path}, expired 10 d ago", said)
        self.assertIn("certificate expired", message(report, "handshake-failed"))
        self.assertEqual(result.status, CRITICAL)

    def test_one_that_ends_soon_is_told_even_if_nobody_asks(self):
        nginx = Nginx(self.folder / "nginx")
        nginx.host("good.test", self.good)
        self.server(nginx)
        result, report = self.ask(nginx, "--client-cert", self.pem(self.expiring))
        self.assertEqual(codes(report), ["client-cert-expiring-soon"], result)

    def test_files_that_do_not_fit_are_refused_before_anybody_is_asked(self):
        for cert, key, words in ((self.client.cert, self.expired.key, "does not belong to client"),
                                 (self.client.cert, None, "holds no private key"),
                                 ("/nowhere", None, "cannot read /nowhere")):
            options = ["--client-cert", cert] + (["--client-key", key] if key else [])
            result = run("check", *options, "127.0.0.1:1")
            self.assertEqual(result.status, UNKNOWN)
            self.assertIn(words, result.err)

    def test_a_renewed_file_is_read_at_the_reload(self):
        nginx = Nginx(self.folder / "nginx")
        nginx.host("good.test", self.good)
        self.server(nginx)
        path = self.pem(self.expiring)
        daemon = self.daemon({
            "defaults": {"ca_file": str(self.pki.root.cert), "aia": "off", "interval": "1s"},
            "endpoints": [{"target": f"127.0.0.1:{nginx.port}", "server_name": "good.test",
                           "client_cert": str(path)}]})
        problems = lambda: [p["code"] for e in daemon.status("--json").json()["endpoints"]
                            for p in e["problems"]]
        until(lambda: problems() == ["client-cert-expiring-soon"], "it is told")
        self.pem(self.client)
        daemon.reload()
        until(lambda: problems() == [], "it is resolved")
        path.write_text("nothing")
        log = len(daemon.log())
        daemon.process.send_signal(1)
        until(lambda: "holds no certificate" in daemon.log()[log:], "it is refused, with its place")
        self.assertRegex(daemon.log()[log:], r"notafter.yaml:\d+:\d+: endpoint 127.0.0.1:\d+: ")
        self.assertEqual(problems(), [])


class Alpn(Way):
    def test_nginx_chooses_of_what_is_offered(self):
        nginx = Nginx(self.folder / "nginx")
        port = nginx.host("good.test", self.good, own_port=True, http2=True)
        self.server(nginx)
        for target, options, chosen in (("https://", (), "h2"),
                                        ("https://", ("--alpn", "x, http/1.1"), "http/1.1"),
                                        ("https://", ("--alpn", "none"), None),
                                        ("", (), None), ("", ("--alpn", "h2"), "h2")):
            _, report = self.check("--hostname", "good.test", *options, f"{target}127.0.0.1:{port}")
            self.assertEqual(report["probe"]["alpn"], chosen, (target, options))

    def test_a_server_that_speaks_none_of_them(self):
        server = self.server(SServer(self.good, "-alpn", "acme-tls/1"))
        target = f"127.0.0.1:{server.port}"
        result, report = self.check("--hostname", "good.test", "--alpn", "acme-tls/1", target)
        self.assertEqual(report["probe"]["alpn"], "acme-tls/1", result)
        _, report = self.check("--hostname", "good.test", "--alpn", "h2", target)
        self.assertIn("no application protocol (it speaks none of those offered by ALPN)",
                      message(report, "handshake-failed"))


class Options(Way):
    def test_starttls_and_connect_to(self):
        smtp = self.server(SmtpServer(self.good))
        result, report = self.check("--starttls", "smtp", "--connect-to",
                                    f"127.0.0.1:{smtp.port}", "good.test:25")
        self.assertEqual(result.status, OK, result)
        self.assertGreater(report["probe"]["steps"]["starttls"], 0)

    def test_what_is_wrong_is_said(self):
        for options, words in (
                (("--starttls", "smpt", "a.test:25"), 'did you mean "smtp"?'),
                (("--starttls", "smtp", "imaps://a.test"), "contradicts imaps://a.test"),
                (("--proxy", "http://user:pa55@p.test:1", "a.test"), "proxy_auth_file"),
                (("--proxy", "ftp://p.test:1", "a.test"), "--proxy must be http://host:port"),
                (("--proxy-auth-file", "/x", "a.test"), "without a proxy"),
                (("--proxy", "http://p.test:1", "--all-addresses", "a.test"),
                 "all addresses cannot be had through a proxy"),
                (("--alpn", "h2,,x", "a.test"), "--alpn must be"),
                (("--connect-to", "a b", "a.test"), "--connect-to must be"),
                (("--client-key", "/x", "a.test"), "--client-key without --client-cert")):
            result = run("check", *options)
            self.assertEqual(result.status, UNKNOWN, result)
            self.assertIn(words, result.err)
            self.assertNotIn("pa55", result.err)

    def test_an_endpoint_of_a_configuration_brings_its_way(self):
        smtp = self.server(SmtpServer(self.good))
        config = self.write("notafter.yaml", f"""
endpoints:
  - target: good.test:25
    starttls: smtp
    connect_to: 127.0.0.1:{smtp.port}
    ca_file: {self.pki.root.cert}
    aia: off
""")
        result = run("check", "--json", "--config", config)
        self.assertEqual(result.status, OK, result)
        self.assertGreater(result.json()["probe"]["steps"]["starttls"], 0)


if __name__ == "__main__":
    unittest.main()
