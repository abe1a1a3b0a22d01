"""A client that is none of ours: it sends whatever it likes, and takes packets as they come."""

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import AnyByteStream

from anyvici import Framer, Message, Packet, PacketType, decode, encode, pack, unpack
from anyvici.connection.transport import connect
from tests.live.charon import PATIENCE


def request(name: str, message: Message | None = None) -> bytes:
    """Return the octets of a command as they are sent."""
    return pack(PacketType.CMD_REQUEST, name, encode(message or {}))


def register(name: str) -> bytes:
    return pack(PacketType.EVENT_REGISTER, name)


def unregister(name: str) -> bytes:
    return pack(PacketType.EVENT_UNREGISTER, name)


def unload(name: str) -> bytes:
    """Return a request whose answer names what was asked for."""
    return request("unload-conn", {"name": name})


def unloaded(packet: Packet) -> str:
    """Return what the answer to such a request names."""
    errmsg: str = decode(packet.body)["errmsg"]
    return errmsg.removeprefix("unload: connection '").removesuffix("' not found")


def framed(packet: bytes) -> bytes:
    """Return a packet of whatever octets with its length before it."""
    return len(packet).to_bytes(4, "big") + packet


class RawClient:
    """One connection."""

    def __init__(self, stream: AnyByteStream) -> None:
        self._stream = stream
        self._framer = Framer()
        self._packets: deque[Packet] = deque()

    async def send(self, *octets: bytes) -> None:
        """Send them all in one go."""
        with anyio.fail_after(PATIENCE):
            await self._stream.send(b"".join(octets))

    async def send_eof(self) -> None:
        await self._stream.send_eof()

    async def receive(self) -> Packet:
        """Return the next packet; EndOfStream or BrokenResourceError if none can come."""
        with anyio.fail_after(PATIENCE):
            while not self._packets:
                self._framer.feed(await self._stream.receive(65536))
                self._packets.extend(map(unpack, self._framer.packets()))
        return self._packets.popleft()

    async def receive_many(self, count: int) -> list[Packet]:
        return [await self.receive() for _ in range(count)]

    async def ask(self, name: str, message: Message | None = None) -> Message:
        """Send a command and return its response, past any event."""
        await self.send(request(name, message))
        while (packet := await self.receive()).type is PacketType.EVENT:
            pass
        assert packet.type is PacketType.CMD_RESPONSE
        return decode(packet.body)

    async def rest(self) -> list[Packet]:
        """Return what comes until the connection is closed at the other end."""
        packets = []
        try:
            while True:
                packets.append(await self.receive())
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return packets


@asynccontextmanager
async def raw_client(address: str) -> AsyncGenerator[RawClient]:
    """Connect one, and close it in the end."""
    with anyio.fail_after(PATIENCE):
        stream = await connect(address)
    try:
        yield RawClient(stream)
    finally:
        with anyio.CancelScope(shield=True):
            await stream.aclose()


async def assert_in_step(client: RawClient) -> None:
    """Check that the next packet is the answer to what is asked now."""
    await client.send(unload("in step"))
    assert unloaded(await client.receive()) == "in step"
