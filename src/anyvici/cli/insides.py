"""What could be read of a certificate, a revocation list, an OCSP response or a public key."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from anyvici.cli.records import Record


@dataclass
class Revoked:
    """A certificate that an authority has told about."""

    serial: str
    status: str | None = None
    """In an OCSP response: good, revoked, unknown."""
    date: datetime | None = None
    reason: str | None = None


@dataclass
class Insides:
    """What could be read, and what the daemon told besides; octets are in hex."""

    subject: str | None = None
    issuer: str | None = None
    serial: str | None = None
    not_before: datetime | None = None
    """Of a revocation list or an OCSP response: when it was issued."""
    not_after: datetime | None = None
    """Of a revocation list or an OCSP response: when the next one is due."""
    alt_names: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    crl_uris: list[str] = field(default_factory=list)
    ocsp_uris: list[str] = field(default_factory=list)
    path_length: int | None = None
    authority_key_id: str | None = None
    subject_key_id: str | None = None
    key_type: str | None = None
    """RSA, ECDSA, ED25519, ..."""
    key_size: int | None = None
    """Bits."""
    key_id: str | None = None
    """SHA-1 of the public key, as load-key and unload-key have it."""
    sha256: str = ""
    """The fingerprint of the whole."""
    revoked: list[Revoked] = field(default_factory=list)


def as_record(found: Insides) -> Record:
    """Return what was read as JSON can have it; times are ISO 8601."""
    values = {each.name: _plain(getattr(found, each.name)) for each in fields(found)}
    return {name: value for name, value in values.items() if value not in (None, [])}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Revoked):
        return {name: _plain(each) for name, each in vars(value).items() if each is not None}
    return [_plain(each) for each in value] if isinstance(value, list) else value
