"""The twelve rules of docs/design.md, one test each; other files have the details."""

import inspect
import math
import tracemalloc

import anyio
import pytest

import anyvici
from anyvici import (
    Connection,
    ConnectionLost,
    EventsLost,
    LocalProtocolError,
    PacketType,
    RemoteProtocolError,
    encode,
    pack,
)
from anyvici.testing.memory import stream_pair
from tests.daemon import Daemon, conversing

pytestmark = pytest.mark.anyio


async def test_rule_1_one_turn_at_a_time() -> None:
    """Cancelled before its turn: never sent. After it: gone at once, and nobody else's answer."""
    daemon = Daemon()
    daemon.pause()
    answers = []

    async def ask(number: int, scope: anyio.CancelScope) -> None:
        with scope:
            answers.append((await connection.call("echo", {"n": number}))["n"])

    async with conversing(daemon) as connection, anyio.create_task_group() as tasks:
        scopes = [anyio.CancelScope() for _ in range(5)]
        for number, scope in enumerate(scopes):
            tasks.start_soon(ask, number, scope)
            await anyio.wait_all_tasks_blocked()
        scopes[0].cancel()  # has been sent
        scopes[2].cancel()  # waits for its turn
        await anyio.wait_all_tasks_blocked()
        assert scopes[0].cancelled_caught  # though the daemon has not answered yet
        daemon.answering.set()
    assert answers == ["1", "3", "4"]
    assert [packet.body for packet in daemon.received] == [encode({"n": n}) for n in (0, 1, 3, 4)]


async def test_rule_2_an_abandoned_answer_that_does_not_come_ends_the_connection() -> None:
    async with conversing(Daemon(), abandon_timeout=0.02) as connection:
        with anyio.move_on_after(0.01):
            await connection.call("swallow")
        with pytest.raises(ConnectionLost, match=r"answer to swallow, abandoned .* 0\.02 s"):
            await connection.call("echo")


async def test_rule_3_the_socket_is_drained_though_nobody_reads() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        async with connection.subscribe("log", capacity=1):
            async with connection.stream("list-sas", "list-sa", {"count": 1000}) as items:
                for number in range(1000):
                    await daemon.emit("log", number=str(number))
                await anyio.wait_all_tasks_blocked()
                socket = connection._conversation._stream
                assert socket.buffer == b""
                assert socket.receive_stream.receive_stream.statistics()[0] == 0
                assert len([item async for item in items]) == 1000


async def test_rule_4_a_slow_subscriber_gets_what_it_holds_and_the_number_lost() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        slow, quick = (connection.subscribe("log", capacity=n) for n in (4, 10))
        async with slow, quick:
            for number in range(10):
                await daemon.emit("log", number=str(number))
            await anyio.wait_all_tasks_blocked()
            held = [(await anext(slow)).message["number"] for _ in range(4)]
            with pytest.raises(EventsLost) as caught:
                await anext(slow)
            everything = [(await anext(quick)).message["number"] for _ in range(10)]
            await daemon.emit("log", number="10")
            assert (await anext(slow)).message["number"] == "10"  # and it goes on
    assert held == ["0", "1", "2", "3"]
    assert caught.value.lost == slow.lost == 6
    assert everything == [str(number) for number in range(10)]
    assert quick.lost == 0


async def test_rule_5_registrations_are_counted() -> None:
    """Registered once for any number of subscribers, and an event may overtake the confirmation."""
    daemon = Daemon()
    daemon.pause()

    async def overtake() -> None:
        while not daemon.received:
            await anyio.lowlevel.checkpoint()
        await daemon.send(pack(PacketType.EVENT, "log", encode({"msg": "early"})))
        daemon.answering.set()

    async with conversing(daemon) as connection, anyio.create_task_group() as tasks:
        tasks.start_soon(overtake)
        async with connection.subscribe("log") as first:
            assert (await anext(first)).message == {"msg": "early"}
            async with connection.subscribe("log", "log", "ike-updown") as second:
                assert daemon.registered == {"log": 1, "ike-updown": 1}
                await daemon.emit("log", msg="for both")
                for events in (first, second):
                    assert (await anext(events)).message == {"msg": "for both"}
            await connection.call("echo")
            assert +daemon.registered == {"log": 1}
        await connection.call("echo")
        assert not +daemon.registered


async def test_rule_6_cleaning_up_is_in_the_pipe_before_the_first_item() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        async with connection.stream("list-sas", "list-sa", {"count": 1000}) as items:
            async for _ in items:
                break
            assert not inspect.isasyncgen(items)
        await connection.call("echo")
    assert [packet.type.name for packet in daemon.received] == [
        "EVENT_REGISTER",
        "CMD_REQUEST",
        "EVENT_UNREGISTER",
        "CMD_REQUEST",
    ]


