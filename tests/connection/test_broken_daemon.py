"""Daemons that break the protocol, or break off: everyone is woken, with an error of their own."""

import socket
import struct
import tracemalloc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.abc import AnyByteStream

import anyvici
from anyvici import Connection, ConnectionLost, PacketType, RemoteProtocolError, encode, pack
from anyvici.testing.memory import stream_pair
from tests.daemon import Daemon, conversing

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("cut", [1, 2, 3, 7])
async def test_replies_in_pieces(cut: int) -> None:
    daemon = Daemon(cut=cut)
    async with conversing(daemon) as connection:
        async with connection.stream("list-sas", "list-sa", {"count": 9}) as items:
            assert [int(item["number"]) async for item in items] == list(range(9))
        assert await connection.call("echo", {"x": "y" * 100}) == {"x": "y" * 100}


class Waiters:
    """A caller, another behind it, a reader of a stream and a subscriber, and what they got."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.errors: dict[str, ConnectionLost] = {}
        self.events: list[str] = []

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._subscriber)
            for number in range(3):
                tasks.start_soon(self._caller, f"caller {number}")
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(self._reader)

    async def _subscriber(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        async with self._connection.subscribe("log") as events:
            task_status.started()
            try:
                async for event in events:
                    self.events.append(event.message["msg"])
            except ConnectionLost as error:
                self.errors["subscriber"] = error

    async def _caller(self, who: str) -> None:
        try:
            await self._connection.call("swallow")
        except ConnectionLost as error:
            self.errors[who] = error

    async def _reader(self) -> None:
        try:
            async with self._connection.stream("list-sas", "list-sa", {"count": 1}) as items:
                await anext(items)
        except ConnectionLost as error:
            self.errors["reader"] = error


EVENT = pack(PacketType.EVENT, "log", encode({"msg": "before the end"}))

BREAKS = {
    "a length of 4 GiB": (b"\xff\xff\xff\xff", RemoteProtocolError, "4294967295 octets"),
    "an empty packet": (b"\0\0\0\0", RemoteProtocolError, "empty packet"),
    "an unknown packet": (b"\0\0\0\1\x63", RemoteProtocolError, "packet type 99"),
    "a request": (pack(PacketType.CMD_REQUEST, "x"), RemoteProtocolError, "CMD_REQUEST where"),
    "a wrong answer": (pack(PacketType.EVENT_CONFIRM), RemoteProtocolError, "EVENT_CONFIRM where"),
    "a cut event name": (b"\0\0\0\3\x07\x09x", RemoteProtocolError, "cut off"),
    "an end in a packet": (b"\0\0\0\7\x01abc", RemoteProtocolError, "8 octets into it"),
    "an end in a length": (b"\0\0", RemoteProtocolError, "2 octets into it"),
    "an end": (b"", anyio.EndOfStream, "the daemon closed the connection"),
}


@pytest.mark.parametrize(("octets", "cause", "text"), BREAKS.values(), ids=BREAKS)
async def test_everyone_is_woken(octets: bytes, cause: type[Exception], text: str) -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection, anyio.create_task_group() as tasks:
        waiters = Waiters(connection)
        tasks.start_soon(waiters.run)
        await anyio.wait_all_tasks_blocked()
        await daemon.send(EVENT + EVENT + octets)
        await daemon.hang_up()
    assert waiters.events == ["before the end"] * 2
    assert set(waiters.errors) == {"caller 0", "caller 1", "caller 2", "reader", "subscriber"}
    assert len({id(error) for error in waiters.errors.values()}) == 5
    for error in waiters.errors.values():
        assert isinstance(error.__cause__, cause)
        assert text in str(error)


async def test_a_reply_nobody_asked_for() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        await daemon.send(pack(PacketType.CMD_RESPONSE))
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(ConnectionLost, match="a CMD_RESPONSE that answers nothing"):
            await connection.call("echo")


async def test_a_4_gib_length_allocates_nothing() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        tracemalloc.start()
        await daemon.send(b"\xff\xff\xff\xff" + b"x" * 1000)
        with pytest.raises(ConnectionLost, match="4294967295"):
            await connection.call("echo")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 1_000_000


async def test_a_broken_daemon_is_hung_up_on() -> None:
    """Not only when `async with` is left: charon buffers without bound for whoever stays."""
    daemon = Daemon()
    async with conversing(daemon):
        await daemon.send(b"\0\0\0\0")
        with anyio.fail_after(5):
            await daemon.closed.wait()


@asynccontextmanager
async def over_tcp() -> AsyncGenerator[tuple[Connection, AnyByteStream]]:
    """A connection, and the daemon's end of it: a TCP socket, which can be reset."""
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        accepted: list[AnyByteStream] = []
        leave = anyio.Event()

        async def serve(stream: AnyByteStream) -> None:
            accepted.append(stream)
            arrived.set()
            await leave.wait()
            await stream.aclose()

        arrived = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, serve)
            async with anyvici.open_connection(f"tcp://127.0.0.1:{port}") as connection:
                await arrived.wait()
                yield connection, accepted[0]
            leave.set()
            tasks.cancel_scope.cancel()


