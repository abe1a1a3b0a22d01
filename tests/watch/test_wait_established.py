"""Waiting for an SA to be up, whoever brings it up."""

from collections.abc import AsyncGenerator
from typing import Any

import anyio
import pytest

from anyvici import (
    Client,
    ConnectError,
    ConnectionLost,
    IkeSa,
    LocalProtocolError,
    connect,
    wait_established,
)
from anyvici.testing import SimulatedCharon
from tests.client.gateway import Gateway
from tests.watch.following import InMemory
from tests.watch.tables import PATIENCE, gw, load, prove, up

pytestmark = pytest.mark.anyio

SHORT = 0.05  # seconds in which nothing happens


@pytest.fixture
async def client(charon: SimulatedCharon) -> AsyncGenerator[Client]:
    """A client with the connections gw and other, with the children net and net2 each."""
    async with connect(InMemory(charon)) as client:
        await load_both(client)
        yield client
        await prove(client, charon)


async def load_both(client: Client) -> None:
    await load(client, "gw", 7, "net", "net2")
    await client.load_conn("other", gw(8, "net", "net2"))


async def soon(client: Client, **names: Any) -> IkeSa:
    with anyio.fail_after(PATIENCE):
        return await wait_established(client, **names)


async def not_yet(client: Client, **names: Any) -> None:
    with anyio.move_on_after(SHORT) as scope:
        await wait_established(client, **names)
    assert scope.cancelled_caught


WANTED = pytest.mark.parametrize(
    "names", [{"ike": "gw"}, {"child": "net"}, {"ike": "gw", "child": "net"}]
)


@WANTED
async def test_up_already(client: Client, names: Any) -> None:
    await up(client, "other", "net2")
    await up(client)
    ike_sa = await soon(client, **names)
    assert (ike_sa.name, ike_sa.state) == ("gw", "ESTABLISHED")
    assert [child.name for child in ike_sa.child_sas] == ["net"]


@WANTED
async def test_up_later(charon: SimulatedCharon, client: Client, names: Any) -> None:
    """What else comes up is something else."""
    found = []

    async def wait() -> None:
        found.append(await soon(client, **names))

    async with connect(InMemory(charon)) as peer, anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.sleep(SHORT)
        await up(peer, "other", "net2")
        await anyio.sleep(SHORT)
        assert found == []
        await up(peer)
    assert [sa.name for sa in found] == ["gw"]


@pytest.mark.parametrize(
    "names", [{"ike": "other"}, {"child": "net2"}, {"ike": "gw", "child": "net2"}, {"ike": "net"}]
)
async def test_something_else_is_up(client: Client, names: Any) -> None:
    await up(client)
    await not_yet(client, **names)


async def test_the_child_of_another(client: Client) -> None:
    await up(client, "other", "net")
    await not_yet(client, ike="gw", child="net")
    assert (await soon(client, child="net")).name == "other"


async def test_a_child_that_follows_its_ike_sa(charon: SimulatedCharon, client: Client) -> None:
    """It is told of by itself, as its IKE_SA is up already."""
    await client.initiate(ike="gw", timeout=PATIENCE)
    await not_yet(client, ike="gw", child="net")
    found = []

    async def wait() -> None:
        found.append(await soon(client, ike="gw", child="net"))

    async with connect(InMemory(charon)) as peer, anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.sleep(SHORT)
        await up(peer)
    assert [child.name for sa in found for child in sa.child_sas] == ["net"]


@pytest.mark.charon(latency=0.1)
async def test_one_that_is_on_its_way_or_going_is_not_up(client: Client) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(up, client)
        await not_yet(client, ike="gw")
        await soon(client, ike="gw", child="net")
        await client.rekey(ike="gw")
        assert (await soon(client, ike="gw")).state == "REKEYING"
        await anyio.sleep(3 * 0.1)
        await client.terminate(ike="gw", timeout=-1)
        await not_yet(client, ike="gw")


