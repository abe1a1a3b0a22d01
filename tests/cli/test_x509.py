"""What is in certificates of all kinds is told, also of those that cannot be read."""

import datetime
import hashlib
import ipaddress
import json
import re
import sys
import time
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from anyvici import Certificate, CertificateFlag, CertificateType
from anyvici.cli.insides import as_record
from anyvici.cli.show.certs import CertificateLines, CertificateRows, expiry, in_pem
from anyvici.cli.x509 import insides
from tests.cli.screens import plain, terminal
from tests.testing import certificates as made
from tests.testing.certificates import BEGIN, DER, END, KEYS, certificate, name

AC = json.loads((Path(__file__).parent.parent / "samples/load-cert-ac.json").read_text())
NAMES = x509.SubjectAlternativeName(
    [
        x509.DNSName("moon.example.com"),
        x509.RFC822Name("moon@example.com"),
        x509.IPAddress(ipaddress.ip_address("10.0.0.1")),
        x509.UniformResourceIdentifier("https://moon"),
        x509.DirectoryName(name((NameOID.COUNTRY_NAME, "CH"), "moon")),
        x509.OtherName(ObjectIdentifier("1.2.3"), b"\x05\x00"),
        x509.RegisteredID(ObjectIdentifier("1.2.3.4")),
    ]
)
USES = x509.ExtendedKeyUsage(
    [
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ObjectIdentifier("1.3.6.1.5.5.8.2.2"),
        ObjectIdentifier("1.2.3.4.5"),
    ]
)
POINTS = x509.CRLDistributionPoints(
    [
        x509.DistributionPoint(
            [x509.UniformResourceIdentifier(f"http://crl/{number}")], None, None, None
        )
        for number in (1, 2)
    ]
)
ACCESS = x509.AuthorityInformationAccess(
    [
        x509.AccessDescription(oid, x509.UniformResourceIdentifier(uri))
        for oid, uri in (
            (x509.AuthorityInformationAccessOID.OCSP, "http://ocsp"),
            (x509.AuthorityInformationAccessOID.CA_ISSUERS, "http://ca"),
        )
    ]
)
MOON = name(
    (NameOID.COUNTRY_NAME, "CH"),
    (NameOID.ORGANIZATION_NAME, "Zürich, strong"),
    (NameOID.EMAIL_ADDRESS, "moon@example.com"),
    "moon",
)


def listed(kind: str, data: bytes, **others: Any) -> Certificate:
    return Certificate(type=CertificateType(kind), data=data, **others)


def of_x509(**options: Any) -> Certificate:
    """Return what the daemon would tell of a certificate that is made for this."""
    subject = options.pop("subject", MOON)
    data = certificate(subject, encoding=DER, **options)
    return listed("X509", data, flag=CertificateFlag.NONE, has_privkey=True)


def test_all_that_is_in_a_certificate() -> None:
    extensions = dict.fromkeys((NAMES, USES, POINTS, ACCESS), False)
    found = insides(of_x509(key="rsa", ca=True, extensions=extensions))
    key = KEYS["rsa"].public_key()
    told = as_record(found)
    assert told == {
        "subject": "C=CH, O=Zürich\\, strong, E=moon@example.com, CN=moon",
        "issuer": "C=CH, O=Zürich\\, strong, E=moon@example.com, CN=moon",
        "serial": "1267",
        "not_before": "2025-01-01T00:00:00Z",
        "not_after": "2040-01-01T00:00:00Z",
        "alt_names": [
            *("moon.example.com", "moon@example.com", "10.0.0.1", "https://moon"),
            *("C=CH, CN=moon", "1.2.3:0500", "1.2.3.4"),
        ],
        "flags": ["CA", "serverAuth", "clientAuth", "ikeIntermediate", "self-signed"],
        "crl_uris": ["http://crl/1", "http://crl/2"],
        "ocsp_uris": ["http://ocsp"],
        "key_type": "RSA",
        "key_size": 2048,
        "key_id": x509.SubjectKeyIdentifier.from_public_key(key).digest.hex(),
        "sha256": told["sha256"],
    }


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("rsa", "RSA 2048"),
        ("ecdsa", "ECDSA 256"),
        ("ed25519", "ED25519 256"),
        ("ed448", "ED448 456"),
    ],
)
def test_keys(key: str, shown: str) -> None:
    der = made.public_key(key, DER)
    for found in (insides(of_x509(key=key)), insides(listed("PUBKEY", der))):
        assert f"{found.key_type} {found.key_size}" == shown
        public = load_pem_public_key(made.public_key(key))
        expected = x509.SubjectKeyIdentifier.from_public_key(public).digest
        assert found.key_id == expected.hex()


def test_a_public_key_has_what_the_daemon_tells_of_it() -> None:
    times = {"not_before": "20260101000000Z", "not_after": "20270101000000Z"}
    key = listed("PUBKEY", made.public_key("ed25519", DER), subject="moon", **times)
    lines = CertificateLines(plain(), utc=True).of(key).splitlines()
    assert lines[:3] == ["moon", "  public key", "  not before  2026-01-01 00:00:00 UTC"]
    assert as_record(insides(key))["not_after"] == "2027-01-01T00:00:00Z"
    odd = listed("PUBKEY", b"", not_before="soon")
    assert insides(odd).not_before is None


