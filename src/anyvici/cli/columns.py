"""A table of a given width, line by line: the first row is printed before the last is known.

Tables of Rich look at all rows to find the widths, and take a millisecond a row. Here the widths
are settled beforehand, and ten thousand rows take a tenth of a second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, set_cell_size

GAP = 2  # blanks between two columns
WIDE = 120  # cells that are reckoned with where there is no terminal
_CUT = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class Column:
    """One column: so wide at least; what is left over is shared by those that grow.

    Where not all fit, those of the highest `rank` are left out first; 0 always stays. What is
    too long is cut, but never a number (`right`): half a number is another one.
    """

    title: str
    width: int
    grows: int = 0
    rank: int = 0
    right: bool = False


@dataclass(frozen=True)
class Cell:
    """What stands in a column, and its style, as Rich has them: "bold green"."""

    text: str
    style: str = ""


Paint = Callable[[str, str], str]


def unpainted(text: str, style: str) -> str:  # noqa: ARG001 (a Paint)
    """Return a text as it is, where there are no colours."""
    return text


class Columns:
    """The columns that fit in `width` cells; if that is None all of them, and nothing is cut.

    What is longer than its column takes from the blanks of those behind it, so that a row is in
    line again as soon as can be.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        width: int | None,
        paint: Paint = unpainted,
        *,
        gap: int = GAP,
    ) -> None:
        self._cut = width is not None
        self._paint = paint
        self._gap = gap
        self.columns: list[tuple[int, Column]] = _fitting(list(enumerate(columns)), width, gap)

    def header(self) -> str:
        """Return the line of titles."""
        return self._line([Cell(column.title, "bold") for _, column in self.columns])

    def row(self, cells: Sequence[Cell | str]) -> str:
        """Return the line of a row, which has a cell for each column that was given."""
        found = (cells[index] for index, _ in self.columns)
        return self._line([cell if isinstance(cell, Cell) else Cell(cell) for cell in found])

    def fitted(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return a cell for each column that is shown as it stands there: cut, or with blanks."""
        parts, owed = [], 0
        for cell, (_, column) in zip(cells, self.columns, strict=True):
            text, owed = self._fit(cell.text, column, column.width - owed)
            parts.append(Cell(text, cell.style))
        return parts

    def _line(self, cells: Sequence[Cell]) -> str:
        parts = [
            self._paint(cell.text, cell.style) if cell.style else cell.text
            for cell in self.fitted(cells)
        ]
        return (" " * self._gap).join(parts).rstrip()

    def _fit(self, text: str, column: Column, room: int) -> tuple[str, int]:
        """Return a text as it stands in so many cells, and how many more it takes."""
        length = cell_len(text)
        if length > room and self._cut and not column.right:
            return set_cell_size(text, max(room - 1, 0)) + _CUT, max(1 - room, 0)
        blanks = " " * (room - length)
        return blanks + text if column.right else text + blanks, max(length - room, 0)


def _fitting(
    columns: list[tuple[int, Column]], width: int | None, gap: int
) -> list[tuple[int, Column]]:
    """Leave out what does not fit, and share what is left over."""
    if width is None:
        width = max(WIDE, _needed(columns, gap))
    while _needed(columns, gap) > width and (worst := max(column.rank for _, column in columns)):
        columns = [each for each in columns if each[1].rank != worst]
    spare = max(0, width - _needed(columns, gap))
    shares = sum(column.grows for _, column in columns)
    grown = []
    for index, column in columns:
        more = spare * column.grows // shares if shares else 0
        spare, shares = spare - more, shares - column.grows
        grown.append((index, replace(column, width=column.width + more)))
    return grown


def _needed(columns: list[tuple[int, Column]], gap: int) -> int:
    return sum(column.width + gap for _, column in columns) - gap
