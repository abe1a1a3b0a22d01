"""What is known of a thing: a line for each fact, with a title before it."""

from collections.abc import Iterator, Mapping

from rich.cells import cell_len

from anyvici.cli.columns import Cell
from anyvici.cli.output import Output
from anyvici.cli.text import safe

_GAP = " " * 2
_NARROW = 20  # cells; what has less to stand in is not wrapped

Facts = Mapping[str, Cell | str | None]
"""Texts by their titles; what is empty is not told."""


class Details:
    """Makes lines of facts; long ones are wrapped at blanks where there is a terminal."""

    def __init__(self, output: Output, title: int = 8) -> None:
        """`title` is the width of the titles."""
        self._paint = output.paint
        self._width = output.width
        self._title = title

    def lines(self, facts: Facts, indent: int = 2) -> Iterator[str]:
        """Iterate over the lines of some facts."""
        for title, fact in facts.items():
            cell = fact if isinstance(fact, Cell) else Cell(fact or "")
            if cell.text:
                yield from self._fact(title, cell, " " * indent)

    def _fact(self, title: str, cell: Cell, indent: str) -> Iterator[str]:
        before = indent + self._paint(f"{title:<{self._title}}", "dim") + _GAP
        behind = indent + " " * self._title + _GAP
        for line in wrapped(safe(cell.text), self._room(len(behind))):
            yield before + (self._paint(line, cell.style) if cell.style else line)
            before = behind

    def _room(self, taken: int) -> int | None:
        room = None if self._width is None else self._width - taken
        return room if room is not None and room >= _NARROW else None


def wrapped(text: str, room: int | None) -> list[str]:
    """Return a text in lines of so many cells, broken at blanks only."""
    if room is None or cell_len(text) <= room:
        return [text]
    lines: list[str] = []
    length = 0
    for word in text.split(" "):
        size = cell_len(word)
        if lines and length + 1 + size <= room:
            lines[-1] += f" {word}"
            length += 1 + size
        else:
            lines.append(word)
            length = size
    return lines
