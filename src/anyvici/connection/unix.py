"""A connected UNIX socket as a byte stream.

AnyIO's own (4.16, on asyncio) sets the result of a cancelled future if something arrives while its
reader is cancelled, which the event loop reports with a traceback: at leaving, for one.
"""

import socket
from collections.abc import Callable, Mapping
from typing import Any

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.lowlevel import checkpoint


class UnixStream(ByteStream):
    """What it is given: a connected, non-blocking socket, which is closed with it."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Return what has arrived, at least one octet. Cancelled, it has taken none."""
        while True:
            self._check()
            await anyio.wait_readable(self._socket)
            try:
                return some(self._socket.recv(max_bytes))
            except BlockingIOError:  # a false alarm
                continue
            except OSError as error:
                raise self._broken() from error

    async def send(self, item: bytes) -> None:
        """Send it all. Cancelled, it has sent some of it."""
        await checkpoint()
        rest = memoryview(item)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                await anyio.wait_writable(self._socket)
            except OSError as error:
                raise self._broken() from error

    def send_at_once(self, item: bytes) -> bytes:
        """Send what can be sent without waiting, and return the rest."""
        try:
            return item[self._socket.send(item) :]
        except OSError:  # which it is, send() will tell
            return item

    def has_ended(self) -> bool:
        """Tell whether the peer has hung up, and all of it was read."""
        try:
            return not self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    async def send_eof(self) -> None:
        """Say that nothing will follow; charon takes that for the end of the conversation."""
        await checkpoint()
        self._socket.shutdown(socket.SHUT_WR)

    async def aclose(self) -> None:
        """Close the socket, and wake whoever waits for it with ClosedResourceError."""
        if self._socket.fileno() >= 0:
            anyio.notify_closing(self._socket)
            self._socket.close()
        await checkpoint()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """The socket itself."""
        return {SocketAttribute.raw_socket: lambda: self._socket}

    def _check(self) -> None:
        if self._socket.fileno() < 0:
            raise anyio.ClosedResourceError

    def _broken(self) -> Exception:
        closed = self._socket.fileno() < 0
        return anyio.ClosedResourceError() if closed else anyio.BrokenResourceError()


def some(data: bytes) -> bytes:
    """Return what was read; nothing is the end."""
    if not data:
        raise anyio.EndOfStream
    return data
