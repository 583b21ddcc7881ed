# SPDX-License-Identifier: Apache-2.0
"""A TLS server whose hosts change from one moment to the next, as no reload of a real one could."""

import contextlib
import ssl

from .acceptor import Acceptor
from .pki import chain

DOWN = "down"  # the state of a host that refuses every handshake


class Fickle:
    """Each host has states, which are certificates by name, and DOWN; .now says which one it is in."""

    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.contexts = {}
        self.now = {}
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.sni_callback = self.choose
        self.acceptor = Acceptor(self.serve)
        self.port = self.acceptor.port

    def host(self, name, **states):
        """@states are pairs; the first one is what it begins with."""
        for state, pair in states.items():
            file = self.folder / f"{name}-{state}.pem"
            file.write_text(chain(pair, *pair.above()))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(file, pair.key)
            self.contexts[name, state] = context
        self.now[name] = next(iter(states))

    def states(self, name):
        return [state for host, state in self.contexts if host == name] + [DOWN]

    def choose(self, connection, name, _):
        context = self.contexts.get((name, self.now.get(name)))
        if context is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = context
        return None

    def serve(self, peer):
        peer.settimeout(10)
        with peer, contextlib.suppress(OSError), \
                self.context.wrap_socket(peer, server_side=True) as tls:
            tls.recv(1)  # until the other end has seen enough

    def stop(self):
        self.acceptor.close()
