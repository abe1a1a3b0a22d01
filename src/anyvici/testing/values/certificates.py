"""Certificates and keys, as far as charon looks into them before it takes them."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anyvici.testing.replies import Refused
from anyvici.testing.values import der, x509
from anyvici.testing.values.identities import KEY_ID, Identity, parse

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

_PEM = re.compile(rb"^-----BEGIN .*?-----(.*?)^-----END .*?-----", re.DOTALL | re.MULTILINE)
_HEADER = re.compile(rb"^[^\n:]*:.*$", re.MULTILINE)
_MISSING = (
    "the simulation reads certificates with the package cryptography: pip install anyvici[testing]"
)


@dataclass(frozen=True)
class Certificate:
    """A certificate, revocation list, or bare public key."""

    type: str  # X509, X509_AC, X509_CRL, OCSP_RESPONSE, PUBKEY
    der: bytes
    subject: str  # as charon prints it
    is_ca: bool = False
    key_id: str = ""  # what get-keys says of its private key; "" for what has no key
    flags: frozenset[str] = frozenset()  # CA, AA, OCSP
    identities: tuple[Identity, ...] = ()  # whose it is: the subject, other names, key ids
    issue: x509.Issue | None = None  # of a revocation list

    @property
    def bare(self) -> bool:
        """Whether it is a public key that nobody has given an identity."""
        return self.type == "PUBKEY" and self.identities[0].type == KEY_ID

    def named(self, subject: str) -> "Certificate":
        """Return a bare public key as that of an identity."""
        return replace(self, subject=subject, identities=(parse(subject), *self.identities[1:]))


def parse_certificate(
    kind: str, data: bytes, flags: frozenset[str] = frozenset()
) -> Certificate | None:
    """Read a certificate of a type of list-certs, PEM or DER; None if charon does not take it."""
    reader = _READERS.get(kind)
    encoding = _decode(data)
    if reader is None or encoding is None:
        return None
    try:
        certificate = reader(encoding)
    except (ValueError, IndexError):
        return None
    return certificate and replace(certificate, flags=certificate.flags | flags)


def key_id_of(kind: str, data: bytes) -> str | None:
    """Return the id of a private key as load-key tells it; None if charon does not take it."""
    ids = private_key_ids(kind, data)
    return ids and ids[0].hex()


def private_key_ids(kind: str, data: bytes) -> tuple[bytes, bytes] | None:
    """Return the two ids of a private key of a type of load-key; None if charon refuses it."""
    encoding = _decode(data)
    key = None if encoding is None else _private_key(encoding)
    if encoding is None or key is None or not _loads_as(kind.upper(), _kind(key), encoding):
        return None
    return key_ids(_encode(key.public_key()))


def _loads_as(wanted: str, actual: str, encoding: bytes) -> bool:
    """Tell whether a key may be called so. PKCS#8 itself says what it is, and charon believes it.

    Only ECDSA keys have to be called what they are.
    """
    if wanted in ("ANY", actual):
        return True
    return wanted != "DSA" and actual != "ECDSA" and _is_pkcs8(encoding)


def _is_pkcs8(encoding: bytes) -> bool:
    return der.inside(encoding)[1].tag == der.SEQUENCE


def key_ids(public_key: bytes) -> tuple[bytes, bytes]:
    """Return the hash of the key itself and that of all its SubjectPublicKeyInfo."""
    _, key = der.inside(public_key, der.SEQUENCE, der.BIT_STRING)
    return _sha1(key.content[1:]), _sha1(public_key)


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _decode(data: bytes) -> bytes | None:
    """Return the DER of a file. charon does not look at what PEM says that it is."""
    if _is_der(data):
        return data
    block = _PEM.search(data.replace(b"\r\n", b"\n"))
    if block is None or b"Proc-Type: 4" in block[1]:
        return None
    try:
        return base64.b64decode(_HEADER.sub(b"", block[1])) or None
    except binascii.Error:
        return None


def _is_der(data: bytes) -> bool:
    try:
        first = der.element(data)
    except ValueError:
        return False
    tags = der.SEQUENCE, der.SET, der.OCTET_STRING
    return first.tag in tags and data[len(first.whole) :] in (b"", b"\n")


def _read_x509(data: bytes) -> Certificate | None:
    found = x509.certificate(data)
    key = _public_key(found.public_key)
    if key is None:
        return None
    ids = key_ids(_encode(key))
    names = (*found.names, *(Identity(KEY_ID, each) for each in (*ids, _sha1(data))))
    return Certificate(
        "X509", data, str(names[0]), "CA" in found.flags, ids[0].hex(), found.flags, names
    )


def _read_crl(data: bytes) -> Certificate | None:
    issue = x509.revocation_list(data)
    names = (issue.issuer, Identity(KEY_ID, issue.authority_key_id))
    return Certificate("X509_CRL", data, str(issue.issuer), identities=names, issue=issue)


def _read_attributes(data: bytes) -> Certificate | None:
    holder = x509.attribute_certificate(data)
    return Certificate("X509_AC", data, str(holder), identities=(holder,))


def _read_public_key(data: bytes) -> Certificate | None:
    der.inside(data, der.SEQUENCE, der.BIT_STRING)  # not the bare key of PKCS#1
    key = _public_key(data)
    if key is None:
        return None
    encoding = _encode(key)
    ids = key_ids(encoding)
    subject = Identity(KEY_ID, ids[1])
    names = (subject, *(Identity(KEY_ID, each) for each in ids))
    return Certificate("PUBKEY", encoding, str(subject), key_id=ids[0].hex(), identities=names)


_READERS: dict[str, Callable[[bytes], Certificate | None]] = {
    "ANY": _read_x509,
    "X509": _read_x509,
    "X509_AC": _read_attributes,
    "X509_CRL": _read_crl,
    "PUBKEY": _read_public_key,
}


def _public_key(data: bytes) -> "PublicKeyTypes | None":
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_der_public_key
    except ImportError:
        raise Refused(_MISSING) from None
    try:
        key = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if _kind(key) else None


def _private_key(data: bytes) -> "PrivateKeyTypes | None":
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_der_private_key
    except ImportError:
        raise Refused(_MISSING) from None
    try:
        key = load_der_private_key(der.element(data).whole, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it is encrypted
        return None
    return key if _kind(key) else None


def _encode(key: "PublicKeyTypes") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _kind(key: object) -> str:
    """Return what charon calls this kind of key; "" for one that it does not sign with."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    kinds: dict[str, tuple[type, ...]] = {
        "RSA": (rsa.RSAPublicKey, rsa.RSAPrivateKey),
        "ECDSA": (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey),
        "ED25519": (ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey),
        "ED448": (ed448.Ed448PublicKey, ed448.Ed448PrivateKey),
    }
    return next((kind for kind, classes in kinds.items() if isinstance(key, classes)), "")
