"""list-certs and flush-certs: the certificates that the daemon has."""

from typing import Annotated

import typer

from anyvici import Certificate
from anyvici.cli.app import command
from anyvici.cli.exits import UsageError
from anyvici.cli.insides import as_record
from anyvici.cli.listing import Listing, print_list
from anyvici.cli.records import Record, record
from anyvici.cli.session import Session
from anyvici.cli.show.certs import CertificateLines, CertificateRows, in_pem
from anyvici.cli.x509 import insides

PANEL = "Configuration"


def _types() -> list[str]:
    return ["x509", "x509_ac", "x509_crl", "ocsp_response", "pubkey"]


def _flags() -> list[str]:
    return ["none", "ca", "aa", "ocsp", "any"]


Subject = Annotated[
    str | None, typer.Option("--subject", "-s", metavar="ID", help="Of this subject or altName.")
]
Type = Annotated[
    str | None,
    typer.Option(
        "--type", "-t", metavar="TYPE", help=f"One of {', '.join(_types())}.", autocompletion=_types
    ),
]
Flag = Annotated[
    str | None,
    typer.Option(
        "--flag",
        "-f",
        metavar="FLAG",
        help=f"One of {', '.join(_flags())}; of X.509 certificates alone.",
        autocompletion=_flags,
    ),
]
Pem = Annotated[bool, typer.Option("--pem", "-p", help="Print them in PEM.")]
Short = Annotated[bool, typer.Option("--short", "-S", help="Print a line for each.")]
Utc = Annotated[bool, typer.Option("--utc", "-U", help="Print times in UTC.")]


@command("list-certs", PANEL)
async def list_certs(
    session: Session,
    *,
    subject: Subject = None,
    type: Type = None,
    flag: Flag = None,
    pem: Pem = False,
    short: Short = False,
    utc: Utc = False,
) -> None:
    """List the certificates that the daemon has, revocation lists and public keys among them."""
    if pem and session.output.as_json:
        raise UsageError("--pem or --json, not both")
    listing = _listing(session, pem=pem, short=short, utc=utc)
    async with session.connect() as client:
        certificates = client.list_certs(
            type=type if flag is None else _of_x509(type), flag=flag, subject=subject
        )
        await print_list(session, certificates, listing)


@command("flush-certs", PANEL)
async def flush_certs(session: Session, *, type: Type = None) -> None:
    """Have the daemon forget the certificates that it keeps for later, not those loaded."""
    async with session.connect() as client:
        await client.flush_certs(type=type)
    await session.output.confirm("cached certificates were forgotten")


def _of_x509(type: str | None) -> str:
    """Return the type that --flag is for; with another one the daemon would not look at it."""
    if type is not None and type.lower() != "x509":
        raise UsageError("--flag is for --type x509 alone")
    return "x509"


def _listing(session: Session, *, pem: bool, short: bool, utc: bool) -> Listing[Certificate]:
    """Return what is printed of certificates."""
    if pem:
        return Listing("certificates", in_pem)
    if short:
        rows = CertificateRows(session.output)
        return Listing("certificates", rows.of, rows.header(), _record)
    lines = CertificateLines(session.output, utc=utc)
    return Listing("certificates", lines.of, record=_record)


def _record(certificate: Certificate) -> Record:
    """Return what the daemon told of a certificate, and what is in it."""
    return record(certificate) | {"parsed": as_record(insides(certificate))}
