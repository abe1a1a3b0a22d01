"""Pages that stand in the place of the SAs: all that is known of one, and the help."""

from collections.abc import Iterator
from itertools import zip_longest

from rich.cells import cell_len, chop_cells

from anyvici import IkeSa
from anyvici.cli.columns import Cell
from anyvici.cli.show.details import Facts, wrapped
from anyvici.cli.show.sas import child_facts, end, ike_facts, state_cell
from anyvici.cli.text import safe
from anyvici.cli.top.bindings import BINDINGS
from anyvici.cli.top.grid import INWARD, OUTWARD
from anyvici.cli.top.happenings import called
from anyvici.cli.top.lines import Line
from anyvici.cli.top.rates import HISTORY, Flow, bars
from anyvici.cli.top.rows import Row
from anyvici.cli.top.tracks import IkeTrack, Track
from anyvici.cli.units import rate

_TITLE = 8  # cells of the title of a fact
_RATE = 10  # and of a rate


def details(row: Row, there: bool, width: int) -> list[Line]:
    """Return all that is known of an SA, and of its CHILD_SAs; it may not be there any more."""
    lines = [*_details(row.track, there, width)]
    if isinstance(row.track, IkeTrack):
        for child in row.track.children:
            lines += [[], *_details(child, there, width)]
    elif row.parent is not None:
        sa = row.parent.sa
        owner = f"{called(sa)}  {end(sa.remote_id, sa.remote_host)}"
        lines += [[], [Cell(" in IKE_SA ", "dim"), Cell(owner)]]
    return lines


def _details(track: Track, there: bool, width: int) -> Iterator[Line]:
    sa = track.sa
    kind = "IKE_SA" if isinstance(sa, IkeSa) else "CHILD_SA"
    state = state_cell(sa.state) if there else Cell("gone; this is what was last known", "bold red")
    yield [Cell(f" {kind} "), Cell(called(sa), "bold"), Cell("  "), state]
    yield from _facts(ike_facts(sa) if isinstance(sa, IkeSa) else child_facts(sa), width)
    yield _flow("in/s", track.inward, INWARD, width)
    yield _flow("out/s", track.outward, OUTWARD, width)


def _facts(facts: Facts, width: int) -> Iterator[Line]:
    for title, fact in facts.items():
        cell = fact if isinstance(fact, Cell) else Cell(fact or "")
        before = Cell(f"   {title:<{_TITLE}}  ", "dim")
        room = max(1, width - len(before.text))
        for line in wrapped(safe(cell.text), room) if cell.text else ():
            for part in chop_cells(line, room):
                yield [before, Cell(part, cell.style)]
                before = Cell(" " * len(before.text))


def _flow(title: str, flow: Flow, style: str, width: int) -> Line:
    before = f"   {title:<{_TITLE}}  "
    room = min(HISTORY, width - len(before) - _RATE - 2)
    picture = bars(flow.history, room).lstrip() if room > 0 else ""
    return [Cell(before, "dim"), Cell(f"{rate(flow.rate):<{_RATE}}  "), Cell(picture, style)]


# The help.

_COLUMN = 40  # cells


def help_page(width: int) -> list[Line]:
    """Return what each key does, in as many columns as fit."""
    entries: list[Line] = [
        [Cell(f" {binding.shown:>8}", "bold"), Cell(f"  {binding.help}")] for binding in BINDINGS
    ]
    columns = max(1, min(2, width // _COLUMN))
    height = -(-len(entries) // columns)
    parts = [entries[start : start + height] for start in range(0, len(entries), height)]
    return [_beside(*each) for each in zip_longest(*parts, fillvalue=())]


def _beside(*parts: Line) -> Line:
    line: list[Cell] = []
    for number, part in enumerate(parts):
        length = sum(cell_len(cell.text) for cell in line)
        line += [Cell(" " * (number * _COLUMN - length)), *part]
    return line
