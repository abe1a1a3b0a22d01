"""How the user wants to see it: order, filter, what is selected, which page."""

from collections.abc import Iterable
from enum import Enum

from anyvici.cli.top.cursor import Cursor, Window
from anyvici.cli.top.rows import Folds, Order, Row, arranged
from anyvici.cli.top.tracks import IkeTrack
from anyvici.watch.hearsay import Key

_HIGH = 12  # lines, from which on there is more than one of the header
_HEADER = 3
_AROUND = 3  # lines beside the header and the body: notices, titles, keys
_FEW = 8  # lines of events, at most, where they are not what is looked at


class Page(Enum):
    """What fills the middle of the screen."""

    SAS = "sas"
    DETAILS = "details"
    HELP = "help"


class Pane(Enum):
    """How much of the screen the events have."""

    SOME = "some"
    MOST = "most"
    NONE = "none"


class View:
    """What the user has chosen, and what is to be seen of it."""

    def __init__(self) -> None:
        self.order: Order = Order()
        self.words: str = ""
        """What the SAs are filtered by."""
        self.typing: bool = False
        """Whether keys go into the filter."""
        self.page: Page = Page.SAS
        self.pane: Pane = Pane.SOME
        self.folds: Folds = Folds()
        self.cursor: Cursor = Cursor()
        self.window: Window = Window()
        """What is seen of a page that is not the SAs."""
        self.detail: Row | None = None
        """The SA whose details are shown; its track goes on with whatever replaces it."""
        self.rows: list[Row] = []
        self.width: int = 80
        self.height: int = 24
        self.length: int = 0
        """How many lines the page has, if it is not the SAs."""
        self.stale: bool = True
        """Whether the rows are to be arranged anew."""
        self.fresh: bool = True
        """Whether all is to be drawn anew, whatever the terminal shows."""
        self.now: float = 0.0
        """The time that ages are reckoned to."""
        self.paused: bool = False
        self.over: bool = False

    # The size.

    @property
    def header(self) -> int:
        """How many lines the header has."""
        return _HEADER if self.height >= _HIGH else 1

    @property
    def events(self) -> int:
        """How many lines the events have, their title included."""
        room = self.height - self.header - _AROUND
        match self.pane:
            case _ if self.page is not Page.SAS:
                return 0
            case Pane.NONE:
                return 0
            case Pane.MOST:
                return max(0, room * 3 // 4)
            case _:
                lines = min(room // 3, _FEW + 1)
                return lines if lines >= 3 else 0

    @property
    def body(self) -> int:
        """How many lines are left for the rows, or the page."""
        return max(1, self.height - self.header - _AROUND - self.events)

    def resize(self, width: int, height: int) -> None:
        """Take in the size of the terminal."""
        if (width, height) != (self.width, self.height):
            self.width, self.height = width, height
            self.fresh = True

    # What is to be seen.

    def arrange(self, tracks: Iterable[IkeTrack]) -> None:
        """Arrange the rows anew, if need be, and find the selected one among them."""
        if self.stale:
            self.rows = arranged(tracks, self.order, self.words, self.folds, self.now)
            self.stale = False
        self.cursor.follow(self.rows, self.body)

    def rekeyed(self, old: Key, new: Key) -> None:
        """Treat the SA that has replaced another in the same way."""
        self.cursor.rekeyed(old, new)
        self.folds.rekeyed(old, new)

    @property
    def selected(self) -> Row | None:
        """The row that is selected."""
        return self.rows[self.cursor.index] if self.cursor.index < len(self.rows) else None

    # What the user wants.

    def move(self, by: int) -> None:
        """Go so many lines down."""
        if self.page is Page.SAS:
            self.cursor.move(by, self.rows, self.body)
        else:
            self.window.move(by, self.length, self.body)

    def first(self) -> None:
        """Go to the first line, and stay there."""
        self.move(-len(self.rows) - self.length)
        if self.page is Page.SAS:
            self.cursor.hold(None)

    def last(self) -> None:
        """Go to the last line."""
        self.move(len(self.rows) + self.length)

    def sort(self, by: str) -> None:
        """Sort by something; by the same again is the other way round."""
        if by == self.order.by:
            self.reverse()
        else:
            self.order, self.stale = Order(by), True

    def next_sort(self, step: int) -> None:
        """Sort by the next column, or the one before."""
        self.order, self.stale = self.order.next(step), True

    def reverse(self) -> None:
        """Sort the other way round."""
        self.order, self.stale = Order(self.order.by, not self.order.reversed), True

    def fold(self, folded: bool | None = None) -> None:
        """Fold or unfold the selected IKE_SA; None is whatever it is not."""
        if (row := self.selected) is None or self.page is not Page.SAS:
            return
        whole = row.track if row.parent is None else row.parent
        now = self.folds.folded(whole.key)
        self.folds.fold(whole.key, not now if folded is None else folded)
        self.cursor.hold(whole.key if row.parent is not None else row.key)
        self.stale = True

    def fold_all(self) -> None:
        """Fold all IKE_SAs, or unfold them."""
        row = self.selected
        if row is not None and row.parent is not None and self.cursor.key is not None:
            self.cursor.hold(row.parent.key)
        self.folds.fold_all()
        self.stale = True

    def filter(self, words: str) -> None:
        """Show only what has these words."""
        self.words, self.stale = words, True

    def turn_to(self, page: Page) -> None:
        """Show a page, or the SAs again if it is shown."""
        if page is Page.DETAILS:
            if (row := self.selected) is None:
                return
            self.detail = row
            self.cursor.hold(row.key)
        self.page = Page.SAS if page is self.page else page
        self.window = Window()

    def next_pane(self) -> None:
        """Show more of the events, then none, then some."""
        panes = [*Pane]
        self.pane = panes[(panes.index(self.pane) + 1) % len(panes)]

    def pause(self) -> None:
        """Let all stay as it is; or go on."""
        self.paused = not self.paused

    def go_back(self) -> None:
        """Leave a page; else the filter; else what is selected."""
        if self.page is not Page.SAS:
            self.page = Page.SAS
        elif self.words:
            self.filter("")
        else:
            self.first()

    def quit(self) -> None:
        """Leave a page; else the screen."""
        if self.page is Page.SAS:
            self.over = True
        else:
            self.page = Page.SAS
