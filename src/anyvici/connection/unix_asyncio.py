"""The same for asyncio, whose event loop is asked once to tell of what arrives, and not each time.

`anyio.wait_readable` registers the socket with the event loop for every wait, and takes it back. A
short command took a third longer so.
"""

import socket
import sys
from typing import TYPE_CHECKING

import anyio
from anyio.lowlevel import checkpoint

from anyvici.connection.unix import UnixStream, some

if TYPE_CHECKING:
    import asyncio

_MOST = 65536  # octets; less costs more reads, more costs more memory and time


class AsyncioUnixStream(UnixStream):
    """A UnixStream whose octets are fetched by the event loop while somebody waits for them."""

    def __init__(self, connected: socket.socket) -> None:
        super().__init__(connected)
        self._loop: asyncio.AbstractEventLoop = sys.modules["asyncio"].get_running_loop()
        self._is_watched = False
        self._waiter: asyncio.Future[None] | None = None
        self._arrived: bytes | OSError | None = None  # b"" is the end

    async def receive(self, max_bytes: int = _MOST) -> bytes:
        """Return what has arrived, at least one octet. Cancelled, it has taken none."""
        self._check()
        if self._waiter is not None:
            raise anyio.BusyResourceError("reading from")
        if self._arrived is None:
            await self._wait()
        else:
            await checkpoint()
        return self._take(max_bytes)

    async def aclose(self) -> None:
        """Close the socket, and wake whoever waits for it with ClosedResourceError."""
        self._unwatch()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(anyio.ClosedResourceError())
        await super().aclose()

    async def _wait(self) -> None:
        if not self._is_watched:
            self._loop.add_reader(self._socket, self._fetch)
            self._is_watched = True
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _fetch(self) -> None:
        """Called by the event loop when something has arrived."""
        if self._waiter is None or self._waiter.done():
            self._unwatch()  # until somebody wants it
            return
        try:
            self._arrived = self._socket.recv(_MOST)
        except BlockingIOError:  # a false alarm
            return
        except OSError as error:
            self._arrived = error
        self._waiter.set_result(None)

    def _take(self, most: int) -> bytes:
        arrived, self._arrived = self._arrived, None
        if not isinstance(arrived, bytes):
            raise self._broken() from arrived
        self._arrived = arrived[most:] or None
        return some(arrived[:most])

    def _unwatch(self) -> None:
        if self._is_watched:
            self._loop.remove_reader(self._socket)
            self._is_watched = False
