"""Certification authorities: where what they revoke can be found."""

from collections.abc import Callable
from pathlib import Path

from anyvici.testing.commands.certificates import log_failure
from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import Refused
from anyvici.testing.requests import Request, Section
from anyvici.testing.state.authorities import LISTS, Authority
from anyvici.testing.values.certificates import Certificate, parse_certificate
from anyvici.testing.values.numbers import strtol
from anyvici.testing.values.texts import printable
from anyvici.wire.message import Message

_TEXTS = ("file", "handle", "slot", "module", "cert_uri_base")
_INVALID = "invalid value for: {}, authority discarded"


def load_authority(gateway: Gateway, request: Request) -> Message:
    """Answer load-authority: those before one that is refused stay loaded."""
    for entry in request.entries():
        if entry.section is not None:
            authority = Authority(entry.name)
            _read(gateway, authority, entry.section)
            _load(gateway, authority)
    return {"success": "yes"}


def _read(gateway: Gateway, authority: Authority, section: Section) -> None:
    for entry in section:
        if entry.value is not None and entry.name == "cacert":
            authority.certificate = _ca_certificate(gateway, entry.value)
        elif entry.value is not None:
            _read_text(authority, entry.name, entry.value)
        elif entry.item is not None:
            if entry.name not in LISTS:
                raise Refused(f"unknown option: {entry.name}, authority discarded")
            authority.uris[entry.name].append(_text(entry.name, entry.item))


def _read_text(authority: Authority, name: str, value: bytes) -> None:
    if name not in _TEXTS:
        raise Refused(f"unknown option: {name}, authority discarded")
    text = _text(name, value)
    if name == "slot" and text and strtol(text) is None:
        raise Refused(_INVALID.format(name))
    authority.texts[name] = text


def _text(name: str, value: bytes) -> str:
    text = printable(value)
    if text is None:
        raise Refused(_INVALID.format(name))
    return text


def _ca_certificate(gateway: Gateway, value: bytes) -> Certificate | None:
    """Return a CA certificate; one that is none is as if it was not given."""
    certificate = _certificate(gateway, value)
    return certificate if certificate and certificate.is_ca else None


def _certificate(gateway: Gateway, data: bytes | None) -> Certificate | None:
    certificate = None if data is None else parse_certificate("X509", data)
    if certificate is None:
        log_failure(gateway, "CERTIFICATE", "X509")
    return certificate


def _load(gateway: Gateway, authority: Authority) -> None:
    certificate = authority.certificate
    if certificate is None and authority.texts.keys() & {"file", "handle"}:
        certificate = _certificate(gateway, _file(authority.texts.get("file")))
    if certificate is None:
        raise Refused(f"CA certificate missing: {authority.name}")
    authority.certificate = gateway.credentials.hold_ca_certificate(certificate)
    _unload(gateway, authority.name)
    gateway.authorities[authority.name] = authority


def _file(path: str | None) -> bytes | None:
    """Return what is in a file; None if there is none, as there never is a token."""
    try:
        return None if path is None else Path(path).read_bytes()
    except OSError:
        return None


def _unload(gateway: Gateway, name: str) -> bool:
    old = gateway.authorities.pop(name, None)
    if old and old.certificate:
        gateway.credentials.release_ca_certificate(old.certificate)
    return old is not None


def unload_authority(gateway: Gateway, request: Request) -> Message:
    """Answer unload-authority."""
    name = request.text("name")
    if name is None:
        raise Refused("unload: missing authority name")
    if not _unload(gateway, name):
        raise Refused(f"unload: authority '{name}' not found")
    return {"success": "yes"}


def get_authorities(gateway: Gateway, _request: Request) -> Message:
    """Answer get-authorities."""
    return {"authorities": list(gateway.authorities)}


def list_authorities(gateway: Gateway, request: Request) -> Message:
    """Answer list-authorities."""
    name = request.text("name")
    for authority in gateway.authorities.values():
        if name in (None, authority.name):
            request.emit("list-authority", {authority.name: _described(authority)})
    return {}


def _described(authority: Authority) -> Message:
    assert authority.certificate is not None
    described: Message = {"cacert": authority.certificate.subject, **authority.uris}
    if "cert_uri_base" in authority.texts:
        described["cert_uri_base"] = authority.texts["cert_uri_base"]
    return described


COMMANDS: dict[str, Callable[[Gateway, Request], Message]] = {
    "load-authority": load_authority,
    "unload-authority": unload_authority,
    "get-authorities": get_authorities,
    "list-authorities": list_authorities,
}
