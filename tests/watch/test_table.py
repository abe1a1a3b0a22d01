"""A live table of SAs: each change, and what there is then."""

import math
from typing import Any

import anyio
import pytest

import anyvici
from anyvici import Added, IkeSa, Rekeyed, Removed, SaTable, Updated, connect, watch_sas
from anyvici.testing import SimulatedCharon
from tests.watch.tables import (
    PATIENCE,
    consistent,
    is_right,
    load,
    prove,
    shown,
    told,
    until,
    up,
    waiting,
    watched,
)

pytestmark = pytest.mark.anyio


def the_ike(table: SaTable) -> IkeSa:
    (ike_sa,) = table.ike_sas.values()
    return ike_sa


async def test_nothing(charon: SimulatedCharon) -> None:
    async with watched(charon) as (_, table):
        assert (table.ike_sas, table.child_sas, table.connected) == ({}, {}, True)
        assert (table.repairs, table.trouble) == (0, None)
        assert await told(table) == []


async def test_what_was_up_before_is_no_change(charon: SimulatedCharon) -> None:
    async with connect(charon.address) as client:
        await load(client)
        await up(client)
        async with watch_sas(client) as table:
            assert [*table.ike_sas.values()] == await client.list_sas()
            assert table.child_sas == {1: the_ike(table).child_sas[0]}
            await is_right(table, client)
            assert await told(table) == []
        await prove(client, charon)


# Changes.


async def test_added(charon: SimulatedCharon) -> None:
    async with watched(charon) as (client, table):
        await up(client)
        ike, child = await told(table)
        assert shown(ike, child) == ["Added gw", "Added net"]
        assert (ike.old, ike.new, ike.ike_sa) == (None, ike.new, ike.new)
        assert ike.new.child_sas == []  # by then
        assert (child.new, child.ike_sa) == (table.child_sas[1], table.ike_sas[1])
        await is_right(table, client)


async def test_removed(charon: SimulatedCharon) -> None:
    async with watched(charon) as (client, table):
        await up(client)
        await told(table)
        ike_sa, child_sa = table.ike_sas[1], table.child_sas[1]
        await client.terminate(child="net", timeout=PATIENCE)
        (change,) = await told(table)
        assert change == Removed(child_sa, table.ike_sas[1])
        assert the_ike(table).child_sas == []
        await up(client)
        await told(table)
        ike_sa = table.ike_sas[1]
        await client.terminate(ike="gw", timeout=PATIENCE)
        ike, child = await told(table)
        assert ike == Removed(ike_sa, ike_sa)
        assert child == Removed(ike_sa.child_sas[0], ike_sa)
        assert (ike.new, child.new) == (None, None)
        await is_right(table, client)
        assert table.ike_sas == {}


async def test_a_child_is_rekeyed(charon: SimulatedCharon) -> None:
    """The old one is listed as DELETED for some seconds; no refresh brings it back."""
    async with watched(charon, refresh=0.02) as (client, table):
        await up(client)
        await told(table)
        old = table.child_sas[1]
        await client.rekey(child="net")
        (change,) = await told(table)
        assert change == Rekeyed(old, table.child_sas[2], the_ike(table))
        assert (change.new.reqid, change.new.state) == (old.reqid, "INSTALLED")
        assert [*table.child_sas] == [2]
        (listed,) = await client.list_sas()
        assert [child.state for child in listed.child_sas] == ["DELETED", "INSTALLED"]
        await anyio.sleep(0.1)
        assert (await told(table), table.repairs) == ([], 0)
        await is_right(table, client)


async def test_an_ike_sa_is_rekeyed(charon: SimulatedCharon) -> None:
    """Its children move, which is no change of theirs."""
    async with watched(charon) as (client, table):
        await up(client)
        await told(table)
        old = table.ike_sas[1]
        await client.rekey(ike="gw")
        (change,) = await told(table)
        assert change == Rekeyed(old, table.ike_sas[2], table.ike_sas[2])
        assert [child.uniqueid for child in change.new.child_sas] == [1]
        assert [*table.ike_sas] == [2]
        await is_right(table, client)


