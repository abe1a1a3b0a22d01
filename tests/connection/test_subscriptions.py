"""Events as they happen."""

import anyio
import pytest

from anyvici import Connection, ConnectionLost, EventsLost, UnknownEvent
from tests.daemon import Daemon, conversing

pytestmark = pytest.mark.anyio


async def test_events_come_in_order_with_their_names() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        async with connection.subscribe("ike-updown", "log") as events:
            await daemon.emit("log", msg="one")
            await daemon.emit("ike-updown", up="yes")
            await daemon.emit("child-updown", up="yes")  # not asked for
            await daemon.emit("log", msg="two")
            got = [await anext(events) for _ in range(3)]
    assert [(event.name, event.message) for event in got] == [
        ("log", {"msg": "one"}),
        ("ike-updown", {"up": "yes"}),
        ("log", {"msg": "two"}),
    ]


async def test_an_event_between_a_command_and_its_answer() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection, connection.subscribe("log") as events:
        daemon.pause()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.call, "echo")
            await anyio.wait_all_tasks_blocked()
            await daemon.emit("log", msg="between")
            assert (await anext(events)).message == {"msg": "between"}
            daemon.answering.set()


async def test_an_unknown_event_is_refused_and_the_others_are_taken_back() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        for _ in range(2):  # the second time the daemon need not be asked
            with pytest.raises(UnknownEvent) as caught:
                async with connection.subscribe("log", "alert"):
                    pytest.fail("entered")
            assert caught.value.name == "alert"
        await connection.call("echo")
        assert not +daemon.registered
        assert [packet.name for packet in daemon.received].count("alert") == 1


async def test_two_that_ask_for_an_unknown_event_at_once_are_both_told() -> None:
    daemon = Daemon()
    daemon.pause()
    told = 0

    async def ask(connection: Connection) -> None:
        nonlocal told
        with pytest.raises(UnknownEvent):
            async with connection.subscribe("alert"):
                pytest.fail("entered")
        told += 1

    async with conversing(daemon) as connection, anyio.create_task_group() as tasks:
        tasks.start_soon(ask, connection)
        tasks.start_soon(ask, connection)
        await anyio.wait_all_tasks_blocked()
        daemon.answering.set()
    assert told == 2


async def test_one_that_leaves_does_not_disturb_another() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection, connection.subscribe("log") as stays:
        async with connection.subscribe("log") as leaves:
            pass
        await connection.call("echo")
        await daemon.emit("log", msg="still here")
        assert (await anext(stays)).message == {"msg": "still here"}
        with pytest.raises(anyio.ClosedResourceError):
            await anext(leaves)


async def test_leaving_and_coming_again_while_the_daemon_is_slow() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        for number in range(3):
            async with connection.subscribe("log") as events:
                await daemon.emit("log", number=str(number))
                assert (await anext(events)).message == {"number": str(number)}
        assert [packet.type.name for packet in daemon.received] == [
            "EVENT_REGISTER",
            "EVENT_UNREGISTER",
        ] * 2 + ["EVENT_REGISTER"]


async def test_another_task_that_reads_is_woken_on_leaving() -> None:
    async with conversing(Daemon()) as connection, anyio.create_task_group() as tasks:

        async def read() -> None:
            with pytest.raises(anyio.ClosedResourceError):
                await anext(events)

        async with connection.subscribe("log") as events:
            tasks.start_soon(read)
            await anyio.wait_all_tasks_blocked()


async def test_gaps_are_where_the_events_are_missing() -> None:
    daemon = Daemon()
    story: list[str] = []
    async with conversing(daemon) as connection:
        async with connection.subscribe("log", capacity=2) as events:
            for number in range(8):
                await daemon.emit("log", number=str(number))
                await anyio.wait_all_tasks_blocked()
                if number == 4:  # two are held, three lost; taking two makes room
                    story += [(await anext(events)).message["number"] for _ in range(2)]
            for _ in range(3):
                try:
                    story.append((await anext(events)).message["number"])
                except EventsLost as gap:
                    story.append(f"{gap.lost} lost")
            assert events.lost == 5
    assert story == ["0", "1", "3 lost", "5", "2 lost"]


async def test_what_had_arrived_comes_before_the_loss() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        async with connection.subscribe("log", capacity=1) as events:
            await daemon.emit("log", msg="one")
            await daemon.emit("log", msg="two")
            await daemon.hang_up()
            await anyio.wait_all_tasks_blocked()
            assert (await anext(events)).message == {"msg": "one"}
            with pytest.raises(EventsLost):
                await anext(events)
            for _ in range(2):
                with pytest.raises(ConnectionLost):
                    await anext(events)


async def test_a_lost_connection_ends_subscribing() -> None:
    daemon = Daemon()
    daemon.pause()
    async with conversing(daemon) as connection, anyio.create_task_group() as tasks:

        async def subscribe() -> None:
            with pytest.raises(ConnectionLost):
                async with connection.subscribe("log", "ike-updown"):
                    pytest.fail("entered")

        tasks.start_soon(subscribe)
        tasks.start_soon(subscribe)
        await anyio.wait_all_tasks_blocked()
        await daemon.hang_up()


class Versed(Daemon):
    """It answers version, too."""

    async def _command(self, name: str, body: bytes) -> None:
        await super()._command("echo" if name == "version" else name, body)


async def test_sync_returns_when_all_that_was_raised_has_arrived() -> None:
    daemon = Versed(cut=3)
    async with conversing(daemon) as connection:
        async with connection.subscribe("log") as events:
            assert events.waiting == 0
            for _ in range(100):
                await daemon.emit("log")
            await events.sync()
            assert events.waiting == 100
            await anext(events)
            assert events.waiting == 99
        assert events.waiting == 0
    assert daemon.commands == ["version"]


async def test_a_place_where_events_are_missing_waits_like_one() -> None:
    daemon = Versed()
    async with conversing(daemon) as connection:
        async with connection.subscribe("log", capacity=2) as events:
            for _ in range(10):
                await daemon.emit("log")
            await events.sync()
            assert (events.waiting, events.lost) == (3, 8)


async def test_sync_is_cancelled_like_a_command() -> None:
    daemon = Versed()
    async with conversing(daemon) as connection:
        async with connection.subscribe("log") as events:
            daemon.pause()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(events.sync)
                await anyio.wait_all_tasks_blocked()
                tasks.start_soon(events.sync)  # waits for its turn
                await anyio.wait_all_tasks_blocked()
                tasks.cancel_scope.cancel()
            daemon.answering.set()
            await daemon.emit("log")
            await events.sync()
            assert events.waiting == 1
    assert daemon.commands == ["version", "version"]


async def test_sync_tells_of_a_loss() -> None:
    daemon = Versed()
    async with conversing(daemon) as connection:
        async with connection.subscribe("log") as events:
            await daemon.hang_up()
            for _ in range(2):
                with pytest.raises(ConnectionLost):
                    await events.sync()


async def test_wrong_use_is_told() -> None:
    async with conversing(Daemon()) as connection:
        with pytest.raises(TypeError, match="at least one event"):
            connection.subscribe()
        with pytest.raises(ValueError, match="at least 1, not 0"):
            connection.subscribe("log", capacity=0)
        subscription = connection.subscribe("log")
        assert subscription.lost == 0
        with pytest.raises(RuntimeError, match="enter the subscription first"):
            await anext(subscription)
        async with subscription:
            with pytest.raises(RuntimeError, match="entered once"):
                await subscription.__aenter__()
