"""Refreshes: how often there is one, what they heal, and what becomes of one that fails."""

import math
from typing import Any

import anyio
import pytest
from trio.testing import MockClock

import anyvici
from anyvici import Added, Removed, SaTable, Updated
from anyvici.testing import SimulatedCharon
from tests.watch.tables import (
    PATIENCE,
    consistent,
    is_right,
    settled,
    shown,
    told,
    until,
    up,
    waiting,
    watched,
)

SOON = 0.05  # seconds between two lists


class Lists:
    """Counts the lists that a table takes."""

    def __init__(self, table: SaTable, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._refresh = table._entered().refresh
        monkeypatch.setattr(table._entered(), "refresh", self.refresh)

    async def refresh(self) -> None:
        self.count += 1
        await self._refresh()


# How often.


@pytest.mark.trio
@pytest.mark.parametrize(("options", "count"), [({}, 2), ({"refresh": 2.5}, 24)])
async def test_a_list_from_time_to_time(
    autojump_clock: MockClock,
    charon: SimulatedCharon,
    monkeypatch: pytest.MonkeyPatch,
    options: Any,
    count: int,
) -> None:
    async with watched(charon, **options) as (_, table):
        lists = Lists(table, monkeypatch)
        await anyio.sleep(61)
        assert lists.count == count


@pytest.mark.trio
async def test_never_again(
    autojump_clock: MockClock, charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(charon, refresh=math.inf) as (client, table):
        lists = Lists(table, monkeypatch)
        await up(client)
        await told(table)
        charon.traffic("net", octets_in=4711)
        await anyio.sleep(86400)
        assert lists.count == 0
        assert (await told(table), table.child_sas[1].bytes_in) == ([], 0)
        charon.disconnect()  # until something was missed
        await until(table, anyvici.Resynced)
        assert (lists.count, table.child_sas[1].bytes_in) == (1, 4711)


# What was lost.


@pytest.mark.anyio
async def test_a_lost_child(charon: SimulatedCharon) -> None:
    """Its first event, and then its last one."""
    async with watched(charon, refresh=SOON) as (client, table):
        charon.swallow("child-updown", times=1)
        await up(client)
        assert shown(*await until(table, Added)) == ["Added gw"]
        assert shown(*await until(table, Added)) == ["Added net"]
        assert table.repairs == 1
        await is_right(table, client)
        charon.swallow("child-updown", times=1)
        await client.terminate(child="net", timeout=PATIENCE)
        (change,) = await until(table, Removed)
        assert (shown(change), table.repairs) == (["Removed net"], 2)
        await is_right(table, client)


@pytest.mark.anyio
async def test_a_lost_ike_sa(charon: SimulatedCharon) -> None:
    """It is known from its child; and its end is seen by looking."""
    async with watched(charon, refresh=SOON) as (client, table):
        charon.swallow("ike-updown", times=1)
        await up(client)
        assert shown(*await told(table)) == ["Added gw", "Added net"]
        assert table.repairs == 0
        charon.swallow("ike-updown", times=1)
        await client.terminate(ike="gw", timeout=PATIENCE)
        assert shown(*await until(table, Removed)) == ["Removed net"]
        assert shown(*await until(table, Removed)) == ["Removed gw"]
        assert table.repairs == 1
        await is_right(table, client)


@pytest.mark.anyio
async def test_all_that_comes_up_is_lost(charon: SimulatedCharon) -> None:
    async with watched(charon, refresh=SOON) as (client, table):
        charon.swallow("ike-updown", times=1)
        charon.swallow("child-updown", times=1)
        await up(client)
        changes = [*await until(table, Added), *await until(table, Added)]
        assert shown(*changes) == ["Added gw", "Added net"]
        assert table.repairs == 2
        await is_right(table, client)


@pytest.mark.anyio
async def test_children_that_nobody_tells_of_are_looked_for_at_once(
    charon: SimulatedCharon,
) -> None:
    """Their IKE_SA has gone: either they have moved, or their last event is lost."""
    async with watched(charon, refresh=math.inf) as (client, table):
        await up(client)
        await told(table)
        charon.swallow("child-updown", times=1)
        before = anyio.current_time()
        await client.terminate(ike="gw", timeout=PATIENCE)
        assert shown(*await until(table, Removed)) == ["Removed gw"]
        assert [*table.child_sas] == [1]
        (change,) = await until(table, Removed)
        assert anyio.current_time() - before < PATIENCE / 2
        assert (shown(change), table.repairs) == (["Removed net"], 0)
        assert change.ike_sa.uniqueid == 1
        consistent(table)


@pytest.mark.anyio
@pytest.mark.parametrize("event", ["child-rekey", "ike-rekey"])
async def test_a_lost_rekeying(charon: SimulatedCharon, event: str) -> None:
    """What a list tells of it is that one is there, and the other one is not."""
    async with watched(charon, refresh=SOON) as (client, table):
        await up(client)
        await told(table)
        charon.swallow(event, times=1)
        name = "gw" if event == "ike-rekey" else "net"
        await client.rekey(**{"ike" if name == "gw" else "child": name})
        await table.wait_for(lambda table: table.repairs)
        found = shown(*await told(table))  # a list may have seen it on its way: REKEYING
        assert sorted({*found} - {f"Updated {name}"}) == [f"Added {name}", f"Removed {name}"]
        assert (repairs := table.repairs) in (1, 2)  # one if the old one is listed as DELETED
        await is_right(table, client)
        await anyio.sleep(3 * SOON)
        assert (await waiting(table), table.repairs) == ([], repairs)


# What fails.


@pytest.mark.anyio
@pytest.mark.parametrize("how", ["fail", "garble"])
async def test_trouble(charon: SimulatedCharon, how: str) -> None:
    """Events go on, and the list is tried again."""
    async with watched(charon, refresh=SOON) as (client, table):
        await up(client)
        if how == "fail":
            charon.fail("list-sas", "not now")
        else:
            charon.garble("list-sa")
        with anyio.fail_after(PATIENCE):
            while table.trouble is None:
                await anyio.sleep(0.01)
        kind = anyvici.CommandError if how == "fail" else anyvici.RemoteProtocolError
        assert isinstance(table.trouble, kind)
        assert table.connected
        await client.rekey(child="net")
        assert shown(*await told(table)) == ["Added gw", "Added net", "Rekeyed net"]
        charon.traffic("net", octets_in=4711)
        charon.heal()
        (change,) = await until(table, Updated)
        assert (change.new.bytes_in, table.trouble, table.repairs) == (4711, None, 0)


@pytest.mark.anyio
async def test_trouble_is_told_to_those_who_wait(charon: SimulatedCharon) -> None:
    """As everything that can be seen of a table."""
    async with watched(charon, refresh=SOON) as (_, table):
        charon.fail("list-sas", "not now")
        with anyio.fail_after(PATIENCE):
            assert await table.wait_for(lambda table: table.trouble)
        charon.heal()
        with anyio.fail_after(PATIENCE):
            await table.wait_for(lambda table: table.trouble is None)


@pytest.mark.trio
async def test_what_fails_is_tried_again_less_and_less_often(
    autojump_clock: MockClock, charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(charon, refresh=1.0) as (_, table):
        lists = Lists(table, monkeypatch)
        charon.fail("list-sas", "not now")
        await anyio.sleep(100.5)
        assert 12 <= lists.count <= 32  # up to 10 seconds lie in between, at least 5
        charon.heal()
        await anyio.sleep(11)
        assert table.trouble is None
        lists.count = 0
        await anyio.sleep(10)
        assert lists.count in (9, 10)


@pytest.mark.anyio
async def test_an_answer_that_does_not_come(charon: SimulatedCharon) -> None:
    """Nobody waits for the list: events are taken in, and leaving is at once."""
    with anyio.fail_after(PATIENCE):
        async with watched(charon, refresh=SOON) as (client, table):
            charon.delay("list-sas", 0.5)
            await anyio.sleep(2 * SOON)
            await up(client)
            await settled(table)
            assert [*table.child_sas] == [1]
            charon.heal()
