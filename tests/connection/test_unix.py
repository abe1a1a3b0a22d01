"""A UNIX socket as a byte stream."""

import socket

import anyio
import pytest

from anyvici.connection.unix import UnixStream

pytestmark = pytest.mark.anyio


@pytest.fixture
def pair() -> tuple[UnixStream, socket.socket]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5)
    return UnixStream(ours), theirs


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
