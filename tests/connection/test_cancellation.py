"""Every public coroutine, cancelled at every checkpoint, in every way; the connection survives."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

import anyvici
from anyvici import Connection, PacketType, pack
from anyvici.testing.memory import stream_pair
from tests.daemon import Daemon, conversing, over_every_pair
from tests.sweep import cancel_at, every_way

pytestmark = pytest.mark.anyio


async def call(connection: Connection, daemon: Daemon) -> None:
    await connection.call("echo", {"n": 0})


async def failing_call(connection: Connection, daemon: Daemon) -> None:
    with pytest.raises(anyvici.CommandError):
        await connection.call("fail")


async def batch(connection: Connection, daemon: Daemon) -> None:
    await connection.batch([("echo", {"n": number}) for number in range(150)])


async def whole_stream(connection: Connection, daemon: Daemon) -> None:
    async with connection.stream("list-sas", "list-sa", {"count": 70}) as items:
        assert [int(item["number"]) async for item in items] == list(range(70))
        assert items.reply == {"total": "70"}


async def one_item_of_a_stream(connection: Connection, daemon: Daemon) -> None:
    async with connection.stream("list-sas", "list-sa", {"count": 70}) as items:
        async for item in items:
            assert item == {"number": "0"}
            break


async def subscription(connection: Connection, daemon: Daemon) -> None:
    async with connection.subscribe("log", "ike-updown") as events:
        await daemon.emit("log", msg="hello")
        await daemon.emit("ike-updown", up="yes")
        async for event in events:
            if event.name == "ike-updown":
                break


async def synced_subscription(connection: Connection, daemon: Daemon) -> None:
    async with connection.subscribe("log") as events:
        await daemon.emit("log", msg="hello")
        await events.sync()
        assert events.waiting == 1


async def everything_inside_a_stream(connection: Connection, daemon: Daemon) -> None:
    async with connection.stream("list-sas", "list-sa", {"count": 5}) as outer:
        async for item in outer:
            await call(connection, daemon)
            await subscription(connection, daemon)
            async with connection.stream("list-sas", "list-sa", {"count": 2}) as inner:
                assert [inner_item["number"] async for inner_item in inner] == ["0", "1"]
            if item == {"number": "1"}:
                break


OPERATIONS = [
    call,
    failing_call,
    batch,
    whole_stream,
    one_item_of_a_stream,
    subscription,
    synced_subscription,
    everything_inside_a_stream,
]

Operation = Callable[[Connection, Daemon], Awaitable[Any]]


async def prove(connection: Connection, daemon: Daemon, mark: int) -> None:
    """Show that the connection is as good as new: right answers, and nothing left behind."""
    with anyio.fail_after(5):
        assert await connection.call("echo", {"mark": mark}) == {"mark": str(mark)}
    assert not any(daemon.registered.values())
    assert connection._conversation.listeners.mailboxes() == set()
    assert connection._conversation._protocol.unanswered == ()


@every_way
@over_every_pair
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_sweep(operation: Operation, way: str, over: str) -> None:
    reached, at = True, 0
    while reached:
        at += 1
        daemon = Daemon()
        async with conversing(daemon, over=over) as connection:
            await call(connection, daemon)  # over a socket, the next reads for itself
            reached = await cancel_at(operation(connection, daemon), at, way)
            await prove(connection, daemon, at)
    assert at > 1  # there was something to sweep


@every_way
@over_every_pair
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_sweep_while_others_use_the_connection(
    operation: Operation, way: str, over: str
) -> None:
    reached, at = True, 0
    while reached:
        at += 1
        daemon = Daemon()
        async with (
            conversing(daemon, over=over) as connection,
            anyio.create_task_group() as tasks,
        ):
            await call(connection, daemon)
            for _ in range(3):
                tasks.start_soon(whole_stream, connection, daemon)
                tasks.start_soon(call, connection, daemon)
            reached = await cancel_at(operation(connection, daemon), at, way)
            tasks.start_soon(prove_others, connection, at)
    assert at > 1


async def prove_others(connection: Connection, mark: int) -> None:
    with anyio.fail_after(5):
        assert await connection.call("echo", {"mark": mark}) == {"mark": str(mark)}


@every_way
@over_every_pair
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_leaving_does_not_wait_for_the_daemon(
    operation: Operation, way: str, over: str
) -> None:
    daemon = Daemon()
    async with conversing(daemon, over=over) as connection:
        await call(connection, daemon)
        daemon.pause()
        reached, at = True, 0
        while reached:
            at += 1
            with anyio.move_on_after(0.01) as scope:  # the daemon is silent: it waits for ever
                reached = await cancel_at(operation(connection, daemon), at, way)
            if scope.cancelled_caught:
                break
        assert scope.cancelled_caught
        daemon.answering.set()
        await prove(connection, daemon, at)


Enter = Callable[[Connection], Any]
ENTERED: dict[str, Enter] = {
    "list-sas": lambda connection: connection.stream("list-sas", "list-sa", {"count": 1}),
    "log": lambda connection: connection.subscribe("log"),
}


@pytest.mark.parametrize(
    ("anyio_backend", "native"), [("trio", False), ("asyncio", False), ("asyncio", True)]
)
@pytest.mark.parametrize("name", ENTERED)
async def test_cancelled_at_the_moment_in_which_the_turn_comes(name: str, native: bool) -> None:
    """A stream that was not entered was not sent, or nobody knew what the daemon is at."""
    daemon = Daemon()
    entered = False

    async def enter(scope: anyio.CancelScope) -> None:
        nonlocal entered, cancel
        cancel = asyncio.current_task().cancel if native else scope.cancel  # type: ignore[union-attr]
        with scope:
            async with ENTERED[name](connection):
                entered = True
                await anyio.sleep_forever()

    cancel: Callable[[], object] = lambda: None  # noqa: E731
    async with conversing(daemon) as connection, anyio.create_task_group() as tasks:
        tasks.start_soon(connection.call, "swallow")
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(enter, anyio.CancelScope())
        await anyio.wait_all_tasks_blocked()
        connection._conversation._take_in(pack(PacketType.CMD_RESPONSE))  # its turn comes
        cancel()
        await anyio.wait_all_tasks_blocked()
        await prove(connection, daemon, 1)
    is_sent = name in [packet.name for packet in daemon.received]
    assert is_sent == (not native)  # a scope lets go on who has been woken already
    assert entered == (is_sent and name == "list-sas")  # the other waits, and has taken it back


@every_way
async def test_sweep_of_opening_and_leaving(way: str, tmp_path: Path) -> None:
    async def serve(stream: anyio.abc.SocketStream) -> None:
        await Daemon().serve(stream)

    async def open_and_call() -> None:
        async with anyvici.open_connection(tmp_path / "vici") as connection:
            await connection.call("echo")

    async def descriptors_settle_at(count: int) -> None:
        with anyio.fail_after(5):
            while open_descriptors() != count:
                await anyio.sleep(0.001)

    async with await anyio.create_unix_listener(tmp_path / "vici") as listener:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, serve)
            idle = open_descriptors()
            reached, at = True, 0
            while reached:
                at += 1
                reached = await cancel_at(open_and_call(), at, way)
                await descriptors_settle_at(idle)
            assert at > 3
            tasks.cancel_scope.cancel()


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd" if os.path.exists("/proc/self/fd") else "/dev/fd"))


class Unlucky(Exception):
    pass


@pytest.mark.parametrize("error", [Unlucky, KeyboardInterrupt, SystemExit, StopAsyncIteration])
async def test_what_the_body_raises_comes_out_bare(error: type[BaseException]) -> None:
    ours, theirs = stream_pair()
    with pytest.raises(error) as caught:
        async with anyvici.open_connection(ours):
            raised = error("as it was")
            raise raised
    assert caught.value is raised
    with pytest.raises(anyio.EndOfStream):
        await theirs.receive()
    await theirs.aclose()


async def test_what_the_body_raises_comes_out_bare_though_a_scope_is_cancelled() -> None:
    ours, theirs = stream_pair()
    with pytest.raises(Unlucky), anyio.CancelScope() as scope:
        async with anyvici.open_connection(ours):
            scope.cancel()
            raise Unlucky
    await theirs.aclose()


async def test_a_cancellation_of_the_body_stays_one() -> None:
    ours, theirs = stream_pair()
    with anyio.CancelScope() as scope:
        async with anyvici.open_connection(ours) as connection:
            scope.cancel()
            await connection.call("echo")
    assert scope.cancelled_caught
    with pytest.raises(anyio.EndOfStream):
        await theirs.receive()
    await theirs.aclose()
