"""Certificates of all kinds, made for a test."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID, ObjectIdentifier

BEGIN, END = datetime.datetime(2025, 1, 1), datetime.datetime(2040, 1, 1)
DER, PEM = Encoding.DER, Encoding.PEM
PKCS8, TRADITIONAL = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
SPKI = PublicFormat.SubjectPublicKeyInfo

KEYS = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "ecdsa": ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ed448": ed448.Ed448PrivateKey.generate(),
}


def name(*parts: tuple[ObjectIdentifier, str] | str) -> x509.Name:
    """Return a name of common names and others."""
    pairs = [(NameOID.COMMON_NAME, part) if isinstance(part, str) else part for part in parts]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


def certificate(
    subject: x509.Name,
    key: str = "ed25519",
    *,
    ca: bool = False,
    extensions: dict[x509.ExtensionType, bool] | None = None,
    encoding: Encoding = PEM,
) -> bytes:
    """Return a certificate that is signed by its own key; extensions say whether critical."""
    private = KEYS[key]
    builder = x509.CertificateBuilder(subject, subject, private.public_key(), 4711, BEGIN, END)
    wanted = {x509.BasicConstraints(ca, None): True} | (extensions or {})
    for extension, critical in wanted.items():
        builder = builder.add_extension(extension, critical)
    signed = builder.sign(private, None if key.startswith("ed") else hashes.SHA256())
    return signed.public_bytes(encoding)


def revocation_list(issuer: x509.Name, number: int) -> bytes:
    """Return a revocation list."""
    builder = x509.CertificateRevocationListBuilder(issuer, BEGIN, END)
    builder = builder.add_extension(x509.CRLNumber(number), False)
    return builder.sign(KEYS["ed25519"], None).public_bytes(DER)


def private_key(
    key: str, encoding: Encoding = PEM, form: PrivateFormat = PKCS8, password: bytes = b""
) -> bytes:
    """Return a private key."""
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return KEYS[key].private_bytes(encoding, form, encryption)


def public_key(key: str, encoding: Encoding = PEM, form: PublicFormat = SPKI) -> bytes:
    """Return a public key."""
    return KEYS[key].public_key().public_bytes(encoding, form)
