"""Tables of both ends, and what a responder has that an initiator has not."""

import math
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
from trio.testing import MockClock

import anyvici
from anyvici import Client, Removed, SaTable, Updated, connect, watch_sas
from anyvici.testing import SimulatedCharon
from tests.watch.following import InMemory
from tests.watch.tables import PATIENCE, consistent, is_right, settled, shown, told, until, up

HOSTS = ("192.0.2.1", "192.0.2.7")
NETS = ("10.1.0.0/16", "10.2.0.0/16")


@dataclass
class Side:
    charon: SimulatedCharon
    client: Client
    other: Client  # whose commands do not wait for those of the table

    async def load(self, local: int, remote: int, **changes: Any) -> None:
        nets = {"local_ts": [NETS[local]], "remote_ts": [NETS[remote]]}
        gw: Any = {
            "local_addrs": [HOSTS[local]],
            "remote_addrs": [HOSTS[remote]],
            "local": {"auth": "psk"},
            "remote": {"auth": "psk"},
            "rekey_time": 0,
            "children": {"net": {**nets, "rekey_time": 0, "life_time": 0}},
        }
        await self.client.load_conn("gw", gw | changes)
        await self.client.load_shared(type="IKE", data="secret")


@asynccontextmanager
async def pair(latency: float = 0.0, **changes: Any) -> AsyncGenerator[tuple[Side, Side]]:
    """Have moon and sun."""
    async with AsyncExitStack() as stack:
        sides = []
        for host in HOSTS:
            charon = SimulatedCharon(hosts=[host], latency=latency)
            address = InMemory(await stack.enter_async_context(charon))
            clients = [await stack.enter_async_context(connect(address)) for _ in range(2)]
            sides.append(Side(charon, *clients))
        sides[0].charon.peer(sides[1].charon)
        await sides[0].load(0, 1, **changes)
        await sides[1].load(1, 0, **changes)
        yield sides[0], sides[1]


@asynccontextmanager
async def tables(*sides: Side, **options: Any) -> AsyncGenerator[list[SaTable]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(watch_sas(side.client, **options)) for side in sides]


@pytest.mark.anyio
async def test_both_ends() -> None:
    async with pair() as sides, tables(*sides) as both:
        for do in (
            lambda: up(sides[0].client),
            lambda: sides[1].client.rekey(child="net"),
            lambda: sides[0].client.rekey(ike="gw"),
            lambda: sides[1].client.rekey(ike="gw", reauth=True),
            lambda: sides[0].client.rekey(child="net"),
            lambda: sides[1].client.terminate(ike="gw", timeout=PATIENCE),
        ):
            await do()
            for table, side in zip(both, sides, strict=True):
                await is_right(table, side.client)
                assert table.repairs == 0
        told_of = [shown(*await told(table)) for table in both]
        assert told_of[0] == told_of[1]
        assert told_of[0] == [
            *("Added gw", "Added net", "Rekeyed net", "Rekeyed gw"),
            *("Removed gw", "Removed net", "Added gw", "Added net"),
            *("Rekeyed net", "Removed gw", "Removed net"),
        ]


@pytest.mark.anyio
async def test_who_is_not_named_yet() -> None:
    """A responder does not know whose IKE_SA it is before it has read who the peer is."""
    async with pair(latency=0.2) as (moon, sun), anyio.create_task_group() as tasks:
        tasks.start_soon(up, moon.client)
        await anyio.sleep(0.25)
        async with watch_sas(sun.client) as table:
            (ike_sa,) = table.ike_sas.values()
            assert (ike_sa.name, ike_sa.state, ike_sa.child_sas) == ("(unnamed)", "CONNECTING", [])
            changes = await until(table, anyvici.Added)
            assert shown(*changes) == ["Updated (unnamed)", "Updated gw", "Added net"]
            floats, named, _ = changes
            assert (floats.old.remote_port, floats.new.remote_port) == (500, 4500)
            assert (named.old, named.new.uniqueid) == (floats.new, ike_sa.uniqueid)
            assert (named.new.name, named.new.state) == ("gw", "ESTABLISHED")
            await is_right(table, sun.client)
            assert table.repairs == 0


