"""The table of SAs: which columns there are, and which of them fit."""

from collections.abc import Callable
from typing import NamedTuple

from rich.cells import cell_len

from anyvici import ChildSa, IkeSa
from anyvici.cli.columns import Cell, Column, Columns
from anyvici.cli.show.sas import child_facts, end, ike_facts, state_cell
from anyvici.cli.text import safe
from anyvici.cli.top.lines import Line
from anyvici.cli.top.rates import Flow, bars
from anyvici.cli.top.rows import Order, Row, age, rekey
from anyvici.cli.units import duration, octets

INWARD, OUTWARD = "cyan", "magenta"
_BOTH = "blue"
_WIDE = 124  # cells, from which on each direction has a picture of its own
_RISES, _FALLS = "▲", "▼"
_UNFOLDED, _FOLDED = "▾ ", "▸ "


class Field(NamedTuple):
    """A column, what it is sorted by, and what stands in it, in so many cells."""

    column: Column
    sort: str
    cell: Callable[[Row, float, int], Cell]


# What stands in the columns.


def _name(row: Row, _now: float, _width: int) -> Cell:
    name = safe(row.track.sa.name)
    if row.parent is not None:
        return Cell(f"   {name}")
    has_children = isinstance(row.track.sa, IkeSa) and row.track.sa.child_sas
    mark = _FOLDED if row.folded else _UNFOLDED if has_children else "  "
    return Cell(mark + name, "bold")


def _id(row: Row, _now: float, _width: int) -> Cell:
    return Cell(str(row.track.sa.uniqueid))


def _state(row: Row, _now: float, _width: int) -> Cell:
    return state_cell(row.track.sa.state)


def _local(row: Row, _now: float, width: int) -> Cell:
    sa = row.track.sa
    if isinstance(sa, ChildSa):
        return Cell(safe(" ".join(sa.local_ts)))
    return Cell(_end(sa.local_id, sa.local_host, width))


def _remote(row: Row, _now: float, width: int) -> Cell:
    sa = row.track.sa
    if isinstance(sa, ChildSa):
        return Cell(safe(" ".join(sa.remote_ts)))
    return Cell(_end(sa.remote_id, sa.remote_host, width))


def _end(identity: str, host: str, width: int) -> str:
    """Return who is at one end; no half of an address."""
    both = end(identity, host)
    return both if cell_len(both) <= width or identity == "%any" else safe(identity)


def _age(row: Row, now: float, _width: int) -> Cell:
    return Cell(duration(age(row.track, now)))


def _rekey(row: Row, now: float, _width: int) -> Cell:
    return Cell(duration(rekey(row.track, now)))


def _last(row: Row, now: float, _width: int) -> Cell:
    sa = row.track.sa
    if isinstance(sa, IkeSa):
        return Cell("")
    used = [time for time in (sa.use_in, sa.use_out) if time is not None]
    return Cell(duration(row.track.since(min(used, default=None), now)))


def _crypto(row: Row, _now: float, _width: int) -> Cell:
    sa = row.track.sa
    facts = ike_facts(sa) if isinstance(sa, IkeSa) else child_facts(sa)
    return Cell(safe(str(facts["crypto"] or "")), "dim")


def _octets(row: Row, index: int) -> Cell:
    return Cell(octets(_flow(row, index).octets))


def _rate(row: Row, index: int) -> Cell:
    rate = _flow(row, index).rate
    return Cell(octets(rate), "" if rate else "dim")


def _picture(row: Row, index: int, width: int, style: str) -> Cell:
    return Cell(bars(_flow(row, index).history, width), style)


def _both(row: Row, _now: float, width: int) -> Cell:
    inward, outward = _flow(row, 0).history, _flow(row, 1).history
    sums = [sum(each) for each in zip(reversed(inward), reversed(outward), strict=False)]
    return Cell(bars(sums[::-1], width), _BOTH)


def _flow(row: Row, index: int) -> Flow:
    """Return what passes; of an IKE_SA only if its CHILD_SAs do not tell."""
    return Flow() if row.parent is None and not row.folded else row.track.flows[index]


# The columns.

_NAME = Field(Column("  NAME", 13, grows=2), "name", _name)
_ID = Field(Column("ID", 5, right=True, rank=4), "id", _id)
_STATE = Field(Column("STATE", 11), "state", _state)
_LOCAL = Field(Column("LOCAL", 16, grows=1, rank=8), "", _local)
_REMOTE = Field(Column("REMOTE", 14, grows=7, rank=1), "remote", _remote)
_WIDE_REMOTE = Field(Column("REMOTE", 24, grows=7, rank=1), "remote", _remote)
_AGE = Field(Column("AGE", 6, right=True, rank=6), "age", _age)
_REKEY = Field(Column("REKEY", 6, right=True, rank=3), "rekey", _rekey)
_LAST = Field(Column("LAST", 6, right=True, rank=9), "", _last)
_CRYPTO = Field(Column("CRYPTO", 26, grows=2, rank=10), "", _crypto)
_IN = Field(Column("IN", 8, right=True, rank=7), "in", lambda row, _n, _w: _octets(row, 0))
_OUT = Field(Column("OUT", 8, right=True, rank=7), "out", lambda row, _n, _w: _octets(row, 1))
_RATE_IN = Field(
    Column("IN/s", 8, right=True, rank=2), "rate in", lambda row, _n, _w: _rate(row, 0)
)
_RATE_OUT = Field(
    Column("OUT/s", 8, right=True, rank=2), "rate out", lambda row, _n, _w: _rate(row, 1)
)
_BARS = Field(Column("", 6, grows=1, rank=5), "", _both)
_BARS_IN = Field(
    Column("", 8, grows=1, rank=5), "", lambda row, _, width: _picture(row, 0, width, INWARD)
)
_BARS_OUT = Field(
    Column("", 8, grows=1, rank=5), "", lambda row, _, width: _picture(row, 1, width, OUTWARD)
)

_SA = (_NAME, _ID, _STATE, _LOCAL)
_PASSED = (_AGE, _REKEY, _IN, _OUT)
NARROW = (*_SA, _REMOTE, *_PASSED, _RATE_IN, _RATE_OUT, _BARS)
WIDE = (
    *(*_SA, _WIDE_REMOTE, *_PASSED),
    *(_RATE_IN, _BARS_IN, _RATE_OUT, _BARS_OUT, _LAST, _CRYPTO),
)


class Grid:
    """The columns that fit in so many cells, and the lines that are made of them."""

    def __init__(self, width: int) -> None:
        fields = WIDE if width >= _WIDE else NARROW
        self._columns = Columns([field.column for field in fields], width, gap=1)
        self._shown = [(fields[index], column) for index, column in self._columns.columns]

    def sorts(self) -> set[str]:
        """Return what the columns that are shown can be sorted by."""
        return {field.sort for field, _ in self._shown}

    def titles(self, order: Order) -> Line:
        """Return the line of titles, with a mark at what it is sorted by."""
        mark = _FALLS if order.falls else _RISES
        return self._joined(
            [
                Cell(column.title + mark, "bold") if field.sort == order.by else Cell(column.title)
                for field, column in self._shown
            ]
        )

    def row(self, row: Row, now: float) -> Line:
        """Return the line of an SA."""
        return self._joined([field.cell(row, now, column.width) for field, column in self._shown])

    def _joined(self, cells: list[Cell]) -> Line:
        line: list[Cell] = []
        for cell in self._columns.fitted(cells):
            line += [Cell(" "), cell] if line else [cell]
        return line
