"""Tables and waiting, cancelled at every checkpoint, in every way; the client survives."""

import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest

from anyvici import Client, ConnectionLost, Removed, Resynced, connect, wait_established, watch_sas
from anyvici.testing import SimulatedCharon
from tests.sweep import cancel_at, every_way
from tests.watch.following import InMemory, until_heard
from tests.watch.tables import PATIENCE, load, prove, told, up

pytestmark = pytest.mark.anyio


async def entering_and_leaving(client: Client, charon: SimulatedCharon) -> None:
    async with watch_sas(client) as table:
        assert table.connected


async def changes(client: Client, charon: SimulatedCharon) -> None:
    async with watch_sas(client) as table:
        charon.rekey("gw")
        charon.rekey(child="net")
        charon.emit("ike-updown", {"gw": {"uniqueid": "7"}})  # which tells too little
        async for change in table:
            if isinstance(change, Resynced):
                break
        assert [*table.ike_sas] == [*table.child_sas] == [2]


async def a_refresh(client: Client, charon: SimulatedCharon) -> None:
    async with watch_sas(client, refresh=0.001) as table:
        charon.traffic("net", octets_in=1)
        await anext(table)
        assert table.child_sas[1].bytes_in == 1


async def a_restart(client: Client, charon: SimulatedCharon) -> None:
    async with watch_sas(client, refresh=math.inf) as table:
        charon.restart()
        await table.wait_for(lambda table: not table.connected)
        await table.wait_for(lambda table: table.connected)
        assert isinstance(await anext(table), Removed)


async def waiting_for_a_change(client: Client, charon: SimulatedCharon) -> None:
    async with watch_sas(client) as table, anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(table.wait_for, lambda table: 2 in table.ike_sas)
        charon.rekey("gw")
        await table.wait_for(lambda table: 2 in table.ike_sas)


async def waiting_for_what_is_up(client: Client, charon: SimulatedCharon) -> None:
    assert (await wait_established(client, ike="gw", child="net")).uniqueid == 1


async def waiting_for_what_comes_up(client: Client, charon: SimulatedCharon) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: wait_established(client, child="net2"))
        await client.initiate(child="net2", timeout=PATIENCE)


async def waiting_across_a_restart(client: Client, charon: SimulatedCharon) -> None:
    async def wait() -> None:
        with suppress(ConnectionLost):  # if it is not waiting yet, but subscribing
            await wait_established(client, child="net2")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await until_heard(charon, "child-updown")
        charon.restart()
        async with connect(InMemory(charon)) as peer:
            await load(peer, "gw", 7, "net", "net2")
            await up(peer, "gw", "net2")


OPERATIONS = [
    entering_and_leaving,
    changes,
    a_refresh,
    a_restart,
    waiting_for_a_change,
    waiting_for_what_is_up,
    waiting_for_what_comes_up,
    waiting_across_a_restart,
]


@every_way
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_sweep(
    operation: Callable[[Client, SimulatedCharon], Awaitable[Any]], way: str
) -> None:
    """Cancelled here, everything it began has ended, and a new table is as good as the first."""
    reached, at = True, 0
    while reached:
        at += 1
        async with SimulatedCharon() as charon, connect(InMemory(charon)) as client:
            await load(client, "gw", 7, "net", "net2")
            await up(client)
            begun = anyio.current_time()
            reached = await cancel_at(operation(client, charon), at, way)
            assert anyio.current_time() - begun < PATIENCE  # it ended, not by running out of time
            await prove_anew(client, charon)
    assert at > 3


async def prove_anew(client: Client, charon: SimulatedCharon) -> None:
    with anyio.fail_after(PATIENCE):
        async with connect(InMemory(charon)) as fresh:
            await load(fresh, "last", 9)
        async with watch_sas(client) as table:
            await up(client, "last", "net")
            (added, _) = (await told(table))[-2:]
            assert added.new.name == "last"
    await prove(client, charon)
