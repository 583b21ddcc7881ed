# SPDX-License-Identifier: Apache-2.0
"""
The servers of the world, on loopback: mail, directory, file transfer, chat, news, databases. How
each is told to serve one certificate, or none.
"""

import os
import shutil
from pathlib import Path

from .server import Server, group_of, unconfined


class Postfix(Server):
    name = "postfix"
    starttls = ("smtp", "submission")
    tls = ("smtps",)
    files = {"master": ("/usr/lib/postfix/sbin/master", "/usr/libexec/postfix/master")}
    needs_root = True

    MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = {host}
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
TLS:smtpd_tls_cert_file = {folder}/chain.pem
TLS:smtpd_tls_key_file = {folder}/key.pem
TLS:smtpd_tls_security_level = may
"""
    MASTER = """\
{address}:{port[smtp]} inet n - n - - smtpd
{address}:{port[submission]} inet n - n - - smtpd -o smtpd_delay_reject=no
TLS:{address}:{port[smtps]} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""

    def configure(self):
        self.words["daemons"] = Path(self.words["master"]).parent
        self.make("spool/pid", "spool/public", "spool/private", "data")
        for name in ("spool/public", "spool/private", "data"):
            shutil.chown(self.folder / name, "postfix")
        self.write("main.cf", self.fill(self.MAIN)).chmod(0o644)
        self.write("master.cf", self.fill(self.MASTER))

    def commands(self):
        yield "{master}", "-c", "{folder}", "-d"


class Dovecot(Server):
    name = "dovecot"
    starttls = ("imap", "pop3", "sieve", "lmtp")
    tls = ("imaps", "pop3s", "sieves", "lmtps")
    files = {
        "dovecot": ("dovecot",),
        **{f"{part}d": (f"/usr/lib/dovecot/{part}", f"/usr/libexec/dovecot/{part}")
           for part in ("imap-login", "pop3-login", "managesieve-login", "lmtp")},
    }
    needs_root = True

    CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
instance_name = {folder}
protocols = imap pop3 lmtp sieve
listen = {address}
ssl = {ssl}
TLS:ssl_cert = <{folder}/chain.pem
TLS:ssl_key = <{folder}/key.pem
passdb {{
  driver = static
  args = password=test
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/%u
}}
mail_location = maildir:{folder}/%u
{services}
"""
    SERVICE = """\
service {service} {{
  inet_listener {plain} {{
    address = {address}
    port = {plain_port}
  }}
  inet_listener {tls} {{
    address = {address}
    port = {tls_port}
    ssl = yes
  }}
}}
"""

    def configure(self):
        self.make("run")
        services = ""
        for service, plain, tls in (("imap-login", "imap", "imaps"),
                                    ("pop3-login", "pop3", "pop3s"),
                                    ("managesieve-login", "sieve", "sieves"),
                                    ("lmtp", "lmtp", "lmtps")):
            services += self.SERVICE.format(
                service=service, plain=plain, tls=tls, address=self.words["address"],
                plain_port=self.ports[plain], tls_port=self.ports[tls] if self.pair else 0)
        self.words.update(ssl="required" if self.pair else "no", services=services)
        self.write("dovecot.conf", self.fill(self.CONFIG))

    def commands(self):
        yield "{dovecot}", "-c", "{folder}/dovecot.conf", "-F"


class Proftpd(Server):
    name = "proftpd"
    starttls = ("ftp",)
    tls = ("ftps",)
    files = {
        "proftpd": ("proftpd",),
        "mod_tls": ("/usr/lib/proftpd/mod_tls.so", "/usr/libexec/proftpd/mod_tls.so",
                    "/usr/lib64/proftpd/mod_tls.so"),
    }
    needs_root = True

    CONFIG = """\
ServerName {host}
ServerType standalone
DefaultAddress {address}
Port {port[ftp]}
SocketBindTight on
UseIPv6 off
UseReverseDNS off
WtmpLog off
PidFile {folder}/pid
ScoreboardFile {folder}/score
DelayEngine off
SystemLog {folder}/log
User nobody
Group {nogroup}
TLS:LoadModule mod_tls.c
TLS:<Global>
TLS:  TLSEngine on
TLS:  TLSProtocol TLSv1.2 TLSv1.3
TLS:  TLSECCertificateFile {folder}/leaf.pem
TLS:  TLSECCertificateKeyFile {folder}/key.pem
TLS:  {chain}
TLS:</Global>
TLS:<VirtualHost {address}>
TLS:  Port {port[ftps]}
TLS:  TLSOptions UseImplicitSSL
TLS:</VirtualHost>
"""

    def configure(self):
        self.words["nogroup"] = group_of("nobody")
        self.words["chain"] = f"TLSCertificateChainFile {self.folder}/above.pem" * bool(self.above)
        self.write("proftpd.conf", self.fill(self.CONFIG))

    def commands(self):
        yield "{proftpd}", "-n", "-c", "{folder}/proftpd.conf"


class Slapd(Server):
    name = "slapd"
    starttls = ("ldap",)
    tls = ("ldaps",)
    files = {
        "slapd": ("slapd",),
        "schema": ("/etc/ldap/schema/core.schema", "/etc/openldap/schema/core.schema"),
    }

    CONFIG = """\
