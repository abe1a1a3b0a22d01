"""A command that yields, on a connection of its own: to be awaited or entered."""

import warnings
from collections.abc import Callable, Coroutine, Generator, Mapping
from typing import Any, Generic, Self, TypeVar

from anyvici.client.pool import Pool
from anyvici.client.shared import Shared
from anyvici.connection.connection import Connection
from anyvici.connection.streams import Stream
from anyvici.wire.message import Message, Sendable
from anyvici.wire.protocol import Event

T = TypeVar("T")


class Leased(Generic[T]):
    """The items of one command, each made by `decode` from its octets."""

    def __init__(
        self,
        pool: Pool | Shared,
        command: str,
        event: str,
        message: Mapping[str, Sendable],
        decode: Callable[[bytes], T],
    ) -> None:
        self._pool = pool
        self._command = command
        self._event = event
        self._message = dict(message)
        self._read: Callable[[Event], T] = lambda event: decode(event.body)
        self._begun = False
        self._connection: Connection | None = None
        self._stream: Stream | None = None

    def __del__(self) -> None:
        if not getattr(self, "_begun", True):
            warnings.warn(
                f"the command {self._command} was never sent: await it, or enter it (async with)",
                RuntimeWarning,
                stacklevel=2,
                source=self,
            )

    async def __aenter__(self) -> Self:
        if self._begun:
            raise RuntimeError(f"{self._command} is awaited or entered once")
        self._begun = True
        await self._enter()
        return self

    async def __aexit__(self, *details: object) -> None:
        await self._leave()

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Coroutine[Any, Any, T]:
        """Return the next item. Cancelled, it has taken none.

        Where the items end, raises CommandError if the command failed, UnknownCommand,
        UnknownEvent or ConnectionLost; RemoteProtocolError in the place of an item that is not
        what it should be (iterating again goes on behind it).
        """
        if self._stream is None:
            raise RuntimeError(f"enter {self._command} first, by async with")
        return self._stream.take(self._read)

    @property
    def done(self) -> bool:
        """Whether the daemon is not, or no longer, at it."""
        if self._stream is None or self._connection is None:
            return True
        return self._stream.answered or self._connection.ended

    @property
    def gave_up(self) -> bool:
        """Whether its connection was closed because the answer did not come."""
        return self._connection is not None and self._connection.gave_up

    async def settled(self) -> None:
        """Wait until the daemon has answered, or no answer will come; also after leaving."""
        if self._stream is not None:
            await self._stream.settled()

    async def _enter(self) -> None:
        connection = await self._pool.take_long()
        try:
            stream = connection.stream(self._command, self._event, self._final_message())
            await stream.__aenter__()
        except BaseException:
            self._pool.return_long(connection)
            raise
        self._connection, self._stream = connection, stream  # now it is sent

    async def _leave(self) -> None:
        assert self._stream is not None
        assert self._connection is not None
        await self._stream.__aexit__()
        self._pool.return_long(self._connection)

    def _final_message(self) -> Mapping[str, Sendable]:
        """Return what is sent, when it is sent."""
        return self._message


class Items(Leased[T]):
    """What a list command returns: awaited, a list; entered by `async with`, a stream.

    Whichever it is, it has a connection to itself. Cancelled, it leaves at once; what the daemon
    still sends is thrown away. Left in any way, nothing stays registered. While items are there,
    other tasks run after every 32nd.
    """

    def __await__(self) -> Generator[Any, None, list[T]]:
        """Carry the command out and return the items.

        Raises CommandError, UnknownCommand, UnknownEvent, ConnectError, ConnectionLost,
        RemoteProtocolError, LocalProtocolError.
        """
        return self._collect().__await__()

    async def _collect(self) -> list[T]:
        async with self:
            return [item async for item in self]

    @property
    def reply(self) -> Message:
        """The command's answer, once the items have ended; RuntimeError before."""
        if self._stream is None:
            raise RuntimeError("the answer is there only after the last item")
        return self._stream.reply
