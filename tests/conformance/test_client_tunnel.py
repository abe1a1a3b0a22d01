"""client.tunnel(): up for as long as a block of code runs, however that ends."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress

import anyio
import pytest

from anyvici import (
    ChildRekey,
    ChildSaState,
    ChildUpDown,
    Client,
    CommandError,
    IkeRekey,
    IkeSaState,
    TypedEvent,
)
from tests.conformance.gateways import Gateways
from tests.conformance.state import eventually
from tests.conformance.talks import (
    assert_down,
    joined,
    load_both,
    load_roadwarrior,
    next_of,
    the_child,
    the_sa,
    to_nobody,
)

pytestmark = pytest.mark.anyio

TUNNEL = {"ike": "gw", "child": "net"}
PAYLOAD = bytes(1000)


class Unlucky(Exception):
    pass


async def assert_no_way(gateways: Gateways) -> None:
    with pytest.raises(OSError, match="unreachable"):
        await gateways.exchange(PAYLOAD)


async def test_it_carries_traffic_while_the_body_runs(
    gateways: Gateways, client: Client, peer: Client
) -> None:
    await assert_no_way(gateways)
    async with client.tunnel(**TUNNEL) as tunnel:
        assert tunnel.ike_sa.name == "gw"
        assert tunnel.ike_sa.state is IkeSaState.ESTABLISHED
        assert tunnel.child_sa.name == "net"
        assert tunnel.child_sa.state is ChildSaState.INSTALLED
        for _ in range(3):
            await gateways.exchange(PAYLOAD)
        assert the_child(await the_sa(client)).packets_in == 3
        assert the_child(await the_sa(client)).spi_in == tunnel.child_sa.spi_in
    assert await client.list_sas() == []
    await assert_down(peer)
    await assert_no_way(gateways)


async def test_it_can_be_had_again_and_again(client: Client, peer: Client) -> None:
    seen = set()
    for _ in range(5):
        async with client.tunnel(**TUNNEL) as tunnel:
            seen.add(tunnel.child_sa.uniqueid)
    assert len(seen) == 5
    await assert_down(client, peer)


async def test_with_a_virtual_address(client: Client, peer: Client) -> None:
    await load_roadwarrior(client, peer)
    async with client.tunnel(ike="home", child="home") as tunnel:
        assert tunnel.ike_sa.local_vips == ["10.3.0.1"]
        assert tunnel.child_sa.local_ts == ["10.3.0.1/32"]
    await assert_down(client, peer)


async def test_with_ikev1(gateways: Gateways, client: Client, peer: Client) -> None:
    await load_both(client, peer, "gw", version=1)
    async with peer.subscribe(ChildUpDown) as of_peer:
        async with client.tunnel(**TUNNEL) as tunnel:
            assert tunnel.ike_sa.version == 1
            await next_of(ChildUpDown, of_peer)  # it is the last to have it, other than in IKEv2
            await gateways.exchange(PAYLOAD)
    await assert_down(client, peer)


# However the body ends.


async def test_the_body_raises(client: Client, peer: Client) -> None:
    with pytest.raises(Unlucky):
        async with client.tunnel(**TUNNEL):
            raise Unlucky
    assert await client.list_sas() == []
    await assert_down(peer)


async def test_the_body_is_cancelled(client: Client, peer: Client) -> None:
    with anyio.CancelScope() as scope:
        async with client.tunnel(**TUNNEL):
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert await client.list_sas() == []
    await assert_down(peer)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_body_is_cancelled_natively(client: Client, peer: Client) -> None:
    entered = anyio.Event()

    async def run() -> None:
        async with client.tunnel(**TUNNEL):
            entered.set()
            await anyio.sleep_forever()

    task = asyncio.create_task(run())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await client.list_sas() == []
    await assert_down(peer)


async def test_the_tunnel_is_taken_down_by_somebody_else(client: Client, peer: Client) -> None:
    async with client.tunnel(**TUNNEL):
        await peer.terminate(ike="gw")
    await assert_down(client, peer)


async def test_the_peer_does_not_answer_any_more(gateways: Gateways, client: Client) -> None:
    """It is destroyed when the time for leaving has passed."""
    async with AsyncExitStack() as until_the_end:
        async with client.tunnel(**TUNNEL, leave_timeout=0.3):
            await until_the_end.enter_async_context(gateways.frozen("sun"))
        assert await client.list_sas() == []


# While it comes up.


async def test_an_attempt_ends_at_a_deadline(client: Client) -> None:
    """Ours, or that of charon, which was told to wait as long: either may be first."""
    await client.load_conn("nobody", to_nobody())
    with suppress(CommandError), anyio.move_on_after(0.3):
        await hold(client, "nobody")
    with anyio.fail_after(2):
        assert await client.list_sas() == []


async def test_an_attempt_is_cancelled(client: Client) -> None:
    await client.load_conn("nobody", to_nobody())

    async def is_connecting() -> bool:
        return bool(await client.list_sas(ike="nobody"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hold, client, "nobody")
        await eventually(is_connecting)
        cancelled = anyio.current_time()
        tasks.cancel_scope.cancel()
    assert anyio.current_time() - cancelled < 2
    assert await client.list_sas() == []


@pytest.mark.parametrize("ike", ["gw", "nobody"])
async def test_an_attempt_is_cancelled_at_any_moment(
    client: Client, peer: Client, ike: str
) -> None:
    await client.load_conn("nobody", to_nobody())
    for milliseconds in range(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hold_for_ever, client, ike)
            await anyio.sleep(milliseconds / 1000)
            tasks.cancel_scope.cancel()
        assert await client.list_sas() == []
    await client.initiate(ike="gw", child="net")  # nothing is on its way that would be in the way
    assert (await the_sa(client)).name == "gw"
    await client.terminate(ike="gw")
    await assert_down(client, peer)


async def hold_for_ever(client: Client, ike: str) -> None:
    async with client.tunnel(ike=ike, child="net"):
        await anyio.sleep_forever()


async def hold(client: Client, ike: str) -> None:
    async with client.tunnel(ike=ike, child="net"):
        pytest.fail("entered")


async def test_an_attempt_times_out(client: Client) -> None:
    """charon would go on trying."""
    await client.load_conn("nobody", to_nobody())
    with pytest.raises(CommandError, match="not established after 300ms"):
        async with client.tunnel(ike="nobody", child="net", timeout=0.3):
            pytest.fail("entered")
    assert await client.list_sas() == []


# What is there already.


async def test_one_that_is_up_is_refused(client: Client, peer: Client) -> None:
    await client.initiate(**TUNNEL)
    up = await the_sa(client)
    with pytest.raises(CommandError, match="CHILD_SA 'net' is up already"):
        async with client.tunnel(**TUNNEL):
            pytest.fail("entered")
    assert (await the_sa(client)).uniqueid == up.uniqueid
    assert the_child(await the_sa(client)).uniqueid == the_child(up).uniqueid


async def test_one_that_is_up_is_adopted(gateways: Gateways, client: Client) -> None:
    await client.initiate(**TUNNEL)
    up = await the_sa(client)
    async with client.tunnel(**TUNNEL, existing="adopt") as tunnel:
        assert tunnel.child_sa.uniqueid == the_child(up).uniqueid
        await gateways.exchange(PAYLOAD)
    left = await the_sa(client)  # the IKE_SA was there before
    assert (left.uniqueid, left.state) == (up.uniqueid, IkeSaState.ESTABLISHED)
    assert [sa for sa in left.child_sas if sa.state != ChildSaState.DELETED] == []


async def test_none_is_there_to_be_adopted(client: Client, peer: Client) -> None:
    async with client.tunnel(**TUNNEL, existing="adopt"):
        pass
    await assert_down(client, peer)


async def test_others_of_the_same_ike_sa_stay(client: Client, peer: Client) -> None:
    for gateway, side in ((client, "moon"), (peer, "sun")):
        net = joined(side)["children"]["net"]
        icmp = [f"{there}[icmp]" for there in net["remote_ts"]]
        two = {"net": net, "other": net | {"remote_ts": icmp, "local_ts": [*net["local_ts"]]}}
        await gateway.load_conn("gw", joined(side, children=two))
    async with client.tunnel(**TUNNEL) as tunnel:
        await client.initiate(ike="gw", child="other")
    left = await the_sa(client)
    assert left.uniqueid == tunnel.ike_sa.uniqueid
    assert the_child(left).name == "other"


# Rekeyed in the body.

Rekey = Callable[[Client, Client], Awaitable[None]]


async def rekeyed(client: Client, peer: Client, event: type[TypedEvent], **what: str) -> None:
    """Have something rekeyed, and wait until both know."""
    async with client.subscribe(event) as here, peer.subscribe(event) as there:
        await client.rekey(**what)
        await next_of(event, here)
        await next_of(event, there)


async def rekey_child(client: Client, peer: Client) -> None:
    await rekeyed(client, peer, ChildRekey, child="net")


async def rekey_ike(client: Client, peer: Client) -> None:
    await rekeyed(client, peer, IkeRekey, ike="gw")


async def rekey_both(client: Client, peer: Client) -> None:
    await rekey_child(client, peer)
    await rekey_ike(client, peer)


@pytest.mark.parametrize("rekey", [rekey_child, rekey_ike, rekey_both])
async def test_it_is_rekeyed(
    gateways: Gateways, client: Client, peer: Client, rekey: Rekey
) -> None:
    async with client.tunnel(**TUNNEL):
        await rekey(client, peer)
        await gateways.exchange(PAYLOAD)
    await assert_down(client, peer)
    await assert_no_way(gateways)


@pytest.mark.parametrize("rekey", [rekey_child, rekey_ike, rekey_both])
async def test_it_is_rekeyed_on_an_ike_sa_that_was_there_before(
    gateways: Gateways, client: Client, peer: Client, rekey: Rekey
) -> None:
    await client.initiate(ike="gw")
    before = await the_sa(client)
    async with client.tunnel(**TUNNEL) as tunnel:
        assert tunnel.ike_sa.uniqueid == before.uniqueid
        await rekey(client, peer)
        await gateways.exchange(PAYLOAD)
    for gateway in (client, peer):
        await eventually(carries_nothing, gateway)
    assert (await the_sa(client)).state is IkeSaState.ESTABLISHED
    await assert_no_way(gateways)


async def carries_nothing(gateway: Client) -> bool:
    """Tell whether there is just one IKE_SA, without a CHILD_SA: a deleted one is listed on."""
    ike_sas = await gateway.list_sas()
    states = {child.state for ike_sa in ike_sas for child in ike_sa.child_sas}
    return len(ike_sas) == 1 and states <= {ChildSaState.DELETED}


async def test_an_ike_sa_is_shared_with_a_connection_that_is_alike(client: Client) -> None:
    """charon gives the CHILD_SA to the IKE_SA that is there, whatever that is called."""
    await client.load_conn("twin", joined("moon"))
    await client.initiate(ike="gw")
    async with client.tunnel(ike="twin", child="net") as tunnel:
        assert tunnel.ike_sa.name == "gw"
        assert tunnel.child_sa.state is ChildSaState.INSTALLED
    (ike_sa,) = await client.list_sas()
    assert ike_sa.name == "gw"
    assert ike_sa.state is IkeSaState.ESTABLISHED
    assert not [sa for sa in ike_sa.child_sas if sa.state is not ChildSaState.DELETED]
