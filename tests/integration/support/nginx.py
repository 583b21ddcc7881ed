# SPDX-License-Identifier: Apache-2.0
"""One nginx on loopback with as many virtual hosts as a test wants, each with its own mistake."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path

from .pki import chain
from .places import program
from .wait import until

# Old protocols and weak certificates are served on purpose, whatever the distribution's policy says.
OPENSSL_CONFIG = """\
openssl_conf = main
[main]
ssl_conf = ssl
[ssl]
system_default = weak
[weak]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""

MAIN = """\
{user}daemon off;
worker_processes 1;
worker_shutdown_timeout 1s;
pid {folder}/pid;
error_log {folder}/error.log info;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    ssl_session_cache off; ssl_session_tickets off;
{hosts}}}
"""

HOST = """\
    server {{
        {listen}
        server_name {name};
        ssl_certificate {folder}/{file}.pem; ssl_certificate_key {folder}/{file}.key;
        ssl_protocols {protocols};
        ssl_ciphers ALL:@SECLEVEL=0;
        {stapling}
        return 200 "{name}\\n";
    }}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


def first_der(pem):
    end = "-----END CERTIFICATE-----"
    return ssl.PEM_cert_to_DER_cert(pem[:pem.index(end) + len(end)] + "\n")


class Nginx:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()  # of all hosts that ask for none of their own
        self.hosts = {}
        self.process = None

    def host(self, name, pair, served=None, own_port=False, protocols="TLSv1.2 TLSv1.3",
             address="127.0.0.1", staple=None, http2=False, client_ca=None):
        """
        Adds a host; @served overrides the chain sent (default: leaf, then what is above it). @staple
        is a file of an OCSP response; @client_ca one of those whose clients are let in.
        """
        port = free_port() if own_port else self.port
        file = f"{len(self.hosts):02}"
        self.hosts[name] = {"name": name, "file": file, "port": port, "protocols": protocols,
                            "address": address, "http2": http2, "stapling": staple and
                            f"ssl_stapling on; ssl_stapling_file {staple};" or client_ca and
                            f"ssl_verify_client on; ssl_client_certificate {client_ca};" or ""}
        self.put(name, pair, served)
        return port

    def put(self, name, pair, served=None):
        """Writes the certificate files of @name; nginx sees them at its next reload()."""
        host = self.hosts[name]
        host["pair"] = pair
        (self.folder / f"{host['file']}.pem").write_text(chain(*(served or [pair, *pair.above()])))
        shutil.copyfile(pair.key, self.folder / f"{host['file']}.key")

    def configure(self):
        hosts = ""
        for host in self.hosts.values():
            address = f"[{host['address']}]" if ":" in host["address"] else host["address"]
            listen = f"listen {address}:{host['port']} ssl{' http2' * host['http2']};"
            hosts += HOST.format(folder=self.folder, listen=listen, **{
                k: host[k] for k in ("name", "file", "protocols", "stapling")})
        # the certificates are the tests' own: whoever runs nginx may read them
        user = "user root;\n" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(MAIN.format(folder=self.folder, hosts=hosts, user=user))
        (self.folder / "openssl.cnf").write_text(OPENSSL_CONFIG)

    def start(self):
        self.configure()
        self.log = open(self.folder / "output", "w")
        self.process = subprocess.Popen(
            [program("nginx"), "-p", str(self.folder), "-e", str(self.folder / "error.log"),
             "-c", str(self.folder / "nginx.conf")],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, "OPENSSL_CONF": str(self.folder / "openssl.cnf")})
        for name in self.hosts:
            until(lambda: self.running() and self.leaf_der(name), f"nginx serves {name}: {self.words()}")
        return self

    def running(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"nginx ended: {self.words()}")
        return True

    def connections(self):
        """How many connections have come and gone: the probes, as the server saw them."""
        return (self.folder / "error.log").read_text().count(" closed connection while ")

    def off(self, name):
        """Takes a host with a port of its own off the air."""
        host = self.hosts.pop(name)
        self.reload()
        return host

    def on(self, host):
        self.hosts[host["name"]] = host
        self.reload()

    def workers(self):
        pid = self.process.pid
        return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def words(self):
        return "".join((self.folder / f).read_text()[-2000:] for f in ("output", "error.log")
                       if (self.folder / f).exists())

    def reload(self):
        """Reads certificates and hosts again; returns when every host serves what was put there."""
        self.configure()
        old = self.workers()
        self.process.send_signal(signal.SIGHUP)
        # old workers may still accept for a moment: the change is complete when they are gone
        until(lambda: not old & self.workers(), f"nginx's old workers end: {self.words()}")
        for name, host in self.hosts.items():
            wanted = first_der((self.folder / f"{host['file']}.pem").read_text())
            until(lambda: self.leaf_der(name) == wanted, f"nginx serves the new {name}: {self.words()}")

    def leaf_der(self, name):
        """The first certificate that @name serves now, or None; looks with Python's own TLS."""
        host = self.hosts[name]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        try:
            address = host["address"], host["port"]
            with socket.create_connection(address, timeout=5) as raw:
                with context.wrap_socket(raw, server_hostname=name) as tls:
                    return tls.getpeercert(binary_form=True)
        except (OSError, ssl.SSLError):
            return None

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.log.close()
