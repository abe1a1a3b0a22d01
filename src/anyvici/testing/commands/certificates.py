"""The commands for certificates: load-cert, list-certs, flush-certs and clear-creds."""

from collections.abc import Callable
from typing import NamedTuple

from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import Refused
from anyvici.testing.requests import Request
from anyvici.testing.values.certificates import Certificate, parse_certificate
from anyvici.testing.values.identities import NONE, Identity, match, parse
from anyvici.wire.message import Message

_TYPES = (
    *("ANY", "X509", "X509_CRL", "OCSP_REQUEST", "OCSP_RESPONSE", "X509_AC", "PUBKEY"),
    *("PKCS10_REQUEST", "PGP"),
)
_FLAGS = ("NONE", "CA", "AA", "OCSP", "ANY")
# What older versions called a type and a flag in one.
_LEGACY = {
    "x509ca": ("X509", "CA"),
    "x509ocsp": ("X509", "OCSP"),
    "x509aa": ("X509", "AA"),
    "x509ac": ("X509_AC", "NONE"),
    "x509crl": ("X509_CRL", "NONE"),
}
_LISTED = ("PUBKEY", "X509", "X509_AC", "X509_CRL", "OCSP_RESPONSE")
# How many of the loaded plugins' builders try to read it.
_BUILDERS = {
    "CERTIFICATE": {"ANY": 1, "OCSP_REQUEST": 1, "OCSP_RESPONSE": 2, "PGP": 0},
    "PRIVATE_KEY": {"RSA": 5, "ECDSA": 2, "DSA": 0, "ED25519": 4, "ED448": 2},
}
_MOST_BUILDERS = 3
_LACKS_CA = "ca certificate lacks CA basic constraint, rejected"


class _Kind(NamedTuple):
    type: str
    flag: str


def _kind(request: Request, type_: str, default: str) -> _Kind:
    """Return the type and the flag that a request tells."""
    if type_.upper() in _TYPES:
        flag = default
        if type_.upper() == "X509":
            given = request.text("flag")
            flag = default if given is None else given
            if flag.upper() not in _FLAGS:
                raise Refused(f"invalid certificate flag '{flag}'")
        return _Kind(type_.upper(), flag.upper())
    if type_.lower() not in _LEGACY:
        raise Refused(f"invalid certificate type '{type_}'")
    return _Kind(*_LEGACY[type_.lower()])


def load_cert(gateway: Gateway, request: Request) -> Message:
    """Answer load-cert."""
    type_ = request.text("type")
    if type_ is None:
        raise Refused("certificate type missing")
    kind = _kind(request, type_, "NONE")
    data = request.octets("data")
    if not data:
        raise Refused("certificate data missing")
    flags = frozenset({kind.flag} & {"AA", "OCSP"})  # whether it is a CA is not for us to say
    certificate = parse_certificate(kind.type, data, flags)
    if certificate is None:
        log_failure(gateway, "CERTIFICATE", kind.type)
        raise Refused(f"parsing {kind.type} certificate failed")
    gateway.log("CFG", 1, f"loaded certificate '{certificate.subject}'")
    if certificate.is_ca and kind.type == "X509":
        gateway.credentials.add_ca_certificate(certificate)
    elif kind.flag in ("CA", "ANY"):
        gateway.log("CFG", 1, f"  {_LACKS_CA}")
        raise Refused(_LACKS_CA)
    else:
        gateway.credentials.add_certificate(certificate)
    return {"success": "yes"}


def log_failure(gateway: Gateway, what: str, kind: str) -> None:
    """Log that a certificate or a key could not be read."""
    tried = _BUILDERS[what].get(kind, _MOST_BUILDERS)
    gateway.log("LIB", 1, f"building CRED_{what} - {kind} failed, tried {tried} builders")


def list_certs(gateway: Gateway, request: Request) -> Message:
    """Answer list-certs: streams nothing at all if it is asked for what does not exist."""
    type_ = request.text("type")
    try:
        kind = _kind(request, "ANY" if type_ is None else type_, "ANY")
    except Refused as refused:
        gateway.log("CFG", 1, str(refused))
        return {}
    subject = request.text("subject")
    pattern = None if subject is None else parse(subject)
    chosen = [c for c in gateway.credentials.all_certificates() if _belongs(c, pattern)]
    for listed in _LISTED:
        if kind.type in ("ANY", listed):
            of_type = [each for each in chosen if each.type == listed]
            for item in _items(gateway, of_type, listed, kind.flag):
                request.emit("list-cert", item)
    return {}


def _belongs(certificate: Certificate, pattern: Identity | None) -> bool:
    if pattern is None:
        return True
    return any(match(one, pattern) > NONE for one in certificate.identities)


def _items(
    gateway: Gateway, certificates: list[Certificate], type_: str, flag: str
) -> list[Message]:
    """Return what is told of certificates of one type; X.509 ones come in the order of flags."""
    if type_ != "X509":
        return [_item(gateway, each, {}) for each in certificates]
    return [
        _item(gateway, each, {"flag": wanted})
        for wanted in _FLAGS[:-1]
        for each in certificates
        if flag in ("ANY", wanted) and each.flags == frozenset({wanted} - {"NONE"})
    ]


def _item(gateway: Gateway, certificate: Certificate, flag: Message) -> Message:
    item: Message = {"type": certificate.type, **flag}
    if gateway.credentials.has_private_key(certificate):
        item["has_privkey"] = "yes"
    item["data"] = certificate.der
    if certificate.type == "PUBKEY" and not certificate.bare:
        item["subject"] = certificate.subject
    return item


def flush_certs(_gateway: Gateway, request: Request) -> Message:
    """Answer flush-certs: nothing is ever cached here."""
    type_ = request.text("type")
    if type_ is not None and type_.upper() not in _TYPES and type_.lower() not in _LEGACY:
        raise Refused(f"invalid certificate type '{type_}'")
    return {"success": "yes"}


def clear_creds(gateway: Gateway, _request: Request) -> Message:
    """Answer clear-creds."""
    gateway.credentials.clear()
    return {"success": "yes"}


COMMANDS: dict[str, Callable[[Gateway, Request], Message]] = {
    "load-cert": load_cert,
    "list-certs": list_certs,
    "flush-certs": flush_certs,
    "clear-creds": clear_creds,
}
