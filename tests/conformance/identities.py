"""A certification authority and those it vouches for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


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
    ca = "the CA of the tests"
    ca_key = Ed25519PrivateKey.generate()
    owners = {}
    for name in names:
        key = Ed25519PrivateKey.generate()
        owners[name] = _identity(name, key, _issued(name, key, ca, ca_key))
    return Identities(_identity(ca, ca_key, _issued(ca, ca_key, ca, ca_key)), owners)


def _identity(name: str, key: Ed25519PrivateKey, certificate: x509.Certificate) -> Identity:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Identity(f"CN={name}", private, certificate.public_bytes(Encoding.PEM))


def _issued(
    subject: str, key: Ed25519PrivateKey, issuer: str, issuer_key: Ed25519PrivateKey
) -> x509.Certificate:
    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_called(subject))
        .issuer_name(_called(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1000))
        .add_extension(identifier, critical=False)
        .add_extension(authority, critical=False)
    )
    if subject == issuer:
        ca = x509.BasicConstraints(ca=True, path_length=None)
        certificate = certificate.add_extension(ca, critical=True)
    return certificate.sign(issuer_key, None)


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
