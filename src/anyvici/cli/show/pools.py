"""Pools of addresses: a row each, and if asked one for each lease."""

from collections.abc import Iterator

from anyvici import Lease, LeaseStatus, Pool
from anyvici.cli.columns import Cell, Column
from anyvici.cli.output import Output
from anyvici.cli.text import safe

COLUMNS = (
    Column("NAME", 16, grows=2),
    Column("BASE", 16, grows=1, rank=1),
    Column("SIZE", 10, right=True),
    Column("ONLINE", 8, right=True),
    Column("OFFLINE", 8, right=True),
    Column("FREE", 10, right=True),
)
LEASES = (
    Column("  ADDRESS", 24, grows=1),
    Column("STATUS", 7),
    Column("IDENTITY", 20, grows=4),
)
STYLES = {LeaseStatus.ONLINE: "green", LeaseStatus.OFFLINE: "dim"}


class PoolLines:
    """Makes lines of pools, and of their leases where they are told."""

    def __init__(self, output: Output) -> None:
        self._columns = output.columns(*COLUMNS)
        self._leases = output.columns(*LEASES)

    def header(self) -> str:
        """Return the line of titles."""
        return self._columns.header()

    def of(self, pool: Pool) -> str:
        """Return the lines of one pool."""
        return "\n".join(self._lines(pool))

    def _lines(self, pool: Pool) -> Iterator[str]:
        free = pool.size - pool.online - pool.offline
        yield self._columns.row(
            [
                Cell(safe(pool.name), "bold"),
                safe(pool.base),
                str(pool.size),
                str(pool.online),
                str(pool.offline),
                Cell(str(free), "" if free else "bold red"),
            ]
        )
        for lease in pool.leases or []:
            yield self._leases.row(lease_cells(lease))


def lease_cells(lease: Lease) -> list[Cell | str]:
    """Return the row of a lease, a little to the right."""
    return [
        f"  {safe(lease.address)}",
        Cell(safe(lease.status), STYLES.get(lease.status, "")),
        safe(lease.identity),
    ]
