# SPDX-License-Identifier: Apache-2.0
"""
Servers that misbehave before TLS, in every dialect of STARTTLS: silent, slow, endless, in another
language, eager, closed. Always one finding, with what the peer said, and always in time.
"""

import json
import struct
from dataclasses import dataclass

from support.case import Case
from support.cleartext import Peer, drip, endlessly, hang_up, hear
from support.daemon import run
from support.wait import PATIENCE

UNKNOWN = 3
TIMEOUT = 3  # seconds, of a whole check

TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x46"
HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
XMPP_TLS = b"urn:ietf:params:xml:ns:xmpp-tls"
STREAM = (b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1' version='1.0'"
          b" xmlns:stream='http://etherx.jabber.org/streams'>")


def ldap(code, words=b""):
    response = b"\x0a\x01" + bytes([code]) + b"\x04\x00\x04" + bytes([len(words)]) + words
    message = b"\x02\x01\x01\x78" + bytes([len(response)]) + response
    return b"\x30" + bytes([len(message)]) + message


def mysql(payload):
    return struct.pack("<I", len(payload)) + payload


def mysql_greeting(capabilities):
    return mysql(b"\x0a8.0.36\0" + b"1234" + b"12345678\0" + struct.pack("<H", capabilities))


@dataclass
class Dialect:
    protocol: str        # as notafter calls it
    implicit: str        # the scheme for TLS from the first byte
    talk: list           # of a good server up to the go-ahead
    line: bytes          # begins a reply that never ends with ...
    filler: bytes        # ... this, or
    lines: bytes         # ... with replies of this kind; b"" where messages have a length
    refusal: list        # a talk that ends with a no
    no: str              # and what is told of it
    bare: list = None    # a talk without an offer
    lacks: str = None    # and what is told of it
    greets: bool = True  # the server speaks first


