"""Events for one reader, as long as the daemon is there; test_feed_restarts has the rest."""

from collections.abc import AsyncGenerator

import anyio
import pytest

from anyvici import (
    Alert,
    ChildUpDown,
    Client,
    ConnectError,
    IkeUpDown,
    Log,
    RemoteProtocolError,
    UnknownEvent,
    connect,
    follow,
)
from anyvici.testing import SimulatedCharon
from tests.watch.following import PATIENCE, clients, hearers, prove, say, told, until_noticed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(charon: SimulatedCharon) -> AsyncGenerator[Client]:
    async with connect(charon.address) as client:
        yield client


# What comes.


async def test_events_come_in_order_as_objects(charon: SimulatedCharon, client: Client) -> None:
    await client.load_shared(type="IKE", data="secret")
    ends = {"local": {"auth": "psk"}, "remote": {"auth": "psk"}, "remote_addrs": ["192.0.2.7"]}
    await client.load_conn("gw", {**ends, "children": {"net": {}}})  # type: ignore[arg-type]
    async with follow(client, IkeUpDown, ChildUpDown) as feed:
        await client.initiate(child="net", timeout=5)
        say(charon, "not asked for")
        await client.terminate(ike="gw", timeout=5)
        story = [await anext(feed) for _ in range(4)]
        assert feed.waiting == 0
    assert [(type(event), event.up) for event in story] == [  # type: ignore[union-attr]
        (IkeUpDown, True),
        (ChildUpDown, True),
        (IkeUpDown, False),
        (ChildUpDown, False),
    ]


async def test_it_is_iterated_over(charon: SimulatedCharon, client: Client) -> None:
    story = []
    async with follow(client, Log) as feed:
        say(charon, "one", "two", "three")
        async for item in feed:
            assert isinstance(item, Log)
            story.append(item.msg)
            if len(story) == 3:
                break
    assert story == ["one", "two", "three"]


async def test_a_slow_reader_is_told_how_many_are_missing(
    charon: SimulatedCharon, client: Client
) -> None:
    async with follow(client, Log, capacity=2) as feed, follow(client, Log) as other:
        charon.flood("log", 10_000)
        await feed.sync()
        assert feed.waiting == 3  # the place of those that are missing is one
        assert feed.lost == 0  # as far as the reader knows
        assert await told(feed, 3) == ["flood", "flood", "9998 lost"]
        assert feed.lost == 9998
        say(charon, "one", "two", "three")
        await feed.sync()
        assert await told(feed, 3) == ["one", "two", "1 lost"]
        assert feed.lost == 9999
        assert "lost" in (await told(other, 1025))[-1]  # its capacity is 1024


async def test_a_malformed_event_is_an_error_in_its_place(
    charon: SimulatedCharon, client: Client
) -> None:
    async with follow(client, Log) as feed:
        say(charon, "one")
        charon.garble("log", times=1)
        say(charon, "garbled", "two")
        charon.emit("log", {"msg": "without all that belongs to it"})
        say(charon, "three")
        assert await told(feed, 1) == ["one"]
        with pytest.raises(RemoteProtocolError):
            await anext(feed)
        assert await told(feed, 1) == ["two"]
        with pytest.raises(RemoteProtocolError):
            await anext(feed)
        assert await told(feed, 1) == ["three"]


async def test_several_at_once(charon: SimulatedCharon, client: Client) -> None:
    async with follow(client, Log) as one, follow(client, IkeUpDown, Log) as two:
        async with follow(client, Log) as three:
            say(charon, "to all")
            for feed in (one, two, three):
                assert await told(feed, 1) == ["to all"]
            assert hearers(charon, "log") == 1  # they share a connection, and a registration
        say(charon, "to two")
        for feed in (one, two):
            assert await told(feed, 1) == ["to two"]
    await prove(client, charon)


async def test_everything_over_one_connection(charon: SimulatedCharon) -> None:
    async with connect(charon.address, max_connections=1) as client:
        async with follow(client, Log) as feed:
            say(charon, "one")
            await client.version()
            assert await told(feed, 1) == ["one"]
            assert clients(charon) == 1


# What has arrived.


async def test_sync_returns_when_all_has_arrived(charon: SimulatedCharon, client: Client) -> None:
    async with follow(client, Log) as feed:
        charon.split(7)
        charon.flood("log", 100)
        assert feed.waiting == 0
        await feed.sync()
        assert feed.waiting == 100
        await told(feed, 30)
        assert feed.waiting == 70


async def test_sync_of_a_subscription(charon: SimulatedCharon, client: Client) -> None:
    events = client.subscribe(Log)
    assert events.waiting == 0
    with pytest.raises(RuntimeError, match="enter the subscription first"):
        await events.sync()
    with pytest.raises(RuntimeError, match="enter the subscription first"):
        await events.wait_ended()
    async with events:
        charon.flood("log", 100)
        await events.sync()
        assert events.waiting == 100
        charon.disconnect()
        await events.wait_ended()


# Entering and leaving.


async def test_an_event_that_this_daemon_does_not_have(
    charon: SimulatedCharon, client: Client
) -> None:
    with pytest.raises(UnknownEvent, match="'alert'"):
        async with follow(client, Log, Alert):
            pytest.fail("entered")
    await prove(client, charon)


async def test_a_daemon_that_is_not_there(charon: SimulatedCharon, client: Client) -> None:
    charon.stop()
    await until_noticed(client)
    with pytest.raises(ConnectError):
        async with follow(client, Log):
            pytest.fail("entered")
    charon.start()
    async with follow(client, Log) as feed:
        say(charon, "here")
        assert await told(feed, 1) == ["here"]


async def test_after_leaving_it_is_closed(charon: SimulatedCharon, client: Client) -> None:
    async with follow(client, Log) as feed:
        say(charon, "too late for this")
        await feed.sync()
    for _ in range(2):
        with anyio.fail_after(PATIENCE), pytest.raises(anyio.ClosedResourceError):
            await anext(feed)
    assert feed.waiting == 0
    await prove(client, charon)


async def test_one_that_could_not_be_entered_is_not_entered(
    charon: SimulatedCharon, client: Client
) -> None:
    feed = follow(client, Alert)
    with pytest.raises(UnknownEvent):
        await feed.__aenter__()
    with pytest.raises(RuntimeError, match="entered once"):
        await feed.__aenter__()


async def test_another_task_that_reads_is_woken_on_leaving(client: Client) -> None:
    async with anyio.create_task_group() as tasks:

        async def read() -> None:
            with anyio.fail_after(PATIENCE), pytest.raises(anyio.ClosedResourceError):
                await anext(feed)

        async with follow(client, Log) as feed:
            tasks.start_soon(read)
            await anyio.wait_all_tasks_blocked()


async def test_wrong_use_is_told(client: Client) -> None:
    with pytest.raises(TypeError, match="at least one class"):
        follow(client)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="classes of events, not 'log'"):
        follow(client, "log")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="at least 1, not 0"):
        await follow(client, Log, capacity=0).__aenter__()
    feed = follow(client, Log)
    assert (feed.waiting, feed.lost) == (0, 0)
    with pytest.raises(RuntimeError, match="enter the feed first"):
        await anext(feed)
    async with feed:
        with pytest.raises(RuntimeError, match="entered once"):
            await feed.__aenter__()


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, StopAsyncIteration])
async def test_what_the_body_raises_comes_out_bare(
    charon: SimulatedCharon, client: Client, error: type[BaseException]
) -> None:
    raised = error("as it was")
    with pytest.raises(error) as caught:
        async with follow(client, Log):
            raise raised
    assert caught.value is raised
    await prove(client, charon)
