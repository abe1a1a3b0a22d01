"""One socket, the two loops that own it, and the turns in which its users speak.

The way of a command: its caller takes a turn and posts it; the write loop sends it; the daemon
answers; the read loop hands the answer to the caller. The loops never raise into anybody's task:
what ends them ends the conversation, and everyone who waits gets a ConnectionLost of their own.
"""

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.abc import AnyByteStream

from anyvici.connection.listeners import Listeners
from anyvici.connection.pending import Pending
from anyvici.exceptions import ConnectionLost, RemoteProtocolError
from anyvici.wire.message import Message
from anyvici.wire.packet import PacketType
from anyvici.wire.protocol import ClientProtocol, Event, Reply

# A batch sends so many at once and has at most twice as many unanswered. 64 in flight is where
# more brings no more speed; fewer, larger sends cost less than many small ones.
_CHUNK = 32

# A socket closes at once; a stream that takes leave of its peer (TLS) gets so many seconds for it.
_LEAVE_TIME = 1.0


class Conversation:
    """What Connection, Stream and Subscription share; not for users."""

    def __init__(self, stream: AnyByteStream, abandon_timeout: float) -> None:
        self.listeners: Listeners = Listeners()
        self.over: anyio.Event = anyio.Event()
        self._stream = stream
        self._protocol = ClientProtocol[Pending]()
        self._turn = anyio.Lock()
        self._last: Pending | None = None
        self._outgoing = anyio.Event()
        self._write_error: Exception | None = None
        self._end: tuple[str, BaseException | None] | None = None
        self._abandon_timeout = abandon_timeout
        self._overdue: Pending | None = None
        self._patience = anyio.CancelScope()

    # Turns.

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait in a fair queue until it is the caller's turn to post.

        That is when everything posted before is answered, wanted or not. Cancelled while waiting,
        nothing has been posted. Between the turn and post() there must be no await.
        """
        async with self._turn:
            await self.settled()
            yield

    def post(self, *requests: Pending) -> None:
        """Queue requests for the write loop, without an await; raises ConnectionLost."""
        if self._end is not None:
            raise self.lost()
        if requests:
            self._protocol.send(*requests)
            self._last = requests[-1]
            self._outgoing.set()
            self._watch_next()

    async def ask(self, requests: Sequence[Pending]) -> None:
        """Send requests in one turn, at most 64 of them unanswered, and wait for every answer.

        Cancelled before its turn, nothing has been sent; cancelled later, those that are on their
        way are abandoned and the others not sent. Raises ConnectionLost.
        """
        try:
            async with self.turn():
                for start in range(0, len(requests), _CHUNK):
                    if start > _CHUNK:
                        await requests[start - _CHUNK - 1].wait()
                    self.post(*requests[start : start + _CHUNK])
            for request in requests:
                await request.wait()
        finally:
            self.abandon(requests)

    def abandon(self, requests: Sequence[Pending]) -> None:
        """Take note that nobody waits for these any more; answers to come keep their places."""
        for request in requests:
            request.wanted = False
        self._watch_next()

    def outcome(self, request: Pending) -> Message:
        """Return the answer to a request that has been answered, or raise what it stands for."""
        if request.reply is None:
            raise self.lost()
        return request.reply.outcome()

    @property
    def ended(self) -> bool:
        """Whether the conversation is over, for whatever reason."""
        return self._end is not None

    @property
    def gave_up(self) -> bool:
        """Whether it is over because an abandoned answer did not come."""
        return self._patience.cancelled_caught

    @property
    def held_up(self) -> bool:
        """Whether the daemon is at a command that nobody waits for any more."""
        return any(
            request.type is PacketType.CMD_REQUEST and not request.wanted
            for request in self._protocol.unanswered
        )

    async def settled(self) -> None:
        """Wait until everything that was posted is answered, or no answer will come."""
        while self._last is not None and not self._last.answered.is_set():
            await self._last.answered.wait()  # and again: an UNREGISTER needs no turn

    def lost(self) -> ConnectionLost:
        """Return a new ConnectionLost that tells what ended the conversation."""
        assert self._end is not None
        reason, cause = self._end
        error = ConnectionLost(reason)
        error.__cause__ = cause
        return error

    # The loops.

    async def run(self) -> None:
        """Run both loops until the conversation ends; nothing but a cancellation comes out."""
        try:
            async with anyio.create_task_group() as loops:
                loops.start_soon(self._write)
                await self._read()
                loops.cancel_scope.cancel()
        finally:
            self._finish("the connection was closed on this side", None)
            with suppress(Exception), anyio.move_on_after(_LEAVE_TIME, shield=True):
                await self._stream.aclose()

    async def _write(self) -> None:
        """Send what is posted. Only this loop writes, so no cancellation cuts a packet in two."""
        try:
            while True:
                await self._outgoing.wait()
                self._outgoing = anyio.Event()
                await self._stream.send(self._protocol.data_to_send())
        except Exception as error:
            # The daemon may have said something before it hung up, so reading goes on to the end;
            # but answers to what could not be sent are not waited for without end.
            self._write_error = error
            self._watch_next()

    async def _read(self) -> None:
        """Read until the stream ends or breaks, or an abandoned answer is overdue."""
        try:
            with self._patience:
                while True:
                    self._take_in(await self._stream.receive())
        except anyio.EndOfStream as error:
            self._finish(*self._end_of_stream(error))
        except RemoteProtocolError as error:
            self._finish(f"the daemon broke the protocol: {error}", error)
        except Exception as error:
            self._finish(f"the connection broke: {error!r}", error)
        else:
            self._finish(*self._out_of_patience())

    def _take_in(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for occurrence in self._protocol.occurrences():
            if isinstance(occurrence, Event):
                self.listeners.deliver(occurrence)
            else:
                self._settle(occurrence)
        self._watch_next()

    def _settle(self, reply: Reply[Pending]) -> None:
        request = reply.request
        if request.type is PacketType.EVENT_REGISTER and reply.type is PacketType.EVENT_UNKNOWN:
            self.listeners.unknown.add(request.name)
        request.settle(reply)

    # How it ends.

    def _watch_next(self) -> None:
        """Give an answer that nobody waits for `abandon_timeout` seconds once it is the next.

        Without it the next caller would wait for ever behind it: the daemon leaves some requests
        unanswered, and no later answer could be told from this one.
        """
        request = self._protocol.next_answered
        if request is not None and request.wanted and self._write_error is None:
            request = None
        if request is not self._overdue:
            self._overdue = request
            self._patience.deadline = (
                math.inf if request is None else anyio.current_time() + self._abandon_timeout
            )

    def _end_of_stream(self, error: Exception) -> tuple[str, Exception]:
        try:
            self._protocol.receive_eof()
        except RemoteProtocolError as cut:
            return f"the daemon closed the connection: {cut}", cut
        return "the daemon closed the connection", error

    def _out_of_patience(self) -> tuple[str, Exception | None]:
        if self._write_error is not None:
            return f"the connection broke: {self._write_error!r}", self._write_error
        assert self._overdue is not None
        name, seconds = self._overdue.name, f"{self._abandon_timeout} seconds"
        return f"the answer to {name}, abandoned by its caller, did not come in {seconds}", None

    def _finish(self, reason: str, cause: Exception | None) -> None:
        """End the conversation, if it has not ended yet, and wake everyone who waits."""
        if self._end is not None:
            return
        self._end = reason, cause
        for request in self._protocol.unanswered:
            request.settle(None)
        for mailbox in self.listeners.mailboxes():
            mailbox.close(self.lost)
        self.over.set()
