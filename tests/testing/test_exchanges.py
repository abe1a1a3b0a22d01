"""Exchanges of two simulated gateways that cross each other, are repeated, or are cut short."""

import gc
import weakref
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
import pytest
from anyio.abc import TaskGroup
from trio.testing import MockClock

from anyvici import CommandError, Connection, Message, open_connection
from anyvici.testing import SimulatedCharon

pytestmark = pytest.mark.trio

HOSTS = ("192.0.2.1", "192.0.2.7")
NETS = ("10.1.0.0/16", "10.2.0.0/16")
LATENCY = 1.0
SOON = LATENCY / 4  # so much later the other one begins, who has not heard of it
ENOUGH = 100.0  # seconds after which everything is answered
HOUR = 3600


class Side:
    """One of the gateways."""

    def __init__(self, charon: SimulatedCharon, gateway: Connection, tasks: TaskGroup) -> None:
        self.charon = charon
        self.ask = gateway.call
        self.answered: list[str] = []  # the children that were asked for, as it is answered
        self._gateway = gateway
        self._tasks = tasks

    async def load(self, local: int, remote: int, **changes: Any) -> None:
        """Load gw with two children, to which nothing happens by itself for an hour."""
        net = {"local_ts": [NETS[local]], "remote_ts": [NETS[remote]]}
        icmp = {key: [f"{value[0]}[icmp]"] for key, value in net.items()}
        times = {"rekey_time": 0, "life_time": HOUR}
        gw: Message = {
            "local_addrs": [HOSTS[local]],
            "remote_addrs": [HOSTS[remote]],
            "local": {"auth": "psk"},
            "remote": {"auth": "psk"},
            "rekey_time": 0,
            "children": {"net": net | times, "net2": icmp | times},
        }
        await self.ask("load-shared", {"type": "IKE", "data": "secret"})
        await self.ask("load-conn", {"gw": gw | changes})

    def initiate(self, child: str) -> None:
        """Begin it, without waiting for the answer."""
        self._tasks.start_soon(self._initiate, child)

    async def _initiate(self, child: str) -> None:
        async with open_connection(self.charon.connect()) as gateway:
            try:
                await gateway.call("initiate", {"child": child})
            except CommandError:
                child = f"not {child}"
        self.answered.append(child)

    async def listed(self) -> list[dict[str, Any]]:
        async with self._gateway.stream("list-sas", "list-sa") as items:
            return [item["gw"] async for item in items]

    async def lists(self) -> list[str]:
        """Return the states of the IKE_SAs, and what is installed in each."""
        return [" ".join([sa["state"], *installed(sa)]) for sa in await self.listed()]


def installed(sa: dict[str, Any]) -> list[str]:
    children = sa["child-sas"].values()
    return [child["name"] for child in children if child["state"] == "INSTALLED"]


@asynccontextmanager
async def joined(retransmit_timeout: float = 4.0) -> AsyncGenerator[tuple[Side, Side]]:
    """Have moon and sun."""
    async with AsyncExitStack() as stack:
        moon, sun = [
            await stack.enter_async_context(
                SimulatedCharon(
                    hosts=[host], latency=LATENCY, retransmit_timeout=retransmit_timeout
                )
            )
            for host in HOSTS
        ]
        moon.peer(sun)
        tasks = await stack.enter_async_context(anyio.create_task_group())
        sides = []
        for charon in (moon, sun):
            gateway = await stack.enter_async_context(open_connection(charon.connect()))
            sides.append(Side(charon, gateway, tasks))
        await sides[0].load(0, 1)
        await sides[1].load(1, 0)
        yield sides[0], sides[1]


async def up(moon: Side) -> None:
    await moon.ask("initiate", {"child": "net"})


async def assert_agreed(moon: Side, sun: Side, *children: str) -> None:
    """Check that both have the same IKE_SA, and nothing but these in it."""
    for side in (moon, sun):
        assert await side.lists() == [" ".join(["ESTABLISHED", *children])]
    (ours,), (theirs,) = await moon.listed(), await sun.listed()
    for spi in ("initiator-spi", "responder-spi"):
        assert ours[spi] == theirs[spi]


