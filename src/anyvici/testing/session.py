"""The daemon's side of the conversations with its clients.

Packets of one client are carried out one after the other, by one task: the next is looked at when
the command before has been answered. Another task reads on meanwhile, so that a client that hangs
up is noticed: what it had still queued is lost, but the command that was begun goes on. What goes
out is queued without a bound, as charon does it: a client that does not read is in nobody's way.
"""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import anyio
from anyio.abc import AnyByteStream
from anyio.lowlevel import checkpoint

from anyvici.exceptions import LocalProtocolError, RemoteProtocolError
from anyvici.testing.faults import Faults
from anyvici.testing.replies import Refused, shortened
from anyvici.testing.requests import Request
from anyvici.wire.message import Message, Sendable, encode
from anyvici.wire.packet import Framer, Packet, PacketType, pack, unpack

Carry: TypeAlias = Callable[[Request], Awaitable[Message]]
_FROM_CLIENTS = (PacketType.CMD_REQUEST, PacketType.EVENT_REGISTER, PacketType.EVENT_UNREGISTER)
_DROPS_LONG_NAMES = (6, 0, 4)


class Clients:
    """All clients: `commands` says how a command is carried out, `events` which there are."""

    def __init__(
        self,
        version: tuple[int, int, int],
        faults: Faults,
        commands: Callable[[str], Carry | None],
        events: Callable[[str], bool],
    ) -> None:
        self.faults = faults
        self.commands = commands
        self.events = events
        self._version = version
        self._sessions: list[Session] = []

    def welcome(self, stream: AnyByteStream) -> "Session":
        """Return the session of a new client, which is to be served."""
        session = Session(stream, self)
        self._sessions.append(session)
        return session

    async def serve(self, session: "Session") -> None:
        """Serve a client to its end."""
        try:
            await session.serve()
        finally:
            self._sessions.remove(session)

    def emit(self, event: str, message: Mapping[str, Sendable]) -> None:
        """Send an event to everybody who has registered for it."""
        hearers = [session for session in self._sessions if session.hears(event)]
        if hearers:
            packet = self.packet(PacketType.EVENT, event, event, message)
            for session in hearers:
                session.tell(event, packet)

    def hang_up(self) -> None:
        """Close all connections; what has been begun is brought to its end."""
        for session in self._sessions:
            session.hang_up()

    def kill(self) -> None:
        """Close all connections, and give up what has been begun."""
        for session in self._sessions:
            session.kill()

    def packet(self, kind: PacketType, name: str, about: str, message: Mapping[str, Any]) -> bytes:
        """Return a command's answer or an event as it goes out; nothing if it does not.

        What VICI cannot carry is dropped without a substitute.
        """
        if self.faults.swallowed(about):
            return b""
        try:
            return pack(kind, name, self.faults.garbled(about, self._encoded(message)))
        except LocalProtocolError:
            return b""

    def _encoded(self, message: Mapping[str, Any]) -> bytes:
        try:
            return encode(message)
        except LocalProtocolError:
            if self._version >= _DROPS_LONG_NAMES:
                raise
            return encode(shortened(message))


class Session:
    """One client."""

    def __init__(self, stream: AnyByteStream, clients: Clients) -> None:
        self._stream = stream
        self._clients = clients
        self._registered: Counter[str] = Counter()
        self._requests: deque[Packet] = deque()
        self._outgoing: deque[bytes] = deque()
        self._asked = anyio.Event()
        self._told = anyio.Event()
        self._life = anyio.CancelScope()
        self._connection = anyio.CancelScope()
        self._connected = True

    async def serve(self) -> None:
        """Serve the client until it is gone and the command that was begun is at its end."""
        with self._life:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._work)
                await self._converse()

    def hang_up(self) -> None:
        """Close the connection; what is still queued is lost."""
        self._connection.cancel()

    def kill(self) -> None:
        """Close the connection, and give up the command that was begun."""
        self._life.cancel()

    def hears(self, event: str) -> bool:
        """Tell whether the client has registered for an event."""
        return self._registered[event] > 0

    def tell(self, event: str, packet: bytes) -> None:
        """Send an event as often as the client has registered for it."""
        for _ in range(self._registered[event]):
            self._send(packet)

    def emit(self, event: str, message: Mapping[str, Sendable]) -> None:
        """Send an event to this client alone, if it has registered for it."""
        if self.hears(event):
            self.tell(event, self._clients.packet(PacketType.EVENT, event, event, message))

    async def _converse(self) -> None:
        """Read and write until the client hangs up, breaks the framing, or hang_up() is called."""
        try:
            with self._connection:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._write)
                    await self._read()
                    tasks.cancel_scope.cancel()
        finally:
            self._connected = False
            self._requests.clear()
            self._registered.clear()
            self._asked.set()
            with anyio.CancelScope(shield=True):
                await self._stream.aclose()

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
        while self._connected:
            while self._requests:
                await self._answer(self._requests.popleft())
                await checkpoint()  # a client with much to ask is in nobody's way either
            if self._connected:
                self._asked = anyio.Event()
                await self._asked.wait()

    async def _answer(self, packet: Packet) -> None:
        if packet.type is PacketType.CMD_REQUEST:
            await self._command(packet.name, packet.body)
        elif packet.type is PacketType.EVENT_REGISTER:
            self._confirm(self._clients.events(packet.name), packet.name, 1)
        else:
            self._confirm(self.hears(packet.name), packet.name, -1)

    def _confirm(self, known: bool, event: str, change: int) -> None:
        if known:
            self._registered[event] += change
        self._send(pack(PacketType.EVENT_CONFIRM if known else PacketType.EVENT_UNKNOWN))

    async def _command(self, name: str, body: bytes) -> None:
        carry = self._clients.commands(name)
        if carry is None:
            self._send(pack(PacketType.CMD_UNKNOWN))
            return
        reply = await self._carry_out(carry, name, body)
        self._send(self._clients.packet(PacketType.CMD_RESPONSE, "", name, reply))

    async def _carry_out(self, carry: Carry, name: str, body: bytes) -> Message:
        faults = self._clients.faults
        request = Request(name, body, self.emit, faults.delay(name))
        errmsg = faults.failure(name)
        try:
            if errmsg is not None:
                await anyio.sleep(request.delay)
                raise Refused(errmsg)
            return await carry(request)
        except Refused as refused:
            return refused.reply

    def _send(self, packet: bytes) -> None:
        if packet:
            self._outgoing.append(packet)
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
        step = self._clients.faults.split or len(octets)
        for start in range(0, len(octets), step):
            await self._stream.send(octets[start : start + step])
