"""A charon that dies, or stops, under a client's hands."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from anyvici import Connection, ConnectionLost, Event, open_connection
from tests.conformance.state import UP_AND_DOWN, establish, list_conns, story
from tests.live.charon import PATIENCE
from tests.live.gateways import Gateways

pytestmark = pytest.mark.anyio

SOON = 5  # seconds in which everyone must know


class User:
    """Somebody who uses a connection over and over until it is lost."""

    def __init__(self, use: Callable[[Connection], Awaitable[object]]) -> None:
        self._use = use
        self.busy = anyio.Event()
        self.ending: ConnectionLost | None = None

    async def run(self, connection: Connection) -> None:
        try:
            while True:
                await self._use(connection)
                self.busy.set()
        except ConnectionLost as error:
            self.ending = error


async def call(connection: Connection) -> None:
    assert (await connection.call("version"))["daemon"] == "charon"


async def batch(connection: Connection) -> None:
    assert len(await connection.batch([("version", None)] * 200)) == 200


async def stream(connection: Connection) -> None:
    assert len(await list_conns(connection)) == 301


async def subscribe(connection: Connection) -> None:
    async with connection.subscribe("log", capacity=100_000) as events:
        while True:
            await anext(events)


@pytest.mark.parametrize("frozen", [False, True], ids=["running", "frozen"])
async def test_everyone_hears_of_a_charon_that_is_killed(gateways: Gateways, frozen: bool) -> None:
    silent = [User(subscribe) for _ in range(3)]
    busy = [User(use) for use in [call] * 20 + [batch, stream] * 3]
    users = silent + busy
    with pytest.raises(ConnectionLost) as caught:
        async with open_connection(gateways.addresses["moon"]) as connection:
            await batch_of_conns(connection)
            async with anyio.create_task_group() as tasks:
                for user in users:
                    tasks.start_soon(user.run, connection)
                for user in busy:
                    await user.busy.wait()
                await kill(gateways, frozen)
                tasks.cancel_scope.deadline = anyio.current_time() + SOON
            with anyio.fail_after(SOON):  # who comes later is told as well
                await connection.call("version")
    endings = [caught.value, *(user.ending for user in users)]
    for ending in endings:
        assert type(ending) is ConnectionLost
        assert ending.__cause__ is not None
    assert len(set(map(id, endings))) == len(endings)  # raised twice, one would spoil the other
    await assert_starts_again(gateways)


async def test_a_charon_that_stops_tells_what_goes_down(
    gateways: Gateways, moon: Connection
) -> None:
    await establish(moon)
    seen: list[Event] = []
    async with moon.subscribe(*UP_AND_DOWN) as events:
        gateways.terminate("moon")
        with anyio.fail_after(PATIENCE), pytest.raises(ConnectionLost):
            while True:
                seen.append(await anext(events))
    assert story(seen) == ["ike-updown down", "child-updown down"]
    with pytest.raises(ConnectionLost):
        await moon.call("version")
    await assert_starts_again(gateways)


async def batch_of_conns(connection: Connection) -> None:
    await connection.batch([("load-conn", {f"c{number}": {"version": 2}}) for number in range(300)])


async def kill(gateways: Gateways, frozen: bool) -> None:
    """Kill moon: at any moment, or when everyone waits for it."""
    if not frozen:
        gateways.kill("moon")
    else:
        with gateways["moon"].frozen():
            await anyio.wait_all_tasks_blocked()
            gateways.kill("moon")


async def assert_starts_again(gateways: Gateways) -> None:
    gateways.start("moon")
    with anyio.fail_after(PATIENCE):
        async with open_connection(gateways.addresses["moon"]) as connection:
            await call(connection)
