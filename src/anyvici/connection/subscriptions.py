"""Events as they happen, for one reader."""

from contextlib import suppress
from typing import Self

from anyvici.connection.conversation import Conversation
from anyvici.connection.mailbox import Mailbox
from anyvici.connection.pending import Pending
from anyvici.exceptions import ConnectionLost, UnknownEvent
from anyvici.wire.message import Message
from anyvici.wire.protocol import Event


class Subscription:
    """The events of some names, from Connection.subscribe(); entered once, by `async with`.

    Entering waits until the daemon has confirmed; cancelled there, nothing stays registered.
    Leaving takes effect at once, and the daemon is told without waiting for its answer.
    """

    def __init__(self, conversation: Conversation, names: tuple[str, ...], capacity: int) -> None:
        self._conversation = conversation
        self._registers = {name: Pending.register(name) for name in names}
        self._capacity = capacity
        self._mailbox: Mailbox[Event] | None = None
        self._posted: list[Pending] = []

    async def __aenter__(self) -> Self:
        if self._mailbox is not None:
            raise RuntimeError("a subscription is entered once")
        self._mailbox = Mailbox(self._capacity)
        await self._conversation.turn(self._subscribe)
        try:
            await self._confirmed()
        except BaseException:
            self._unsubscribe()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._unsubscribe()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; RemoteProtocolError in the place of one that does not parse.

        For the rest see next_event(). After an error, iterating again goes on behind it.
        """
        event = await self.next_event()
        event.message  # noqa: B018 (decodes: an event that does not parse must not get further)
        return event

    async def next_event(self) -> Event:
        """Return the next event as it came, undecoded. Cancelled, it has taken none.

        Raises EventsLost in the place where this reader was too slow, ConnectionLost after the
        last event that arrived, and anyio.ClosedResourceError after the subscription was left.
        """
        if self._mailbox is None:
            raise RuntimeError("enter the subscription first, by async with")
        return await self._mailbox.get()

    async def sync(self) -> Message:
        """Return when every event that the daemon had raised before this call has arrived.

        The daemon sends the events and answers of one connection in the order in which they came
        about, so it is asked for its version, which is returned. Waits for the connection's turn,
        as a command does, and is cancelled like one. Raises ConnectionLost.
        """
        request = Pending.command("version")
        await self._conversation.ask([request])
        return self._conversation.outcome(request)

    @property
    def waiting(self) -> int:
        """How many events have arrived and not been taken."""
        return 0 if self._mailbox is None else self._mailbox.waiting

    @property
    def lost(self) -> int:
        """How many events were thrown away so far because their reader was too slow."""
        return 0 if self._mailbox is None else self._mailbox.lost

    def _subscribe(self) -> None:
        """Listen from here on: an event may come before the confirmation of its registration."""
        assert self._mailbox is not None
        names = self._conversation.listeners.subscribe(self._registers, self._mailbox)
        self._posted = [self._registers[name] for name in names]
        self._conversation.queue(*self._posted)

    async def _confirmed(self) -> None:
        for request in self._posted:
            await request.wait()
            self._conversation.outcome(request)
        self._refuse_unknown()

    def _refuse_unknown(self) -> None:
        """Raise for an event that somebody else has asked for before, in vain."""
        for name in self._registers:
            if name in self._conversation.listeners.unknown:
                raise UnknownEvent(name)

    def _unsubscribe(self) -> None:
        assert self._mailbox is not None
        self._mailbox.discard()
        self._conversation.abandon(self._posted)
        names = self._conversation.listeners.unsubscribe(self._registers, self._mailbox)
        requests = [Pending.unregister(name) for name in names]
        for request in requests:
            request.wanted = False
        with suppress(ConnectionLost):
            self._conversation.post(*requests)
