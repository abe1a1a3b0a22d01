"""A byte stream in memory: what goes in at one end comes out at the other."""

import math

import anyio
from anyio.abc import ByteStream
from anyio.lowlevel import checkpoint
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream


class MemoryStream(ByteStream):
    """One end."""

    def __init__(
        self, outgoing: MemoryObjectSendStream[bytes], incoming: MemoryObjectReceiveStream[bytes]
    ) -> None:
        self._outgoing = outgoing
        self._incoming = incoming
        self._held = b""

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Return what has arrived, at least one octet."""
        await checkpoint()
        while not self._held:
            self._held = await self._incoming.receive()
        data, self._held = self._held[:max_bytes], self._held[max_bytes:]
        return data

    async def send(self, item: bytes) -> None:
        """Send it all."""
        await self._outgoing.send(item)

    async def send_eof(self) -> None:
        """Say that nothing will follow."""
        self._outgoing.close()
        await checkpoint()

    async def aclose(self) -> None:
        """Close both directions, even if it is cancelled."""
        self._outgoing.close()
        self._incoming.close()
        await checkpoint()


def stream_pair() -> tuple[ByteStream, ByteStream]:
    """Return both ends. Neither ever waits for the other to read."""
    there, here = anyio.create_memory_object_stream[bytes](math.inf)
    back, yonder = anyio.create_memory_object_stream[bytes](math.inf)
    return MemoryStream(there, yonder), MemoryStream(back, here)
