"""Tables of a daemon that goes and comes back, and of events that were lost on the way."""

import math

import anyio
import pytest

from anyvici import (
    Added,
    ConnectionLost,
    Removed,
    Resynced,
    SaTable,
    UnknownEvent,
    Updated,
    connect,
    watch_sas,
)
from anyvici.testing import SimulatedCharon
from tests.watch.tables import (
    PATIENCE,
    consistent,
    gw,
    is_right,
    load,
    settled,
    shown,
    told,
    until,
    up,
    watched,
)

pytestmark = pytest.mark.anyio


async def is_gone(table: SaTable) -> None:
    with anyio.fail_after(PATIENCE):
        await table.wait_for(lambda table: not table.connected)


async def is_back(table: SaTable) -> None:
    with anyio.fail_after(PATIENCE):
        await table.wait_for(lambda table: table.connected)


async def test_while_it_is_gone(charon: SimulatedCharon) -> None:
    """The table shows what was last known."""
    async with watched(charon, refresh=math.inf) as (client, table):
        await up(client)
        await told(table)
        charon.stop()
        await is_gone(table)
        assert ([*table.ike_sas], [*table.child_sas]) == ([1], [1])
        consistent(table)
        charon.start()
        await is_back(table)
        assert (table.ike_sas, table.child_sas) == ({}, {})
        removed = await until(table, Resynced)
        assert shown(*removed) == ["Removed gw", "Removed net", "Resynced"]
        ike, child, resynced = removed
        assert child.ike_sa == ike.old == ike.ike_sa
        assert ike.old.child_sas == [child.old]
        assert resynced.reason
        assert (resynced.lost, table.repairs) == (0, 0)


async def test_another_run_counts_from_1_again(charon: SimulatedCharon) -> None:
    """What has the same uniqueid is another SA: by its SPI."""
    async with watched(charon, refresh=math.inf) as (client, table):
        await up(client)
        await told(table)
        before = table.ike_sas[1]
        charon.stop()
        await is_gone(table)
        charon.delay("list-sas", 0.1, times=1)
        charon.start()
        await load(client)
        await up(client)
        await is_back(table)
        changes = await until(table, Resynced)
        kinds = ["Removed gw", "Removed net", "Added gw", "Added net", "Resynced"]
        assert shown(*changes) == kinds
        assert changes[0] == Removed(before, before)
        now = table.ike_sas[1]
        assert changes[2:4] == [Added(now, now), Added(table.child_sas[1], now)]
        assert now.initiator_spi != before.initiator_spi
        assert table.repairs == 0
        await is_right(table, client)
        await client.rekey(child="net")  # and it follows what happens again
        assert shown(*await told(table)) == ["Rekeyed net"]


async def test_a_lost_connection(charon: SimulatedCharon) -> None:
    """The same SAs stay; what has changed meanwhile is told."""
    async with watched(charon, refresh=math.inf) as (client, table):
        await client.load_conn("other", gw(8))
        await up(client)
        await up(client, "other")
        await told(table)
        charon.refuse()
        charon.disconnect()
        await is_gone(table)
        charon.traffic("net", octets_in=4711)
        charon.rekey("other")
        charon.accept()
        changes = await until(table, Resynced)
        assert sorted(shown(*changes)) == [
            *("Added other", "Removed other", "Resynced"),
            *("Updated net", "Updated net"),
        ]
        assert [change.new.bytes_in for change in changes if isinstance(change, Updated)] == [
            4711
        ] * 2
        assert sorted(table.child_sas) == [1, 2]
        await is_right(table, client)
        assert (await told(table), table.repairs) == ([], 0)


async def test_a_connection_that_is_lost_for_nothing(charon: SimulatedCharon) -> None:
    async with watched(charon, refresh=math.inf) as (client, table):
        await up(client)
        await told(table)
        for _ in range(5):
            charon.disconnect()
            assert shown(*await until(table, Resynced)) == ["Resynced"]
        await is_right(table, client)
        assert table.repairs == 0


