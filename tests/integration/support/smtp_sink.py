# SPDX-License-Identifier: Apache-2.0
"""
An SMTP server that keeps what it takes, run by a Python that has aiosmtpd:

    smtp_sink.py PORT CERT KEY FOLDER

It offers STARTTLS and, once that is done, a login (ops, hush-hush), and takes mail only then.
Every mail becomes FOLDER/N.json. Mail for nobody@ is refused; a file FOLDER/say holds what is said
to all other mail instead of "250 taken".
"""

import json
import ssl
import sys
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Sink:
    def __init__(self, folder):
        self.folder, self.count = folder, 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 there is nobody"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        say = self.folder / "say"
        if say.exists():
            return say.read_text().strip()
        self.count += 1
        new = self.folder / f"{self.count}.new"
        new.write_text(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
            "user": session.auth_data and session.auth_data.login.decode(),
            "text": envelope.content.decode()}))
        new.rename(self.folder / f"{self.count}.json")
        return "250 taken"


def login(server, session, envelope, mechanism, data):
    good = data.login == b"ops" and data.password == b"hush-hush"
    return AuthResult(success=good, handled=False, auth_data=data)


def main():
    port, cert, key, folder = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    Controller(Sink(Path(folder)), hostname="127.0.0.1", port=int(port), tls_context=context,
               require_starttls=True, authenticator=login, auth_required=True).start()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