include {schema}
pidfile {folder}/pid
TLS:TLSCertificateFile {folder}/chain.pem
TLS:TLSCertificateKeyFile {folder}/key.pem
"""

    def configure(self):
        self.write("slapd.conf", self.fill(self.CONFIG))

    def commands(self):
        urls = "ldap://{address}:{port[ldap]}"
        if self.pair:
            urls += " ldaps://{address}:{port[ldaps]}"
        yield unconfined(self, "slapd"), "-h", urls, "-f", "{folder}/slapd.conf", "-d", "0"


class Prosody(Server):
    name = "prosody"
    starttls = ("xmpp", "xmpp-server")
    tls = ("xmpps", "xmpps-server")
    files = {"prosody": ("prosody",), "luasec": ("/usr/share/lua/5.4/ssl.lua",)}

    CONFIG = """\
run_as_root = true
pidfile = "{folder}/pid"
data_path = "{folder}/data"
log = {{ {{ levels = {{ min = "info" }}, to = "file", filename = "{folder}/log" }} }}
modules_enabled = {{ "saslauth"; TLS }}
modules_disabled = {{ "posix_user" }}
interfaces = {{ "{address}" }}
c2s_ports = {{ {port[xmpp]} }}
s2s_ports = {{ {port[xmpp-server]} }}
TLS:c2s_direct_tls_ports = {{ {port[xmpps]} }}
TLS:s2s_direct_tls_ports = {{ {port[xmpps-server]} }}
TLS:ssl = {{ key = "{folder}/key.pem"; certificate = "{folder}/chain.pem" }}
TLS:c2s_direct_tls_ssl = {{ key = "{folder}/key.pem"; certificate = "{folder}/chain.pem" }}
TLS:s2s_direct_tls_ssl = {{ key = "{folder}/key.pem"; certificate = "{folder}/chain.pem" }}
s2s_require_encryption = false
VirtualHost "{host}"
TLS:  ssl = {{ key = "{folder}/key.pem"; certificate = "{folder}/chain.pem" }}
"""

    def configure(self):
        self.make("data")
        config = self.CONFIG.replace("; TLS }}", '; "tls"; }}' if self.pair else " }}")
        self.write("prosody.cfg.lua", self.fill(config))

    def commands(self):
        yield "{prosody}", "--config", "{folder}/prosody.cfg.lua", "-F"


class Postgresql(Server):
    name = "postgresql"
    starttls = ("postgres", )
    files = {
        part: (part, *(f"/usr/lib/postgresql/{n}/bin/{part}" for n in range(20, 10, -1)))
        for part in ("initdb", "postgres")}
    user = "postgres"

    def configure(self):
        pass

    def commands(self):
        yield "sh", "-ec", """\
{initdb} -D data -A trust -N --no-instructions
exec {postgres} -D data -k '' -c listen_addresses={address} -p {port[postgres]} -c fsync=off\\
TLS: -c ssl=on -c ssl_cert_file={folder}/chain.pem -c ssl_key_file={folder}/key.pem\\

"""


class Mariadb(Server):
    name = "mariadb"
    starttls = ("mysql",)
    files = {"mariadbd": ("mariadbd", "/usr/libexec/mariadbd")}
    user = "nobody"

    def configure(self):
        self.make("data")

    def commands(self):  # without tables of rights: nobody ever logs in
        tls = ("--ssl-cert={folder}/chain.pem", "--ssl-key={folder}/key.pem") if self.pair else ()
        yield ("{mariadbd}", "--no-defaults", "--skip-grant-tables", "--datadir={folder}/data",
               "--bind-address={address}", "--port={port[mysql]}", "--socket={folder}/socket",
               "--pid-file={folder}/pid", "--innodb-buffer-pool-size=8M",
               "--innodb-log-file-size=4M", *tls)


class StrictMariadb(Mariadb):
    """With accounts, so that nobody gets in, and without patience for clients that break off."""

    files = {**Mariadb.files, "tables": ("/usr/share/mysql/mysql_system_tables.sql",)}

    def commands(self):
        small = "--innodb-buffer-pool-size=8M --innodb-log-file-size=4M"
        yield "sh", "-ec", f"""\
(printf 'create database mysql;\\nuse mysql;\\n'; cat {{tables}}; printf "flush privileges;\\n"
 echo "create user somebody@'%' identified by 'secret';") |
        {{mariadbd}} --no-defaults --bootstrap --datadir={{folder}}/data {small}
