"""A table, a feed and a client, while charon is killed and started again under their hands."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import trio

from anyvici import (
    Client,
    CommandError,
    Connected,
    ConnectError,
    ConnectionLost,
    Disconnected,
    Feed,
    IkeUpDown,
    Log,
    SaTable,
    connect,
    follow,
)
from tests.conformance.mirrored import Mirrored, is_at_rest, mirrored
from tests.live.charon import PATIENCE
from tests.live.gateways import Gateways, load

pytestmark = pytest.mark.anyio

RESTARTS = 20

LOAD: list[Callable[[Client], Any]] = [
    lambda client: client.initiate(ike="gw", child="net", timeout=2),
    lambda client: client.terminate(child="net", timeout=2),
    lambda client: client.terminate(ike="gw", timeout=2),
    lambda client: client.rekey(child="net"),
    lambda client: client.rekey(ike="gw"),
    lambda client: client.rekey(ike="gw", reauth=True),
    lambda client: client.list_sas(),
    lambda client: client.list_conns(),
]
# What is lost, what is refused, and what is over before it is begun.
COPED_WITH = (ConnectionLost, ConnectError, CommandError)


async def test_a_charon_is_killed_time_and_again(gateways: Gateways, anyio_backend: str) -> None:
    files, tasks = open_files(), running_tasks(anyio_backend)
    told: list[object] = []
    async with (
        connect(gateways.addresses["moon"], wait=PATIENCE) as moon,
        connect(gateways.addresses["sun"], wait=PATIENCE) as sun,
        mirrored(moon, sun, refresh=0.1) as (here, there),
        follow(moon, IkeUpDown, Log, capacity=100_000) as feed,
        anyio.create_task_group() as readers,
    ):
        readers.start_soon(keep, feed, told)
        async with anyio.create_task_group() as load_tasks:
            for gateway in (moon, sun):
                for use in LOAD:
                    load_tasks.start_soon(use_for_ever, gateway, use)
            for number in range(RESTARTS):
                await anyio.sleep(0.02 * (number % 10))
                await restart(gateways, here.table)
                await end_half_open(sun)
            with anyio.fail_after(PATIENCE):
                while sum(isinstance(item, Connected) for item in told) < RESTARTS:
                    await anyio.sleep(0.01)
            load_tasks.cancel_scope.cancel()
        await quiet_down(here, there)
        readers.cancel_scope.cancel()
    breaks = [item for item in told if isinstance(item, Connected | Disconnected)]
    assert [type(item) for item in breaks] == [Disconnected, Connected] * RESTARTS
    await anyio.lowlevel.checkpoint()  # for what was cancelled to be gone
    assert open_files() == files
    assert running_tasks(anyio_backend) == tasks


async def use_for_ever(client: Client, use: Callable[[Client], Any]) -> None:
    """Use a client as long as there is one, whatever becomes of what it is asked for."""
    while True:
        try:
            with anyio.fail_after(PATIENCE):
                await use(client)
        except COPED_WITH:
            pass
        await anyio.sleep(0.02)


async def keep(feed: Feed[Any], told: list[object]) -> None:
    async for item in feed:
        told.append(item)


async def restart(gateways: Gateways, table: SaTable) -> None:
    """Kill moon and start it again, while all others go on; wait until it is followed again."""
    await anyio.to_thread.run_sync(gateways.kill, "moon")
    with anyio.fail_after(PATIENCE):
        await table.wait_for(lambda table: not table.connected)
    await anyio.to_thread.run_sync(gateways.start, "moon")
    await load(gateways.addresses)
    with anyio.fail_after(PATIENCE):
        await table.wait_for(lambda table: table.connected)


async def end_half_open(sun: Client) -> None:
    """End what the dead moon has begun: after five of them charon takes no more from a peer."""
    for ike_sa in await sun.list_sas(ike="(unnamed)"):
        with suppress(CommandError):  # it was not of the dead one, and is up
            await sun.terminate(ike_id=ike_sa.uniqueid, force=True, timeout=0.5)


async def quiet_down(*tables: Mirrored) -> None:
    """Have an SA up for sure, and see that each table is what its charon lists."""
    await end_what_hangs(*tables)
    for table in tables:
        await table.settle()
    while not any(table.table.child_sas for table in tables):
        with suppress(CommandError):  # what the load has left may be in the way
            await tables[0].client.initiate(ike="gw", child="net", timeout=5)
        for table in tables:
            await table.settle()


async def end_what_hangs(*tables: Mirrored) -> None:
    """End the IKE_SAs that still are at something: with a dead peer that takes half a minute."""
    busy = True
    with anyio.fail_after(PATIENCE):
        while busy:
            await anyio.sleep(0.2)
            busy = False
            for table in tables:
                for ike_sa in await table.client.list_sas():
                    if not is_at_rest([ike_sa]):
                        busy = True
                        with suppress(CommandError):  # it has gone by itself, or now by force
                            await table.client.terminate(
                                ike_id=ike_sa.uniqueid, force=True, timeout=0.5
                            )


async def test_a_charon_is_waited_for_while_it_starts(gateways: Gateways) -> None:
    """There is the socket of the one before, then none, then one that nobody listens on yet."""
    address = gateways.addresses["moon"]
    for _ in range(5):
        gateways.kill("moon")
        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.to_thread.run_sync, gateways.start, "moon")
                async with connect(address, wait=PATIENCE) as client:
                    assert await client.get_conns() == []


def open_files() -> list[str]:
    """Return what the open file descriptors are of, in order."""
    return sorted(
        os.readlink(f"/proc/self/fd/{number}").split(":")[0]
        for number in os.listdir("/proc/self/fd")
        if os.path.islink(f"/proc/self/fd/{number}")
    )


def running_tasks(backend: str) -> int:
    """Return how many tasks there are."""
    if backend == "asyncio":
        return len(asyncio.all_tasks())
    return trio.lowlevel.current_statistics().tasks_living
