"""A table of a given width, line by line: the first row is printed before the last is known.

Tables of Rich look at all rows to find the widths, and take a millisecond a row. Here the widths
are settled beforehand, and ten thousand rows take a tenth of a second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, set_cell_size

GAP = 2  # blanks between two columns
_CUT = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class Column:
    """One column: so wide at least; what is left over is shared by those that grow.

    Where not all fit, those of the highest `rank` are left out first; 0 always stays.
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
    """The columns that fit in `width` cells; if that is None all of them, and nothing is cut."""

    def __init__(
        self, columns: Sequence[Column], width: int | None, paint: Paint = unpainted
    ) -> None:
        self._cut = width is not None
        self._paint = paint
        self.columns: list[tuple[int, Column]] = _fitting(list(enumerate(columns)), width)

    def header(self) -> str:
        """Return the line of titles."""
        return self._line([Cell(column.title, "bold") for _, column in self.columns])

    def row(self, cells: Sequence[Cell | str]) -> str:
        """Return the line of a row, which has a cell for each column that was given."""
        found = (cells[index] for index, _ in self.columns)
        return self._line([cell if isinstance(cell, Cell) else Cell(cell) for cell in found])

    def _line(self, cells: Sequence[Cell]) -> str:
        parts = []
        for cell, (_, column) in zip(cells, self.columns, strict=True):
            text = self._fit(cell.text, column)
            parts.append(self._paint(text, cell.style) if cell.style else text)
        return (" " * GAP).join(parts).rstrip()

    def _fit(self, text: str, column: Column) -> str:
        length = cell_len(text)
        if length > column.width and self._cut:
            return set_cell_size(text, column.width - 1) + _CUT
        blanks = " " * (column.width - length)
        return blanks + text if column.right else text + blanks


def _fitting(columns: list[tuple[int, Column]], width: int | None) -> list[tuple[int, Column]]:
    """Leave out what does not fit, and share what is left over."""
    if width is None:
        return columns
    while _needed(columns) > width and (worst := max(column.rank for _, column in columns)):
        columns = [each for each in columns if each[1].rank != worst]
    spare = max(0, width - _needed(columns))
    shares = sum(column.grows for _, column in columns)
    grown = []
    for index, column in columns:
        more = spare * column.grows // shares if shares else 0
        spare, shares = spare - more, shares - column.grows
        grown.append((index, replace(column, width=column.width + more)))
    return grown


def _needed(columns: list[tuple[int, Column]]) -> int:
    return sum(column.width + GAP for _, column in columns) - GAP
