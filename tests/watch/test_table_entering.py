"""Entering a table: what it takes, what goes wrong, and what is left then."""

import math
from typing import Any

import anyio
import pytest

import anyvici.testing.commands.table
from anyvici import (
    CommandError,
    ConnectError,
    ConnectionLost,
    RemoteProtocolError,
    UnknownEvent,
    connect,
    watch_sas,
)
from anyvici.testing import SimulatedCharon
from tests.watch.following import InMemory
from tests.watch.tables import PATIENCE, load, prove, shown, told, up

pytestmark = pytest.mark.anyio


async def test_options() -> None:
    async with SimulatedCharon() as charon, connect(InMemory(charon)) as client:
        for refresh in (0, -1, math.nan):
            with pytest.raises(ValueError, match=f"refresh is above 0 seconds, not {refresh}"):
                watch_sas(client, refresh=refresh)
        with pytest.raises(ValueError, match="capacity is at least 1, not 0"):
            watch_sas(client, capacity=0)


LOOKS = {
    "ike_sas": lambda table: table.ike_sas,
    "child_sas": lambda table: table.child_sas,
    "connected": lambda table: table.connected,
    "repairs": lambda table: table.repairs,
    "trouble": lambda table: table.trouble,
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_before_entering(charon: SimulatedCharon, look: Any) -> None:
    async with connect(InMemory(charon)) as client:
        with pytest.raises(RuntimeError, match="enter the table first"):
            look(watch_sas(client))


@pytest.mark.parametrize("what", ["anext", "wait_for"])
async def test_waiting_before_entering(charon: SimulatedCharon, what: str) -> None:
    """It would wait for ever."""
    async with connect(InMemory(charon)) as client:
        table = watch_sas(client)
        waits = anext(table) if what == "anext" else table.wait_for(lambda _: False)
        with anyio.fail_after(0.5), pytest.raises(RuntimeError, match="enter the table first"):
            await waits


async def test_nobody_is_there(charon: SimulatedCharon) -> None:
    async with connect(InMemory(charon)) as client:
        charon.stop()
        with pytest.raises((ConnectError, ConnectionLost)):
            async with watch_sas(client):
                pass
        with pytest.raises(ConnectError):
            async with watch_sas(client):
                pass
        charon.start()
        async with watch_sas(client) as table:
            assert table.ike_sas == {}
        await prove(client, charon)


@pytest.mark.parametrize("what", ["garble", "fail", "disconnect", "ike-rekey"])
async def test_what_goes_wrong_on_entering(
    charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """It is raised as it is, and nothing is left registered."""
    async with connect(InMemory(charon)) as client:
        await load(client)
        await up(client)
        error: type[Exception] = RemoteProtocolError
        match what:
            case "garble":
                charon.garble("list-sa")
            case "fail":
                charon.fail("list-sas", "not now")
                error = CommandError
            case "disconnect":
                charon.delay("list-sas", 0.05)
                error = ConnectionLost
            case event:
                monkeypatch.delitem(anyvici.testing.commands.table.EVENTS, event)
                error = UnknownEvent
        table = watch_sas(client)
        async with anyio.create_task_group() as tasks:
            if what == "disconnect":
                tasks.start_soon(_disconnect, charon)
            with anyio.fail_after(PATIENCE), pytest.raises(error):
                async with table:
                    pass
        with pytest.raises(RuntimeError, match="once"):
            async with table:
                pass
        charon.heal()
        await prove(client, charon)


async def _disconnect(charon: SimulatedCharon) -> None:
    await anyio.sleep(0.02)
    charon.disconnect()


async def test_a_gap_on_entering(charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is taken again, and nothing of that is told."""
    async with connect(charon.address) as client, connect(charon.address) as other:
        await load(client)
        charon.delay("list-sas", 0.05)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_break_and_go_up, charon, other)
            async with watch_sas(client, refresh=math.inf) as table:
                assert [*table.ike_sas] == [1]
                assert await told(table) == []
                await other.rekey(ike="gw")
                assert shown(*await told(table)) == ["Rekeyed gw"]


async def _break_and_go_up(charon: SimulatedCharon, client: Any) -> None:
    await anyio.sleep(0.02)
    charon.emit("ike-rekey", {})  # which tells of nothing
    charon.swallow("ike-updown")
    charon.swallow("child-updown")
    await up(client)
