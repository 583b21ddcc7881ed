# SPDX-License-Identifier: Apache-2.0
"""The helpers themselves: a judge that cannot say no is worth nothing."""

import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from support import journald, rsyslog
from support.nginx import Nginx
from support.pki import Pki, openssl
from support.wait import Late, stays, until
from support.webhook import (ERROR, GONE, HANG, OK, RESET, WebhookReceiver, busy, new_secret, sign)


class Webhooks(unittest.TestCase):
    def setUp(self):
        self.hook = WebhookReceiver()
        self.addCleanup(self.hook.close)

    def post(self, body=b"{}", **headers):
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        request = urllib.request.Request(self.hook.url, data=body, headers=headers)
        try:
            return urllib.request.urlopen(request, timeout=0.5).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def signed(self, secret, stamp=None, body=b"{}"):
        stamp = stamp or str(int(time.time()))
        self.post(body, webhook_id="msg_1", webhook_timestamp=stamp,
                  webhook_signature=sign(secret, "msg_1", stamp, b"{}"))
        return self.hook.deliveries[-1]

    def test_the_standard_s_own_example_is_reproduced(self):
        # from the reference libraries of Standard Webhooks
        self.assertEqual(
            sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                 "1614265330", b'{"test": 2432232314}'),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")

    def test_good_signature(self):
        secret = new_secret()
        self.assertTrue(self.signed(secret).signed_with(secret))

    def test_wrong_secret_body_or_time(self):
        secret = new_secret()
        self.assertFalse(self.signed(secret).signed_with(new_secret()))
        self.assertFalse(self.signed(secret, body=b"{ }").signed_with(secret))
        self.assertFalse(self.signed(secret, stamp=str(int(time.time()) - 4000)).signed_with(secret))

    def test_answers_come_in_order_then_the_default(self):
        self.hook.then(ERROR, busy(7), GONE, HANG, RESET)
        self.assertEqual([self.post() for _ in range(6)], [500, 429, 410, None, None, 200])

    def test_refusing_and_coming_back(self):
        self.hook.close()
        self.assertIsNone(self.post())
        self.hook.open()
        self.assertEqual(self.post(), 200)

    def test_accepted_counts_an_id_once(self):
        self.hook.then(ERROR, OK, OK)
        for message in ("a", "a", "a", "b"):
            self.post(webhook_id=message)
        self.assertEqual([d.id for d in self.hook.accepted()], ["a", "b"])


class Servers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="na-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_chain_verifies_and_dates_are_as_asked(self):
        pki = Pki(self.folder)
        leaf = pki.leaf("a.test", "127.0.0.1", seconds=(-3600, 7200))
        openssl("verify", "-CAfile", pki.root.cert, "-untrusted", pki.intermediate.cert, leaf.cert)
        with self.assertRaises(RuntimeError):
            openssl("verify", "-CAfile", pki.root.cert, leaf.cert)
        openssl("x509", "-in", leaf.cert, "-noout", "-checkend", 7000)
        with self.assertRaises(RuntimeError):
            openssl("x509", "-in", leaf.cert, "-noout", "-checkend", 7300)

    def test_nginx_serves_by_name_and_reloads(self):
        pki = Pki(self.folder / "pki")
        nginx = Nginx(self.folder / "nginx")
        for name in ("a.test", "b.test"):
            nginx.host(name, pki.leaf(name))
        self.addCleanup(nginx.stop)
        nginx.start()
        before = nginx.leaf_der("a.test")
        self.assertNotEqual(before, nginx.leaf_der("b.test"))
        nginx.put("a.test", pki.leaf("a.test"))
        nginx.reload()
        self.assertNotEqual(before, nginx.leaf_der("a.test"))

    def test_rsyslog_tells_new_format_from_old(self):
        log = rsyslog.Rsyslog(self.folder)
        self.addCleanup(log.stop)
        log.start()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.connect(str(log.socket))
            s.send(b"<131>Nov 23 12:00:00 notafter: old")
            s.send(b'<131>1 2026-11-23T12:00:00Z host notafter 1 id [x@1 a="b"] new')
        old, new = until(lambda: len(log.lines()) == 2 and log.lines(), "two lines")
        self.assertEqual((old.version, old.text), ("0", "old"))
        self.assertEqual((new.version, new.msgid, new.data, new.text),
                         ("1", "id", '[x@1 a="b"]', "new"))
        self.assertEqual((new.facility, new.severity), ("local0", 3))

    def test_journald_in_its_own_namespace(self):
        journal = journald.Journald(self.folder)
        self.addCleanup(journal.stop)
        try:
            journal.start()
        except journald.Unavailable as reason:
            self.skipTest(str(reason))
        subprocess.run([*journal.inside(), "logger", "--journald"], check=True, text=True,
                       input="MESSAGE=hello\nNOTAFTER_CODE=weak-key\n")
        entry, = until(lambda: journal.entries("NOTAFTER_CODE=weak-key"), "the entry")
        self.assertEqual(entry["MESSAGE"], "hello")


class Waiting(unittest.TestCase):
    def test_late(self):
        with self.assertRaises(Late):
            until(lambda: False, "never", seconds=0.1)

    def test_not_lasting(self):
        with self.assertRaises(AssertionError):
            stays(lambda: False, "nothing", seconds=0.1)
