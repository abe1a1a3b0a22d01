"""Over a socket, a caller reads for itself while it waits; nobody else notices."""

import socket

import anyio
import pytest

import anyvici
from anyvici import Connection, ConnectionLost, PacketType, encode, pack
from anyvici.connection.transport import unix_stream
from tests.daemon import Daemon, conversing

pytestmark = pytest.mark.anyio


async def read_for_yourself(connection: Connection, daemon: Daemon) -> None:
    """Have one answer, which lets callers read; hold the next one back, and wait for it."""
    assert await connection.call("echo", {"first": 1}) == {"first": "1"}
    daemon.pause()
    assert await connection.call("echo", {"n": 0}) == {"n": "0"}


async def a_caller_reads(connection: Connection) -> None:
    await anyio.wait_all_tasks_blocked()
    assert connection._conversation._reading._caller_reads


async def test_events_reach_their_subscriber_while_a_caller_reads() -> None:
    daemon = Daemon()
    async with (
        conversing(daemon, over="socket") as connection,
        connection.subscribe("log") as events,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(read_for_yourself, connection, daemon)
        await a_caller_reads(connection)
        for number in range(3):
            await daemon.emit("log", n=str(number))
            with anyio.fail_after(5):
                assert (await anext(events)).message == {"n": str(number)}
        daemon.answering.set()


async def test_when_a_reading_caller_is_cancelled_reading_goes_on() -> None:
    daemon = Daemon()
    async with (
        conversing(daemon, over="socket") as connection,
        connection.subscribe("log") as events,
    ):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read_for_yourself, connection, daemon)
            await a_caller_reads(connection)
            tasks.cancel_scope.cancel()
        await daemon.emit("log", n="1")
        with anyio.fail_after(5):
            assert (await anext(events)).message == {"n": "1"}
        daemon.answering.set()
        with anyio.fail_after(5):
            assert await connection.call("echo", {"n": 2}) == {"n": "2"}


async def test_those_who_wait_behind_a_reading_caller_are_answered() -> None:
    daemon = Daemon()
    answers: list[str] = []

    async def ask(number: int) -> None:
        answers.append((await connection.call("echo", {"n": number}))["n"])

    async with conversing(daemon, over="socket") as connection:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read_for_yourself, connection, daemon)
            await a_caller_reads(connection)
            for number in range(1, 6):
                tasks.start_soon(ask, number)
                await anyio.wait_all_tasks_blocked()
            assert [packet.body for packet in daemon.received[1:]] == [encode({"n": 0})]
            daemon.answering.set()
    assert sorted(answers) == ["1", "2", "3", "4", "5"]
    assert [packet.body for packet in daemon.received[1:]] == [encode({"n": n}) for n in range(6)]


async def test_a_caller_that_is_cancelled_though_another_reads_changes_nothing() -> None:
    daemon = Daemon()
    async with conversing(daemon, over="socket") as connection:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read_for_yourself, connection, daemon)
            await a_caller_reads(connection)
            with anyio.move_on_after(0.01):
                await connection.call("echo", {"n": "never sent"})
            daemon.answering.set()
        assert await connection.call("echo", {"n": 2}) == {"n": "2"}
    assert encode({"n": "never sent"}) not in [packet.body for packet in daemon.received]


async def lost(connection: Connection, daemon: Daemon, reasons: list[str]) -> None:
    with pytest.raises(ConnectionLost) as caught:
        await read_for_yourself(connection, daemon)
    reasons.append(str(caught.value))


ENDS = {
    "the daemon closed the connection": None,
    "the daemon broke the protocol: a EVENT_CONFIRM where": pack(PacketType.EVENT_CONFIRM),
    "the daemon broke the protocol: there is no packet type 9": b"\0\0\0\1\x09",
}


@pytest.mark.parametrize("reason", ENDS)
async def test_what_a_reading_caller_meets_ends_the_conversation_for_all(reason: str) -> None:
    daemon = Daemon()
    reasons: list[str] = []
    async with conversing(daemon, over="socket") as connection:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(lost, connection, daemon, reasons)
                await a_caller_reads(connection)
            octets = ENDS[reason]
            await (daemon.hang_up() if octets is None else daemon.send(octets))
        with anyio.fail_after(5):
            await connection.wait_ended()
    assert len(reasons) == 3
    assert all(each.startswith(reason) for each in reasons)


async def test_leaving_the_connection_wakes_a_reading_caller() -> None:
    daemon = Daemon()
    reasons: list[str] = []
    async with anyio.create_task_group() as tasks:
        async with conversing(daemon, over="socket") as connection:
            tasks.start_soon(lost, connection, daemon, reasons)
            await a_caller_reads(connection)
    assert reasons == ["the connection was closed on this side"]


async def test_what_is_too_much_for_the_socket_is_sent_when_there_is_room() -> None:
    """More than a socket takes at once; what is posted meanwhile comes behind it."""
    daemon = Daemon()
    big = [("echo", {"n": number, "text": "x" * 60_000}) for number in range(40)]

    async def ask(number: int) -> None:
        assert await connection.call("echo", {"n": number}) == {"n": str(number)}

    async with conversing(daemon, over="socket") as connection:
        async with anyio.create_task_group() as tasks:
            for number in range(100, 110):
                tasks.start_soon(ask, number)
            replies = await connection.batch(big)
    assert [int(reply["n"]) for reply in replies] == list(range(40))


def send_all(octets: bytes, peer: socket.socket) -> None:
    """Send as fast as the other side takes it, whatever it asks."""
    with peer:
        peer.setblocking(True)
        peer.recv(65536)
        peer.sendall(octets)
        peer.recv(65536)  # until it hangs up


async def test_a_reader_that_keeps_up_is_not_overrun() -> None:
    """The daemon sends faster than octets are decoded, and yet they do not pile up."""
    count = 5000
    item = pack(PacketType.EVENT, "list-sa", encode({"gw": {"text": "x" * 800}}))
    confirmed = pack(PacketType.EVENT_CONFIRM)
    octets = confirmed + item * count + pack(PacketType.CMD_RESPONSE) + confirmed
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    most = taken = 0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.to_thread.run_sync, send_all, octets, theirs)
        async with anyvici.open_connection(unix_stream(ours)) as connection:
            async with connection.stream("list-sas", "list-sa") as items:
                async for _ in items:
                    taken += 1
                    most = max(most, items._entered().waiting)
    assert taken == count
    assert 0 < most < count / 10