DIALECTS = {
    "smtp": Dialect(
        "SMTP", "smtps",
        [b"220 a ESMTP\r\n", hear(b"EHLO"), b"250-a\r\n250-STARTTLS\r\n250 DSN\r\n",
         hear(b"STARTTLS\r\n"), b"220 2.0.0 Ready\r\n"],
        b"220 ", b"x", b"220-spam\r\n",
        [b"220 a\r\n", hear(b"EHLO"), b"250-a\r\n250 STARTTLS\r\n", hear(b"STARTTLS\r\n"),
         b"454 4.7.0 TLS not available due to local problem\r\n"],
        "peer refused: 454 4.7.0 TLS not available due to local problem",
        [b"220 a\r\n", hear(b"EHLO"), b"250-a\r\n250 AUTH STARTTLS\r\n"],
        "peer does not offer STARTTLS"),
    "lmtp": Dialect(
        "LMTP", "lmtps",
        [b"220 a LMTP\r\n", hear(b"LHLO"), b"250-a\r\n250 STARTTLS\r\n", hear(b"STARTTLS\r\n"),
         b"220 go\r\n"],
        b"220 ", b"x", b"220-spam\r\n",
        [b"421 4.3.2 too busy\r\n"], "peer refused: 421 4.3.2 too busy",
        [b"220 a\r\n", hear(b"LHLO"), b"250 a\r\n"], "peer does not offer STARTTLS"),
    "imap": Dialect(
        "IMAP", "imaps",
        [b"* OK ready\r\n", hear(b"CAPABILITY\r\n"), b"* CAPABILITY IMAP4rev1 STARTTLS\r\n",
         b"a1 OK\r\n", hear(b"STARTTLS\r\n"), b"a2 OK go\r\n"],
        b"* OK ", b"x", b"* 1 EXPUNGE\r\n",
        [b"* PREAUTH you are root\r\n"], "peer refused: * PREAUTH you are root",
        [b"* OK\r\n", hear(b"CAPABILITY\r\n"), b"* CAPABILITY IMAP4rev1\r\na1 OK\r\n"],
        "peer does not offer STARTTLS"),
    "pop3": Dialect(
        "POP3", "pop3s",
        [b"+OK ready\r\n", hear(b"CAPA\r\n"), b"+OK\r\nUIDL\r\nSTLS\r\n.\r\n", hear(b"STLS\r\n"),
         b"+OK go\r\n"],
        b"+OK ", b"x", b"",
        [b"+OK\r\n", hear(b"CAPA\r\n"), b"-ERR\r\n", hear(b"STLS\r\n"), b"-ERR no TLS here\r\n"],
        "peer refused: -ERR no TLS here",
        [b"+OK\r\n", hear(b"CAPA\r\n"), b"+OK\r\nUIDL\r\n.\r\n"], "peer does not offer STLS"),
    "ftp": Dialect(
        "FTP", "ftps",
        [b"220-hello\r\n there\r\n220 go\r\n", hear(b"AUTH TLS\r\n"), b"234 go\r\n"],
        b"220 ", b"x", b"220-spam\r\n",
        [b"220\r\n", hear(b"AUTH TLS\r\n"), b"502 not implemented\r\n"],
        "peer refused: 502 not implemented"),
    "ldap": Dialect(
        "LDAP", "ldaps",
        [hear(b"1.3.6.1.4.1.1466.20037"), ldap(0)],
        b"\x30\x82\x1f\xf0", b"x", b"",
        [hear(b"1.3.6.1.4.1.1466.20037"), ldap(2, b"unsupported extended operation")],
        "peer refused: protocolError (2): unsupported extended operation", greets=False),
    "xmpp": Dialect(
        "XMPP", "xmpps",
        [hear(b"'1.0'>"), STREAM, b"<stream:features><starttls xmlns='%s'/>" % XMPP_TLS,
         b"</stream:features>", hear(b"<starttls"), b"<proceed xmlns='%s'/>" % XMPP_TLS],
        STREAM + b"<", b"x", b"<message/>",
        [hear(b"'1.0'>"), STREAM, b"<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:"
         b"xmpp-streams'/></stream:error></stream:stream>"],
        "peer refused: host-unknown",
        [hear(b"'1.0'>"), STREAM, b"<stream:features><m/></stream:features>"],
        "peer does not offer STARTTLS", greets=False),
    "xmpp-server": Dialect(
        "XMPP", "xmpps-server",
        [hear(b"jabber:server"), STREAM, b"<stream:features><starttls xmlns='%s'/>" % XMPP_TLS,
         b"</stream:features>", hear(b"<starttls"), b"<proceed xmlns='%s'/>" % XMPP_TLS],
        STREAM + b"<a b='", b"x", b"<message/>",
        [hear(b"jabber:server"), STREAM, b"<stream:features><starttls xmlns='%s'/>" % XMPP_TLS,
         b"</stream:features>", hear(b"<starttls"), b"<failure xmlns='%s'/>" % XMPP_TLS],
        "peer refused: <failure/>", greets=False),
    "postgres": Dialect(
        "PostgreSQL", "postgress",
        [hear(b"\x04\xd2\x16\x2f"), b"S"],
        b"E", b"x", b"",
        [hear(b"\x04\xd2\x16\x2f"), b"E\0\0\0\x1dSFATAL\0C53300\0Mtoo busy\0\0"],
        "peer refused: too busy",
        [hear(b"\x04\xd2\x16\x2f"), b"N"], "peer does not offer TLS", greets=False),
    "mysql": Dialect(
        "MySQL", "mysqls",
        [mysql_greeting(0xffff)],
        b"\xf0\x1f\0\0\x0a", b"x", b"",
        [mysql(b"\xff\x69\x04Host 'x' is blocked")], "peer refused: 1129 Host 'x' is blocked",
        [mysql_greeting(0xf7ff)], "peer does not offer TLS"),
    "nntp": Dialect(
        "NNTP", "nntps",
        [b"200 a\r\n", hear(b"CAPABILITIES\r\n"), b"101\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n",
         hear(b"STARTTLS\r\n"), b"382 go\r\n"],
        b"200 ", b"x", b"",
        [b"400 load average too high\r\n"], "peer refused: 400 load average too high",
        [b"201 a\r\n", hear(b"CAPABILITIES\r\n"), b"101\r\nVERSION 2\r\n.\r\n"],
        "peer does not offer STARTTLS"),
    "sieve": Dialect(
        "ManageSieve", "sieves",
        [b"\"SIEVE\" \"x\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n", hear(b"STARTTLS\r\n"), b"OK\r\n"],
        b"\"SIEVE\" ", b"x", b"\"SIEVE\"\r\n",
        [b"BYE \"too busy\"\r\n"], "peer refused: BYE \"too busy\"",
        [b"\"SIEVE\" \"STARTTLS\"\r\nOK\r\n"], "peer does not offer STARTTLS"),
    "irc": Dialect(
        "IRC", "ircs",
        [b":a NOTICE * :***\r\n", hear(b"CAP LS\r\nSTARTTLS\r\n"), b":a CAP * LS :tls\r\n",
         b":a 670 * :go\r\n"],
        b":a NOTICE * :", b"x", b":a NOTICE * :spam\r\n",
        [hear(b"CAP LS\r\n"), b"ERROR :Closing link\r\n"], "peer refused: ERROR :Closing link",
        [hear(b"CAP LS\r\n"), b":a CAP * LS :sasl\r\n"], "peer does not offer STARTTLS", greets=False),
}


