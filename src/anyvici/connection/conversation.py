"""One socket, the two loops that own it, and what is asked over it.

The way of a command: its caller takes a turn and posts it, which sends it; the daemon answers; the
reader, which may be the caller, finds whose answer it is. The loops never raise into a user's task:
what ends them ends the conversation, and everyone who waits gets a ConnectionLost of their own.
"""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import anyio
from anyio.abc import AnyByteStream
from anyio.lowlevel import checkpoint, checkpoint_if_cancelled

from anyvici.connection.listeners import Listeners
from anyvici.connection.pending import Pending
from anyvici.connection.reading import Reading
from anyvici.connection.turns import Turn, Turns
from anyvici.connection.unix import UnixStream
from anyvici.exceptions import ConnectionLost, RemoteProtocolError
from anyvici.wire.message import Message
from anyvici.wire.packet import PacketType
from anyvici.wire.protocol import ClientProtocol, Event, Reply

# A batch has so many unanswered, where more brings no more speed, and sends half as many at a time:
# fewer, larger sends cost less than many small ones.
_MOST = 64
_CHUNK = _MOST // 2

_CLOSED = "the daemon closed the connection"

# A socket closes at once; a stream that takes leave of its peer (TLS) gets so many seconds for it.
_LEAVE_TIME = 1.0


class Conversation:
    """What Connection, Stream and Subscription share; not for users."""

    def __init__(self, stream: AnyByteStream, abandon_timeout: float) -> None:
        self.listeners: Listeners = Listeners()
        self.over: anyio.Event = anyio.Event()
        self._stream = stream
        self._protocol = ClientProtocol[Pending]()
        self._reading = Reading(stream, self._take_in, self.listeners.someone_is_behind)
        self._turns = Turns(self._is_settled)
        self._last: Pending | None = None
        self._unsent = b""
        self._outgoing = anyio.Event()  # set while sending is the write loop's affair
        self._write_error: Exception | None = None
        self._end: tuple[str, BaseException | None] | None = None
        self._abandon_timeout = abandon_timeout
        self._overdue: Pending | None = None
        self._patience = anyio.CancelScope()

    # Turns.

    async def turn(self, begin: Callable[[], object]) -> None:
        """Wait in a fair queue for a turn, and call `begin` in it, which may queue() requests.

        It comes when everything that was posted before is answered, wanted or not. Cancelled,
        `begin` was not called: there is no await behind it. Raises ConnectionLost.
        """
        had = anyio.Event()
        turn = Turn(had.set, lasting=True)
        await self._ask_for(turn)
        try:
            if not turn.had:
                await had.wait()
            if self._end is not None:
                raise self.lost()
            begin()
        finally:
            self._give_back(turn)

    async def ask(self, requests: Sequence[Pending]) -> None:
        """Send requests in one turn, at most 64 of them unanswered, and wait for every answer.

        Cancelled before its turn, nothing has been sent; cancelled later, those that are on their
        way are abandoned and the others not sent. Raises ConnectionLost.
        """
        first, rest = requests[:_MOST], requests[_MOST:]
        turn = Turn(partial(self.queue, *first), together=len(requests) == 1, lasting=bool(rest))
        await self._ask_for(turn)
        try:
            for start in range(0, len(rest), _CHUNK):
                await self._reading.wait_for(requests[start + _CHUNK - 1])
                self.post(*rest[start : start + _CHUNK])
            if rest:
                self._give_back(turn)
            for request in requests:
                if not request.answered:
                    await self._reading.wait_for(request)
        except BaseException:
            self._give_back(turn)
            self.abandon(requests)
            raise

    async def _ask_for(self, turn: Turn) -> None:
        await checkpoint_if_cancelled()
        if self._end is not None:
            raise self.lost()
        self._turns.ask(turn)
        self._send()

    def _give_back(self, turn: Turn) -> None:
        self._turns.give_back(turn)
        self._send()

    def queue(self, *requests: Pending) -> None:
        """Queue requests, in a turn; they are sent when it was begun."""
        if self._end is None:
            self._protocol.send(*requests)
            self._last = requests[-1] if requests else self._last
            self._watch_next()
        else:
            for request in requests:
                request.settle(None)

    def post(self, *requests: Pending) -> None:
        """Queue requests and send them, without an await; raises ConnectionLost."""
        if self._end is not None:
            raise self.lost()
        self.queue(*requests)
        self._send()

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

    async def is_alive(self) -> bool:
        """Tell whether it is not over, also if the daemon has hung up just now."""
        if isinstance(self._stream, UnixStream):
            return self._end is None and not self._stream.has_ended()
        for _ in range(2):  # Trio runs tasks in any order: only the second is behind the read loop
            await checkpoint()
        return self._end is None

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
        while self._last is not None and not self._last.answered:
            await self._last.wait()  # and again: an UNREGISTER needs no turn

    def _is_settled(self) -> bool:
        return self._protocol.next_answered is None

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

    def _send(self) -> None:
        """Send what is queued: what a socket takes at once now, the rest by the write loop."""
        if self._outgoing.is_set() or not self._protocol.has_data_to_send:
            return
        self._unsent = self._protocol.data_to_send()
        if isinstance(self._stream, UnixStream):
            self._unsent = self._stream.send_at_once(self._unsent)
        if self._unsent:
            self._outgoing.set()

    async def _write(self) -> None:
        """Send what could not be sent at once.

        Nobody else waits for a stream to take something, so no cancellation cuts a packet in two.
        """
        try:
            while True:
                await self._outgoing.wait()
                while data := self._unsent or self._protocol.data_to_send():
                    self._unsent = b""
                    await self._stream.send(data)
                self._outgoing = anyio.Event()
        except Exception as error:
            # The daemon may have said something before it hung up, so reading goes on to the end;
            # but answers to what could not be sent are not waited for without end.
            self._write_error = error
            self._watch_next()

    async def _read(self) -> None:
        """Read until the stream ends or breaks, or an abandoned answer is overdue."""
        try:
            with self._patience:
                await self._reading.loop()
        except anyio.EndOfStream as error:
            self._finish(*self._end_of_stream(error))
        except RemoteProtocolError as error:
            self._finish(f"the daemon broke the protocol: {error}", error)
        except Exception as error:
            self._finish(self._broken(error), error)
        else:
            self._finish(*self._out_of_patience())

    def _take_in(self, data: bytes) -> bool:
        """Deliver events and answers; tell whether somebody waited for one of those."""
        self._protocol.receive_data(data)
        answered = False
        for occurrence in self._protocol.occurrences():
            if isinstance(occurrence, Event):
                self.listeners.deliver(occurrence)
            else:
                answered = answered or occurrence.request.wanted
                self._settle(occurrence)
        self._turns.go_on()
        self._send()
        self._watch_next()
        return answered

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

    def _broken(self, error: Exception) -> str:
        if isinstance(self._stream, UnixStream) and isinstance(
            error.__cause__, ConnectionResetError
        ):
            return _CLOSED  # with something unread that was sent to it
        return f"the connection broke: {error!r}"

    def _end_of_stream(self, error: Exception) -> tuple[str, Exception]:
        try:
            self._protocol.receive_eof()
        except RemoteProtocolError as cut:
            return f"{_CLOSED}: {cut}", cut
        return _CLOSED, error

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
        self._turns.finish()
        for mailbox in self.listeners.mailboxes():
            mailbox.close(self.lost)
        self.over.set()
