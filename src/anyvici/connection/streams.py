"""A command that yields items before its answer: list-sas, initiate with its log, ..."""

from collections.abc import Callable, Coroutine, Mapping
from operator import attrgetter
from typing import Any, Self, TypeVar

from anyvici.connection.conversation import Conversation
from anyvici.connection.mailbox import Mailbox
from anyvici.connection.pending import Pending
from anyvici.exceptions import UnknownEvent
from anyvici.wire.message import Message, Sendable
from anyvici.wire.protocol import Event

T = TypeVar("T")

_message: Callable[[Event], Message] = attrgetter("message")


class Stream:
    """The items of one command, from Connection.stream(); entered once, by `async with`.

    Entering waits for the connection's turn; cancelled there, nothing has been sent. Then the
    registration, the command and the end of the registration go out together, so that leaving
    in any way, at any moment, has nothing left to do: the daemon is told already, and what still
    comes is thrown away.

    Before each item it is seen whether the scope was cancelled, but only every 32nd is a full
    checkpoint: while items are there, other tasks wait for up to 32 of them.
    """

    def __init__(
        self,
        conversation: Conversation,
        command: str,
        event: str,
        message: Mapping[str, Sendable] | None,
    ) -> None:
        self._conversation = conversation
        self._event = event
        self._register = Pending.register(event)
        self._command = Pending.command(command, message)
        self._command.on_answer = self._end
        self._unregister = Pending.unregister(event)
        self._unregister.wanted = False
        self._mailbox: Mailbox[Event] | None = None
        self._reply: Message | None = None

    async def __aenter__(self) -> Self:
        if self._mailbox is not None:
            raise RuntimeError("a stream is entered once")
        self._mailbox = Mailbox()  # without bound: it holds what was asked for, and that ends
        await self._conversation.turn(self._begin)
        return self

    def _begin(self) -> None:
        listeners = self._conversation.listeners
        packets = [self._command]
        if not listeners.is_registered(self._event):  # or every item would come twice
            packets = [self._register, self._command, self._unregister]
        listeners.add(self._event, self._entered())
        self._conversation.queue(*packets)

    async def __aexit__(self, *_: object) -> None:
        mailbox = self._entered()
        self._conversation.listeners.remove(self._event, mailbox)
        self._conversation.abandon([self._register, self._command])
        self._command.on_answer = None
        mailbox.discard()

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Coroutine[Any, Any, Message]:
        """Return the next item; RemoteProtocolError in the place of one that does not parse.

        For the rest see take(). After an error, iterating again goes on behind it.
        """
        return self._entered().take(_message)

    def take(self, read: Callable[[Event], T]) -> Coroutine[Any, Any, T]:
        """Return what `read` makes of the next item. Cancelled, it has taken none.

        Where the items end, raises StopAsyncIteration, or CommandError if the command failed,
        UnknownCommand, UnknownEvent or ConnectionLost. Raises anyio.ClosedResourceError after the
        stream was left.
        """
        return self._entered().take(read)

    @property
    def answered(self) -> bool:
        """Whether the daemon is done with the command."""
        return self._command.reply is not None

    async def settled(self) -> None:
        """Wait until the command is answered, or no answer will come; also after leaving."""
        await self._command.wait()

    @property
    def reply(self) -> Message:
        """The command's answer, once the items have ended; RuntimeError before."""
        if self._reply is None:
            raise RuntimeError("the answer is there only after the last item")
        return self._reply

    def _entered(self) -> Mailbox[Event]:
        if self._mailbox is None:
            raise RuntimeError("enter the stream first, by async with")
        return self._mailbox

    def _end(self) -> None:
        mailbox = self._entered()
        self._conversation.listeners.remove(self._event, mailbox)
        mailbox.close(self._ending)

    def _ending(self) -> Exception:
        """Return, or raise, what stands in the place of one more item."""
        self._reply = self._conversation.outcome(self._command)
        if self._event in self._conversation.listeners.unknown:
            return UnknownEvent(self._event)
        return StopAsyncIteration()
