"""Certification authorities."""

from dataclasses import dataclass, field

from anyvici.testing.values.certificates import Certificate

LISTS = ("crl_uris", "ocsp_uris")


@dataclass
class Authority:
    """A certification authority as it is configured."""

    name: str
    certificate: Certificate | None = None
    texts: dict[str, str] = field(default_factory=dict)
    uris: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in LISTS})
