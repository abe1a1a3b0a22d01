"""A feed, and a client that waits, cancelled at every checkpoint, in every way."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
import trio
from anyio.lowlevel import checkpoint

from anyvici import Client, Log, connect, follow
from anyvici.testing import SimulatedCharon
from tests.sweep import cancel_at, every_way
from tests.watch.following import InMemory, prove, say, short, told, until_heard

pytestmark = pytest.mark.anyio


def what_there_is() -> tuple[int, int]:
    """Return the number of tasks and of open descriptors."""
    try:
        tasks = len(asyncio.all_tasks())
    except RuntimeError:
        tasks = trio.lowlevel.current_statistics().tasks_living
    return tasks, len(os.listdir("/dev/fd"))


async def reading(client: Client, charon: SimulatedCharon) -> None:
    async with follow(client, Log) as feed:
        say(charon, "one", "two")
        assert await told(feed, 2) == ["one", "two"]


async def syncing(client: Client, charon: SimulatedCharon) -> None:
    async with follow(client, Log) as feed:
        charon.flood("log", 10)
        await feed.sync()
        assert feed.waiting == 10


async def a_restart(client: Client, charon: SimulatedCharon) -> None:
    async with follow(client, Log) as feed:
        charon.restart()
        assert await told(feed, 2) == ["gone", "back"]
        say(charon, "here")
        assert await told(feed, 1) == ["here"]


async def a_restart_ahead_of_the_reader(client: Client, charon: SimulatedCharon) -> None:
    async with follow(client, Log) as feed:
        for _ in range(2):
            charon.restart()
            await until_heard(charon)
            assert short(await anext(feed)) == "gone"
            assert short(await anext(feed)) == "back"


async def a_daemon_that_is_gone(client: Client, charon: SimulatedCharon) -> None:
    async with follow(client, Log) as feed:
        charon.stop()
        assert await told(feed, 1) == ["gone"]
        with anyio.move_on_after(0.005):
            await anext(feed)


async def several(client: Client, charon: SimulatedCharon) -> None:
    async with follow(client, Log) as one, follow(client, Log) as two:
        charon.restart()
        assert await told(one, 2) == ["gone", "back"]
        assert await told(two, 2) == ["gone", "back"]


Operation = Callable[[Client, SimulatedCharon], Awaitable[None]]
OPERATIONS = [
    reading,
    syncing,
    a_restart,
    a_restart_ahead_of_the_reader,
    a_daemon_that_is_gone,
    several,
]


@every_way
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("in_memory", [True, False], ids=["memory", "unix"])
async def test_a_feed(operation: Operation, way: str, in_memory: bool) -> None:
    reached, at = True, 0
    async with SimulatedCharon() as charon:
        before = what_there_is()
        while reached:
            at += 1
            async with connect(InMemory(charon) if in_memory else charon.address) as client:
                with anyio.fail_after(10) as patience:
                    reached = await cancel_at(operation(client, charon), at, way)
                assert not patience.cancelled_caught
                charon.start()  # if it is not there
                await prove(client, charon)
                await reading(client, charon)
            with anyio.fail_after(10):
                while what_there_is() != before:  # the daemon has to notice
                    await anyio.sleep(0.001)
    assert at > 3


@every_way
async def test_reading_loses_nothing(way: str) -> None:
    """Each time the reader waits it is cancelled; what comes then comes to the next attempt."""
    story: list[str] = []

    async with SimulatedCharon() as charon, connect(charon.address) as client:
        async with follow(client, Log) as feed:

            async def read() -> None:
                story.append(short(await anext(feed)))

            async def read_up_to(last: str) -> None:
                with anyio.fail_after(10):
                    while last not in story:
                        await cancel_at(read(), 1, way)
                        await checkpoint()

            for number in range(50):
                say(charon, f"{number}")
                if number % 10 == 0:
                    await read_up_to(f"{number}")
            await read_up_to("49")
            charon.restart()
            await read_up_to("back")
            await until_heard(charon)
            say(charon, "after")
            await read_up_to("after")
    assert story == [*map(str, range(50)), "gone", "back", "after"]


@every_way
@pytest.mark.parametrize("left_behind", [True, False])
async def test_waiting_for_a_daemon(way: str, left_behind: bool, tmp_path: Path) -> None:
    """The pauses end at some checkpoint or other; what was opened is closed again."""
    path = str(tmp_path / "vici")

    async def wait_and_ask() -> None:
        async with connect(path, wait=60) as client:
            await client.version()

    if left_behind:
        async with SimulatedCharon(path) as charon:
            charon.stop()
            os.link(path, tmp_path / "kept")
        os.rename(tmp_path / "kept", path)
    before = what_there_is()
    for at in range(1, 8):
        assert await cancel_at(wait_and_ask(), at, way)
        await anyio.wait_all_tasks_blocked()
        assert what_there_is() == before


@every_way
async def test_a_daemon_comes_while_somebody_waits(way: str) -> None:
    reached, at = True, 0
    async with SimulatedCharon() as charon:
        before = what_there_is()

        async def wait_and_ask() -> None:
            async with connect(charon.address, wait=60) as client:
                charon.restart(after=0.002)
                await anyio.wait_all_tasks_blocked()
                await client.version()

        while reached:
            at += 1
            with anyio.fail_after(10):
                reached = await cancel_at(wait_and_ask(), at, way)
                charon.start()
                while what_there_is() != before:
                    await anyio.sleep(0.001)
    assert at > 4
