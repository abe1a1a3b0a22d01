"""Following a daemon, across its restarts; and an address that a virtual clock can bear."""

import errno
import os

import anyio
from anyio.abc import AnyByteStream, ByteStreamConnectable
from anyio.lowlevel import checkpoint

from anyvici import ConnectError
from anyvici.testing import SimulatedCharon


class InMemory(ByteStreamConnectable):
    """A simulated charon as an address without a socket; it keeps when it was called up."""

    def __init__(self, charon: SimulatedCharon) -> None:
        self.attempts: list[float] = []
        self._charon = charon

    def __str__(self) -> str:
        return "a charon in memory"

    async def connect(self) -> AnyByteStream:
        await checkpoint()
        self.attempts.append(anyio.current_time())
        try:
            return self._charon.connect()
        except ConnectError:
            number = errno.ECONNREFUSED
            raise ConnectionRefusedError(number, os.strerror(number)) from None


def hearers(charon: SimulatedCharon, event: str) -> int:
    """Return how many clients have registered for an event."""
    return sum(session.hears(event) for session in charon._here().clients._sessions)