@pytest.mark.charon(latency=0.1)
async def test_an_old_ike_sa_that_is_still_listed(charon: SimulatedCharon) -> None:
    """While its peer is told of its end, tables old and new do without it."""
    async with watched(charon, refresh=0.01) as (client, table):
        await up(client)
        await client.rekey(ike="gw")
        await until(table, Rekeyed)
        assert [sa.state for sa in await client.list_sas()] == ["DELETING", "ESTABLISHED"]
        async with watch_sas(client) as another:
            assert [*another.ike_sas] == [*table.ike_sas] == [2]
            await anyio.sleep(0.15)
            assert await told(another) == []
        assert (shown(*await told(table)), table.repairs) == ([], 0)
        await is_right(table, client)


async def test_updated_by_a_refresh(charon: SimulatedCharon) -> None:
    """No event tells of octets."""
    async with watched(charon, refresh=0.02) as (client, table):
        await up(client)
        await told(table)
        old = table.child_sas[1]
        charon.traffic("net", octets_in=4711)
        (change,) = await until(table, Updated)
        assert (change.old, change.new, change.ike_sa) == (
            old,
            table.child_sas[1],
            the_ike(table),
        )
        assert (old.bytes_in, change.new.bytes_in) == (0, 4711)
        assert the_ike(table).child_sas == [change.new]
        await anyio.sleep(0.1)  # times pass, and tasks: that is no change
        assert (await told(table), table.repairs) == ([], 0)


async def test_ike_update(charon: SimulatedCharon) -> None:
    """MOBIKE: the event has the old addresses inside, and the new ones beside."""
    async with watched(charon) as (client, table):
        await up(client)
        await told(table)
        old = table.ike_sas[1]
        moved = {"local-host": "192.0.2.1", "local-port": 4500}
        moved |= {"remote-host": "192.0.2.99", "remote-port": 1234}
        charon.emit("ike-update", {**moved, "gw": _section(old)})
        (change,) = await told(table)
        assert change == Updated(old, table.ike_sas[1], table.ike_sas[1])
        assert (change.new.remote_host, change.new.remote_port) == ("192.0.2.99", 1234)
        consistent(table)


def _section(sa: IkeSa) -> dict[str, Any]:
    return {key: value for key, value in sa.raw.items() if key != "child-sas"}


@pytest.mark.charon(version="5.9.1")
async def test_a_charon_without_ike_update(charon: SimulatedCharon) -> None:
    async with watched(charon) as (client, table):
        await up(client)
        assert shown(*await told(table)) == ["Added gw", "Added net"]
        await is_right(table, client)


async def test_many_tables_of_one_client(charon: SimulatedCharon) -> None:
    async with watched(charon) as (client, table), watch_sas(client) as another:
        await up(client)
        assert await told(table) == await told(another)
        assert table.ike_sas == another.ike_sas


# Events and answers.


async def test_an_event_that_comes_after_the_answer(charon: SimulatedCharon) -> None:
    """Where it belongs to is known from the IKE_SA in it."""
    async with watched(charon) as (client, table):
        charon.delay("child-updown", 0.05)
        await up(client)
        assert shown(*await told(table)) == ["Added gw"]
        (change,) = await until(table, Added)
        assert shown(change) == ["Added net"]
        await is_right(table, client)


@pytest.mark.charon(retransmit_timeout=0.02, retransmit_tries=1)
async def test_a_peer_that_does_not_answer(charon: SimulatedCharon) -> None:
    """What a refresh has seen on its way goes with the next one, and was not missed."""
    async with watched(charon, refresh=0.01) as (client, table):
        charon.peer_down("gw")
        with pytest.raises(anyvici.CommandError):
            await up(client)
        changes = await until(table, Removed)
        assert shown(*changes) == ["Added gw", "Removed gw"]
        assert changes[0].new.state == "CONNECTING"
        assert table.repairs == 0


async def test_a_peer_that_is_gone(charon: SimulatedCharon) -> None:
    async with watched(charon, refresh=math.inf) as (client, table):
        await up(client)
        await client.terminate(ike="gw", force=True, timeout=PATIENCE)
        assert shown(*await told(table))[2:] == ["Removed gw", "Removed net"]
        assert await waiting(table) == []
