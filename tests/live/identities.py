"""A certification authority and those it vouches for, made by strongSwan's own tool."""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Identity:
    """A private key and the certificate of its owner, both PEM."""

    subject: str
    key: bytes
    certificate: bytes


@dataclass(frozen=True)
class Identities:
    """Some owners of certificates by name, and the CA that issued these."""

    ca: Identity
    owners: dict[str, Identity]

    def __getitem__(self, name: str) -> Identity:
        return self.owners[name]


def issue(*names: str) -> Identities:
    """Make a CA, and have it issue a certificate for each name."""
    key = _pki("--gen", "--type", "ed25519")
    subject = "CN=the CA of the tests"
    certificate = _pki("--self", "--ca", "--type", "ed25519", "--dn", subject, given=key)
    ca = Identity(subject, key, certificate)
    return Identities(ca, {name: _issued(ca, name) for name in names})


def _issued(ca: Identity, name: str) -> Identity:
    key = _pki("--gen", "--type", "ed25519")
    subject = f"CN={name}"
    with tempfile.TemporaryDirectory() as folder:
        files = {"--cakey": ca.key, "--cacert": ca.certificate}
        options = ["--issue", "--type", "priv", "--dn", subject]
        for option, content in files.items():
            path = Path(folder, option)
            path.write_bytes(content)
            options += [option, str(path)]
        return Identity(subject, key, _pki(*options, given=key))


def _pki(*options: str, given: bytes = b"") -> bytes:
    command = ["pki", *options, "--outform", "pem"]
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout
