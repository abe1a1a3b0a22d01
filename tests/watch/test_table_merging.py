"""What happens while a list is under way: before charon looks, and after."""

import math
from collections.abc import Awaitable, Callable

import anyio
import pytest

from anyvici import Client, SaTable, connect, watch_sas
from anyvici.testing import SimulatedCharon
from tests.watch.following import InMemory
from tests.watch.tables import PATIENCE, is_right, load, prove, settled, told, up

pytestmark = pytest.mark.anyio

MEANWHILE = 0.05  # seconds that a list takes

# In charon, list-sas looks at the end of its delay; and a table takes a list in when all events
# are there that came before its answer, for which it asks for the version.
SLOW = pytest.mark.parametrize("slow", ["list-sas", "version"], ids=["before", "after"])


async def nothing(client: Client) -> None:
    pass


async def come_up(client: Client) -> None:
    await up(client, "new", "net")


async def another_child(client: Client) -> None:
    await up(client, "gw", "net2")


async def child_goes(client: Client) -> None:
    await client.terminate(ike="gw", child="net", timeout=PATIENCE)


async def ike_goes(client: Client) -> None:
    await client.terminate(ike="gw", timeout=PATIENCE)


async def rekey_child(client: Client) -> None:
    await client.rekey(ike="gw", child="net")


async def rekey_ike(client: Client) -> None:
    await client.rekey(ike="gw")


async def everything(client: Client) -> None:
    await rekey_child(client)
    await rekey_ike(client)
    await another_child(client)
    await come_up(client)
    await rekey_ike(client)
    await rekey_child(client)
    await client.terminate(ike="new", timeout=PATIENCE)
    await come_up(client)


async def come_and_go(client: Client) -> None:
    await come_up(client)
    await client.rekey(ike="new", child="net")
    await client.rekey(ike="new")
    await client.terminate(ike="new", timeout=PATIENCE)


DOINGS = pytest.mark.parametrize(
    "do",
    [
        nothing,
        come_up,
        another_child,
        child_goes,
        ike_goes,
        rekey_child,
        rekey_ike,
        everything,
        come_and_go,
    ],
)
Do = Callable[[Client], Awaitable[None]]


async def prepare(client: Client) -> None:
    await load(client, "gw", 7, "net", "net2")
    await load(client, "new", 8)
    await up(client)


async def under_way(charon: SimulatedCharon, slow: str) -> None:
    """Wait until the daemon is at the slow command; that its delay is used up tells it."""
    with anyio.fail_after(PATIENCE):
        while charon._faults._kinds["delay"][slow].left:
            await anyio.sleep(0.001)


async def changed_nothing_wrongly(table: SaTable, client: Client) -> None:
    await is_right(table, client)
    await table._entered().refresh()  # a list that nothing crosses finds nothing
    assert table.repairs == 0
    await is_right(table, client)


@SLOW
@DOINGS
async def test_the_first_list(charon: SimulatedCharon, do: Do, slow: str) -> None:
    """Two clients: what one of them does must not wait for the other's list."""
    async with connect(InMemory(charon)) as client, connect(InMemory(charon)) as other:
        await prepare(other)
        charon.delay(slow, MEANWHILE, times=1)

        async def meanwhile() -> None:
            await under_way(charon, slow)
            await do(other)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(meanwhile)
            async with watch_sas(client, refresh=math.inf) as table:
                await changed_nothing_wrongly(table, other)
        await prove(client, charon)


@SLOW
@DOINGS
async def test_a_refresh(charon: SimulatedCharon, do: Do, slow: str) -> None:
    async with connect(InMemory(charon)) as client, connect(InMemory(charon)) as other:
        await prepare(other)
        async with watch_sas(client, refresh=0.02) as table:
            charon.delay(slow, MEANWHILE, times=1)
            await under_way(charon, slow)
            await do(other)
            await anyio.sleep(2 * MEANWHILE)
            await settled(table)
            assert table.repairs == 0
            await is_right(table, other)
        async with watch_sas(other) as fresh:
            assert await told(fresh) == []


@SLOW
@DOINGS
async def test_a_list_after_something_was_missed(
    charon: SimulatedCharon, do: Do, slow: str
) -> None:
    """The SAs are the same ones, and so is what is shown before and after."""
    async with connect(InMemory(charon)) as client, connect(InMemory(charon)) as other:
        await prepare(other)
        async with watch_sas(client, refresh=math.inf) as table:
            charon.delay(slow, MEANWHILE, times=1)
            charon.garble("ike-update", times=1)
            charon.emit("ike-update", {})  # which is no message then
            await under_way(charon, slow)
            await do(other)
            await table.wait_for(lambda table: table._entered()._next is None)
            await changed_nothing_wrongly(table, other)


async def test_something_is_missed_while_it_lists(charon: SimulatedCharon) -> None:
    """A list from before that is of no use: there is another one."""
    async with connect(InMemory(charon)) as client, connect(InMemory(charon)) as other:
        await prepare(other)
        async with watch_sas(client, refresh=math.inf) as table:
            charon.delay("version", MEANWHILE, times=1)
            charon.garble("ike-update", times=1)
            charon.emit("ike-update", {})
            await under_way(charon, "version")
            charon.garble("child-rekey", times=1)
            await rekey_child(other)
            await table.wait_for(lambda table: table._entered()._next is None)
            await changed_nothing_wrongly(table, other)
            assert [*table.child_sas] == [2]
