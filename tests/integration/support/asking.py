# SPDX-License-Identifier: Apache-2.0
"""One question to an HTTP server, over TCP, TLS or a unix socket."""

import contextlib
import http.client
import socket
from urllib.parse import urlsplit

from .wait import PATIENCE

TIMEOUT_S = 20 * PATIENCE


def ask(url, path="/healthz", headers=None, method="GET", tls=None):
    """(status, headers, text) of one question on a connection of its own; @url as in the log."""
    at = urlsplit(url)
    if at.scheme == "unix":
        connection = http.client.HTTPConnection("localhost", timeout=TIMEOUT_S)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(TIMEOUT_S)
        connection.sock.connect(at.path)
    elif at.scheme == "https":
        connection = http.client.HTTPSConnection(at.hostname, at.port, timeout=TIMEOUT_S, context=tls)
    else:
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=TIMEOUT_S)
    with contextlib.closing(connection):
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