@pytest.mark.anyio
async def test_who_is_not_named_and_never_will_be() -> None:
    """That it ends is told, whether it was up or not."""
    async with pair(latency=0.5) as (moon, sun), anyio.create_task_group() as tasks:
        await moon.client.clear_creds()
        await moon.client.load_shared(type="IKE", data="a guess")
        tasks.start_soon(_fail, moon)
        with anyio.fail_after(10):
            while not await sun.client.list_sas():
                await anyio.sleep(0.005)
        async with watch_sas(sun.client) as table:
            assert len(table.ike_sas) == 1
            changes = await until(table, Removed)
            assert shown(*changes) == ["Updated (unnamed)", "Removed (unnamed)"]
            assert changes[-1].old.state == "CONNECTING"
            assert (table.ike_sas, table.repairs) == ({}, 0)


async def _fail(moon: Side) -> None:
    with pytest.raises(anyvici.CommandError):
        await up(moon.client)


@pytest.mark.anyio
async def test_what_never_was_up_is_not_removed() -> None:
    """Where no list has seen it, both ends tell of the end of what nobody knows."""
    async with pair() as (moon, sun), tables(moon, sun, refresh=math.inf) as both:
        await moon.client.clear_creds()
        await moon.client.load_shared(type="IKE", data="a guess")
        async with moon.other.subscribe(anyvici.IkeUpDown) as events:
            await _fail(moon)
            assert not (await anext(events)).up
        for table in both:
            assert (await told(table), table.ike_sas, table.repairs) == ([], {}, 0)


# IKEv1.


@pytest.mark.trio
async def test_children_that_move_without_a_word(autojump_clock: MockClock) -> None:
    """With IKEv1 the new IKE_SA takes them over; the old one goes some seconds later."""
    async with pair(version=1) as sides, tables(*sides) as both:
        moon, sun = sides
        await up(moon.client)
        await moon.client.rekey(ike="gw")
        for table in both:
            await settled(table)
            assert [*table.ike_sas] == [1, 2]
        await anyio.sleep(11)  # it has gone after 10
        for table, side in zip(both, sides, strict=True):
            assert shown(*await told(table)) == ["Added gw", "Added net", "Added gw", "Removed gw"]
            await is_right(table, side.client)
            assert [child.uniqueid for child in table.ike_sas[2].child_sas] == [1]
            assert table.repairs == 0
        assert (len(sun.charon._sas().ike_sas), len(moon.charon._sas().ike_sas)) == (1, 1)


@pytest.mark.trio
async def test_a_refresh_sees_them_move(autojump_clock: MockClock) -> None:
    async with pair(version=1) as sides, tables(*sides, refresh=1) as both:
        await up(sides[0].client)
        await sides[0].client.rekey(ike="gw")
        await anyio.sleep(2)
        for table, side in zip(both, sides, strict=True):
            await is_right(table, side.client)
            assert [len(sa.child_sas) for sa in table.ike_sas.values()] == [0, 1]
        await anyio.sleep(10)
        for table, side in zip(both, sides, strict=True):
            await is_right(table, side.client)
            changes = [change for change in await told(table) if not isinstance(change, Updated)]
            assert shown(*changes) == ["Added gw", "Added net", "Added gw", "Removed gw"]
            assert table.repairs == 0


@pytest.mark.anyio
async def test_ikev1_from_up_to_down() -> None:
    async with pair(version=1) as sides, tables(*sides) as both:
        for do in (
            lambda: up(sides[0].client),
            lambda: sides[1].client.rekey(child="net"),
            lambda: sides[0].client.terminate(ike="gw", timeout=PATIENCE),
        ):
            await do()
            for table, side in zip(both, sides, strict=True):
                await is_right(table, side.client)
                consistent(table)
                assert table.repairs == 0
