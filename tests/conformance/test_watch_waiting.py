"""Waiting for SAs, and for a charon, on whatever charon."""

import anyio
import pytest

from anyvici import (
    ChildUpDown,
    Client,
    CommandError,
    Connected,
    ConnectError,
    Disconnected,
    IkeSa,
    IkeUpDown,
    connect,
    follow,
    wait_established,
    watch_sas,
)
from tests.conformance.gateways import Gateways
from tests.conformance.talks import the_child
from tests.live.charon import PATIENCE
from tests.live.gateways import load, shared_secret

pytestmark = pytest.mark.anyio

CHOICES = [{"ike": "gw"}, {"child": "net"}, {"ike": "gw", "child": "net"}]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
async def test_both_ends_see_it_come_up(
    client: Client, peer: Client, choice: dict[str, str]
) -> None:
    seen: list[IkeSa] = []

    async def wait(gateway: Client) -> None:
        seen.append(await wait_established(gateway, **choice))

    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            for gateway in (client, peer):
                tasks.start_soon(wait, gateway)
            await anyio.wait_all_tasks_blocked()
            await anyio.sleep(0.02)
            assert seen == []
            await client.initiate(ike="gw", child="net")
        for gateway in (client, peer):  # and those who come later
            await wait(gateway)
    assert {ike_sa.name for ike_sa in seen} == {"gw"}
    assert len({ike_sa.initiator_spi for ike_sa in seen}) == 1
    if "child" in choice:
        assert {the_child(ike_sa).name for ike_sa in seen} == {"net"}


async def test_what_fails_is_not_up(client: Client, peer: Client) -> None:
    await client.load_shared(**shared_secret("not what sun has"))
    with anyio.move_on_after(0.5) as waiting:
        async with anyio.create_task_group() as tasks:
            for gateway in (client, peer):
                tasks.start_soon(wait_up, gateway)
            with pytest.raises(CommandError):
                await client.initiate(child="net")
            await anyio.sleep_forever()
    assert waiting.cancelled_caught


async def wait_up(gateway: Client) -> None:
    await wait_established(gateway, ike="gw")
    raise AssertionError


async def test_a_restart_in_between(gateways: Gateways, client: Client, peer: Client) -> None:
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: wait_established(client, child="net"))
            tasks.start_soon(lambda: wait_established(peer, child="net"))
            await anyio.sleep(0.5)  # by now they wait
            for name in ("moon", "sun"):
                await gateways.kill(name)
                await anyio.sleep(0.05)
                await gateways.start(name)
            await load(gateways.addresses)
            await peer.initiate(child="net")


async def test_a_client_waits_for_its_charon(gateways: Gateways) -> None:
    await gateways.kill("moon")
    address = gateways.addresses["moon"]
    try:
        with pytest.raises(ConnectError, match="nobody listens there"):
            async with connect(address):
                pass
        with pytest.raises(ConnectError, match="nobody listens there"):
            async with connect(address, wait=0.05):
                pass
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(start_later, gateways, "moon")
            with anyio.fail_after(PATIENCE):
                async with connect(address, wait=PATIENCE) as client:
                    assert (await client.version()).daemon == "charon"
    finally:
        await gateways.start("moon") if not await answers(address) else None


async def test_a_command_waits_for_its_charon(gateways: Gateways) -> None:
    async with connect(gateways.addresses["moon"], wait=PATIENCE) as client:
        for _ in range(3):
            await gateways.kill("moon")
            with anyio.fail_after(PATIENCE):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(start_later, gateways, "moon")
                    await anyio.sleep(0.02)  # the client has heard of its end
                    assert await client.get_conns() == []


async def start_later(gateways: Gateways, name: str) -> None:
    await anyio.sleep(0.2)
    await gateways.start(name)


async def answers(address: str) -> bool:
    try:
        async with connect(address) as client:
            await client.version()
    except ConnectError:
        return False
    return True


async def test_a_charon_stops_and_is_started_again(gateways: Gateways) -> None:
    """What goes down is told first, then that it is gone, then that it is there again."""
    async with connect(gateways.addresses["moon"]) as client:
        async with follow(client, IkeUpDown, ChildUpDown) as feed, watch_sas(client) as table:
            await client.initiate(ike="gw", child="net")
            await gateways.shut_down("moon")
            told = []
            with anyio.fail_after(PATIENCE):
                while not told or not isinstance(told[-1], Disconnected):
                    told.append(await anext(feed))
                await table.wait_for(lambda t: not t.connected)
            assert not table.ike_sas  # it has told so before it went
            assert not table.child_sas
            await gateways.start("moon")
            await load(gateways.addresses)
            with anyio.fail_after(PATIENCE):
                told.append(await anext(feed))
                await table.wait_for(lambda t: t.connected)
                await client.initiate(ike="gw", child="net")
                for _ in range(2):
                    told.append(await anext(feed))
                await table.wait_for(lambda t: t.child_sas)
        assert table.repairs == 0
    assert [tell(item) for item in told] == [
        *("IkeUpDown up", "ChildUpDown up", "IkeUpDown down", "ChildUpDown down"),
        *("Disconnected", "Connected", "IkeUpDown up", "ChildUpDown up"),
    ]
    (connected,) = [item for item in told if isinstance(item, Connected)]
    assert connected.gap
    assert connected.version.daemon == "charon"


def tell(item: object) -> str:
    kind = type(item).__name__
    if isinstance(item, IkeUpDown | ChildUpDown):
        return f"{kind} {'up' if item.up else 'down'}"
    return kind
