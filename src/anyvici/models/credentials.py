"""Certificates and authorities, as list-certs and list-authorities tell of them."""

from anyvici.models.conversion import NamedMessage, PlainMessage, field
from anyvici.models.enums import CertificateFlag, CertificateType


class Certificate(
    PlainMessage,
    frozen=True,
    kw_only=True,
    rename={"not_before": "not-before", "not_after": "not-after"},
):
    """A certificate, a revocation list, an OCSP response or a raw public key."""

    type: CertificateType
    flag: CertificateFlag | None = None
    """What it is for; with X509 only (5.4.0)."""
    has_privkey: bool = False
    """Whether the daemon has the private key."""
    data: bytes
    """DER; of a PUBKEY its SubjectPublicKeyInfo."""
    subject: str | None = None
    """The identity; with PUBKEY only, and if it has one (5.4.0)."""
    not_before: str | None = None
    """The start of its validity, as ASN.1 has it (GeneralizedTime); with PUBKEY only."""
    not_after: str | None = None
    """The end of its validity, as ASN.1 has it (GeneralizedTime); with PUBKEY only."""


class Authority(NamedMessage, frozen=True, kw_only=True):
    """A CA and where to ask about its certificates."""

    cacert: str
    """The subject of its certificate."""
    crl_uris: list[str] = field(default_factory=list)
    """Where its revocation lists are."""
    ocsp_uris: list[str] = field(default_factory=list)
    """Where its OCSP responders are."""
    cert_uri_base: str | None = None
    """What the hash of a certificate is appended to, for "hash and URL"."""
