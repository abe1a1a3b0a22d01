"""A live table of the SAs of a daemon."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from copy import copy
from functools import partial
from types import MappingProxyType
from typing import Self, TypeVar

import anyio
from anyio.lowlevel import checkpoint

from anyvici.client.client import Client
from anyvici.connection.background import EnteredOnce, background
from anyvici.connection.mailbox import Mailbox
from anyvici.exceptions import EventsLost, UnknownEvent, ViciError
from anyvici.models.events import ChildRekey, ChildUpDown, IkeRekey, IkeUpdate, IkeUpDown
from anyvici.models.sas import ChildSa, IkeSa
from anyvici.watch.changes import Change, Resynced
from anyvici.watch.feed import Feed
from anyvici.watch.mirror import Mirror
from anyvici.watch.picture import SaEvent

T = TypeVar("T")

# So many events may wait while the event loop is busy: some thousand SAs come up at once.
_EVENTS = 16384


class SaTable(EnteredOnce):
    """The SAs of a daemon as they are, from watch_sas(); entered once, by `async with`.

    Entering takes a first list. From then on events keep the table right, and a list every
    `refresh` seconds brings what no event tells: octets, SAs on their way up, and (before charon
    5.9.2) addresses. While the daemon is gone the table shows what was last known; when it is back
    it is compared with a new list.

    An SA that is being replaced, or whose end was told, is not in the table any more, though charon
    goes on listing it for some seconds. After an IKE_SA, its CHILD_SAs go one by one.

    Entering raises ConnectError, ConnectionLost, RemoteProtocolError and (before strongSwan 5.3.3)
    UnknownEvent. Leaving takes effect at once, cancelled or not; the table stays as it was then.
    """

    def __init__(self, client: Client, refresh: float, capacity: int) -> None:
        self._client = client
        self._refresh = refresh
        self._changes = Mailbox[Change](capacity)
        self._changed = anyio.Event()
        self._ending: Callable[[], Exception] | None = None
        self._mirror: Mirror | None = None

    # What there is.

    @property
    def ike_sas(self) -> Mapping[int, IkeSa]:
        """The IKE_SAs by uniqueid, each with its CHILD_SAs; it changes under your eyes."""
        return MappingProxyType(self._entered().picture.ike_sas)

    @property
    def child_sas(self) -> Mapping[int, ChildSa]:
        """The CHILD_SAs by uniqueid; it changes under your eyes."""
        return MappingProxyType(self._entered().picture.child_sas)

    @property
    def connected(self) -> bool:
        """Whether the table follows what happens; otherwise it shows what was last known."""
        return self._ending is None and self._entered().connected

    @property
    def repairs(self) -> int:
        """How many SAs a list told of that an event should have told of, or the other way round.

        What happened while the daemon, or a connection to it, was gone does not count.
        """
        return self._entered().repairs

    @property
    def trouble(self) -> ViciError | None:
        """Why the last attempt to list failed; None if it did not. It is repeated."""
        return self._entered().trouble

    # What happens.

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        """Return the next change since the table was entered. Cancelled, it has taken none.

        Raises anyio.ClosedResourceError after the table was left, and what Feed raises where there
        is no way to go on.
        """
        self._entered()
        try:
            return await self._changes.get()
        except EventsLost as error:
            return Resynced("the reader of the changes was too slow", error.lost)

    async def wait_for(self, predicate: Callable[["SaTable"], T]) -> T:
        """Wait until `predicate`, called with the table, returns something true, and return that.

        It is called at once, and after every change; it must not block. What it raises comes out.
        Raises anyio.ClosedResourceError after the table was left, and what Feed raises where there
        is no way to go on.
        """
        self._entered()
        await checkpoint()
        while not (found := predicate(self)):
            if self._ending is not None:
                raise self._ending()
            await self._changed.wait()
        return found

    # Behind it.

    async def _enter(self, stack: AsyncExitStack) -> None:
        stack.callback(self._end, anyio.ClosedResourceError)
        feed = await self._follow(stack)
        tasks = await stack.enter_async_context(background())
        self._mirror = Mirror(self._client, feed, self._refresh, self._tell)
        tasks.start_soon(self._read, self._mirror)
        while not self._mirror.connected:
            await self._mirror.refresh()
        tasks.start_soon(self._mirror.keep_refreshing)

    def _entered(self) -> Mirror:
        if self._mirror is None:
            raise RuntimeError("enter the table first, by async with")
        return self._mirror

    async def _follow(self, stack: AsyncExitStack) -> Feed[SaEvent]:
        """Follow what a table is made from; ike-update there is since 5.9.2."""
        events = IkeUpDown, ChildUpDown, IkeRekey, ChildRekey
        try:
            feed = Feed[SaEvent](self._client, (*events, IkeUpdate), _EVENTS)
            return await stack.enter_async_context(feed)
        except UnknownEvent as error:
            if error.name != IkeUpdate.event:
                raise
        return await stack.enter_async_context(Feed[SaEvent](self._client, events, _EVENTS))

    async def _read(self, mirror: Mirror) -> None:
        try:
            await mirror.read()
        except ViciError as error:
            self._end(partial(copy, error))

    def _tell(self, changes: list[Change]) -> None:
        for change in changes:
            self._changes.put(change)
        self._changed.set()
        self._changed = anyio.Event()

    def _end(self, ending: Callable[[], Exception]) -> None:
        if self._ending is None:
            self._ending = ending
            self._changes.close(ending)
            self._tell([])


def watch_sas(client: Client, *, refresh: float = 30.0, capacity: int = 8192) -> SaTable:
    """Return a live table of the SAs, to be entered: `async with`.

        async with anyvici.watch_sas(client) as table:
            print(len(table.ike_sas))
            async for change in table:
                match change:
                    case anyvici.Added(new=anyvici.ChildSa() as child_sa): ...

    Lists every `refresh` seconds (math.inf: never again, until something was missed). Up to
    `capacity` changes wait for a reader; Resynced stands where some did not fit.

    Raises ValueError for a refresh that is not above 0, and a capacity below 1; see SaTable for
    the rest.
    """
    if not refresh > 0:
        raise ValueError(f"refresh is above 0 seconds, not {refresh}")
    if capacity < 1:
        raise ValueError(f"capacity is at least 1, not {capacity}")
    return SaTable(client, refresh, capacity)