async def test_many_restarts(charon: SimulatedCharon) -> None:
    async with watched(charon, refresh=0.01) as (client, table):
        for number in range(10):
            charon.restart(after=0.01 * (number % 2))
            await is_gone(table)
            await is_back(table)
            await load(client)
            await up(client)
            await is_right(table, client)
            assert len(table.ike_sas) == 1
            assert table.repairs == 0


async def test_a_shut_down_tells_of_the_end_itself(charon: SimulatedCharon) -> None:
    async with watched(charon, refresh=math.inf) as (client, table):
        await up(client)
        await told(table)
        charon.shut_down()
        await is_gone(table)
        assert table.ike_sas == {}
        charon.start()
        changes = await until(table, Resynced)
        assert shown(*changes) == ["Removed gw", "Removed net", "Resynced"]


async def test_an_older_charon_comes_back(
    charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no ike-update: there is no way to go on."""
    async with watched(charon) as (client, table):
        await up(client)
        await told(table)
        monkeypatch.setattr(charon._life, "_version", (5, 9, 1))
        charon.restart()
        with anyio.fail_after(PATIENCE), pytest.raises(UnknownEvent, match="ike-update"):
            await table.wait_for(lambda _: False)
        with pytest.raises(UnknownEvent):
            await anext(table)
        assert ([*table.ike_sas], table.connected) == ([1], False)


async def test_a_stream_that_was_given(charon: SimulatedCharon) -> None:
    async with connect(charon.connect()) as client:
        await load(client)
        await up(client)
        async with watch_sas(client) as table:
            charon.disconnect()
            with anyio.fail_after(PATIENCE):
                for _ in range(2):
                    with pytest.raises(ConnectionLost):
                        await table.wait_for(lambda _: False)
                    with pytest.raises(ConnectionLost):
                        await anext(table)
            assert ([*table.ike_sas], table.connected) == ([1], False)


# Events that are lost.


async def test_a_gap(charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch) -> None:
    """More events at once than may wait: what is right is found by a list."""
    monkeypatch.setattr("anyvici.watch.table._EVENTS", 4)
    async with watched(charon, refresh=math.inf) as (client, table):
        await up(client)
        await told(table)
        section = {key: v for key, v in table.ike_sas[1].raw.items() if key != "child-sas"}
        charon.flood("ike-updown", 100, {"up": "yes", "gw": section})
        charon.rekey("gw")  # nobody hears of that
        at_once(charon)
        changes = await until(table, Resynced)
        assert sorted(shown(*changes)) == ["Added gw", "Removed gw", "Resynced"]
        assert "events were lost" in changes[-1].reason
        assert table.connected
        await is_right(table, client)
        assert table.repairs == 0


def at_once(charon: SimulatedCharon) -> None:
    """Let everything that is to be sent arrive in one piece, before its reader can do anything."""
    for session in charon._here().clients._sessions:
        piece = b"".join(session._outgoing)
        session._outgoing.clear()
        session._send(piece)


async def test_what_is_no_event(charon: SimulatedCharon) -> None:
    """An event that cannot be read may be any: the table is compared with a list."""
    async with watched(charon, refresh=math.inf) as (client, table):
        charon.garble("ike-updown", times=1)
        charon.swallow("child-updown", times=1)
        await up(client)
        changes = await until(table, Resynced)
        assert shown(*changes) == ["Added gw", "Added net", "Resynced"]
        assert "not what it should be" in changes[-1].reason
        assert (table.connected, table.repairs) == (True, 0)
        await is_right(table, client)


async def test_what_is_no_list_after_that(charon: SimulatedCharon) -> None:
    """Until there is one, what was known before is shown."""
    async with watched(charon, refresh=math.inf) as (client, table):
        await up(client)
        await told(table)
        charon.fail("list-sas", "not now", times=2)
        charon.garble("child-rekey", times=1)
        charon.rekey(child="net")
        await settled(table)
        assert [*table.child_sas] == [1]
        changes = await until(table, Resynced)
        assert shown(*changes) == ["Removed net", "Added net", "Resynced"]
        assert (table.trouble, table.repairs) == (None, 0)
        await is_right(table, client)