async def test_rule_7_the_loops_never_raise_into_the_users_tasks() -> None:
    """Every waiter gets an error of its own; the body of `async with` goes on undisturbed."""
    daemon = Daemon()
    errors: list[ConnectionLost] = []

    async def wait(connection: Connection) -> None:
        with pytest.raises(ConnectionLost) as caught:
            await connection.call("swallow")
        errors.append(caught.value)

    async with conversing(daemon) as connection:
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(wait, connection)
            await anyio.wait_all_tasks_blocked()
            await daemon.hang_up()
        assert len({id(error) for error in errors}) == 5
        assert {type(error.__cause__) for error in errors} == {anyio.EndOfStream}
        await anyio.lowlevel.checkpoint()  # the body is not cancelled


class Trickle(anyio.abc.ByteStream):
    """A stream that takes one octet at a time, with a checkpoint after each."""

    def __init__(self, stream: anyio.abc.AnyByteStream) -> None:
        self._stream = stream

    async def send(self, item: bytes) -> None:
        for octet in item:
            await self._stream.send(bytes([octet]))
            await anyio.lowlevel.checkpoint()

    async def receive(self, max_bytes: int = 65536) -> bytes:
        return await self._stream.receive()

    async def send_eof(self) -> None:
        raise NotImplementedError

    async def aclose(self) -> None:
        await self._stream.aclose()


async def test_rule_8_cancelling_a_send_does_not_cut_a_packet() -> None:
    daemon = Daemon()
    ours, theirs = stream_pair()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(daemon.serve, theirs)
        async with anyvici.open_connection(Trickle(ours)) as connection:
            for checkpoints in range(40):
                with anyio.CancelScope() as scope:
                    async with anyio.create_task_group() as callers:
                        callers.start_soon(connection.call, "echo", {"n": checkpoints})
                        for _ in range(checkpoints):
                            await anyio.lowlevel.checkpoint()
                        scope.cancel()
            assert await connection.call("echo", {"n": "last"}) == {"n": "last"}
    whole = {encode({"n": n}) for n in (*range(40), "last")}
    assert len(daemon.received) > 10
    assert all(packet.body in whole for packet in daemon.received)


async def test_rule_9_nothing_is_sent_that_the_daemon_would_swallow() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        for name in ("", "x" * 256, "ver\0sion", "vérsion", "\x7f"):
            with pytest.raises(LocalProtocolError):
                await connection.call(name)
            with pytest.raises(LocalProtocolError):
                connection.stream("echo", name)
            with pytest.raises(LocalProtocolError):
                connection.subscribe("log", name)
        for message in ({"x" * 256: "1"}, {"x": "1" * 65536}, {"x": ["1" * 60000] * 9}):
            with pytest.raises(LocalProtocolError):
                await connection.call("echo", message)
        await connection.call("echo", {"": "", "empty": {"": []}})
    assert len(daemon.received) == 1


async def test_rule_10_frame_eagerly_decode_late(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    original = anyvici.wire.protocol.decode
    monkeypatch.setattr(
        "anyvici.wire.protocol.decode", lambda octets: decoded.append(octets) or original(octets)
    )
    daemon = Daemon()
    async with conversing(daemon) as connection, connection.subscribe("log"):
        await daemon.emit("log", msg="nobody takes this")
        async with connection.stream("list-sas", "list-sa", {"count": 100}) as items:
            async for _ in items:
                break
        await connection.call("echo", {"x": 1})
    confirmation = b""  # of the subscription
    assert decoded == [confirmation, encode({"number": "0"}), encode({"x": 1})]


async def test_rule_11_no_object_stream_per_event() -> None:
    """An item that waits costs its octets, a few small objects, and one place in a deque."""
    mailbox = anyvici.connection.mailbox.Mailbox[bytes]()
    tracemalloc.start()
    for _ in range(10_000):
        mailbox.put(b"")
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 10_000 * 16
    assert [await mailbox.get() for _ in range(10_000)] == [b""] * 10_000


async def test_rule_12_waits_have_the_callers_deadline() -> None:
    async with conversing(Daemon()) as connection:
        with pytest.raises(TimeoutError), anyio.fail_after(0.01):
            await connection.call("swallow")
    for function in (Connection.call, Connection.batch, Connection.stream, Connection.subscribe):
        assert "timeout" not in inspect.signature(function).parameters


async def test_rule_9_a_malformed_message_is_for_whoever_asked_for_it() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection, connection.subscribe("log") as events:
        await daemon.emit("log", b"\x09")
        await daemon.emit("log", msg="fine")
        assert await connection.call("echo", {"n": 1}) == {"n": "1"}
        with pytest.raises(RemoteProtocolError):
            await anext(events)
        assert (await anext(events)).message == {"msg": "fine"}


async def test_an_endless_abandon_timeout_is_allowed_and_none_is_not() -> None:
    async with conversing(Daemon(), abandon_timeout=math.inf) as connection:
        assert await connection.call("echo") == {}
    for bad in (0, -1, math.nan):
        with pytest.raises(ValueError, match="above 0 seconds"):
            async with anyvici.open_connection("/nowhere", abandon_timeout=bad):
                pass
