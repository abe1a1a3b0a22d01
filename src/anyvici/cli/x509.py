"""Reading what is in a certificate, a revocation list, an OCSP response or a public key.

Whoever sent it may have put anything into it, and no library reads all that charon reads. So what
can be read is told, and what cannot is left out.
"""

import hashlib
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from anyvici import Certificate, CertificateType
from anyvici.cli.insides import Insides, Revoked

T = TypeVar("T")

# Names that RFC 4514 has no short form for, as charon prints them.
_SHORT = {"1.2.840.113549.1.9.1": "E", "2.5.4.5": "serialNumber", "2.5.4.46": "dnQualifier"}
_FLAGS = {
    "1.3.6.1.5.5.7.3.9": "ocspSigning",
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.8.2.2": "ikeIntermediate",
    "1.3.6.1.4.1.311.20.2.2": "msSmartcardLogon",
}


def insides(certificate: Certificate) -> Insides:
    """Return what is in a certificate, as far as it can be read."""
    found = Insides(
        subject=certificate.subject,
        not_before=_generalized(certificate.not_before),
        not_after=_generalized(certificate.not_after),
        sha256=hashlib.sha256(certificate.data).hexdigest(),
    )
    read = _READERS.get(certificate.type)
    if read is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd in it
            _attempt(lambda: read(certificate.data, found))
    return found


def _certificate(data: bytes, found: Insides) -> None:
    from cryptography import x509

    certificate = x509.load_der_x509_certificate(data)
    _attempt(lambda: _names(certificate, found))
    found.serial = _attempt(lambda: _number(certificate.serial_number))
    found.not_before = _attempt(lambda: certificate.not_valid_before_utc)
    found.not_after = _attempt(lambda: certificate.not_valid_after_utc)
    _attempt(lambda: _extensions(certificate.extensions, found))
    if found.subject == found.issuer:
        found.flags.append("self-signed")
    _attempt(lambda: _key(certificate.public_key(), found))


def _revocations(data: bytes, found: Insides) -> None:
    from cryptography import x509

    issued = x509.load_der_x509_crl(data)
    found.issuer = _attempt(lambda: _name(issued.issuer))
    found.not_before = _attempt(lambda: issued.last_update_utc)
    found.not_after = _attempt(lambda: issued.next_update_utc)
    _attempt(lambda: _extensions(issued.extensions, found))
    found.revoked = _attempt(lambda: [_revoked(each) for each in issued]) or []


def _response(data: bytes, found: Insides) -> None:
    from cryptography.x509 import ocsp

    response = ocsp.load_der_ocsp_response(data)
    responder = response.responder_name
    found.issuer = _attempt(lambda: _name(responder)) if responder else None
    for each in response.responses:
        found.not_before = each.this_update_utc
        found.not_after = each.next_update_utc
        status = each.certificate_status.name.lower()
        reason = each.revocation_reason.value if each.revocation_reason else None
        serial = _number(each.serial_number)
        found.revoked.append(Revoked(serial, status, each.revocation_time_utc, reason))


def _public_key(data: bytes, found: Insides) -> None:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    _key(load_der_public_key(data), found)


_READERS: dict[CertificateType, Callable[[bytes, Insides], None]] = {
    CertificateType.X509: _certificate,
    CertificateType.X509_CRL: _revocations,
    CertificateType.OCSP_RESPONSE: _response,
    CertificateType.PUBKEY: _public_key,
}


def _names(certificate: Any, found: Insides) -> None:
    found.subject = _name(certificate.subject)
    found.issuer = _name(certificate.issuer)


def _extensions(extensions: Any, found: Insides) -> None:
    """Take from the extensions what is known here."""
    for extension in extensions:
        read = _EXTENSIONS.get(type(extension.value).__name__)
        if read is not None:
            read(extension.value, found)


def _basic_constraints(value: Any, found: Insides) -> None:
    if value.ca:
        found.flags.insert(0, "CA")
        found.path_length = value.path_length