@pytest.mark.parametrize("version", [1, 2])
async def test_who_is_busy_does_not_take_a_new_ike_sa(
    autojump_clock: MockClock, version: int
) -> None:
    """It is asked once more, 15 seconds later; nothing of what was under way is lost."""
    async with joined() as (moon, sun):
        await moon.load(0, 1, version=version)
        await sun.load(1, 0, version=version)
        await up(moon)
        (before,) = await moon.listed()
        await sun.ask("rekey", {"ike": "gw"})
        await anyio.sleep(SOON)
        moon.initiate("net2")
        await anyio.sleep(2 * LATENCY)
        assert moon.answered == ["net2"]
        await assert_agreed(moon, sun, "net", "net2")
        (now,) = await moon.listed()
        assert now["initiator-spi"] == before["initiator-spi"]
        await anyio.sleep(ENOUGH)
        await assert_agreed(moon, sun, "net", "net2")
        (now,) = await moon.listed()
        assert now["initiator-spi"] != before["initiator-spi"]


async def test_who_is_heard_first_replaces_the_ike_sa(autojump_clock: MockClock) -> None:
    """What the other one wanted to replace is replaced already, and not used any more."""
    async with joined() as (moon, sun):
        await up(moon)
        await moon.ask("rekey", {"ike": "gw"})
        await anyio.sleep(SOON)
        await sun.ask("rekey", {"ike": "gw"})
        await anyio.sleep(LATENCY + SOON)  # sun has answered, but still has the old one
        assert await sun.lists() == ["REKEYED", "ESTABLISHED net"]
        assert "tasks-active" not in (await sun.listed())[0]
        sun.initiate("net2")
        await anyio.sleep(2 * LATENCY)
        assert sun.answered == ["net2"]
        await assert_agreed(moon, sun, "net", "net2")


async def test_a_request_that_arrives_twice_is_answered_once(autojump_clock: MockClock) -> None:
    """As long as it is on its way it is sent again."""
    async with joined(retransmit_timeout=0.6 * LATENCY) as (moon, sun):
        await up(moon)
        for child in ("net2", "net2"):
            await moon.ask("initiate", {"child": child})
            await assert_agreed(moon, sun, "net", "net2")
            await anyio.sleep(LATENCY)
            await assert_agreed(moon, sun, "net", "net2")
            await moon.ask("terminate", {"child": child})
        counted = (await sun.ask("get-counters", {"name": "gw"}))["counters"]["gw"]
        assert (counted["create-child-in-req"], counted["info-in-req"]) == ("2", "2")


async def test_nothing_that_waits_begins_in_an_ike_sa_that_is_gone(
    autojump_clock: MockClock,
) -> None:
    async with joined() as (moon, sun):
        await moon.ask("clear-creds", {})  # that is found out after the first exchange
        for child in ("net", "net2"):
            moon.initiate(child)
        await anyio.sleep(ENOUGH)
        assert sorted(moon.answered) == ["not net", "not net2"]
        assert await moon.lists() == await sun.lists() == []
        counted = (await moon.ask("get-counters", {"name": "gw"}))["counters"]["gw"]
        assert (counted["ike-init-out-req"], counted["create-child-out-req"]) == ("1", "0")


async def test_what_has_ended_is_kept_by_nobody(autojump_clock: MockClock) -> None:
    """Not even by what was to happen to it."""
    async with joined() as (moon, sun):
        await up(moon)
        kept = []
        for side in (moon, sun):
            (sa,) = side.charon._sas().ike_sas
            kept += [weakref.ref(each) for each in (sa, *sa.children)]
        del sa
        await moon.ask("terminate", {"ike": "gw"})
        gc.collect()
        assert [ref() for ref in kept] == [None] * 4


async def test_what_leaves_one_end_comes_in_at_the_other(autojump_clock: MockClock) -> None:
    async with joined() as (moon, sun):
        await up(moon)
        moon.charon.traffic("net", octets_in=10, octets_out=3000)
        assert [await octets(side) for side in (moon, sun)] == [(10, 3000), (3000, 10)]
        await moon.ask("rekey", {"child": "net"})
        await anyio.sleep(ENOUGH)
        sun.charon.traffic("net", octets_out=7)
        assert [await octets(side) for side in (moon, sun)] == [(7, 0), (0, 7)]


async def octets(side: Side) -> tuple[int, int]:
    """Return what came in and went out through the CHILD_SA that is in use."""
    (sa,) = await side.listed()
    (child,) = [each for each in sa["child-sas"].values() if each["state"] == "INSTALLED"]
    return int(child["bytes-in"]), int(child["bytes-out"])
