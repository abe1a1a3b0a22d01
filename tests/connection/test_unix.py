"""A UNIX socket as a byte stream."""

import asyncio
import socket

import anyio
import pytest

import anyvici
from anyvici.connection.transport import unix_stream
from anyvici.connection.unix import UnixStream
from anyvici.connection.unix_asyncio import AsyncioUnixStream

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["of the backend", "of any"])
async def pair(request: pytest.FixtureRequest) -> tuple[UnixStream, socket.socket]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5)
    make = unix_stream if request.param == "of the backend" else UnixStream
    return make(ours), theirs


async def test_octets_go_both_ways(pair: tuple[UnixStream, socket.socket]) -> None:
    stream, peer = pair
    with peer:
        peer.sendall(b"there")
        assert await stream.receive(2) == b"th"
        assert await stream.receive() == b"ere"
        await stream.send(b"back")
        assert peer.recv(100) == b"back"
        await stream.send_eof()
        assert peer.recv(100) == b""
        await stream.aclose()
        await stream.aclose()


async def test_what_does_not_fit_is_sent_when_it_does(
    pair: tuple[UnixStream, socket.socket],
) -> None:
    stream, peer = pair
    received = bytearray()

    def drain() -> None:
        while data := peer.recv(65536):
            received.extend(data)

    with peer:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.to_thread.run_sync, drain)
            await stream.send(b"x" * 5_000_000)
            await stream.aclose()
    assert len(received) == 5_000_000


async def test_the_end_and_a_break_are_told_apart(
    pair: tuple[UnixStream, socket.socket],
) -> None:
    stream, peer = pair
    await stream.send(b"unread")
    peer.close()
    with pytest.raises(anyio.BrokenResourceError) as caught:  # it had something to read
        await stream.receive()
    assert isinstance(caught.value.__cause__, ConnectionResetError)
    with pytest.raises(anyio.EndOfStream):
        await stream.receive()
    with pytest.raises(anyio.BrokenResourceError) as caught:
        await stream.send(b"x")
    assert isinstance(caught.value.__cause__, BrokenPipeError)
    await stream.aclose()
    for use in (stream.receive, lambda: stream.send(b"x")):
        with pytest.raises(anyio.ClosedResourceError):
            await use()


async def test_closing_wakes_who_waits(pair: tuple[UnixStream, socket.socket]) -> None:
    stream, peer = pair

    async def read() -> None:
        with pytest.raises(anyio.ClosedResourceError):
            await stream.receive()

    with peer:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            await anyio.wait_all_tasks_blocked()
            await stream.aclose()


async def test_something_arrives_while_its_reader_is_cancelled(
    pair: tuple[UnixStream, socket.socket],
) -> None:
    """The event loop learns of both at once; it would report an error of a callback."""
    stream, peer = pair
    with peer:
        for _ in range(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(stream.receive)
                for _ in range(5):
                    await anyio.lowlevel.checkpoint()
                peer.sendall(b"x")
                await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()
            with anyio.move_on_after(0.001):  # it may have been quick enough to take it
                await stream.receive()
    await stream.aclose()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_was_fetched_for_a_reader_that_is_cancelled_is_for_the_next() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    stream = unix_stream(ours)
    assert isinstance(stream, AsyncioUnixStream)
    with theirs:
        reader = asyncio.create_task(stream.receive())
        await asyncio.sleep(0)
        stream._fetch()  # a false alarm
        theirs.sendall(b"there")
        stream._fetch()  # as the event loop does, at the very moment of
        reader.cancel()
        await asyncio.wait([reader])
        assert reader.cancelled()
        assert await stream.receive(2) == b"th"
        assert await stream.receive() == b"ere"
        await stream.aclose()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_nothing_is_fetched_while_nobody_reads() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    stream = unix_stream(ours)
    with theirs:
        theirs.sendall(b"1")
        assert await stream.receive() == b"1"
        theirs.sendall(b"2")
        await asyncio.sleep(0.01)  # the event loop tells of it, and is asked not to any more
        assert ours.recv(10, socket.MSG_PEEK) == b"2"
        assert not stream._is_watched
        assert await stream.receive() == b"2"
        await stream.aclose()


async def test_two_readers_at_once_are_refused(pair: tuple[UnixStream, socket.socket]) -> None:
    stream, peer = pair
    with peer:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stream.receive)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(anyio.BusyResourceError):
                await stream.receive()
            peer.sendall(b"x")
        await stream.aclose()


async def test_whether_the_peer_has_hung_up(pair: tuple[UnixStream, socket.socket]) -> None:
    stream, peer = pair
    assert not stream.has_ended()
    peer.sendall(b"x")
    peer.close()
    assert not stream.has_ended()  # there is something to be read
    assert await stream.receive() == b"x"
    assert stream.has_ended()
    await stream.aclose()
    assert stream.has_ended()


async def test_a_connection_that_was_hung_up_just_now_is_not_alive() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    async with anyvici.open_connection(unix_stream(ours)) as connection:
        assert await connection.is_alive()
        theirs.close()
        assert not connection.ended  # nobody has looked yet
        assert not await connection.is_alive()
