"""Lines of the screen: parts, each of one style, that are as wide as they are said to be."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from anyvici.cli.columns import Cell, Paint
from anyvici.cli.text import safe

Line = Sequence[Cell]
"""What stands in one line, from left to right."""


def width_of(line: Line) -> int:
    """Return how many cells a line takes."""
    return sum(cell_len(part.text) for part in line)


def cropped(line: Line, width: int) -> list[Cell]:
    """Return as much of a line as fits."""
    parts: list[Cell] = []
    for part in line:
        length = cell_len(part.text)
        if length > width:
            parts.append(Cell(set_cell_size(part.text, width), part.style))
            break
        parts.append(part)
        width -= length
    return parts


def spread(left: Line, right: Line, width: int) -> list[Cell]:
    """Return a line with something at its right end, if there is room for that."""
    blanks = width - width_of(left) - width_of(right)
    return [*left, Cell(" " * blanks), *right] if blanks >= 0 else [*left]


def barred(line: Line, width: int, style: str) -> list[Cell]:
    """Return a line as a bar of one style, from end to end."""
    text = "".join(part.text for part in cropped(line, width))
    return [Cell(text + " " * (width - cell_len(text)), style)]


def restyled(line: Line, style: str) -> list[Cell]:
    """Return a line in one style."""
    return [Cell(part.text, style) for part in line]


def painted(line: Line, width: int, paint: Paint) -> str:
    """Return a line as it is written: nothing in it is obeyed by a terminal but its styles."""
    harmless = [Cell(safe(part.text), part.style) for part in line]
    return "".join(paint(part.text, part.style) for part in cropped(harmless, width)).rstrip(" ")
