"""The daemon's side of one conversation.

Packets are carried out one after the other, by one task: the next is looked at when the command
before has been answered. Another task reads on meanwhile, so that a client that hangs up is
noticed; what it had still queued is lost with it. What goes out is queued without a bound, as
charon does it: a client that does not read is in nobody's way.
"""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import anyio
from anyio.abc import AnyByteStream

from anyvici.exceptions import LocalProtocolError, RemoteProtocolError
from anyvici.testing.faults import Faults
from anyvici.testing.requests import Refused, Request
from anyvici.wire.message import Message, Sendable, encode
from anyvici.wire.packet import Framer, Packet, PacketType, pack, unpack

Carry: TypeAlias = Callable[[Request], Awaitable[Message]]
_FROM_CLIENTS = (PacketType.CMD_REQUEST, PacketType.EVENT_REGISTER, PacketType.EVENT_UNREGISTER)


class Session:
    """One client: `commands` says how its commands are carried out, `events` what it may hear."""

    def __init__(
        self,
        stream: AnyByteStream,
        commands: Callable[[str], Carry | None],
        events: Callable[[str], bool],
        faults: Faults,
    ) -> None:
        self._stream = stream
        self._commands = commands
        self._events = events
        self._faults = faults
        self._registered: Counter[str] = Counter()
        self._requests: deque[Packet] = deque()
        self._outgoing: deque[bytes] = deque()
        self._asked = anyio.Event()
        self._told = anyio.Event()
        self._scope = anyio.CancelScope()

    async def serve(self) -> None:
        """Serve the client until it hangs up, breaks the framing, or hang_up() is called."""
        try:
            with self._scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._write)
                    tasks.start_soon(self._work)
                    await self._read()
                    tasks.cancel_scope.cancel()
        finally:
            await self.close()

    async def close(self) -> None:
        """Close the stream, however things are."""
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()

    def hang_up(self) -> None:
        """Close the connection; what is still queued is lost."""
        self._scope.cancel()

    def emit(self, event: str, message: Mapping[str, Sendable]) -> None:
        """Send an event as often as the client has registered for it."""
        for _ in range(self._registered[event]):
            if not self._faults.swallowed(event):
                self._send(PacketType.EVENT, event, message)

    async def _read(self) -> None:
        framer = Framer()
        try:
            async for data in self._stream:
                framer.feed(data)
                for octets in framer.packets():
                    self._take(octets)
        except (RemoteProtocolError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            return

    def _take(self, octets: bytes) -> None:
        """Queue a request. What is no packet is not answered at all."""
        try:
            packet = unpack(octets)
        except RemoteProtocolError:
            return
        if packet.type in _FROM_CLIENTS and packet.name.isascii() and packet.name.isprintable():
            self._requests.append(packet)
            self._asked.set()

    async def _work(self) -> None:
        while True:
            while self._requests:
                await self._answer(self._requests.popleft())
            self._asked = anyio.Event()
            await self._asked.wait()

    async def _answer(self, packet: Packet) -> None:
        if packet.type is PacketType.CMD_REQUEST:
            await self._command(packet.name, packet.body)
        elif packet.type is PacketType.EVENT_REGISTER:
            self._confirm(self._events(packet.name), packet.name, 1)
        else:
            self._confirm(self._registered[packet.name] > 0, packet.name, -1)

    def _confirm(self, known: bool, event: str, change: int) -> None:
        if known:
            self._registered[event] += change
        self._send(PacketType.EVENT_CONFIRM if known else PacketType.EVENT_UNKNOWN)

    async def _command(self, name: str, body: bytes) -> None:
        carry = self._commands(name)
        if carry is None:
            self._send(PacketType.CMD_UNKNOWN)
            return
        request = Request(name, body, self.emit, self._faults.delay(name))
        reply = await self._carry_out(carry, request)
        if not self._faults.swallowed(name):
            self._send(PacketType.CMD_RESPONSE, "", reply, name)

    async def _carry_out(self, carry: Carry, request: Request) -> Message:
        try:
            errmsg = self._faults.failure(request.name)
            if errmsg is not None:
                raise Refused(errmsg)
            return await carry(request)
        except Refused as refused:
            return refused.reply

    def _send(
        self,
        kind: PacketType,
        name: str = "",
        message: Mapping[str, Sendable] | None = None,
        about: str = "",
    ) -> None:
        """Queue a packet. One that VICI cannot carry is dropped without a substitute."""
        try:
            body = b"" if message is None else self._faults.garbled(about or name, encode(message))
            self._outgoing.append(pack(kind, name, body))
        except LocalProtocolError:
            return
        self._told.set()

    async def _write(self) -> None:
        try:
            while True:
                while self._outgoing:
                    await self._send_in_pieces(self._outgoing.popleft())
                self._told = anyio.Event()
                await self._told.wait()
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            self.hang_up()

    async def _send_in_pieces(self, octets: bytes) -> None:
        step = self._faults.split or len(octets)
        for start in range(0, len(octets), step):
            await self._stream.send(octets[start : start + step])