exec {{mariadbd}} --no-defaults --datadir={{folder}}/data --max-connect-errors=2 {small} \\
        --bind-address={{address}} --port={{port[mysql]}} --socket={{folder}}/socket \\
        --pid-file={{folder}}/pid --ssl-cert={{folder}}/chain.pem --ssl-key={{folder}}/key.pem
"""


class Nnrpd(Server):
    """The reader of INN; it does without innd."""

    name = "nnrpd"
    starttls = ("nntp",)
    tls = ("nntps",)
    files = {
        "nnrpd": ("/usr/lib/news/bin/nnrpd-ssl", "/usr/lib/news/bin/nnrpd",
                  "/usr/libexec/news/nnrpd"),
    }
    user = "news"  # and nobody else
    needs_root = True

    CONFIG = """\
domain: test
pathhost: {host}
pathnews: /usr/lib/news
mta: "/bin/false"
hismethod: hisv6
ovmethod: tradindexed
readerswhenstopped: true
nnrpdloadlimit: 0
pathetc: {folder}
pathrun: {folder}
pathdb: {folder}
pathoverview: {folder}
pathlog: {folder}
TLS:tlscertfile: {folder}/chain.pem
TLS:tlskeyfile: {folder}/key.pem
"""

    def configure(self):
        self.write("inn.conf", self.fill(self.CONFIG))
        self.write("readers.conf", 'auth "all" {\n hosts: "*"\n default: "<anybody>"\n}\n'
                                   'access "all" {\n users: "*"\n newsgroups: "*"\n}\n')
        self.write("group.index", "")
        self.write("storage.conf", "method trash {\n newsgroups: *\n class: 0\n}\n")

    def environment(self):
        return {"INNCONF": str(self.folder / "inn.conf")}

    def commands(self):
        yield "{nnrpd}", "-D", "-f", "-n", "-b", "{address}", "-p", "{port[nntp]}"
        if self.pair:
            yield "{nnrpd}", "-D", "-f", "-n", "-S", "-b", "{address}", "-p", "{port[nntps]}"


class Inspircd(Server):
    name = "inspircd"
    starttls = ("irc",)
    tls = ("ircs",)
    files = {"inspircd": ("inspircd",), "starttls": ("/usr/lib/inspircd/modules/m_starttls.so",)}

    # It looks up the client's name, and says so before anything else. That it answers to CAP at all
    # takes a module, which only some of ours have.
    CONFIG = """\
<server name="irc.{host}" description="test" network="test">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}"
      moduledir="{modules}">
<bind address="{address}" port="{port[irc]}" type="clients">
<connect allow="*" timeout="30" TLS resolvehostnames="yes">
<log method="file" type="*" level="default" target="{folder}/log">
<pid file="{folder}/pid">
{cap}
TLS:<module name="ssl_gnutls">
TLS:<module name="starttls">
TLS:<sslprofile name="it" provider="gnutls"
TLS:            certfile="{folder}/chain.pem" keyfile="{folder}/key.pem">
TLS:<starttls profile="it">
TLS:<bind address="{address}" port="{port[ircs]}" type="clients" sslprofile="it">
"""

    def configure(self):
        self.words["modules"] = Path(self.words["starttls"]).parent
        self.words["cap"] = "" if self.above else '<module name="cap">'
        config = self.CONFIG.replace(" TLS ", ' usestarttls="yes" ' if self.pair else " ")
        self.write("inspircd.conf", self.fill(config))

    def commands(self):
        root = ["--runasroot"] * (os.geteuid() == 0)
        yield unconfined(self, "inspircd"), "--config", "{folder}/inspircd.conf", "--nofork", *root


class Ngircd(Server):
    """It has TLS, but no STARTTLS."""

    name = "ngircd"
    starttls = ("irc",)
    files = {"ngircd": ("ngircd",)}

    CONFIG = """\
[Global]
Name = irc.{host}
Info = test
Listen = {address}
Ports = {port[irc]}
ServerUID = nobody
ServerGID = {nogroup}
[Options]
PAM = no
Ident = no
DNS = no
"""

    def configure(self):
        self.words["nogroup"] = group_of("nobody")
        self.write("ngircd.conf", self.fill(self.CONFIG)).chmod(0o644)

    def commands(self):
        yield "{ngircd}", "-n", "-f", "{folder}/ngircd.conf"


class Nginx(Server):
    """As simple as the others; nginx.py has one with many hosts."""

    name = "nginx"
    tls = ("https",)
    files = {"nginx": ("nginx",)}

    CONFIG = """\
daemon off;
pid {folder}/pid;
error_log {folder}/log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {address}:{port[https]} ssl http2;
        ssl_certificate {folder}/chain.pem; ssl_certificate_key {folder}/key.pem;
    }}
}}
"""

    def configure(self):
        self.write("nginx.conf", self.fill(self.CONFIG))

    def commands(self):
        yield "{nginx}", "-e", "{folder}/log", "-c", "{folder}/nginx.conf"