def greeting(talk):
    """The first that the server says."""
    return next(act for act in talk if isinstance(act, bytes))


class HostileStarttls(Case):
    def told(self, scripts):
        """Checks a peer for each dialect and its script, all at once; the message for each."""
        peers = {name: self.server(Peer(script)) for name, script in scripts.items()}
        result = run("check", "--json", "--timeout", f"{TIMEOUT}s",
                     *(f"{name}://127.0.0.1:{peer.port}" for name, peer in peers.items()))
        self.assertEqual(result.status, UNKNOWN, result)
        reports = [json.loads(line) for line in result.out.splitlines()]
        self.assertEqual(len(reports), len(peers), result)
        messages = {}
        for name, report in zip(peers, reports):
            self.assertTrue(report["target"].startswith(f"{name}://"), report)
            self.assertEqual([d["code"] for d in report["diagnoses"]], ["starttls-unavailable"],
                             report)
            self.assertLess(report["probe"]["seconds"], TIMEOUT + PATIENCE, report)
            self.assertEqual(report["chain"], [], report)
            messages[name] = report["diagnoses"][0]["message"]
            self.assertTrue(messages[name].isprintable(), repr(messages[name]))
        return messages

    def assert_told(self, script_of, words_of, dialects=DIALECTS):
        """Every dialect's @script_of it leads to the words @words_of it."""
        told = self.told({name: script_of(DIALECTS[name]) for name in dialects})
        for name, message in told.items():
            with self.subTest(name):
                self.assertIn(words_of(DIALECTS[name]), message)

    @staticmethod
    def owed(dialect):
        """What a peer owes that has said nothing."""
        return f"no {dialect.protocol} greeting" if dialect.greets else "no answer to "

    def hint(self, dialect):
        return f"if the server speaks TLS from the first byte, write {dialect.implicit}://"

    def test_silence(self):
        self.assert_told(lambda d: [], self.owed)
        self.assert_told(lambda d: [], self.hint)

    def test_one_byte_a_second(self):
        slow = {name for name, d in DIALECTS.items() if len(greeting(d.talk)) > 2 * TIMEOUT}
        self.assertGreater(len(slow), 10)
        self.assert_told(lambda d: [drip(greeting(d.talk))], self.owed, slow)

    def test_a_line_without_end(self):
        self.assert_told(lambda d: [d.line, endlessly(d.filler)],
                         lambda d: f"not {d.protocol}: peer sent ")

    def test_lines_without_end(self):
        endless = {name for name, d in DIALECTS.items() if d.lines}
        talks = lambda d: [STREAM if d.protocol == "XMPP" else b"", endlessly(d.lines)]
        self.assert_told(talks, lambda d: f"not {d.protocol}: peer sent ", endless)

    def test_another_protocol(self):
        self.assert_told(lambda d: [HTTP], lambda d: f"not {d.protocol}: peer sent \"H")

    def test_tls_from_the_first_byte(self):
        self.assert_told(lambda d: [TLS_ALERT], lambda d: f"write {d.implicit}://")

    def test_injection_behind_the_go_ahead(self):
        self.assert_told(lambda d: [*d.talk[:-1], d.talk[-1] + b"250 injected\r\n"],
                         lambda d: "injection")

    def test_answers_before_the_questions(self):
        eager = {name for name, d in DIALECTS.items() if d.greets and len(d.talk) > 2}
        self.assertGreater(len(eager), 6)
        self.assert_told(lambda d: [b"".join(act for act in d.talk if isinstance(act, bytes))],
                         lambda d: "before it was asked", eager)

    def test_refusals_are_quoted(self):
        self.assert_told(lambda d: d.refusal, lambda d: d.no)

    def test_no_offer_is_no_try(self):
        self.assert_told(lambda d: d.bare, lambda d: d.lacks,
                         {name for name, d in DIALECTS.items() if d.bare})

    def test_closed_at_once(self):
        self.assert_told(lambda d: [hang_up()], lambda d: "peer closed the connection")

    def test_closed_before_the_go_ahead(self):
        talks = {name for name, d in DIALECTS.items() if len(d.talk) > 1}
        self.assert_told(lambda d: [*d.talk[:-1], hang_up()], lambda d: "no answer to ", talks)

    def test_control_bytes_are_harmless(self):
        self.assert_told(lambda d: [b"\0\x1b[2J\xe2\x80\xae\r\n"], lambda d: "\\x00")
