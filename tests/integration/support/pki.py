# SPDX-License-Identifier: Apache-2.0
"""
Certificates, right or wrong on purpose, made by the openssl command in a folder of their own.

`openssl ca` is used because it is the one command of OpenSSL 3.0 that takes both dates.
"""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

DAY = 86400

CA_CONFIG = """\
[ca]
default_ca = this
[this]
database = {folder}/index
new_certs_dir = {folder}
unique_subject = no
rand_serial = yes
email_in_dn = no
policy = any
preserve = yes
[any]
commonName = optional
organizationName = optional
"""


REVOKE_CONFIG = """\
[ca]
default_ca = this
[this]
database = {folder}/index
crlnumber = {folder}/number
default_md = sha256
crl_extensions = extensions
[extensions]
authorityKeyIdentifier = keyid
"""


def openssl(*args, text=None):
    """Runs one openssl command and returns what it printed; its words are in the exception."""
    done = subprocess.run(["openssl", *map(str, args)], input=text, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"openssl {' '.join(map(str, args))}: {done.stderr.strip()}")
    return done.stdout


@dataclass(frozen=True)
class Pair:
    """A certificate with its key, and the certificates above it."""

    name: str
    cert: Path
    key: Path
    issuer: "Pair | None" = None

    @property
    def pem(self):
        return self.cert.read_text()

    @property
    def fingerprint(self):
        """SHA-256 of the DER, as 64 lower-case hex digits."""
        line = openssl("x509", "-in", self.cert, "-noout", "-fingerprint", "-sha256")
        return line.split("=")[1].replace(":", "").strip().lower()

    def above(self):
        """The certificates that a server should send after this one: all but the root."""
        found, at = [], self.issuer
        while at is not None and at.issuer is not None:
            found.append(at)
            at = at.issuer
        return found


def chain(*pairs):
    """The PEM text of certificates in the order given."""
    return "".join(p.pem for p in pairs)


class Pki:
    """A root, an intermediate, and whatever else a test asks for."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.count = 0
        self.root = self.authority("Test Root")
        self.intermediate = self.authority("Test Intermediate", self.root)

    def key(self, kind="ec"):
        """A new key file: "ec" (P-256), "rsa:BITS" or "ed25519"."""
        self.count += 1
        path = self.folder / f"{self.count}.key"
        if kind == "ec":
            options = ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        elif kind.startswith("rsa:"):
            options = ["RSA", "-pkeyopt", "rsa_keygen_bits:" + kind[4:]]
        else:
            options = [kind.upper()]
        openssl("genpkey", "-out", path, "-algorithm", *options)
        return path

    def authority(self, name, issuer=None, **more):
        more.setdefault("days", (-400, 3650))
        return self.issue(name, issuer, extensions=["basicConstraints=critical,CA:TRUE",
                                                    "keyUsage=critical,keyCertSign,cRLSign"], **more)

    def twin(self, pair, **more):
        """The CA @pair once more: the same name, key and issuer, and other dates."""
        return self.authority(pair.name, pair.issuer, key_file=pair.key, **more)

    def leaf(self, *names, issuer=None, extra=(), **more):
        """
        A server certificate for DNS names and IP addresses; the first one is the common name.
        @extra are lines of extensions.
        """
        sans = ",".join(("IP:" if n.replace(".", "").isdigit() or ":" in n else "DNS:") + n
                        for n in names)
        return self.issue(names[0], issuer or self.intermediate, extensions=[
            f"subjectAltName={sans}", "basicConstraints=critical,CA:FALSE",
            "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth", *extra], **more)

    def self_signed(self, *names, **more):
        sans = ",".join("DNS:" + n for n in names)
        return self.issue(names[0], None, extensions=[
            f"subjectAltName={sans}", "extendedKeyUsage=serverAuth"], **more)

    def issue(self, name, issuer, extensions, days=(-30, 335), seconds=None, key="ec",
              digest="sha256", ca_issuers=(), key_file=None):
        """
        A certificate for CN=@name signed by @issuer, by itself when None. It is valid from days[0]
        to days[1] from now, or, more exactly, seconds[0] to seconds[1]. @ca_issuers are the URLs
        where its issuer is said to be.
        """
        if ca_issuers:
            extensions = [*extensions, "authorityInfoAccess="
                          + ",".join(f"caIssuers;URI:{url}" for url in ca_issuers)]
        first, last = seconds or (days[0] * DAY, days[1] * DAY)
        now = int(time.time())
        key_file = key_file or self.key(key)
        self.count += 1
        work = self.folder / f"{self.count}.work"
        cert = self.folder / f"{self.count}.pem"

        work.mkdir()
        (work / "index").touch()
        (work / "config").write_text(CA_CONFIG.format(folder=work))
        (work / "extensions").write_text("subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
                                         + "\n".join(extensions) + "\n")
        openssl("req", "-new", "-key", key_file, "-subj", f"/O=notafter tests/CN={name}",
                "-out", work / "request", "-config", "/dev/null")
        signer = (["-selfsign", "-keyfile", key_file] if issuer is None
                  else ["-cert", issuer.cert, "-keyfile", issuer.key])
        openssl("ca", "-batch", "-notext", "-config", work / "config", "-in", work / "request",
                "-out", cert, "-md", digest, "-extfile", work / "extensions",
                "-startdate", stamp(now + first), "-enddate", stamp(now + last), *signer)
        return Pair(name, cert, key_file, issuer)

    def withdraw(self, issuer, revoked=(), reason="keyCompromise"):
        """The database of `openssl ca` for @issuer, once it has revoked these: folder and options."""
        self.count += 1
        work = self.folder / f"{self.count}.work"
        work.mkdir()
        (work / "index").touch()
        (work / "number").write_text("01\n")
        (work / "config").write_text(REVOKE_CONFIG.format(folder=work))
        options = ["-config", work / "config", "-cert", issuer.cert, "-keyfile", issuer.key]
        for pair in revoked:
            openssl("ca", *options, "-revoke", pair.cert, "-crl_reason", reason)
        return work, options

    def crl(self, *issuers, revoked=(), days=7):
        """A file with the revocation list of each issuer; each lists what it has issued of @revoked."""
        text = ""
        for issuer in issuers:
            work, options = self.withdraw(issuer, [r for r in revoked if r.issuer == issuer])
            openssl("ca", *options, "-gencrl", "-crldays", days, "-out", work / "crl")
            text += (work / "crl").read_text()
        self.count += 1
        return self.file(f"{self.count}.crl", text)

    def ocsp(self, leaf, revoked=False, signer=None, days=7):
        """A file with the OCSP response of the issuer of @leaf, which knows it, revoked or not."""
        issuer = leaf.issuer
        work, _ = self.withdraw(issuer, [leaf])
        if not revoked:
            entry = (work / "index").read_text().split("\t")
            (work / "index").write_text("\t".join(["V", entry[1], "", *entry[3:]]))
        common = ["-issuer", issuer.cert, "-cert", leaf.cert, "-no_nonce"]
        openssl("ocsp", *common, "-reqout", work / "request")
        signer = signer or issuer
        openssl("ocsp", "-index", work / "index", "-CA", issuer.cert, "-rsigner", signer.cert,
                "-rkey", signer.key, "-reqin", work / "request", "-respout", work / "response",
                "-ndays", days)
        return work / "response"

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


def stamp(at):
    """Seconds since the epoch as ASN.1 GeneralizedTime."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(at))
