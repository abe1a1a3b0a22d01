"""Commands that yield items before their answer."""

import anyio
import pytest

from anyvici import (
    CommandError,
    ConnectionLost,
    PacketType,
    RemoteProtocolError,
    UnknownCommand,
    UnknownEvent,
    encode,
    pack,
)
from tests.daemon import Daemon, conversing

pytestmark = pytest.mark.anyio


async def test_items_and_then_the_answer() -> None:
    async with conversing(Daemon()) as connection:
        async with connection.stream("list-sas", "list-sa", {"count": 3}) as items:
            with pytest.raises(RuntimeError, match="only after the last item"):
                items.reply  # noqa: B018
            assert [item["number"] async for item in items] == ["0", "1", "2"]
            assert items.reply == {"total": "3"}
            assert [item async for item in items] == []  # it stays at its end


async def test_an_empty_stream() -> None:
    async with conversing(Daemon()) as connection:
        async with connection.stream("list-sas", "list-sa", {"count": 0}) as items:
            assert [item async for item in items] == []


class Unlucky(Exception):
    pass


@pytest.mark.parametrize("leave", ["break", "raise", "cancel", "at once"])
async def test_leaving_after_one_of_1000_items(leave: str) -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        try:
            with anyio.CancelScope() as scope:
                async with connection.stream("list-sas", "list-sa", {"count": 1000}) as items:
                    if leave != "at once":
                        assert await anext(items) == {"number": "0"}
                    if leave == "raise":
                        raise Unlucky
                    if leave == "cancel":
                        scope.cancel()
                        await anext(items)
        except Unlucky:
            assert leave == "raise"
        assert scope.cancelled_caught == (leave == "cancel")
        assert await connection.call("echo", {"next": "one"}) == {"next": "one"}
        assert not +daemon.registered
        assert connection._conversation.listeners.mailboxes() == set()
        with pytest.raises(anyio.ClosedResourceError):
            await anext(items)


async def test_no_item_of_an_abandoned_stream_shows_up_in_the_next() -> None:
    async with conversing(Daemon()) as connection:
        for count in (1000, 3):
            async with connection.stream("list-sas", "list-sa", {"count": count}) as items:
                first = await anext(items)
            assert first == {"number": "0"}
        async with connection.stream("list-sas", "list-sa", {"count": 2}) as items:
            assert [item["number"] async for item in items] == ["0", "1"]


async def test_a_failed_command_is_told_after_its_items() -> None:
    async with conversing(Daemon()) as connection:
        async with connection.stream("fail", "control-log", {"errmsg": "no"}) as items:
            for _ in range(2):  # each time anew
                with pytest.raises(CommandError, match="fail: no"):
                    await anext(items)


async def test_an_unknown_command() -> None:
    async with conversing(Daemon()) as connection:
        async with connection.stream("no-such-command", "no-such-event") as items:
            with pytest.raises(UnknownCommand):
                await anext(items)
        assert await connection.call("echo") == {}


async def test_an_unknown_event_is_not_taken_for_an_empty_list() -> None:
    async with conversing(Daemon()) as connection:
        async with connection.stream("list-sas", "no-such-event", {"count": 3}) as items:
            with pytest.raises(UnknownEvent, match="no-such-event"):
                await anext(items)
            assert items.reply == {"total": "3"}  # the command has been carried out
        assert await connection.call("echo") == {}


async def test_an_item_that_does_not_parse_stands_in_nobodys_way() -> None:
    daemon = Daemon()
    daemon.pause()
    async with conversing(daemon) as connection:
        async with connection.stream("list-sas", "list-sa", {"count": 1}) as items:
            await daemon.send(pack(PacketType.EVENT, "list-sa", b"\x03\x01"))
            daemon.answering.set()
            with pytest.raises(RemoteProtocolError):
                await anext(items)
            assert await anext(items) == {"number": "0"}


async def test_other_events_inside_a_stream_are_for_others() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection, connection.subscribe("log") as events:
        async with connection.stream("list-sas", "list-sa", {"count": 1}) as items:
            await daemon.emit("log", msg="meanwhile")
            assert [item async for item in items] == [{"number": "0"}]
        assert (await anext(events)).message == {"msg": "meanwhile"}


async def test_a_subscriber_to_the_items_does_not_double_them() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection, connection.subscribe("list-sa") as events:
        async with connection.stream("list-sas", "list-sa", {"count": 2}) as items:
            assert [item["number"] async for item in items] == ["0", "1"]
        assert [(await anext(events)).message["number"] for _ in range(2)] == ["0", "1"]
        assert +daemon.registered == {"list-sa": 1}


@pytest.mark.parametrize("count", [1, 100])
async def test_anything_may_be_asked_inside_a_stream(count: int) -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection, anyio.create_task_group() as tasks:
        with anyio.fail_after(5):
            async with connection.stream("list-sas", "list-sa", {"count": count}) as outer:
                assert await connection.call("echo", {"a": "b"}) == {"a": "b"}
                tasks.start_soon(connection.call, "echo")
                async with connection.subscribe("log") as events:
                    await daemon.emit("log", msg="x")
                    assert (await anext(events)).name == "log"
                async with connection.stream("list-sas", "list-sa", {"count": 3}) as inner:
                    assert len([item async for item in inner]) == 3
                assert len([item async for item in outer]) == count


async def test_what_had_arrived_comes_before_the_loss() -> None:
    daemon = Daemon()
    daemon.pause()
    async with conversing(daemon) as connection:
        async with connection.stream("list-sas", "list-sa", {"count": 3}) as items:
            await daemon.send(pack(PacketType.EVENT, "list-sa", encode({"number": 7})))
            await daemon.hang_up()
            assert await anext(items) == {"number": "7"}
            for _ in range(2):
                with pytest.raises(ConnectionLost, match="closed the connection"):
                    await anext(items)


async def test_a_stream_is_entered_once_and_before_it_is_read() -> None:
    async with conversing(Daemon()) as connection:
        stream = connection.stream("list-sas", "list-sa", {"count": 3})
        with pytest.raises(RuntimeError, match="enter the stream first"):
            await anext(stream)
        async with stream:
            with pytest.raises(RuntimeError, match="entered once"):
                await stream.__aenter__()


async def test_a_reader_of_a_flood_lets_others_run() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await anyio.lowlevel.checkpoint()

    async with conversing(Daemon()) as connection, anyio.create_task_group() as tasks:
        async with connection.stream("list-sas", "list-sa", {"count": 3200}) as items:
            await connection.call("echo")  # by now all items are there
            tasks.start_soon(other)
            assert len([item async for item in items]) == 3200
        tasks.cancel_scope.cancel()
    assert turns >= 50
