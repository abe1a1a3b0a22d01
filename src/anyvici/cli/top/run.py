"""The live screen at work."""

import signal
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import anyio

import anyvici
from anyvici import (
    Alert,
    Connected,
    Disconnected,
    Feed,
    IkeRekey,
    Rekeyed,
    RemoteProtocolError,
    SaTable,
    UnknownEvent,
    ViciError,
)
from anyvici.cli.session import Session
from anyvici.cli.top.bindings import press
from anyvici.cli.top.board import Board, Moment
from anyvici.cli.top.screen import Screen
from anyvici.cli.top.terminal import Terminal
from anyvici.cli.top.view import View
from anyvici.connection.background import background
from anyvici.watch.hearsay import key

_CAPACITY = 1 << 18  # changes that may wait: a list of very many SAs makes as many at once
_LISTED = 1000  # IKE_SAs in a second, on average, over the time between two lists
_SHORTEST = 0.04  # seconds between two frames
_REST = 4  # so much longer than it takes to look at the SAs they are not looked at again
_ASK_EVERY = 10.0  # seconds between two questions for what the daemon says of itself
_SELDOM = IkeRekey  # an event to wait for, where it is the ends of connections that matter

# Goes on while the machine sleeps, as the counters of a daemon elsewhere do.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


async def run_top(
    session: Session, client: anyvici.Client, *, interval: float = 1.0, title: str = ""
) -> None:
    """Show the SAs of a daemon on the terminal until the user has seen enough.

    They are listed every `interval` seconds, very many of them less often; what happens is told at
    once. Raises UsageError without a terminal, and otherwise what SaTable does.
    """
    terminal = Terminal.of(session.output)
    refresh = max(interval, await _bearable(client))
    async with anyvici.watch_sas(client, refresh=refresh, capacity=_CAPACITY) as table:
        board, view = Board(refresh), View()
        screen = Screen(board, view, title, session.output.paint)
        async with terminal.taken():
            await _Top(client, table, terminal, board, view, screen).run()


async def _bearable(client: anyvici.Client) -> float:
    """Return how often, in seconds, so many SAs may be listed: it is work for the daemon, too."""
    with suppress(ViciError):
        return (await client.stats()).ikesas.total / _LISTED
    return 0.0


class _Top:
    """What goes on while the screen is shown: all at once."""

    def __init__(
        self,
        client: anyvici.Client,
        table: SaTable,
        terminal: Terminal,
        board: Board,
        view: View,
        screen: Screen,
    ) -> None:
        self._client = client
        self._table = table
        self._terminal = terminal
        self._board = board
        self._view = view
        self._screen = screen
        self._woken = anyio.Event()
        self._pressed = anyio.Event()
        self._came_back = anyio.Event()
        self._scope = anyio.CancelScope()
        self._failure: Exception | None = None
        self._news = True
        self._look_at = 0.0

    async def run(self) -> None:
        """Go on until the user quits; raises what there is no way to go on after."""
        works = [self._press, self._hear, self._follow, self._ask]
        if threading.current_thread() is threading.main_thread():
            works.append(self._watch_signals)
        async with background() as tasks:
            for work in works:
                tasks.start_soon(self._until_failure, work)
            with self._scope:
                await self._draw()
        if self._failure is not None:
            raise self._failure

    async def _until_failure(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as failure:  # raised by run()
            self._failure = failure
            self._scope.cancel()

    def _wake(self, *, news: bool = True) -> None:
        """Draw as soon as may be; there may be news of the SAs."""
        self._news |= news
        self._woken.set()

    # Drawing.

    async def _draw(self) -> None:
        self._board.begin(self._table, _now())
        while True:
            self._woken = anyio.Event()
            await self._terminal.ready()
            await self._draw_once()
            await anyio.sleep(_SHORTEST)
            with anyio.move_on_after(1.0 - time.time() % 1.0) as waiting:  # when clocks go on
                await self._woken.wait()
            self._news |= waiting.cancelled_caught

    async def _draw_once(self) -> None:
        moment, view = _now(), self._view
        self._board.watch(self._table.connected, moment)
        looks = self._news and not view.paused and moment.seconds >= self._look_at
        if looks:
            self._news = False
            self._board.look(self._table, moment)
            view.now = self._board.now(moment)
            view.stale = True
        view.resize(*self._terminal.size)
        lines = self._screen.lines(moment)
        if looks:  # with very many SAs that takes long, and keys have to be answered
            now = _now().seconds
            self._look_at = now + _REST * (now - moment.seconds)
        await self._terminal.show(lines, anew=view.fresh)
        view.fresh = False

    # What wakes it.

    async def _press(self) -> None:
        """Take in what the user wants, until that is to quit."""
        with suppress(anyio.EndOfStream):
            while not self._view.over:
                for pressed in await self._terminal.pressed():
                    press(self._view, pressed)
                    self._view.arrange(self._board.tracks.ike_sas.values())
                self._pressed.set()
                self._pressed = anyio.Event()
                self._wake(news=False)
        self._scope.cancel()

    async def _hear(self) -> None:
        """Take in what happens to the SAs."""
        async for change in self._table:
            while self._view.paused:
                await self._pressed.wait()
            moment = _now()
            self._board.watch(self._table.connected, moment)
            self._board.hear(change, moment)
            if isinstance(change, Rekeyed):
                self._view.rekeyed(key(change.old), key(change.new))
            self._wake()

    async def _follow(self) -> None:
        """Take in when the daemon goes and comes; and its alerts, if it has any (6.0.3)."""
        try:
            await self._heed(anyvici.follow(self._client, Alert, _SELDOM))
        except UnknownEvent:
            await self._heed(anyvici.follow(self._client, _SELDOM))

    async def _heed(self, feed: Feed[Any]) -> None:
        async with feed:
            while True:
                with suppress(RemoteProtocolError):
                    self._note(await anext(feed), _now())
                    self._wake()

    def _note(self, item: object, moment: Moment) -> None:
        match item:
            case Alert():
                self._board.heed(item, moment)
            case Disconnected(reason):
                self._board.lose(reason, moment)
            case Connected(version):
                self._board.regain(version, moment)
                self._came_back.set()

    async def _ask(self) -> None:
        """Ask the daemon now and then what it says of itself."""
        while True:
            self._came_back = anyio.Event()
            with suppress(ViciError):
                self._board.version = await self._client.version()
                self._wake(news=False)
                self._board.uptime = (await self._client.stats()).uptime.running
            with anyio.move_on_after(_ASK_EVERY):
                await self._came_back.wait()

    async def _watch_signals(self) -> None:
        """Take in another size; give the terminal back while the program is stopped."""
        numbers = signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT
        with anyio.open_signal_receiver(*numbers) as signals:
            async for number in signals:
                if number == signal.SIGTSTP:
                    await self._terminal.give_back()
                    _stop()
                if number != signal.SIGWINCH:
                    await self._terminal.take()
                self._wake()


def _stop() -> None:
    """Stop the program as Ctrl-Z does where it is not caught: not where nobody could go on."""
    caught = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, caught)


def _now() -> Moment:
    return Moment(time.clock_gettime(_CLOCK), datetime.now())
