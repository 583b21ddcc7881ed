# SPDX-License-Identifier: Apache-2.0
"""
Sockets that a thread waits at, and that end with their thread. A thread that is about to wait when
its socket is closed would wait at whatever got the same number next, and take what is not for it.
"""

import contextlib
import socket
import threading


class Attended:
    """@turn() again and again, on a thread of its own, until it returns False or close()."""

    def __init__(self, sock, turn):
        self.socket, self.turn = sock, turn
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        with contextlib.suppress(OSError):
            while self.turn() is not False:
                pass

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes who waits, now and from now on
        self.thread.join()
        self.socket.close()


class Acceptor(Attended):
    """@serve(connection) for each that comes: on a thread of its own, unless @here."""

    def __init__(self, serve, address="127.0.0.1", backlog=128, here=False):
        self.serve, self.here = serve, here
        listener = socket.create_server((address, 0), backlog=backlog)
        self.port = listener.getsockname()[1]
        super().__init__(listener, self.accept)

    def accept(self):
        connection = self.socket.accept()[0]
        if self.here:
            self.serve(connection)
        else:
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()
