"""The screen: what is known, as the user wants to see it, in lines."""

from collections import Counter
from collections.abc import Iterator

from anyvici.cli.columns import Cell, Paint, unpainted
from anyvici.cli.text import safe
from anyvici.cli.top.bindings import BINDINGS
from anyvici.cli.top.board import Board, Moment
from anyvici.cli.top.grid import INWARD, OUTWARD, Grid
from anyvici.cli.top.lines import Line, barred, cropped, painted, restyled, spread, width_of
from anyvici.cli.top.pages import details, help_page
from anyvici.cli.top.rates import Flow, bars
from anyvici.cli.top.rows import SORTS
from anyvici.cli.top.view import Page, View
from anyvici.cli.units import counted, duration, rate
from anyvici.watch.hearsay import key

_USUAL = ("ESTABLISHED", "INSTALLED")
_RATE = 10  # cells of a rate
_LEFT = 66  # cells that are kept from the pictures in the header
_PICTURE = 60  # cells, at most
_SELDOM = 2.0  # seconds between two lists that are worth a word


class Screen:
    """Makes the lines of a whole screen."""

    def __init__(self, board: Board, view: View, title: str = "", paint: Paint = unpainted) -> None:
        self._board = board
        self._view = view
        self._title = title
        self._paint = paint

    def lines(self, moment: Moment) -> list[str]:
        """Return the lines, from top to bottom: as many as the screen has, and none too long."""
        view = self._view
        view.arrange(self._board.tracks.ike_sas.values())
        lines = [
            *self._header(moment)[: view.header],
            self._notice(moment),
            *self._middle(),
            *self._events(),
        ]
        lines += [[]] * (view.height - 1 - len(lines))
        lines = [*lines[: view.height - 1], self._keys()]
        return [painted(line, view.width, self._paint) for line in lines[: view.height]]

    # The header.

    def _header(self, moment: Moment) -> list[Line]:
        tracks, width = self._board.tracks, self._view.width
        first = [Cell(" "), Cell(safe(self._title or "anyvici top"), "bold")]
        first += [Cell(f"  {safe(self._board.daemon)}")]
        clock = [Cell(f"{moment.clock:%H:%M:%S} ", "dim")]
        kinds = zip(("IKE_SAs", "CHILD_SAs"), tracks.states, strict=True)
        counts = [_count(kind, states) for kind, states in kinds]
        room = max(0, min(_PICTURE, width - _LEFT))
        inward, outward = tracks.total
        ways = [_way("in", inward, INWARD, room), _way("out", outward, OUTWARD, room)]
        totals = [
            spread(cropped(count, max(0, width - width_of(way))), way, width)
            for count, way in zip(counts, ways, strict=True)
        ]
        return [spread(first, clock, width), *totals]

    # What is out of the ordinary.

    def _notice(self, moment: Moment) -> Line:
        board, width = self._board, self._view.width
        if board.gone_since is not None:
            away = duration(moment.seconds - board.gone_since)
            told = f" charon is gone since {away}; this is what was last known"
            return barred([Cell(told)], width, "bold white on red")
        parts: list[Cell] = []
        for notice in self._notices(moment):
            parts += [Cell(" "), notice, Cell(" ")]
        return spread(parts, self._seen(), width)

    def _notices(self, moment: Moment) -> Iterator[Cell]:
        view, board = self._view, self._board
        if view.paused:
            yield Cell(" PAUSED ", "black on yellow")
        if view.words or view.typing:
            found = sum(row.parent is None for row in view.rows)
            found_of = f"{found} of {counted(len(board.tracks.ike_sas), 'IKE_SA')}"
            yield Cell(f"filter: {safe(view.words)} ({found_of})", "yellow")
        if view.page is Page.SAS and view.order.by not in Grid(view.width).sorts():
            falling = ", falling" if view.order.falls else ""
            yield Cell(f"by {SORTS[view.order.by].words}{falling}", "bold")
        if board.trouble:
            yield Cell(f"cannot list: {safe(board.trouble)}", "red")
        elif board.stale_since is not None:
            yield Cell("asking charon; this is what was last known", "yellow")
        elif not view.paused and (silence := board.silent_for(moment)):
            yield Cell(f"no list for {duration(silence)}", "red")
        if board.interval >= _SELDOM:
            yield Cell(f"listed every {duration(board.interval)}", "dim")
        if board.repairs:
            yield Cell(counted(board.repairs, "repair"), "dim")

    def _seen(self) -> Line:
        """Tell which lines are seen, if that is not all."""
        view = self._view
        whole = view.page is Page.SAS
        top, count = (view.cursor.top, len(view.rows)) if whole else (view.window.top, view.length)
        if count <= view.body:
            return []
        return [Cell(f"{top + 1}-{min(top + view.body, count)} of {count} ", "dim")]

    # The middle.

    def _middle(self) -> list[Line]:
        view = self._view
        lines = self._sas() if view.page is Page.SAS else self._page()
        return lines + [[]] * (view.body + 1 - len(lines))

    def _sas(self) -> list[Line]:
        view = self._view
        grid = Grid(view.width)
        lines: list[Line] = [barred(grid.titles(view.order), view.width, "bold underline")]
        top = view.cursor.top
        for index, row in enumerate(view.rows[top : top + view.body], top):
            line = grid.row(row, view.now)
            if index == view.cursor.index:
                line = barred(line, view.width, "reverse")
            elif self._board.stale_since is not None:
                line = restyled(line, "dim")
            lines.append(line)
        if not view.rows:
            lines.append([Cell(f"  {self._nothing()}", "dim")])
        return lines

    def _nothing(self) -> str:
        return "nothing has these words" if self._board.tracks.ike_sas else "no SAs"

    def _page(self) -> list[Line]:
        view = self._view
        lines = help_page(view.width)
        if view.page is Page.DETAILS and view.detail is not None:
            track = view.detail.track
            there = self._board.tracks.find(key(track.sa)) is track
            lines = details(view.detail, there, view.width)
        view.length = len(lines)
        view.window.move(0, view.length, view.body)  # it may have become shorter
        top = view.window.top
        return [[], *lines[top : top + view.body]]

    # The events, and the keys.

    def _events(self) -> list[Line]:
        view, log = self._view, self._board.log
        if not view.events:
            return []
        lines: list[Line] = [barred([Cell(f"─ events {'─' * view.width}")], view.width, "dim")]
        for clock, each in list(log)[-(view.events - 1) :]:
            line = [Cell(f" {clock:%H:%M:%S}  ", "dim"), Cell(f"{each.word:<10} ", each.style)]
            lines.append([*line, Cell(each.what)])
        return lines + [[]] * (view.events - len(lines))

    def _keys(self) -> Line:
        view = self._view
        if view.typing:
            words = [Cell(" /", "bold"), Cell(safe(view.words)), Cell(" ", "reverse")]
            return spread(words, [Cell("Enter keep  Esc clear ", "dim")], view.width)
        line: list[Cell] = []
        for binding in BINDINGS:
            more = [Cell(f" {binding.shown.split()[0]}", "bold"), Cell(f" {binding.word} ", "dim")]
            if binding.word and width_of([*line, *more]) <= view.width:
                line += more
        return line


def _count(kind: str, states: Counter[str]) -> Line:
    """Return how many there are."""
    return [
        Cell(f" {kind:<9}", "dim"),
        Cell(f"{states.total():>6}", "bold"),
        Cell("  "),
        *_states(states),
    ]


def _way(title: str, flow: Flow, style: str, room: int) -> Line:
    """Return what passes in one direction."""
    return [
        Cell(f"  {title:<3} ", "dim"),
        Cell(f"{rate(flow.rate):>{_RATE}} "),
        Cell(f"{bars(flow.history, room)} ", style),
    ]


def _states(states: Counter[str]) -> Iterator[Cell]:
    """Iterate over how many are in which state; the usual one first."""
    order = sorted(states, key=lambda state: (state not in _USUAL, -states[state], state))
    for number, state in enumerate(order):
        style = "green" if state in _USUAL else "yellow"
        yield Cell(f"{', ' * bool(number)}{states[state]} {safe(state).lower()}", style)
