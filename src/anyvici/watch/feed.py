"""The events of a daemon for ever, across its restarts."""

from contextlib import AsyncExitStack
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Self, TypeVar, overload

import anyio

from anyvici.client.client import Client
from anyvici.client.events import Events
from anyvici.connection.background import EnteredOnce, background
from anyvici.connection.mailbox import Mailbox
from anyvici.connection.pauses import growing
from anyvici.exceptions import ConnectionLost, EventsLost, UnknownEvent, ViciError
from anyvici.models.daemon import Version
from anyvici.models.events import TypedEvent

E = TypeVar("E", bound=TypedEvent)
E2 = TypeVar("E2", bound=TypedEvent)
E3 = TypeVar("E3", bound=TypedEvent)
E4 = TypeVar("E4", bound=TypedEvent)

# Seconds between two attempts to subscribe again.
_FIRST_PAUSE = 0.01
_LAST_PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The daemon is gone, or the connection to it: nothing that happens from here on is seen."""

    reason: str
    """What ended the connection."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The daemon is there again, perhaps another run of it: uniqueids may start at 1 again."""

    version: Version
    """What it says of itself."""
    gap: bool = True
    """Whether events may have been missed since Disconnected: always, here."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The reader was too slow: events are missing here."""

    lost: int
    """How many."""


class Feed(EnteredOnce, Generic[E]):
    """The events of some classes, for one reader, from follow(); entered once, by `async with`.

    Entering waits until the daemon has confirmed, and raises ConnectError, ConnectionLost and
    UnknownEvent as Client.subscribe() does. From then on there is no end: a lost connection is
    opened again at once, in the background, so that no more is missed than happened while there
    was none. Leaving takes effect at once, cancelled or not.
    """

    def __init__(self, client: Client, classes: tuple[type[E], ...], capacity: int) -> None:
        self._client = client
        self._classes: tuple[Any, ...] = classes
        self._capacity = capacity
        self._events: Events[E] | None = None
        self._next = Mailbox[tuple[Connected, Events[E]]]()
        self._ahead = anyio.Semaphore(1)  # of its reader, who may be long in coming
        self._held: list[Events[E]] = []
        self._lost = 0

    async def _enter(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self._let_go)
        tasks = await stack.enter_async_context(background())
        self._events = await self._subscribe()
        tasks.start_soon(self._keep, self._events)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E | Disconnected | Connected | Gap:
        """Return the next event, or what befell the events. Cancelled, it has taken none.

        Raises RemoteProtocolError in the place of an event that is not what it should be
        (iterating again goes on behind it), and anyio.ClosedResourceError after the feed was left.
        Where there is no way to go on after Disconnected, raises ConnectionLost (the client was
        given a connected stream, or was left) or UnknownEvent (an older daemon has come back).
        """
        if self._stack is None:
            raise RuntimeError("enter the feed first, by async with")
        if self._events is None:
            connected, self._events = await self._next.get()
            return connected
        try:
            return await anext(self._events)
        except EventsLost as error:
            self._lost += error.lost
            return Gap(error.lost)
        except ConnectionLost as error:
            await self._leave(self._events)
            self._events = None
            self._ahead.release()
            return Disconnected(str(error))

    @property
    def waiting(self) -> int:
        """How many events have arrived and not been taken, of the connection the reader is at."""
        return 0 if self._events is None else self._events.waiting

    @property
    def lost(self) -> int:
        """How many events the reader was told by Gap to have lost."""
        return self._lost

    async def sync(self) -> None:
        """Return when every event that the daemon had raised before this call has arrived.

        That is not yet: has been taken by the reader. Cancelled, it leaves nothing behind. Raises
        ConnectionLost, also if the reader has come to a Disconnected and not to a Connected.
        """
        if self._events is None:
            raise ConnectionLost("the daemon is not there")
        await self._events.sync()

    async def _keep(self, events: Events[E]) -> None:
        """Open a connection whenever the last one was lost, before the reader comes to that."""
        try:
            while True:
                await events.wait_ended()
                await self._ahead.acquire()
                connected, events = await self._subscribe_again()
                self._next.put((connected, events))
        except ViciError as error:
            self._next.close(partial(copy, error))

    async def _subscribe_again(self) -> tuple[Connected, Events[E]]:
        pauses = growing(_FIRST_PAUSE, _LAST_PAUSE)
        while True:
            if not self._client.reconnects:
                raise ConnectionLost("there cannot be another connection to the daemon")
            events: Events[E] | None = None
            try:
                events = await self._subscribe()
                return Connected(await events.sync()), events
            except UnknownEvent:
                raise
            except ViciError:  # not there yet, or gone again
                if events is not None:
                    await self._leave(events)
            await anyio.sleep(next(pauses))

    async def _subscribe(self) -> Events[E]:
        events: Events[Any] = self._client.subscribe(*self._classes, capacity=self._capacity)
        await events.__aenter__()
        self._held.append(events)
        return events

    async def _leave(self, events: Events[E]) -> None:
        """Leave a subscription; there is no suspension in that."""
        self._held.remove(events)
        await events.__aexit__()

    async def _let_go(self) -> None:
        for events in [*self._held]:
            await self._leave(events)
        self._events = None
        self._next.discard()


@overload
def follow(client: Client, event: type[E], /, *, capacity: int = ...) -> Feed[E]: ...
@overload
def follow(
    client: Client, event: type[E], event2: type[E2], /, *, capacity: int = ...
) -> Feed[E | E2]: ...
@overload
def follow(
    client: Client, event: type[E], event2: type[E2], event3: type[E3], /, *, capacity: int = ...
) -> Feed[E | E2 | E3]: ...
@overload
def follow(
    client: Client,
    event: type[E],
    event2: type[E2],
    event3: type[E3],
    event4: type[E4],
    /,
    *,
    capacity: int = ...,
) -> Feed[E | E2 | E3 | E4]: ...
@overload
def follow(
    client: Client,
    event: type[TypedEvent],
    event2: type[TypedEvent],
    event3: type[TypedEvent],
    event4: type[TypedEvent],
    event5: type[TypedEvent],
    /,
    *events: type[TypedEvent],
    capacity: int = ...,
) -> Feed[TypedEvent]: ...
def follow(client: Client, *events: type[Any], capacity: int = 1024) -> Feed[Any]:
    """Return the events of these classes for ever, to be entered: `async with`.

        async with anyvici.follow(client, anyvici.ChildUpDown) as feed:
            async for item in feed:
                match item:
                    case anyvici.ChildUpDown(): ...
                    case anyvici.Disconnected() | anyvici.Connected() | anyvici.Gap(): ...

    Disconnected and Connected are where the daemon was gone, Gap is where the reader was too slow:
    between two events with nothing of that in between, nothing was missed. Up to `capacity` events
    of each connection wait for the reader.

    Raises TypeError for no class and for what is none, ValueError for a capacity below 1; see Feed
    for the rest.
    """
    client.subscribe(*events, capacity=capacity)  # to refuse what is wrong here, and not later
    return Feed(client, events, capacity)
