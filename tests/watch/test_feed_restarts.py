"""Events for ever: the daemon goes and comes, the reader is told and misses as little as can be."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import anyio
import pytest
import trio
from trio.testing import MockClock

from anyvici import (
    Alert,
    Client,
    Connected,
    ConnectionLost,
    Disconnected,
    Log,
    UnknownEvent,
    connect,
    follow,
)
from anyvici.testing import SimulatedCharon
from tests.watch.following import (
    PATIENCE,
    InMemory,
    clients,
    hearers,
    lose,
    prove,
    say,
    short,
    told,
    until_heard,
)

anyio_test = pytest.mark.anyio
trio_test = pytest.mark.trio


@pytest.fixture
async def client(charon: SimulatedCharon) -> AsyncGenerator[Client]:
    async with connect(charon.address) as client:
        yield client


# In how many ways a connection is lost.

Loss = Callable[[SimulatedCharon], Awaitable[None]]


async def restart(charon: SimulatedCharon) -> None:
    charon.restart()


async def restart_later(charon: SimulatedCharon) -> None:
    charon.restart(after=0.1)


async def stop_and_start(charon: SimulatedCharon) -> None:
    charon.stop()
    await anyio.sleep(0.1)
    charon.start()


async def shut_down_and_start(charon: SimulatedCharon) -> None:
    charon.shut_down()
    await anyio.sleep(0.1)
    charon.start()


async def disconnect(charon: SimulatedCharon) -> None:
    charon.disconnect()


every_loss = pytest.mark.parametrize(
    "loss", [restart, restart_later, stop_and_start, shut_down_and_start, disconnect]
)


@anyio_test
@every_loss
@pytest.mark.parametrize("options", [{}, {"wait": 60}, {"max_connections": 1}], ids=str)
async def test_the_reader_is_told_of_a_loss_and_goes_on(
    charon: SimulatedCharon, loss: Loss, options: dict[str, int]
) -> None:
    async with connect(charon.address, **options) as client, follow(client, Log) as feed:
        for _ in range(2):
            say(charon, "before")
            await feed.sync()
            await loss(charon)
            assert await told(feed, 3) == ["before", "gone", "back"]
            say(charon, "after")
            assert await told(feed, 1) == ["after"]
        assert feed.waiting == 0


@anyio_test
@every_loss
async def test_one_that_waits_for_an_event_is_told_of_a_loss(
    charon: SimulatedCharon, client: Client, loss: Loss
) -> None:
    story: list[str] = []

    async def read() -> None:
        story.extend(await told(feed, 3))

    async with follow(client, Log) as feed:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            await anyio.wait_all_tasks_blocked()
            await loss(charon)
            await until_heard(charon)
            say(charon, "after")
    assert story == ["gone", "back", "after"]
    await prove(client, charon)


@anyio_test
async def test_what_has_arrived_comes_before_the_loss(
    charon: SimulatedCharon, client: Client
) -> None:
    async with follow(client, Log, capacity=3) as feed:
        say(charon, "one", "two", "three", "four", "five")
        await feed.sync()
        charon.restart()
        await until_heard(charon)
        assert await told(feed, 6) == ["one", "two", "three", "2 lost", "gone", "back"]


@anyio_test
async def test_what_is_told_while_the_reader_is_busy_is_not_lost(
    charon: SimulatedCharon, client: Client
) -> None:
    """The connection is opened again at once, not when the reader comes to the loss."""
    async with follow(client, Log) as feed:
        say(charon, "before")
        await feed.sync()
        charon.restart()
        await until_heard(charon)
        say(charon, "meanwhile")
        charon.flood("log", 500)
        say(charon, "and at last")
        assert feed.waiting == 1  # of the connection the reader is at
        assert await told(feed, 4) == ["before", "gone", "back", "meanwhile"]
        assert await told(feed, 501) == ["flood"] * 500 + ["and at last"]


@anyio_test
async def test_a_reader_that_is_absent_while_the_daemon_restarts_often(
    charon: SimulatedCharon, client: Client
) -> None:
    """What is kept for it does not grow: the connection it is at, and one ahead of it."""
    async with follow(client, Log, capacity=2) as feed:
        for number in range(10):
            charon.flood("log", 10)
            with anyio.move_on_after(0.02):
                await until_heard(charon)
                await client.version()
            charon.restart()
            await anyio.sleep(0.01)
            assert len(feed._held) <= 2, number
            assert clients(charon) <= 2, number
        story: list[str] = []
        while len(story) < 4 or story[-1] != "back" or not hearers(charon, "log"):
            story += await told(feed, 1)
        say(charon, "the last")
        while story[-1] != "the last":
            story += await told(feed, 1)
        states = [item for item in story if item in ("gone", "back")]
        assert states == ["gone", "back"] * (len(states) // 2)
        assert len(states) <= 6
    await prove(client, charon)


@anyio_test
async def test_several_are_told_of_every_loss(charon: SimulatedCharon, client: Client) -> None:
    async with follow(client, Log) as one, follow(client, Log) as two:
        for _ in range(3):
            async with follow(client, Log) as three:
                charon.restart()
                for feed in (three, one, two):
                    assert await told(feed, 2) == ["gone", "back"]
                say(charon, "here")
                for feed in (two, three, one):
                    assert await told(feed, 1) == ["here"]
                assert hearers(charon, "log") == 1
        assert len(one._held) == len(two._held) == 1  # nothing is kept of what was lost
    await prove(client, charon)


@anyio_test
async def test_what_is_told_of_the_loss(charon: SimulatedCharon, client: Client) -> None:
    async with follow(client, Log) as feed:
        charon.restart()
        gone, back = await anext(feed), await anext(feed)
    assert gone == Disconnected("the daemon closed the connection")
    assert isinstance(back, Connected)
    assert back.version == await client.version()
    assert back.gap


@anyio_test
async def test_a_command_that_takes_long_does_not_delay_the_feed(
    charon: SimulatedCharon, client: Client
) -> None:
    charon.swallow("get-conns")
    async with follow(client, Log) as feed, anyio.create_task_group() as tasks:
        tasks.start_soon(client.get_conns)
        await anyio.wait_all_tasks_blocked()
        lose(charon, "log")  # that connection alone; somebody waits on another, for ever
        assert await told(feed, 2) == ["gone", "back"]
        tasks.cancel_scope.cancel()


@anyio_test
async def test_another_version_comes_back(tmp_path: Path) -> None:
    path = str(tmp_path / "vici")
    async with SimulatedCharon(path) as old:
        async with connect(path, wait=60) as client, follow(client, Log) as feed:
            old.stop()
            async with SimulatedCharon(path, version="6.0.6"):
                await anext(feed)
                back = await anext(feed)
    assert isinstance(back, Connected)
    assert back.version.version == "6.0.6"


@anyio_test
async def test_an_older_daemon_comes_back_without_the_event(tmp_path: Path) -> None:
    path = str(tmp_path / "vici")
    async with SimulatedCharon(path, version="6.0.6") as new:
        async with connect(path, wait=60) as client, follow(client, Log, Alert) as feed:
            say(new, "before")
            await feed.sync()
            new.stop()
            async with SimulatedCharon(path, version="5.9.8") as older:
                assert await told(feed, 2) == ["before", "gone"]
                for _ in range(2):
                    with anyio.fail_after(5), pytest.raises(UnknownEvent, match="alert"):
                        await anext(feed)
                await prove(client, older)


@anyio_test
async def test_over_a_stream_that_was_given_there_is_no_way_on(charon: SimulatedCharon) -> None:
    async with connect(charon.connect()) as client, follow(client, Log) as feed:
        say(charon, "before")
        await feed.sync()
        charon.disconnect()
        assert await told(feed, 2) == ["before", "gone"]
        for _ in range(2):
            with (
                anyio.fail_after(5),
                pytest.raises(ConnectionLost, match="cannot be another"),
            ):
                await anext(feed)
        with pytest.raises(ConnectionLost):
            await feed.sync()
    with anyio.fail_after(PATIENCE), pytest.raises(anyio.ClosedResourceError):
        await anext(feed)


@anyio_test
async def test_there_is_nothing_to_be_in_step_with_while_it_is_gone(
    charon: SimulatedCharon, client: Client
) -> None:
    async with follow(client, Log) as feed:
        charon.stop()
        with pytest.raises(ConnectionLost, match="daemon closed"):
            await feed.sync()
        assert await told(feed, 1) == ["gone"]
        with pytest.raises(ConnectionLost, match="is not there"):
            await feed.sync()
        assert feed.waiting == 0
        charon.start()
        await until_heard(charon)
        charon.flood("log", 5)
        with pytest.raises(ConnectionLost, match="is not there"):  # as far as the reader knows
            await feed.sync()
        assert await told(feed, 1) == ["back"]
        await feed.sync()
        assert feed.waiting == 5


@anyio_test
async def test_leaving_while_the_daemon_is_gone(charon: SimulatedCharon, client: Client) -> None:
    async with anyio.create_task_group() as tasks:

        async def read() -> None:
            assert short(await anext(feed)) == "gone"
            with anyio.fail_after(PATIENCE), pytest.raises(anyio.ClosedResourceError):
                await anext(feed)

        async with follow(client, Log) as feed:
            tasks.start_soon(read)
            charon.stop()
            await anyio.sleep(0.05)
    charon.start()
    await prove(client, charon)


@anyio_test
async def test_leaving_with_a_connection_ahead(charon: SimulatedCharon, client: Client) -> None:
    async with follow(client, Log) as feed:
        charon.restart()
        await until_heard(charon)
        await client.version()
    with anyio.fail_after(PATIENCE), pytest.raises(anyio.ClosedResourceError):
        await anext(feed)
    await prove(client, charon)


@anyio_test
async def test_a_daemon_whose_answer_is_no_message_when_it_comes_back(
    charon: SimulatedCharon, client: Client
) -> None:
    async with follow(client, Log) as feed:
        charon.garble("version", times=3)
        charon.restart()
        assert await told(feed, 2) == ["gone", "back"]


@anyio_test
async def test_a_daemon_that_goes_again_before_it_has_answered(
    charon: SimulatedCharon, client: Client
) -> None:
    async with follow(client, Log) as feed:
        charon.swallow("version", times=2)
        for _ in range(3):
            charon.restart()
            await anyio.sleep(0.05)
        assert await told(feed, 2) == ["gone", "back"]
        say(charon, "here")
        assert await told(feed, 1) == ["here"]
    await prove(client, charon)


# On a virtual clock.


@trio_test
@pytest.mark.parametrize("wait", [None, 30])
async def test_a_daemon_that_is_away_for_an_hour(
    charon: SimulatedCharon, autojump_clock: MockClock, wait: float | None
) -> None:
    address = InMemory(charon)
    async with connect(address, wait=wait) as client, follow(client, Log) as feed:
        charon.restart(after=3600)
        assert short(await anext(feed)) == "gone"
        assert trio.current_time() == 0
        assert short(await anext(feed)) == "back"
        assert 3600 <= trio.current_time() <= 3602
        say(charon, "here")
        assert short(await anext(feed)) == "here"
    if wait is None:  # the longest pause is 2 seconds
        assert 3600 / 2 <= len(address.attempts) <= 3600 + 20


@trio_test
async def test_leaving_ends_the_attempts(
    charon: SimulatedCharon, autojump_clock: MockClock
) -> None:
    address = InMemory(charon)
    async with connect(address) as client:
        async with follow(client, Log):
            charon.stop()
            await trio.sleep(10)
        made = len(address.attempts)
        assert made > 5
        await trio.sleep(10)
        assert len(address.attempts) == made
