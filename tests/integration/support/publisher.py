# SPDX-License-Identifier: Apache-2.0
"""A CA's web server on loopback, which publishes certificates at their URLs, or lies about them."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .pki import openssl

ENDLESS_BYTES = 1 << 30


def der(pair):
    """The certificate of @pair as DER."""
    out = pair.cert.with_suffix(".der")
    openssl("x509", "-in", pair.cert, "-outform", "DER", "-out", out)
    return out.read_bytes()


def pkcs7(form, *pairs):
    """A PKCS#7 bundle, DER or PEM."""
    out = pairs[0].cert.with_suffix(f".p7c-{form}")
    certs = [word for p in pairs for word in ("-certfile", p.cert)]
    openssl("crl2pkcs7", "-nocrl", *certs, "-outform", form, "-out", out)
    return out.read_bytes()


class Publisher:
    """
    What it says at a path: put() gives bytes, answer() runs a function with the handler. .asked
    holds the paths in order, and .connections counts what came, requests or not.
    """

    def __init__(self, address="127.0.0.1", port=0):
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def setup(self):
                publisher.connections += 1
                super().setup()

            def do_GET(self):
                publisher.asked.append(self.path)
                publisher.headers.append(dict(self.headers))
                answer = publisher.answers.get(self.path)
                try:
                    if answer is None:
                        self.say(404, b"no such certificate")
                    else:
                        answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    publisher.broken.append(self.path)

            def say(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
            daemon_threads = True

        self.answers, self.asked, self.headers, self.broken = {}, [], [], []
        self.connections = 0
        self.server = Server((address, port), Handler)
        self.port = self.server.server_address[1]
        self.host = f"[{address}]" if ":" in address else address
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def url(self, path, host=None):
        return f"http://{host or self.host}:{self.port}{path}"

    def put(self, path, body):
        self.answers[path] = lambda handler: handler.say(200, body)
        return self.url(path)

    def redirect(self, path, to):
        self.answers[path] = lambda handler: handler.say(302, b"over there", Location=to)
        return self.url(path)

    def answer(self, path, function):
        self.answers[path] = function
        return self.url(path)


def endless(handler):
    """A gigabyte that says so only as it comes."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(ENDLESS_BYTES >> 16):
        handler.wfile.write(b"\x30" * 65536)


def huge(handler):
    """A gigabyte that is announced."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(ENDLESS_BYTES))
    handler.end_headers()
    for _ in range(ENDLESS_BYTES >> 16):
        handler.wfile.write(b"\x30" * 65536)


def endless_headers(handler):
    """Headers without an end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(1 << 20):
        handler.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")


def drip(handler):
    """One byte now and then, as if a certificate were to come."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b"\x30")
        handler.wfile.flush()
        time.sleep(0.1)
