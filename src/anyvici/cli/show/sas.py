"""IKE_SAs and CHILD_SAs in a table: a row each, and everything that is known of them behind it."""

from collections.abc import Iterator

from anyvici import ChildSa, ChildSaState, IkeSa, IkeSaState
from anyvici.cli.columns import Cell, Column
from anyvici.cli.output import Output
from anyvici.cli.show.details import Details, Facts
from anyvici.cli.text import joined, safe
from anyvici.cli.units import counted, duration, in_time, octets

COLUMNS = (
    Column("NAME", 12, grows=3),
    Column("ID", 5, right=True),
    Column("STATE", 11),
    Column("LOCAL", 16, grows=4, rank=3),
    Column("REMOTE", 16, grows=5),
    Column("IN", 8, rank=2, right=True),
    Column("OUT", 8, rank=2, right=True),
    Column("AGE", 6, rank=4, right=True),
    Column("REKEY", 6, rank=1, right=True),
)

STYLES: dict[str, str] = {
    IkeSaState.ESTABLISHED: "green",
    ChildSaState.INSTALLED: "green",
    IkeSaState.REKEYED: "dim",
    IkeSaState.DELETING: "dim",
    ChildSaState.DELETED: "dim",
    IkeSaState.DESTROYING: "dim",
}
OTHER_STATE = "yellow"


class SaLines:
    """Makes lines of IKE_SAs: a row for it, one for each CHILD_SA, and if asked the details."""

    def __init__(self, output: Output, *, long: bool = False) -> None:
        self._columns = output.columns(*COLUMNS)
        self._details = Details(output) if long else None

    def header(self) -> str:
        """Return the line of titles."""
        return self._columns.header()

    def of(self, sa: IkeSa) -> str:
        """Return the lines of one IKE_SA."""
        return "\n".join(self._lines(sa))

    def _lines(self, sa: IkeSa) -> Iterator[str]:
        yield self._columns.row(ike_cells(sa))
        if self._details:
            yield from self._details.lines(ike_facts(sa))
        for child in sa.child_sas:
            yield self._columns.row(child_cells(child))
            if self._details:
                yield from self._details.lines(child_facts(child), 4)


def ike_cells(sa: IkeSa) -> list[Cell | str]:
    """Return the row of an IKE_SA."""
    return [
        Cell(safe(sa.name), "bold"),
        str(sa.uniqueid),
        state_cell(sa.state),
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
        state_cell(child.state),
        safe(" ".join(child.local_ts)),
        safe(" ".join(child.remote_ts)),
        octets(child.bytes_in),
        octets(child.bytes_out),
        duration(child.install_time),
        duration(child.rekey_time),
    ]


def state_cell(state: IkeSaState | ChildSaState) -> Cell:
    """Return a state in its colour."""
    return Cell(safe(state), STYLES.get(state, OTHER_STATE))


def end(identity: str, host: str) -> str:
    """Return who is at one end: the address as well, unless it is the identity."""
    return safe(host if identity in (host, "%any") else f"{identity} {host}")


def ike_facts(sa: IkeSa) -> Facts:
    """Return all that is known of an IKE_SA."""
    return {
        "version": f"IKEv{sa.version}",
        "local": _address(sa.local_host, sa.local_port, sa.local_vips, sa.local_id),
        "remote": _address(sa.remote_host, sa.remote_port, sa.remote_vips, sa.remote_id),
        "user": joined(sa.remote_eap_id, sa.remote_xauth_id),
        "SPIs": joined(
            f"{sa.initiator_spi}_i" + "*" * sa.initiator,
            f"{sa.responder_spi}_r" + "*" * (not sa.initiator),  # the star: this side
        ),
        "crypto": _algorithms(sa) + (" PPK" if sa.ppk else ""),
        "NAT": joined(
            sa.nat_local and "here", sa.nat_remote and "at the peer", sa.nat_fake and "feigned"
        ),
        "if_id": _both_ways(sa.if_id_in, sa.if_id_out),
        "age": duration(sa.established),
        "rekey": in_time(sa.rekey_time),
        "reauth": in_time(sa.reauth_time),
        "queued": " ".join(sa.tasks_queued),
        "active": " ".join(sa.tasks_active),
        "passive": " ".join(sa.tasks_passive),
    }


def child_facts(child: ChildSa) -> Facts:
    """Return all that is known of a CHILD_SA."""
    return {
        "mode": joined(
            child.mode,
            child.protocol,
            child.encap and "in UDP",
            f"reqid {child.reqid}",
            child.label and f"label {child.label}",
            child.per_cpu_sas and "per CPU",
            child.cpu is not None and f"CPU {child.cpu}",
        ),
        "crypto": _algorithms(child),
        "in": _way(child.spi_in, child.cpi_in, child.bytes_in, child.packets_in, child.use_in),
        "out": _way(
            child.spi_out, child.cpi_out, child.bytes_out, child.packets_out, child.use_out
        ),
        "marks": _both_ways(
            _masked(child.mark_in, child.mark_mask_in), _masked(child.mark_out, child.mark_mask_out)
        ),
        "if_id": _both_ways(child.if_id_in, child.if_id_out),
        "age": duration(child.install_time),
        "rekey": in_time(child.rekey_time),
        "expires": in_time(child.life_time),
        "local": " ".join(child.local_ts),
        "remote": " ".join(child.remote_ts),
    }


def _next(*times: int | None) -> int | None:
    return min((time for time in times if time is not None), default=None)


def _address(host: str, port: int | None, vips: list[str], identity: str) -> str:
    at = host if port is None else f"{host}[{port}]"
    return joined(identity, "@", at, vips and f"[{' '.join(vips)}]")


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


def _way(
    spi: str | None, cpi: str | None, number: int | None, packets: int | None, use: int | None
) -> str:
    """Return what is known of one direction."""
    return joined(
        spi,
        cpi and f"CPI {cpi}",
        octets(number),
        packets is not None and counted(packets, "packet"),
        use is not None and f"last {duration(use)} ago",
        by=", ",
    )


def _masked(mark: str | None, mask: str | None) -> str | None:
    return f"{mark}/{mask}" if mark and mask else mark


def _both_ways(incoming: str | None, outgoing: str | None) -> str:
    return joined(incoming and f"in {incoming}", outgoing and f"out {outgoing}")
