# SPDX-License-Identifier: Apache-2.0
"""
A webhook receiver that behaves as a test tells it to, and checks signatures by the public text of
Standard Webhooks alone: HMAC-SHA256 over "id.timestamp.body", as "v1,<base64>", keys in "whsec_".
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import socket
import threading
import time
from dataclasses import dataclass, field

TOLERANCE_S = 300  # the standard's window against replay


def new_secret():
    return "whsec_" + base64.b64encode(os.urandom(24)).decode()


def sign(secret, message_id, timestamp, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: tuple = ()
    body: bytes = b"ok\n"


@dataclass(frozen=True)
class Trouble:
    """Not an answer at all."""

    kind: str


OK = Answer()
ERROR = Answer(500)
GONE = Answer(410)
HANG = Trouble("hang")        # reads the request, never answers
ENDLESS = Trouble("endless")  # answers 200 with a body that does not end
RESET = Trouble("reset")      # reads the request, then closes the connection hard
LOST = Trouble("lost")        # takes the message, but nobody hears of it: closes as well


def busy(seconds):
    return Answer(429, (("Retry-After", str(seconds)),))


@dataclass
class Delivery:
    """One request as it came in."""

    at: float            # monotonic
    path: str
    headers: dict        # names in lower case
    body: bytes
    answer: object
    wall: float = field(default_factory=time.time)

    @property
    def id(self):
        return self.headers.get("webhook-id")

    @property
    def accepted(self):
        return self.answer == LOST or (isinstance(self.answer, Answer)
                                       and 200 <= self.answer.status < 300)

    def json(self):
        return json.loads(self.body)

    def signed_with(self, secret):
        """Is one of its signatures good, and its time stamp fresh?"""
        stamp = self.headers.get("webhook-timestamp", "")
        if not stamp.isdigit() or abs(int(stamp) - self.wall) > TOLERANCE_S:
            return False
        wanted = sign(secret, self.id, stamp, self.body)
        return any(hmac.compare_digest(wanted, s)
                   for s in self.headers.get("webhook-signature", "").split(" "))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass  # a killed daemon resets its connections: nothing to report


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.owner.receive(self, body)
        if isinstance(answer, Answer):
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            return
        self.close_connection = True
        if answer.kind == "hang":
            self.server.owner.closing.wait()
        elif answer.kind in ("reset", "lost"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       b"\1\0\0\0\0\0\0\0")
            self.connection.close()
        elif answer.kind == "endless":
            self.send_response(200)
            self.end_headers()
            while not self.server.owner.closing.wait(0.001):
                self.wfile.write(b"x" * 4096)

    def log_message(self, *args):
        pass


class WebhookReceiver:
    """Answers with what was given to then(), one for each request, and with .default after that."""

    def __init__(self, port=0):
        self.default = OK
        self.queue = []
        self.deliveries = []
        self.lock = threading.Lock()
        self.port = port
        self.open()

    def open(self):
        self.closing = threading.Event()
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.owner = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        """Refuses connections from now on; open() listens on the same port again."""
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def then(self, *answers):
        with self.lock:
            self.queue.extend(answers)

    def choose(self, headers):
        return self.queue.pop(0) if self.queue else self.default

    def receive(self, request, body):
        with self.lock:
            headers = {k.lower(): v for k, v in request.headers.items()}
            answer = self.choose(headers)
            self.deliveries.append(Delivery(time.monotonic(), request.path, headers, body, answer))
            return answer

    def accepted(self):
        """What a receiver would have acted upon: one delivery for each id, first one wins."""
        with self.lock:
            seen = {}
            for delivery in self.deliveries:
                if delivery.accepted:
                    seen.setdefault(delivery.id, delivery)
            return list(seen.values())