def _key_usage(value: Any, found: Insides) -> None:
    if value.crl_sign:
        found.flags.append("CRLSign")


def _extended_key_usage(value: Any, found: Insides) -> None:
    found.flags += [_FLAGS[oid.dotted_string] for oid in value if oid.dotted_string in _FLAGS]


def _alternative_names(value: Any, found: Insides) -> None:
    found.alt_names = [_general_name(name) for name in value]


def _authority_key(value: Any, found: Insides) -> None:
    found.authority_key_id = value.key_identifier.hex() if value.key_identifier else None


def _subject_key(value: Any, found: Insides) -> None:
    found.subject_key_id = value.digest.hex()


def _crl_number(value: Any, found: Insides) -> None:
    found.serial = _number(value.crl_number)


def _distribution_points(value: Any, found: Insides) -> None:
    found.crl_uris = [
        _general_name(name) for point in value for name in point.full_name or [] if name
    ]


def _authority_access(value: Any, found: Insides) -> None:
    found.ocsp_uris = [
        _general_name(each.access_location)
        for each in value
        if each.access_method.dotted_string == "1.3.6.1.5.5.7.48.1"
    ]


_EXTENSIONS: dict[str, Callable[[Any, Insides], None]] = {
    "BasicConstraints": _basic_constraints,
    "KeyUsage": _key_usage,
    "ExtendedKeyUsage": _extended_key_usage,
    "SubjectAlternativeName": _alternative_names,
    "AuthorityKeyIdentifier": _authority_key,
    "SubjectKeyIdentifier": _subject_key,
    "CRLNumber": _crl_number,
    "CRLDistributionPoints": _distribution_points,
    "AuthorityInformationAccess": _authority_access,
}


def _key(key: Any, found: Insides) -> None:
    from cryptography.x509 import SubjectKeyIdentifier

    kind = type(key).__name__.removesuffix("PublicKey").upper()
    found.key_type = {"EC": "ECDSA"}.get(kind, kind)
    found.key_size = getattr(key, "key_size", {"ED25519": 256, "ED448": 456}.get(kind))
    found.key_id = SubjectKeyIdentifier.from_public_key(key).digest.hex()


def _revoked(revoked: Any) -> Revoked:
    reason = next(
        (each.value.reason.value for each in revoked.extensions if hasattr(each.value, "reason")),
        None,
    )
    return Revoked(_number(revoked.serial_number), None, revoked.revocation_date_utc, reason)


def _name(name: Any) -> str:
    """Return a name in the order of its parts, as charon prints it: C=CH, O=home, CN=moon."""
    from cryptography.x509 import ObjectIdentifier

    short = {ObjectIdentifier(oid): text for oid, text in _SHORT.items()}
    return ", ".join(part.rfc4514_string(short) for part in name.rdns)


def _general_name(name: Any) -> str:
    """Return one of several kinds of names."""
    value = name.value
    if hasattr(value, "rdns"):
        return _name(value)
    if isinstance(value, bytes):  # another name, of the kind that is its OID
        return f"{name.type_id.dotted_string}:{value.hex()}"
    return str(getattr(value, "dotted_string", value))


def _number(number: int) -> str:
    octets = number.to_bytes((number.bit_length() + 8) // 8, "big", signed=True)
    return (octets.lstrip(b"\0") or b"\0").hex()


def _generalized(text: str | None) -> datetime | None:
    """Return a time that the daemon told as ASN.1 has it, of a public key."""
    return _attempt(lambda: datetime.strptime(text or "", "%Y%m%d%H%M%SZ").replace(tzinfo=UTC))


def _attempt(read: Callable[[], T]) -> T | None:
    """Return what is read, or None: a library that refuses it raises what it likes."""
    try:
        return read()
    except Exception:  # see above; what the daemon has is to be listed all the same
        return None
