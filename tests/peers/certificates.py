"""A certificate authority of the test's own, made with the openssl command in a temporary folder.

It issues what a server should have and what it should not: a right certificate, one that has
expired, one that is not yet valid, one for another name. Keys live as long as the folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from .process import run

Kind = Literal["valid", "expired", "not-yet-valid", "wrong-name"]

SERVER_NAME = "pbx.test"
OTHER_NAME = "elsewhere.test"

CONFIG = """\
[ca]
default_ca = authority
[authority]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = any
unique_subject = no
x509_extensions = server
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
x509_extensions = root
[name]
commonName = Deskphone test authority
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = {names}
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server certificate and its key, both PEM."""

    chain: Path
    key: Path
    ends: datetime


class Authority:
    """A root that signs server certificates; `ca_file` is what a phone would be given to trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca_file = folder / "ca.pem"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.txt").touch()
        (folder / "serial").write_text("1000\n")
        config = self._config("DNS:unused.test")
        run(
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-noenc", "-days", "30", "-config", config),
            *("-keyout", folder / "ca.key", "-out", self.ca_file),
        )

    def issue(
        self, kind: Kind, *addresses: str, lasts: timedelta = timedelta(days=20)
    ) -> Certificate:
        """Sign one for `SERVER_NAME` and these IP addresses, or one with the flaw named."""
        now = datetime.now(UTC).replace(microsecond=0)
        starts = now + timedelta(days=2) if kind == "not-yet-valid" else now - timedelta(days=3)
        ends = now - timedelta(days=1) if kind == "expired" else now + lasts
        name = OTHER_NAME if kind == "wrong-name" else SERVER_NAME
        names = [f"DNS:{name}"]
        if kind != "wrong-name":
            names += [f"IP:{address}" for address in addresses if address]
        config = self._config(",".join(names))
        certificate = Certificate(self.folder / f"{kind}.pem", self.folder / f"{kind}.key", ends)
        request = self.folder / f"{kind}.csr"
        run(
            *("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-noenc", "-config", config, "-subj", f"/CN={name}"),
            *("-keyout", certificate.key, "-out", request),
        )
        run(
            *("openssl", "ca", "-batch", "-notext", "-config", config, "-in", request),
            *("-out", certificate.chain),
            *("-startdate", f"{starts:%Y%m%d%H%M%SZ}", "-enddate", f"{ends:%Y%m%d%H%M%SZ}"),
        )
        return certificate

    def _config(self, names: str) -> Path:
        config = self.folder / "openssl.cnf"
        config.write_text(CONFIG.format(folder=self.folder, names=names))
        return config
