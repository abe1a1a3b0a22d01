"""Events as typed objects."""

from typing import Any, Generic, Self, TypeVar, overload

from anyvici.client.commands import Commands
from anyvici.client.pool import Pool
from anyvici.client.shared import Shared
from anyvici.connection.connection import Connection
from anyvici.connection.subscriptions import Subscription
from anyvici.models.daemon import Version
from anyvici.models.events import TypedEvent

E = TypeVar("E", bound=TypedEvent)
E2 = TypeVar("E2", bound=TypedEvent)
E3 = TypeVar("E3", bound=TypedEvent)
E4 = TypeVar("E4", bound=TypedEvent)


class Events(Generic[E]):
    """The events of some classes, from Client.subscribe(); entered once, by `async with`.

    Entering waits until the daemon has confirmed; cancelled there, nothing stays registered.
    Leaving takes effect at once.
    """

    def __init__(self, pool: Pool | Shared, classes: tuple[type[E], ...], capacity: int) -> None:
        self._pool = pool
        self._classes: dict[str, type[TypedEvent]] = {cls.event: cls for cls in classes}
        self._capacity = capacity
        self._connection: Connection | None = None
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> Self:
        if self._connection is not None:
            raise RuntimeError("a subscription is entered once")
        self._connection = await self._pool.take_events()
        try:
            self._subscription = self._connection.subscribe(*self._classes, capacity=self._capacity)
            await self._subscription.__aenter__()
        except BaseException:
            self._pool.return_events(self._connection)
            raise
        return self

    async def __aexit__(self, *details: object) -> None:
        assert self._subscription is not None
        assert self._connection is not None
        await self._subscription.__aexit__()
        self._pool.return_events(self._connection)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        """Return the next event. Cancelled, it has taken none.

        Raises EventsLost in the place where this reader was too slow and RemoteProtocolError in
        the place of an event that is not what it should be (iterating again goes on behind it),
        ConnectionLost after the last event that arrived, and anyio.ClosedResourceError after the
        subscription was left.
        """
        event = await self._entered().next_event()
        return self._classes[event.name].from_octets(event.body)  # type: ignore[return-value]

    async def sync(self) -> Version:
        """Return when every event that the daemon had raised before this call has arrived.

        That is not yet: has been taken by its reader. What is returned is what the daemon was
        asked for to know that. Cancelled, it leaves nothing behind. Raises ConnectionLost.
        """
        return Version.from_section(await self._entered().sync())

    async def wait_ended(self) -> None:
        """Wait until no more events will come, because their connection is lost or closed."""
        self._entered()
        assert self._connection is not None
        await self._connection.wait_ended()

    @property
    def waiting(self) -> int:
        """How many events have arrived and not been taken."""
        return 0 if self._subscription is None else self._subscription.waiting

    @property
    def lost(self) -> int:
        """How many events were thrown away so far because their reader was too slow."""
        return 0 if self._subscription is None else self._subscription.lost

    def _entered(self) -> Subscription:
        if self._subscription is None:
            raise RuntimeError("enter the subscription first, by async with")
        return self._subscription


class EventCommands(Commands):
    """Subscribing."""

    @overload
    def subscribe(self, event: type[E], /, *, capacity: int = ...) -> Events[E]: ...
    @overload
    def subscribe(
        self, event: type[E], event2: type[E2], /, *, capacity: int = ...
    ) -> Events[E | E2]: ...
    @overload
    def subscribe(
        self, event: type[E], event2: type[E2], event3: type[E3], /, *, capacity: int = ...
    ) -> Events[E | E2 | E3]: ...
    @overload
    def subscribe(
        self,
        event: type[E],
        event2: type[E2],
        event3: type[E3],
        event4: type[E4],
        /,
        *,
        capacity: int = ...,
    ) -> Events[E | E2 | E3 | E4]: ...
    @overload
    def subscribe(
        self,
        event: type[TypedEvent],
        event2: type[TypedEvent],
        event3: type[TypedEvent],
        event4: type[TypedEvent],
        event5: type[TypedEvent],
        /,
        *events: type[TypedEvent],
        capacity: int = ...,
    ) -> Events[TypedEvent]: ...
    def subscribe(self, *events: type[Any], capacity: int = 1024) -> Events[Any]:
        """Return the events of these classes, to be entered: `async with`.

        Up to `capacity` of them wait for the reader; what does not fit is lost to this reader
        alone, and reported as EventsLost in the place where it is missing.

        Raises TypeError for no class and for what is none, ValueError for a capacity below 1; see
        Events for the rest.
        """
        if not events:
            raise TypeError("subscribe() takes at least one class of events")
        event: Any
        for event in events:
            if not (isinstance(event, type) and issubclass(event, TypedEvent)):
                raise TypeError(f"subscribe() takes classes of events, not {event!r}")
        return Events(self._pool, events, capacity)
