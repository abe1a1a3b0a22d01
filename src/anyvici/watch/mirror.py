"""Keeps a picture of the daemon's SAs right: by its events, and by its lists."""

import math
from collections.abc import Callable

import anyio

from anyvici.client.client import Client
from anyvici.connection.pauses import growing
from anyvici.exceptions import RemoteProtocolError, ViciError
from anyvici.models.sas import IkeSa
from anyvici.watch.changes import Change, Resynced
from anyvici.watch.difference import compare
from anyvici.watch.feed import Connected, Disconnected, Feed, Gap
from anyvici.watch.picture import Picture, SaEvent

# Seconds from the end of an IKE_SA until its CHILD_SAs are looked for, if no events of theirs come.
_SOON = 0.5

# Seconds between two attempts to list, when that fails.
_FIRST_PAUSE = 0.1
_LAST_PAUSE = 10.0


class Mirror:
    """What there is, for SaTable; not for users.

    After something was missed, a new picture is made beside the one that is shown, and shown when
    a list is in. `tell` gets the changes of the one that is shown, and is called whenever anything
    may have changed.
    """

    def __init__(
        self,
        client: Client,
        feed: Feed[SaEvent],
        period: float,
        tell: Callable[[list[Change]], None],
    ) -> None:
        self.picture: Picture = Picture()
        self.trouble: ViciError | None = None
        self._client = client
        self._feed = feed
        self._period = period
        self._tell = tell
        self._next: Picture | None = Picture()
        self._missed: str | None = None  # why there is a next one; None: it is the first
        self._there = True  # the daemon is
        self._listed_at = -math.inf
        self._unsure_since = math.inf
        self._retry_at = -math.inf
        self._repairs = 0  # of pictures that were shown before
        self._look = anyio.Event()  # at when a list is due
        self._taken = 0
        self._goal = 0
        self._caught_up = anyio.Event()

    @property
    def connected(self) -> bool:
        """Whether what is shown follows what happens, and nothing was missed."""
        return self._next is None

    @property
    def repairs(self) -> int:
        """How many changes a list has told of that an event should have told of."""
        return self._repairs + self.picture.repairs

    # Events.

    async def read(self) -> None:
        """Take in what the feed tells, for ever. Raises ViciError where it cannot go on."""
        while True:
            changes: list[Change] = []
            try:
                changes = self._take(await anext(self._feed))
            except RemoteProtocolError as error:
                self._begin_anew(f"an event was not what it should be: {error}")
            self._tell(changes)
            self._taken += 1
            if self._taken == self._goal:
                self._caught_up.set()

    def _take(self, item: SaEvent | Disconnected | Connected | Gap) -> list[Change]:
        match item:
            case Disconnected():
                self._there = False
                self._begin_anew(item.reason)
            case Connected():
                self._there = True
                self._retry_at = -math.inf
                self._look.set()
            case Gap():
                self._begin_anew(f"{item.lost} events were lost")
            case _:
                return self._hear(item)
        return []

    def _hear(self, event: SaEvent) -> list[Change]:
        picture = self._current
        unsure = picture.unsure
        changes = picture.hear(event)
        if picture.unsure and not unsure:
            self._unsure_since = anyio.current_time()
            self._look.set()
        return changes if picture is self.picture else []

    def _begin_anew(self, reason: str) -> None:
        if self._next is None:
            self._missed = reason
        self._next = Picture()
        self._look.set()

    @property
    def _current(self) -> Picture:
        return self._next or self.picture

    # Lists.

    async def keep_refreshing(self) -> None:
        """List whenever it is due; what goes wrong is in `trouble`."""
        pauses = growing(_FIRST_PAUSE, _LAST_PAUSE)
        while True:
            self._look = anyio.Event()
            with anyio.CancelScope(deadline=self._due()) as waiting:
                await self._look.wait()
            if not waiting.cancelled_caught:
                continue
            try:
                await self.refresh()
            except ViciError as error:
                self.trouble = error
                self._retry_at = anyio.current_time() + next(pauses)
            else:
                self.trouble = None
                pauses = growing(_FIRST_PAUSE, _LAST_PAUSE)
            self._tell([])

    def _due(self) -> float:
        """Return when to list next."""
        if not self._there:
            return math.inf
        due = self._listed_at + self._period
        if self._next is not None:
            due = -math.inf
        elif self.picture.unsure:
            due = min(due, self._unsure_since + _SOON)
        return due if self.trouble is None else max(due, self._retry_at)

    async def refresh(self) -> None:
        """List, and take the list in, unless events were missed meanwhile. Raises ViciError."""
        picture = self._current
        picture.expect_list()
        listed = await self._client.list_sas()
        await self._catch_up()
        while unseen := picture.take_unseen():
            for ike_id in unseen:
                listed += await self._client.list_sas(ike_id=ike_id)
            await self._catch_up()
        if picture is self._current:
            self._listed_at = self._unsure_since = anyio.current_time()
            self._tell(self._merge(picture, listed))

    async def _catch_up(self) -> None:
        """Wait until every event is taken in that the daemon has raised."""
        await self._feed.sync()
        waiting = self._feed.waiting
        self._goal = self._taken + waiting
        self._caught_up = anyio.Event()
        if waiting:
            await self._caught_up.wait()

    def _merge(self, picture: Picture, listed: list[IkeSa]) -> list[Change]:
        changes = picture.merge(listed)
        if picture is self.picture:
            return changes
        if self._missed is None:
            changes = []  # there was nothing before
        else:
            changes = [*compare(self.picture, picture), Resynced(self._missed)]
        self._repairs = self.repairs
        self.picture, self._next = picture, None
        return changes
