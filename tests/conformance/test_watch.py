"""A table of SAs, on both ends of whatever may happen to them."""

import anyio
import pytest

from anyvici import ChildSa, Client, CommandError, IkeSa, Removed, Resynced
from tests.conformance.gateways import Gateways
from tests.conformance.mirrored import (
    BOTH,
    Mirrored,
    empty,
    mirrored,
    rekey,
    settle,
    tables_of_both,  # noqa: F401
    up,
)
from tests.conformance.state import eventually
from tests.conformance.talks import has_no_sa, joined, to_nobody
from tests.live.charon import PATIENCE
from tests.live.gateways import NUMBERS, PEERS, load, shared_secret

pytestmark = pytest.mark.anyio

MANY = 8


async def initiate(gateway: Client, ike: str) -> None:
    await gateway.initiate(ike=ike, child=ike)


async def terminate(gateway: Client, ike: str) -> None:
    await gateway.terminate(ike=ike)


@BOTH
async def test_an_ike_sa_is_ended(both: list[Mirrored], side: int) -> None:
    await up(both)
    await both[side].client.terminate(ike="gw")
    await empty(both)
    for table in both:
        removed = [type(change.old) for change in table.changes if isinstance(change, Removed)]
        assert removed == [IkeSa, ChildSa]


@BOTH
async def test_a_child_sa_is_ended(both: list[Mirrored], side: int) -> None:
    await up(both)
    await both[side].client.terminate(child="net")
    for (ike_sa,) in await settle(both):
        assert ike_sa.child_sas == []


async def test_authentication_fails(both: list[Mirrored], client: Client) -> None:
    await client.load_shared(**shared_secret("not what sun has"))
    for _ in range(5):
        with pytest.raises(CommandError):
            await client.initiate(child="net")
    await empty(both)


async def test_nobody_is_there(both: list[Mirrored], client: Client) -> None:
    """Lists show what connects; what is ended then goes without a word."""
    await client.load_conn("nobody", to_nobody())
    with pytest.raises(CommandError):
        await client.initiate(ike="nobody", child="net", timeout=0.3)
    await client.terminate(ike="nobody")
    await empty(both)


@pytest.mark.parametrize("anyio_backend", ["trio"])  # it takes 6 seconds
async def test_the_peer_goes_for_good(
    gateways: Gateways, both: list[Mirrored], client: Client
) -> None:
    """Nobody answers when a CHILD_SA is to be rekeyed: the IKE_SA goes down in the end."""
    await up(both)
    await gateways.kill("sun")
    await client.rekey(child="net")
    await eventually(has_no_sa, client)
    await both[0].settle()
    await gateways.start("sun")
    await load(gateways.addresses)
    await empty(both)
    await up(both)


@BOTH
async def test_a_charon_is_killed(gateways: Gateways, both: list[Mirrored], side: int) -> None:
    await up(both)
    name = ["moon", "sun"][side]
    await gateways.kill(name)
    with anyio.fail_after(PATIENCE):
        await both[side].table.wait_for(lambda t: not t.connected)
    assert both[side].table.ike_sas  # what was last known
    await gateways.start(name)
    await load(gateways.addresses)
    with anyio.fail_after(PATIENCE):
        await both[side].table.wait_for(lambda t: t.connected)
    assert not both[side].table.ike_sas
    await settle(both)
    assert isinstance(both[side].changes[-1], Resynced)
    await both[side].client.initiate(ike="gw", child="net")
    await settle(both)


async def test_two_connections_share_an_ike_sa(
    both: list[Mirrored], client: Client, peer: Client
) -> None:
    for gateway, side in ((client, "moon"), (peer, "sun")):
        net = joined(side)["children"]["net"]
        icmp = {key: [f"{net[key][0]}[icmp]"] for key in ("local_ts", "remote_ts")}
        await gateway.load_conn("twin", joined(side, children={"net2": net | icmp}))
    await up(both)
    await client.initiate(ike="twin", child="net2")
    await settle(both)
    assert {child.name for child in both[0].table.child_sas.values()} == {"net", "net2"}
    for gateway, selector in (
        (peer, {"ike": "gw"}),
        (client, {"child": "net2"}),
        (client, {"ike": "gw"}),
    ):
        await gateway.rekey(**selector)
        await anyio.sleep(0.05)
        await settle(both)
    await client.terminate(ike="gw")
    await empty(both)


async def test_what_is_not_named_yet(client: Client, peer: Client) -> None:
    """A responder's IKE_SA is listed before it knows its connection; then it has a name."""
    async with mirrored(peer, refresh=0.001) as (there,):
        with anyio.fail_after(PATIENCE):
            while not any(
                isinstance(change.new, IkeSa) and change.new.name == "(unnamed)"
                for change in there.changes
            ):
                await client.initiate(child="net")
                await client.terminate(ike="gw")
        await there.settle()
        assert not there.table.ike_sas


async def test_the_answer_comes_before_the_event(both: list[Mirrored], client: Client) -> None:
    for _ in range(25):
        await client.initiate(child="net")
        with anyio.fail_after(PATIENCE):
            for table in both:
                (child,) = await table.table.wait_for(lambda t: [*t.child_sas.values()])
                assert child.name == "net"
        await client.terminate(ike="gw")
        with anyio.fail_after(PATIENCE):
            for table in both:
                await table.table.wait_for(lambda t: not t.ike_sas and not t.child_sas)
    await empty(both)


async def test_many_come_up_and_go(both: list[Mirrored], client: Client, peer: Client) -> None:
    for number in range(MANY):
        await load_another(client, "moon", number)
        await load_another(peer, "sun", number)
    for _ in range(2):
        async with anyio.create_task_group() as tasks:
            for number in range(MANY):
                tasks.start_soon(initiate, client, f"c{number}")
        for ike_sas in await settle(both):
            assert len(ike_sas) == MANY
        async with anyio.create_task_group() as tasks:
            for number in range(MANY):
                gateway = both[number % 2].client
                what = ["ike", "child"][number // 2 % 2]
                tasks.start_soon(rekey, gateway, {what: f"c{number}"})
        await settle(both)
        await client.terminate(ike="c0")
        await peer.terminate(child="c1")
        await settle(both)
        async with anyio.create_task_group() as tasks:
            for number in range(1, MANY):
                tasks.start_soon(terminate, both[number % 2].client, f"c{number}")
        await empty(both)


async def load_another(gateway: Client, side: str, number: int) -> None:
    """Load a connection with identities of its own: the peer tells connections by them."""
    name = f"c{number}"
    ids = {each: f"{name}.{each}" for each in NUMBERS}
    net = joined(side)["children"]["net"]
    ports = {key: [f"{net[key][0]}[udp/{1000 + number}]"] for key in ("local_ts", "remote_ts")}
    await gateway.load_shared(type="IKE", id=name, data=name, owners=[*ids.values()])
    await gateway.load_conn(
        name,
        joined(
            side,
            local={"auth": "psk", "id": ids[side]},
            remote={"auth": "psk", "id": ids[PEERS[side]]},
            children={name: net | ports},
        ),
    )
