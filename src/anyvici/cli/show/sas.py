"""IKE_SAs and CHILD_SAs in a table: a row each, and everything that is known of them behind it."""

from collections.abc import Iterator

from anyvici import ChildSa, ChildSaState, IkeSa, IkeSaState
from anyvici.cli.columns import Cell, Column
from anyvici.cli.output import Output
from anyvici.cli.text import safe
from anyvici.cli.units import duration, octets

COLUMNS = (
    Column("NAME", 12, grows=3),
    Column("ID", 4, right=True),
    Column("STATE", 11),
    Column("LOCAL", 16, grows=4, rank=1),
    Column("REMOTE", 16, grows=5),
    Column("IN", 8, right=True),
    Column("OUT", 8, right=True),
    Column("AGE", 6, right=True, rank=2),
    Column("REKEY", 6, right=True),
)

STYLES = {
    IkeSaState.ESTABLISHED: "green",
    ChildSaState.INSTALLED: "green",
    IkeSaState.CONNECTING: "yellow",
}
OTHER_STATE = "yellow"
GOING = "dim"


class SaLines:
    """Makes lines of IKE_SAs: a row for it, one for each CHILD_SA, and if asked the details."""

    def __init__(self, output: Output, *, long: bool = False) -> None:
        self._columns = output.columns(*COLUMNS)
        self._paint = output.paint
        self._long = long

    def header(self) -> str:
        """Return the line of titles."""
        return self._columns.header()

    def of(self, sa: IkeSa) -> str:
        """Return the lines of one IKE_SA."""
        return "\n".join(self._lines(sa))

    def _lines(self, sa: IkeSa) -> Iterator[str]:
        yield self._columns.row(ike_cells(sa))
        if self._long:
            yield from self._details(ike_details(sa), 2)
        for child in sa.child_sas:
            yield self._columns.row(child_cells(child))
            if self._long:
                yield from self._details(child_details(child), 4)

    def _details(self, details: dict[str, str], indent: int) -> Iterator[str]:
        for title, text in details.items():
            if text:
                yield " " * indent + self._paint(f"{title:<9}", "dim") + safe(text)


def ike_cells(sa: IkeSa) -> list[Cell | str]:
    """Return the row of an IKE_SA."""
    return [
        Cell(safe(sa.name), "bold"),
        str(sa.uniqueid),
        Cell(str(sa.state), STYLES.get(sa.state, OTHER_STATE)),
        end(sa.local_id, sa.local_host),
        end(sa.remote_id, sa.remote_host),
        "",
        "",
        duration(sa.established),
        duration(_next(sa.rekey_time, sa.reauth_time)),
    ]


def child_cells(child: ChildSa) -> list[Cell | str]:
    """Return the row of a CHILD_SA, a little to the right."""
    return [
        "  " + safe(child.name),
        str(child.uniqueid),
        Cell(str(child.state), STYLES.get(child.state, OTHER_STATE)),
        safe(" ".join(child.local_ts)),
        safe(" ".join(child.remote_ts)),
        octets(child.bytes_in),
        octets(child.bytes_out),
        duration(child.install_time),
        duration(child.rekey_time),
    ]


def end(identity: str, host: str) -> str:
    """Return who is at one end: the address as well, unless it is the identity."""
    return safe(host if identity in (host, "%any") else f"{identity} {host}")


def ike_details(sa: IkeSa) -> dict[str, str]:
    """Return what else is known of an IKE_SA, by title."""
    return {
        "version": f"IKEv{sa.version}",
        "local": _address(sa.local_host, sa.local_port, sa.local_vips, sa.local_id),
        "remote": _address(sa.remote_host, sa.remote_port, sa.remote_vips, sa.remote_id),
        "user": sa.remote_eap_id or sa.remote_xauth_id or "",
        "SPIs": _joined(
            f"{sa.initiator_spi}_i" + "*" * sa.initiator,
            f"{sa.responder_spi}_r" + "*" * (not sa.initiator),  # the star: this side
        ),
        "crypto": _algorithms(sa) + (" PPK" if sa.ppk else ""),
        "NAT": _words(local=sa.nat_local, remote=sa.nat_remote, fake=sa.nat_fake),
        "rekey": duration(sa.rekey_time),
        "reauth": duration(sa.reauth_time),
        "queued": " ".join(sa.tasks_queued),
        "active": " ".join(sa.tasks_active),
        "passive": " ".join(sa.tasks_passive),
    }


def child_details(child: ChildSa) -> dict[str, str]:
    """Return what else is known of a CHILD_SA, by title."""
    protocol = f"{child.protocol}{' in UDP' if child.encap else ''}" if child.protocol else ""
    return {
        "mode": _joined(child.mode, protocol, f"reqid {child.reqid}", _label(child.label)),
        "crypto": _algorithms(child),
        "in": _way(child.spi_in, child.bytes_in, child.packets_in, child.use_in),
        "out": _way(child.spi_out, child.bytes_out, child.packets_out, child.use_out),
        "expires": duration(child.life_time),
        "marks": _joined(
            child.mark_in and f"in {child.mark_in}", child.mark_out and f"out {child.mark_out}"
        ),
        "if_id": _joined(
            child.if_id_in and f"in {child.if_id_in}", child.if_id_out and f"out {child.if_id_out}"
        ),
        "local": " ".join(child.local_ts),
        "remote": " ".join(child.remote_ts),
    }


def _next(*times: int | None) -> int | None:
    return min((time for time in times if time is not None), default=None)


def _address(host: str, port: int | None, vips: list[str], identity: str) -> str:
    at = host if port is None else f"{host}[{port}]"
    return _joined(identity, "@", at, f"[{' '.join(vips)}]" if vips else "")


def _algorithms(sa: IkeSa | ChildSa) -> str:
    """Return the algorithms as swanctl has them: AES_CBC-128/HMAC_SHA2_256_128/..."""
    parts = [
        _with_size(sa.encr_alg, sa.encr_keysize),
        _with_size(sa.integ_alg, sa.integ_keysize),
        sa.prf_alg,
        sa.dh_group,
        *(getattr(sa, f"ake{number}") for number in range(1, 8)),
        "ESN" if isinstance(sa, ChildSa) and sa.esn else None,
    ]
    return "/".join(part for part in parts if part)


def _with_size(algorithm: str | None, size: int | None) -> str | None:
    return f"{algorithm}-{size}" if algorithm and size else algorithm


def _way(spi: str | None, number: int | None, packets: int | None, use: int | None) -> str:
    if spi is None:
        return ""
    last = "" if use is None else f"last {duration(use)} ago"
    return _joined(
        spi, f"{octets(number)}", f"{packets} packets" if packets is not None else "", last
    )


def _label(label: str | None) -> str:
    return f"label {label}" if label else ""


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _words(**flags: bool) -> str:
    return " ".join(word for word, holds in flags.items() if holds)