async def test_while_it_is_rekeyed_again_and_again(charon: SimulatedCharon, client: Client) -> None:
    await up(client)
    for _ in range(5):
        charon.rekey("gw")
        charon.rekey(child="net")
        ike_sa = await soon(client, ike="gw", child="net")
        assert [child.state for child in ike_sa.child_sas].count("INSTALLED") == 1


async def test_many_wait(charon: SimulatedCharon, client: Client) -> None:
    found = []

    async def wait(names: Any) -> None:
        found.append((await soon(client, **names)).name)

    async with anyio.create_task_group() as tasks:
        for names in ({"ike": "gw"}, {"child": "net"}, {"ike": "gw", "child": "net"}) * 10:
            tasks.start_soon(wait, names)
        await anyio.sleep(SHORT)
        await up(client)
    assert found == ["gw"] * 30


@pytest.mark.parametrize("seconds", [0.0, 0.05])
async def test_across_a_restart(charon: SimulatedCharon, client: Client, seconds: float) -> None:
    found = []

    async def wait() -> None:
        found.append(await soon(client, child="net"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.sleep(SHORT)
        charon.restart(after=seconds)
        await anyio.sleep(2 * seconds)
        async with connect(InMemory(charon)) as peer:
            await load_both(peer)
            await up(peer)
    assert [sa.name for sa in found] == ["gw"]


async def test_a_restart_while_it_lists(charon: SimulatedCharon, client: Client) -> None:
    charon.delay("list-sas", 0.1, times=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: soon(client, ike="gw"))
        await anyio.sleep(SHORT)
        charon.restart()
        async with connect(InMemory(charon)) as peer:
            await load_both(peer)
            await up(peer)


async def test_an_event_that_is_lost_on_the_way(charon: SimulatedCharon, client: Client) -> None:
    """A connection that was lost is reason enough to look."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: soon(client, child="net"))
        await anyio.sleep(SHORT)
        charon.swallow("ike-updown")
        charon.swallow("child-updown")
        async with connect(InMemory(charon)) as peer:
            await up(peer)
        charon.disconnect()


async def test_a_rekeying_while_charon_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may look at the old IKE_SA too late, and at the place of the new one too early."""
    gateway = Gateway()
    number = gateway.bring_up()
    gateway.sas[number]["state"] = "REKEYED"
    old = gateway.sas[number] | {"state": "REKEYING"}
    async with gateway.client(monkeypatch) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: soon(client, ike="gw"))
        with anyio.fail_after(PATIENCE):
            while not gateway.count("list-sas"):
                await anyio.sleep(0.001)
        await anyio.sleep(SHORT)
        new = gateway.sas[gateway.bring_up()]
        del gateway.sas[number]
        pair = {"old": _alone(old), "new": _alone(new)}
        await gateway.emit("ike-rekey", {"gw": pair})


def _alone(section: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in section.items() if key != "child-sas"}


# What goes wrong.


async def test_neither(client: Client) -> None:
    with pytest.raises(LocalProtocolError, match="ike, child or both"):
        await wait_established(client)


async def test_nobody_is_there(charon: SimulatedCharon, client: Client) -> None:
    charon.stop()
    for _ in range(3):  # the first attempts may find a connection that is being closed
        with anyio.fail_after(PATIENCE), pytest.raises((ConnectError, ConnectionLost)):
            await wait_established(client, ike="gw")
    with anyio.fail_after(PATIENCE), pytest.raises(ConnectError):
        await wait_established(client, ike="gw")
    charon.start()


async def test_a_stream_that_was_given(charon: SimulatedCharon) -> None:
    async with connect(charon.connect()) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(_lose, client)
        await anyio.sleep(SHORT)
        charon.disconnect()


async def _lose(client: Client) -> None:
    with anyio.fail_after(PATIENCE), pytest.raises(ConnectionLost):
        await wait_established(client, ike="gw")


async def test_a_deadline(charon: SimulatedCharon, client: Client) -> None:
    for names in ({"ike": "gw"}, {"child": "net"}):
        with pytest.raises(TimeoutError), anyio.fail_after(SHORT):
            await wait_established(client, **names)
    await prove(client, charon)
