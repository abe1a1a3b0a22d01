"""Certificates: what is in one, in lines; or in short, a row each."""

import base64
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from anyvici import Certificate, CertificateFlag, CertificateType
from anyvici.cli.columns import Cell, Column
from anyvici.cli.insides import Insides, Revoked
from anyvici.cli.output import Output
from anyvici.cli.show.details import Details, Facts
from anyvici.cli.text import joined, safe
from anyvici.cli.units import counted, duration
from anyvici.cli.x509 import insides

COLUMNS = (
    Column("SUBJECT", 22, grows=4),
    Column("KIND", 11),
    Column("KEY (* OURS)", 13, rank=1),
    Column("ISSUER", 16, grows=2, rank=2),
    Column("EXPIRES", 14),
)
KINDS = {
    CertificateType.X509_CRL: "CRL",
    CertificateType.OCSP_RESPONSE: "OCSP answer",
    CertificateType.X509_AC: "attributes",
    CertificateType.PUBKEY: "public key",
}
FLAGS = {
    CertificateFlag.NONE: "end entity",
    CertificateFlag.CA: "CA",
    CertificateFlag.AA: "AA",
    CertificateFlag.OCSP: "OCSP signer",
}
LABELS = {
    CertificateType.X509: "CERTIFICATE",
    CertificateType.X509_CRL: "X509 CRL",
    CertificateType.X509_AC: "ATTRIBUTE CERTIFICATE",
    CertificateType.PUBKEY: "PUBLIC KEY",
    CertificateType.PKCS10_REQUEST: "CERTIFICATE REQUEST",
}
SOON = 14 * 86400  # seconds; what expires sooner is to be seen


class CertificateLines:
    """Makes lines of certificates."""

    def __init__(self, output: Output, *, utc: bool = False) -> None:
        self._details = Details(output, title=10)
        self._paint = output.paint
        self._utc = utc

    def of(self, certificate: Certificate) -> str:
        """Return the lines of one certificate."""
        return "\n".join(self._lines(certificate, insides(certificate)))

    def _lines(self, certificate: Certificate, found: Insides) -> Iterator[str]:
        yield self._paint(safe(title(certificate, found)), "bold")
        what = joined(kind(certificate), certificate.has_privkey and "has private key", by=", ")
        yield f"  {safe(what)}"
        yield from self._details.lines(self._facts(certificate, found))
        for each in found.revoked:
            yield f"    {self._revoked(each)}"

    def _facts(self, certificate: Certificate, found: Insides) -> Facts:
        return {
            "issuer": found.issuer,
            **self._validity(found),
            "serial": found.serial,
            "altNames": ", ".join(found.alt_names),
            "flags": " ".join(found.flags),
            "CRL URIs": " ".join(found.crl_uris),
            "OCSP URIs": " ".join(found.ocsp_uris),
            "pathlen": "" if found.path_length is None else str(found.path_length),
            "authkeyId": found.authority_key_id,
            "subjkeyId": found.subject_key_id,
            "pubkey": joined(found.key_type, found.key_size and f"{found.key_size} bits"),
            "keyid": found.key_id,
            "sha256": found.sha256,
            "size": f"{len(certificate.data)} octets",
            "lists": counted(len(found.revoked), "certificate") if found.revoked else "",
        }

    def _validity(self, found: Insides) -> Facts:
        begin, end = found.not_before, found.not_after
        words, style = expiry(begin, end) if end else ("", "")
        return {
            "not before": self._date(begin),
            "not after": Cell(joined(self._date(end), words, by=", "), style),
        }

    def _date(self, date: datetime | None) -> str:
        if date is None:
            return ""
        if not self._utc:
            with suppress(OverflowError):  # at the end of the year 9999, east of Greenwich
                date = date.astimezone()
        return f"{date:%Y-%m-%d %H:%M:%S %Z}"

    def _revoked(self, each: Revoked) -> str:
        return joined(each.serial, each.status, self._date(each.date), each.reason)


class CertificateRows:
    """Makes a row of each certificate."""

    def __init__(self, output: Output) -> None:
        self._columns = output.columns(*COLUMNS)

    def header(self) -> str:
        """Return the line of titles."""
        return self._columns.header()

    def of(self, certificate: Certificate) -> str:
        """Return the row of one certificate."""
        found = insides(certificate)
        begin, end = found.not_before, found.not_after
        return self._columns.row(
            [
                Cell(safe(title(certificate, found)), "bold"),
                safe(kind(certificate)),
                joined(found.key_type, found.key_size, certificate.has_privkey and "*"),
                safe(found.issuer or ""),
                _briefly(*expiry(begin, end)) if end else "",
            ]
        )


def in_pem(certificate: Certificate) -> str:
    """Return a certificate in PEM."""
    label = LABELS.get(certificate.type, safe(certificate.type).replace("_", " "))
    octets = base64.b64encode(certificate.data).decode()
    lines = "\n".join(textwrap.wrap(octets, 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----"


def title(certificate: Certificate, found: Insides) -> str:
    """Return what a certificate is called."""
    return found.subject or found.issuer or KINDS.get(certificate.type, certificate.type)


def kind(certificate: Certificate) -> str:
    """Return what a certificate is."""
    if certificate.flag is not None:
        return FLAGS.get(certificate.flag, certificate.flag)
    return KINDS.get(certificate.type, certificate.type)


def expiry(begin: datetime | None, end: datetime) -> tuple[str, str]:
    """Return in words how long something is valid, with a style."""
    now = datetime.now(UTC)
    left = (end - now).total_seconds()
    if left < 0:
        return f"expired {duration(-left)} ago", "bold red"
    if begin is not None and now < begin:
        return f"valid in {duration((begin - now).total_seconds())}", "bold red"
    return f"expires in {duration(left)}", "yellow" if left < SOON else ""


def _briefly(words: str, style: str) -> Cell:
    """Return an expiry below a title that says what it is."""
    return Cell(words.removeprefix("expires ").removeprefix("expired "), style)
