"""What happens in the daemon, and when we have heard of it: across its restarts, for ever."""

from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias

from anyvici import (
    Client,
    Connected,
    ConnectError,
    ConnectionLost,
    Disconnected,
    Feed,
    Gap,
    RemoteProtocolError,
    TypedEvent,
    UnknownEvent,
    ViciError,
    follow,
)
from anyvici.cli.output import Output
from anyvici.connection.mailbox import Mailbox

_CAPACITY = 8192  # of what is heard and not printed yet; more of it is told of as a gap


@dataclass(frozen=True)
class Unreadable:
    """An event that is not what it should be."""

    reason: str


What: TypeAlias = TypedEvent | Connected | Disconnected | Gap | Unreadable


@dataclass(frozen=True)
class Happening:
    """Something that has happened, at a time of our own clock: events come without one."""

    time: datetime
    what: What


class Happenings:
    """Events of some classes, for one reader, while run() runs.

    They are taken from the connection as they come, however slow the reader is: so their times
    are right, and what is too much for the reader is a Gap in the place where it is missing.
    Events that the daemon does not have are left out, and told of once.
    """

    def __init__(self, client: Client, classes: list[type[TypedEvent]], output: Output) -> None:
        self._client = client
        self._classes = classes
        self._output = output
        self._heard = Mailbox[Happening]()
        self._lost = 0  # events behind those that are held

    async def next(self) -> Happening:
        """Return the next; raises what has ended run()."""
        if not self._heard.waiting:
            self._tell_of_lost()
        return await self._heard.get()

    async def run(self) -> None:
        """Take what comes."""
        try:
            while True:
                try:
                    async with follow(self._client, *self._classes, capacity=_CAPACITY) as feed:
                        await self._tell_of_version()
                        await self._take(feed)
                except UnknownEvent as error:
                    self._leave_out(error)
        except ViciError as error:
            self._heard.close(partial(copy, error))

    async def _tell_of_version(self) -> None:
        with suppress(ConnectionLost, ConnectError):  # gone again, which the feed is about to tell
            self._put(Connected(await self._client.version(), gap=False))

    async def _take(self, feed: Feed[Any]) -> None:
        while True:
            try:
                self._put(await anext(feed))
            except RemoteProtocolError as error:
                self._put(Unreadable(str(error)))

    def _put(self, what: What) -> None:
        """Hold what there is room for; what befalls the events is always told."""
        is_full = self._heard.waiting >= _CAPACITY
        if isinstance(what, Gap):
            self._lost += what.lost
        elif is_full and isinstance(what, TypedEvent | Unreadable):
            self._lost += 1
        else:
            self._tell_of_lost()
            self._heard.put(_now(what))
        if not is_full:
            self._tell_of_lost()

    def _tell_of_lost(self) -> None:
        if self._lost:
            self._heard.put(_now(Gap(self._lost)))
            self._lost = 0

    def _leave_out(self, unknown: UnknownEvent) -> None:
        self._classes = [each for each in self._classes if each.event != unknown.name]
        if not self._classes:
            raise unknown
        self._output.say(f"{unknown}, it is left out")


def _now(what: What) -> Happening:
    return Happening(datetime.now(UTC), what)
