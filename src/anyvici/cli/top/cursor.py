"""What is selected, and which part is seen."""

from collections.abc import Sequence

from anyvici.cli.top.rows import Row
from anyvici.watch.hearsay import Key


class Window:
    """The part of some lines that is seen: from `top`, so many as fit."""

    def __init__(self) -> None:
        self.top: int = 0

    def move(self, by: int, count: int, height: int) -> None:
        """Show another part, as far as there are lines."""
        self.top = max(0, min(self.top + by, count - height))


class Cursor:
    """The row that is selected, and the first that is seen.

    It stays on its SA, wherever that is sorted to; but as long as nobody has moved it, it is the
    first row. When its SA has gone, it is the one that has come into that place.
    """

    def __init__(self) -> None:
        self.index: int = 0
        self.top: int = 0
        self._key: Key | None = None

    @property
    def key(self) -> Key | None:
        """The SA that it stays on."""
        return self._key

    def follow(self, rows: Sequence[Row], height: int) -> None:
        """Find its SA again among rows of which so many are seen."""
        if self._key is not None:
            self._find(self._key, rows)
        self._see(len(rows), height)

    def move(self, by: int, rows: Sequence[Row], height: int) -> None:
        """Select another row."""
        self.index = max(0, min(self.index + by, len(rows) - 1))
        self._key = rows[self.index].key if rows else None
        self._see(len(rows), height)

    def hold(self, key: Key | None) -> None:
        """Select this SA; or None: stay on none."""
        self._key = key
        if key is None:
            self.index = 0

    def rekeyed(self, old: Key, new: Key) -> None:
        """Go on to the SA that has replaced another."""
        if self._key == old:
            self._key = new

    def _find(self, key: Key, rows: Sequence[Row]) -> None:
        for index, row in enumerate(rows):
            if row.key == key:
                self.index = index
                return
        self.index = max(0, min(self.index, len(rows) - 1))
        self._key = rows[self.index].key if rows else None

    def _see(self, count: int, height: int) -> None:
        """Scroll no further than is needed to see it."""
        highest = max(0, min(self.index, count - height))
        self.top = max(self.index - height + 1, min(self.top, highest), 0)