def test_a_revocation_list() -> None:
    builder = x509.CertificateRevocationListBuilder(name("ca"), BEGIN, END)
    revoked = x509.RevokedCertificateBuilder(4711, BEGIN).add_extension(
        x509.CRLReason(x509.ReasonFlags.key_compromise), False
    )
    builder = builder.add_extension(x509.CRLNumber(256), False)
    builder = builder.add_revoked_certificate(revoked.build())
    builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(5, BEGIN).build())
    crl = listed("X509_CRL", builder.sign(KEYS["ed25519"], None).public_bytes(DER))
    assert as_record(insides(crl))["revoked"] == [
        {"serial": "1267", "date": "2025-01-01T00:00:00Z", "reason": "keyCompromise"},
        {"serial": "05", "date": "2025-01-01T00:00:00Z"},
    ]
    lines = CertificateLines(plain(), utc=True).of(crl).splitlines()
    assert lines[:2] == ["CN=ca", "  CRL"]
    assert "  serial      0100" in lines
    assert "  lists       2 certificates" in lines
    assert lines[-2:] == [
        "    1267 2025-01-01 00:00:00 UTC keyCompromise",
        "    05 2025-01-01 00:00:00 UTC",
    ]


def test_an_ocsp_response() -> None:
    ca, key = x509.load_pem_x509_certificate(made.certificate(name("ca"), "ecdsa")), KEYS["ecdsa"]
    builder = ocsp.OCSPResponseBuilder().add_response(
        ca,
        ca,
        hashes.SHA1(),
        ocsp.OCSPCertStatus.REVOKED,
        BEGIN,
        END,
        BEGIN,
        x509.ReasonFlags.superseded,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, ca)
    response = builder.sign(key, hashes.SHA256()).public_bytes(DER)
    lines = CertificateLines(plain(), utc=True).of(listed("OCSP_RESPONSE", response)).splitlines()
    assert lines[:2] == ["CN=ca", "  OCSP answer"]
    assert lines[-1] == "    1267 revoked 2025-01-01 00:00:00 UTC superseded"


# What cannot be read.


@pytest.mark.parametrize("kind", ["X509", "X509_CRL", "OCSP_RESPONSE", "PUBKEY", "X509_AC", "NEW"])
def test_what_cannot_be_read_is_listed_all_the_same(kind: str) -> None:
    data = b"\x30\x82 no such thing"
    odd = listed(kind, data)
    fingerprint = hashlib.sha256(data).hexdigest()
    lines = CertificateLines(plain()).of(odd).splitlines()
    assert lines[2:] == [f"  sha256      {fingerprint}", "  size        16 octets"]
    assert as_record(insides(odd)) == {"sha256": fingerprint}
    assert CertificateRows(plain()).of(odd)
    assert in_pem(odd).startswith("-----BEGIN ")


def test_one_extension_that_cannot_be_read_hides_no_other_thing() -> None:
    unread = x509.UnrecognizedExtension(NAMES.oid, b"\x30\x05garbage")
    found = insides(of_x509(extensions={unread: False}))
    assert found.subject is not None
    assert found.subject.endswith("CN=moon")
    assert found.key_type == "ED25519"
    assert found.alt_names == []


@given(st.binary(max_size=200), st.sampled_from(list(CertificateType)))
def test_any_octets(data: bytes, kind: CertificateType) -> None:
    assert insides(listed(kind, data)).sha256


@given(st.data())
def test_any_octet_of_a_certificate_may_be_another(data: st.DataObject) -> None:
    octets = bytearray(_WHOLE)
    octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    odd = listed("X509", bytes(octets))
    text = CertificateLines(plain()).of(odd)
    assert all(line.isprintable() for line in text.splitlines())
    json.dumps(as_record(insides(odd)))


_WHOLE = certificate(
    MOON, "ecdsa", ca=True, extensions=dict.fromkeys((NAMES, USES), False), encoding=DER
)


def test_without_the_library_that_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    assert as_record(insides(of_x509())).keys() == {"sha256"}


# Times.


def test_what_has_expired_or_soon_will_is_seen() -> None:
    now = datetime.datetime.now(UTC)
    day = timedelta(days=1, seconds=5)
    assert expiry(now, now + 300 * day) == ("expires in 300d", "")
    assert expiry(now, now + 2 * day)[1] == "yellow"
    assert expiry(now, now - 2 * day) == ("expired 2d ago", "bold red")
    assert expiry(now + 2 * day, now + 3 * day) == ("valid in 2d", "bold red")


def test_an_expired_one_is_red() -> None:
    builder = x509.CertificateBuilder(MOON, MOON, KEYS["ed25519"].public_key(), 1, BEGIN, BEGIN)
    expired = listed("X509", builder.sign(KEYS["ed25519"], None).public_bytes(DER))
    lines = CertificateLines(terminal(colours=True)).of(expired).splitlines()
    assert [line for line in lines if "\x1b[1;31m2025-" in line and ", expired " in line]
    assert re.search(
        r"\x1b\[1;31m[0-9dh]+ ago", CertificateRows(terminal(colours=True)).of(expired)
    )


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_times_are_local_or_utc(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of all times cannot be told in the east: it is past the last that there is."""
    end = datetime.datetime(9999, 12, 31, 23, 59, 59)
    builder = x509.CertificateBuilder(MOON, MOON, KEYS["ed25519"].public_key(), 1, BEGIN, end)
    forever = listed("X509", builder.sign(KEYS["ed25519"], None).public_bytes(DER))
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    local = CertificateLines(plain()).of(forever)
    utc = CertificateLines(plain(), utc=True).of(forever)
    monkeypatch.undo()
    time.tzset()
    assert "2025-01-01 09:00:00 JST" in local or "2024-12-31 19:00:00 EST" in local
    assert "9999-12-31 23:59:59 UTC" in utc
    assert "9999-12-31" in local
