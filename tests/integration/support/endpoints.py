# SPDX-License-Identifier: Apache-2.0
"""A monitored house of virtual hosts, and the configuration that watches it quickly."""

import socket

from .case import Case
from .nginx import Nginx
from .pki import Pki


class Monitored(Case):
    """nginx with a good host and some bad ones, for tests of the daemon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder / "pki")

    def setUp(self):
        super().setUp()
        self.nginx = Nginx(self.folder / "nginx")
        self.bad = {  # what is wrong with each
            "expired.test": "leaf-expired",
            "wronghost.test": "hostname-mismatch",
            "selfsigned.test": "self-signed-leaf",
        }
        self.nginx.host("good.test", self.pki.leaf("good.test"))
        self.nginx.host("expired.test", self.pki.leaf("expired.test", days=(-90, -3)))
        self.nginx.host("wronghost.test", self.pki.leaf("else.test"))
        self.nginx.host("selfsigned.test", self.pki.self_signed("selfsigned.test"))
        self.nginx.host("alone.test", self.pki.leaf("alone.test"), own_port=True)
        self.server(self.nginx)

    def endpoint(self, name, **more):
        host = self.nginx.hosts[name]
        return {"name": name, "target": f"127.0.0.1:{host['port']}", "server_name": name, **more}

    def config(self, names, receivers=(), **defaults):
        """Watches the hosts called @names, or the endpoints given as they are, every second."""
        return {
            "defaults": {"interval": "1s", "timeout": "3s", "ca_file": str(self.pki.root.cert),
                         **defaults},
            "endpoints": [self.endpoint(n) if isinstance(n, str) else n for n in names],
            "receivers": list(receivers),
            "limits": {"per_host": 100, "address_rate": 1000},  # many hosts, but one address
        }

    def webhook(self, hook, name="hook", **more):
        return {"name": name, "webhook": {"url": hook.url, "timeout": "2s", **more}}

    def rounds(self, n, endpoints=1):
        """A condition: the servers have seen @n more rounds of probes of so many endpoints."""
        goal = self.nginx.connections() + n * endpoints
        return lambda: self.nginx.connections() >= goal

    def opened(self, *names):
        """What receivers must be told of the bad hosts called @names."""
        return {("opened", name, self.bad[name]) for name in names or self.bad}


class Silent:
    """A port where connections are taken and nothing is ever said."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.target = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def close(self):
        self.socket.close()