async def test_a_reset_in_the_middle_of_a_packet() -> None:
    async with over_tcp() as (connection, daemon), anyio.create_task_group() as tasks:

        async def subscribe() -> None:
            with pytest.raises(ConnectionLost) as caught:
                async with connection.subscribe("log") as events:
                    assert (await anext(events)).message == {"msg": "before the end"}
                    await anext(events)
            errors.append(caught.value)

        async def call() -> None:
            with pytest.raises(ConnectionLost) as caught:
                await connection.call("echo")
            errors.append(caught.value)

        errors: list[ConnectionLost] = []
        tasks.start_soon(subscribe)
        await anyio.wait_all_tasks_blocked()
        await daemon.send(pack(PacketType.EVENT_CONFIRM) + EVENT + b"\0\0\0\7\x01")
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        raw = daemon.extra(anyio.abc.SocketAttribute.raw_socket)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await daemon.aclose()
    assert len(errors) == 2
    for error in errors:
        assert isinstance(error.__cause__, anyio.BrokenResourceError)
        assert "the connection broke" in str(error)


class Deaf(anyio.abc.ByteStream):
    """A stream that cannot be written to any more, while there still is something to read."""

    def __init__(self, stream: AnyByteStream) -> None:
        self._stream = stream
        self.deaf = False

    async def send(self, item: bytes) -> None:
        if self.deaf:
            raise anyio.BrokenResourceError("EPIPE")
        await self._stream.send(item)

    async def receive(self, max_bytes: int = 65536) -> bytes:
        return await self._stream.receive()

    async def send_eof(self) -> None:
        raise NotImplementedError

    async def aclose(self) -> None:
        await self._stream.aclose()
        raise OSError("cannot even be closed")


@pytest.mark.parametrize("hangs_up", [True, False])
async def test_what_a_dying_daemon_said_is_read_though_nothing_can_be_sent(hangs_up: bool) -> None:
    ours, theirs = stream_pair()
    stream, daemon = Deaf(ours), Daemon()
    async with anyio.create_task_group() as tasks:
        await tasks.start(daemon.serve, theirs)
        async with anyvici.open_connection(stream, abandon_timeout=0.3) as connection:
            async with connection.subscribe("log") as events:
                stream.deaf = True
                async with anyio.create_task_group() as callers:
                    callers.start_soon(fails, connection)
                    await anyio.wait_all_tasks_blocked()
                    await daemon.emit("log", msg="last words")
                    if hangs_up:
                        await daemon.hang_up()
                assert (await anext(events)).message == {"msg": "last words"}
                with pytest.raises(ConnectionLost):
                    await anext(events)


async def fails(connection: Connection) -> None:
    with pytest.raises(ConnectionLost, match="EPIPE|closed the connection"):
        await connection.call("echo")
