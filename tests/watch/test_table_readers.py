"""Those who read a table: what they see, in what order, and what ends it."""

from contextlib import suppress
from typing import Any

import anyio
import pytest

from anyvici import (
    Client,
    ConnectionLost,
    SaTable,
    connect,
    watch_sas,
)
from anyvici.testing import SimulatedCharon
from tests.watch.following import InMemory
from tests.watch.tables import PATIENCE, settled, shown, told, up, watched

pytestmark = pytest.mark.anyio


# The changes.


async def test_a_slow_reader(charon: SimulatedCharon) -> None:
    """It gets what it holds, then how many are missing, then what comes after that."""
    async with watched(charon, capacity=3) as (client, table):
        await up(client)
        for _ in range(4):
            await client.rekey(ike="gw")
            await settled(table)
        changes = await told(table)
        assert shown(*changes) == ["Added gw", "Added net", "Rekeyed gw", "Resynced"]
        assert (changes[-1].lost, changes[-1].reason) == (
            3,
            "the reader of the changes was too slow",
        )
        assert [*table.ike_sas] == [5]  # the table itself misses nothing
        await client.rekey(child="net")
        assert shown(*await told(table)) == ["Rekeyed net"]
        assert table.repairs == 0


async def test_a_reader_who_is_cancelled_has_taken_nothing(charon: SimulatedCharon) -> None:
    async with watched(charon) as (client, table):
        with anyio.move_on_after(0.01):
            await anext(table)
        await up(client)
        await settled(table)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anext(table)
        assert shown(*await told(table)) == ["Added gw", "Added net"]


async def test_what_is_read_cannot_be_changed(charon: SimulatedCharon) -> None:
    async with watched(charon) as (client, table):
        await up(client)
        await settled(table)
        seen: Any = table.ike_sas
        with pytest.raises(TypeError):
            seen[2] = None
        await client.rekey(ike="gw")
        await settled(table)
        assert [*seen] == [2]  # it changes under your eyes


# Waiting.


def is_up(table: SaTable) -> Any:
    return table.child_sas.get(1)


async def test_what_is_true_already(charon: SimulatedCharon) -> None:
    async with watched(charon) as (client, table):
        await up(client)
        await settled(table)
        assert await table.wait_for(is_up) == table.child_sas[1]


async def test_what_is_true_later(charon: SimulatedCharon) -> None:
    async with watched(charon) as (client, table), anyio.create_task_group() as tasks:
        tasks.start_soon(up, client)
        with anyio.fail_after(PATIENCE):
            child_sa = await table.wait_for(is_up)
        assert (child_sa.name, child_sa.state) == ("net", "INSTALLED")
        with anyio.move_on_after(0.02) as scope:
            await table.wait_for(lambda table: len(table.ike_sas) == 2)
        assert scope.cancelled_caught


async def test_what_a_predicate_raises_comes_out(charon: SimulatedCharon) -> None:
    async with watched(charon) as (client, table):
        with pytest.raises(KeyError, match="1"):
            await table.wait_for(lambda table: table.ike_sas[1])
        await up(client)
        await settled(table)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_terminate, client)
            with anyio.fail_after(PATIENCE), pytest.raises(KeyError, match="1"):
                await table.wait_for(lambda table: table.ike_sas[1] is None)
        assert await table.wait_for(lambda table: table.connected)


async def _terminate(client: Client) -> None:
    await client.terminate(ike="gw", timeout=PATIENCE)


async def test_many_wait(charon: SimulatedCharon) -> None:
    found = []

    async def wait(number: int) -> None:
        found.append((number, (await table.wait_for(lambda table: table.ike_sas.get(number))).name))

    with anyio.fail_after(PATIENCE):
        async with watched(charon) as (client, table), anyio.create_task_group() as tasks:
            for number in [*range(1, 6)] * 20:
                tasks.start_soon(wait, number)
            await up(client)
            for number in range(1, 5):
                await table.wait_for(lambda table, number=number: number in table.ike_sas)
                await client.rekey(ike="gw")
    assert sorted(found) == sorted([(number, "gw") for number in range(1, 6)] * 20)


async def test_nothing_is_missed_between_looking_and_waiting(charon: SimulatedCharon) -> None:
    """The predicate sees every state that lasts until others run."""
    seen: list[int] = []
    async with watched(charon) as (client, table), anyio.create_task_group() as tasks:
        tasks.start_soon(table.wait_for, lambda table: seen.extend(table.ike_sas))
        await up(client)
        for _ in range(3):
            await client.rekey(ike="gw")
            await settled(table)
            await anyio.sleep(0.001)
        tasks.cancel_scope.cancel()
    assert sorted({*seen}) == [1, 2, 3, 4]


# The end.


async def test_after_leaving(charon: SimulatedCharon) -> None:
    """What there was can be looked at; changes that were not taken can be, and then no more."""
    async with watched(charon) as (client, _):
        async with watch_sas(client) as table:
            await up(client)
            await settled(table)
        assert ([*table.ike_sas], [*table.child_sas]) == ([1], [1])
        assert (table.connected, table.repairs, table.trouble) == (False, 0, None)
        assert shown(await anext(table), await anext(table)) == ["Added gw", "Added net"]
        for _ in range(2):
            with pytest.raises(anyio.ClosedResourceError):
                await anext(table)
            with pytest.raises(anyio.ClosedResourceError):
                await table.wait_for(lambda _: False)
        assert await table.wait_for(is_up)
        with pytest.raises(RuntimeError, match="once"):
            async with table:
                pass


async def test_those_who_wait_when_it_is_left(charon: SimulatedCharon) -> None:
    ended = []

    async def wait(what: Any) -> None:
        with pytest.raises(anyio.ClosedResourceError):
            await what
        ended.append(1)

    with anyio.fail_after(PATIENCE):
        async with watched(charon) as (client, _), anyio.create_task_group() as tasks:
            async with watch_sas(client) as table:
                tasks.start_soon(wait, anext(table))
                for _ in range(5):
                    tasks.start_soon(wait, table.wait_for(lambda _: False))
                await anyio.sleep(0.01)
    assert len(ended) == 6


async def test_what_the_body_raises_comes_out_as_it_is(charon: SimulatedCharon) -> None:
    async with watched(charon) as (client, _):
        with pytest.raises(ZeroDivisionError):
            async with watch_sas(client):
                raise ZeroDivisionError


async def test_a_client_that_is_left_first(charon: SimulatedCharon) -> None:
    """A table in another task loses its daemon for good; it can be left, and nothing hangs."""
    entered = anyio.Event()

    async def watch(client: Client) -> None:
        async with watch_sas(client) as table:
            entered.set()
            await table.wait_for(lambda table: not table.connected)
            with anyio.move_on_after(0.1), suppress(ConnectionLost):
                await table.wait_for(lambda table: table.connected)

    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            async with connect(InMemory(charon)) as client:
                tasks.start_soon(watch, client)
                await entered.wait()
