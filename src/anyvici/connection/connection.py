"""Connection: what programs hold of a conversation with the daemon."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from anyvici.connection.background import Background, background
from anyvici.connection.conversation import Conversation
from anyvici.connection.pending import Pending
from anyvici.connection.streams import Stream
from anyvici.connection.subscriptions import Subscription
from anyvici.connection.transport import Address, connect
from anyvici.exceptions import (
    BatchError,
    CommandError,
    ConnectionLost,
    LocalProtocolError,
    RemoteProtocolError,
    UnknownCommand,
    ViciError,
)
from anyvici.wire.message import Message, Sendable


class Connection:
    """One connection to the daemon: any command and any event, messages as dicts.

    Any number of tasks may use it at once; their commands take turns, in the order in which they
    asked, and calls that had to wait have their turn together. The daemon carries out one command
    of a connection after the other, so a long one delays those behind it, also if its caller has
    left: open another connection for what must not wait.

    A caller may be cancelled at any moment. Before its turn, it has sent nothing; after it, it
    leaves at once, the daemon carries the command out all the same, and its answer is thrown away
    when it comes.

    What is sent is what you write. An initiate or terminate without a `timeout` (milliseconds)
    holds a worker thread of the daemon without end, and a dozen of them freeze it for good: Client
    sees to that, a Connection does not.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    async def call(self, command: str, message: Mapping[str, Sendable] | None = None) -> Message:
        """Carry out a command and return its answer.

        Cancelled before its turn, it has sent nothing; later, the daemon carries it out and the
        answer is thrown away.

        Raises CommandError (success=no), UnknownCommand, ConnectionLost, RemoteProtocolError (an
        answer that does not parse) and, with nothing sent, LocalProtocolError and TypeError.
        """
        request = Pending.command(command, message)
        await self._conversation.ask([request])
        return self._conversation.outcome(request)

    async def batch(
        self, commands: Iterable[tuple[str, Mapping[str, Sendable] | None]]
    ) -> list[Message]:
        """Carry out many short commands in one turn and return their answers in order.

        Up to 64 are on their way at a time. Cancelled, those are carried out and the rest is not
        sent. All are checked before the first is sent.

        Raises BatchError, after all were answered, if any of them failed: it has every answer
        and tells which entries failed and why. Raises ConnectionLost, with a note of how far it
        came, LocalProtocolError and TypeError.
        """
        requests = _requests(commands)
        try:
            await self._conversation.ask(requests)
            return self._outcomes(requests)
        except ConnectionLost as error:
            _note_progress(error, requests)
            raise

    def stream(
        self, command: str, event: str, message: Mapping[str, Sendable] | None = None
    ) -> Stream:
        """Return the items of a command that yields them as events, to be entered: `async with`.

        Raises LocalProtocolError and TypeError; see Stream for the rest.
        """
        return Stream(self._conversation, command, event, message)

    def subscribe(self, *events: str, capacity: int = 1024) -> Subscription:
        """Return the events of these names, from the daemon as a whole, to be entered.

        Up to `capacity` of them wait for the reader; what does not fit is lost to this reader
        alone, and reported as EventsLost in the place where it is missing.

        Raises LocalProtocolError, TypeError and ValueError; see Subscription for the rest.
        """
        if not events:
            raise TypeError("subscribe() takes the name of at least one event")
        if capacity < 1:
            raise ValueError(f"a subscription's capacity is at least 1, not {capacity}")
        return Subscription(self._conversation, events, capacity)

    @property
    def ended(self) -> bool:
        """Whether the connection is lost or closed."""
        return self._conversation.ended

    async def is_alive(self) -> bool:
        """Tell whether the daemon has not hung up, also if that was just now."""
        return await self._conversation.is_alive()

    @property
    def held_up(self) -> bool:
        """Whether the daemon is at a command that nobody waits for any more."""
        return self._conversation.held_up

    @property
    def gave_up(self) -> bool:
        """Whether it was closed because the answer to an abandoned command did not come."""
        return self._conversation.gave_up

    async def settled(self) -> None:
        """Wait until everything that was sent so far is answered, or no answer will come."""
        await self._conversation.settled()

    async def wait_ended(self) -> None:
        """Wait until the connection is lost or closed."""
        await self._conversation.over.wait()

    def _outcomes(self, requests: list[Pending]) -> list[Message]:
        replies: list[Message] = []
        errors: dict[int, ViciError] = {}
        for index, request in enumerate(requests):
            try:
                replies.append(self._conversation.outcome(request))
            except CommandError as error:
                errors[index] = error
                replies.append(error.reply)
            except (UnknownCommand, RemoteProtocolError) as error:
                errors[index] = error
                replies.append({})
        if errors:
            raise BatchError([request.name for request in requests], errors, replies)
        return replies


def _requests(commands: Iterable[tuple[str, Mapping[str, Sendable] | None]]) -> list[Pending]:
    requests = []
    for index, (name, message) in enumerate(commands):
        try:
            requests.append(Pending.command(name, message))
        except (LocalProtocolError, TypeError) as error:
            raise type(error)(f"entry {index} of the batch, {name!r}: {error}") from error
    return requests


def _note_progress(error: ConnectionLost, requests: list[Pending]) -> None:
    answered = sum(request.reply is not None for request in requests)
    sent = sum(request.answered for request in requests)
    error.add_note(
        f"of the {len(requests)} commands of the batch {answered} were answered, "
        f"{sent - answered} were on their way and {len(requests) - sent} not sent"
    )


@asynccontextmanager
async def open_connection(
    address: Address = None, *, abandon_timeout: float = 5.0
) -> AsyncGenerator[Connection]:
    """Connect to the daemon; `async with open_connection() as connection: ...`.

    `address` is None (the system's default socket), a path, unix:///path, tcp://host:port, a
    connectable of AnyIO, or a connected byte stream, which is closed on leaving. When the answer
    to a command whose caller has left does not come within `abandon_timeout` seconds of its turn
    to come, the connection is given up (ConnectionLost): no later answer could be told from it.

    Entering waits while the daemon's listen backlog is full; give it a deadline. Cancelled, it
    leaves nothing open. Leaving closes the socket at once, cancelled or not, and wakes whoever
    still waits with ConnectionLost. What the body raises comes out as it is.

    Raises ConnectError; ValueError for an `abandon_timeout` that is not above 0.
    """
    async with background() as tasks:
        yield await start_connection(address, tasks, abandon_timeout)


async def start_connection(
    address: Address,
    tasks: Background,
    abandon_timeout: float,
    *,
    until: float | None = None,
    on_end: Callable[[], None] = lambda: None,
) -> Connection:
    """Connect to the daemon, with the connection's loops in a task group; call `on_end` at the end.

    For those who keep many. Waits for a daemon that is not there until the time `until`, by the
    event loop's clock; see open_connection() for the rest.
    """
    if not abandon_timeout > 0:
        raise ValueError(f"abandon_timeout is above 0 seconds, not {abandon_timeout}")
    conversation = Conversation(await connect(address, until), abandon_timeout)

    async def run() -> None:
        try:
            await conversation.run()
        finally:
            on_end()

    tasks.start_soon(run)
    return Connection(conversation)
