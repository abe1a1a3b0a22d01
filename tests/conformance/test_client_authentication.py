"""Tunnels by every kind of authentication: up, listed on both sides, used, and down."""

import pytest

from anyvici import (
    AuthClass,
    ChildRekey,
    ChildSaState,
    ChildUpDown,
    Client,
    CommandError,
    IkeRekey,
    IkeSa,
    IkeSaState,
    IkeUpDown,
    IpsecProtocol,
    LeaseStatus,
    Mode,
)
from tests.conformance.gateways import Gateways
from tests.conformance.identities import Identities
from tests.conformance.state import eventually
from tests.conformance.talks import (
    PASSWORD,
    POOL,
    assert_down,
    load_both,
    load_pubkey,
    load_roadwarrior,
    net,
    story,
    take,
    the_child,
    the_sa,
)

pytestmark = pytest.mark.anyio


# IKEv2 moves for MOBIKE's sake, IKEv1 if there is a NAT: see tests/live/test_userspace.py.
PORTS = [(2, 4500, 4500), (1, 4500, 4500), (1, 500, 500)]


def assert_two_sides(here: IkeSa, there: IkeSa) -> None:
    """Check that two gateways tell the same of an IKE_SA and of its one CHILD_SA."""
    for ike_sa, initiator, own, other in ((here, True, "1", "2"), (there, False, "2", "1")):
        assert ike_sa.state is IkeSaState.ESTABLISHED
        assert ike_sa.initiator is initiator
        assert (ike_sa.local_host, ike_sa.remote_host) == (f"10.99.0.{own}", f"10.99.0.{other}")
        assert (ike_sa.version, ike_sa.local_port, ike_sa.remote_port) in PORTS
        assert (ike_sa.encr_alg, ike_sa.encr_keysize) == ("AES_CBC", 128)
        assert (ike_sa.prf_alg, ike_sa.dh_group) == ("PRF_HMAC_SHA2_256", "CURVE_25519")
        assert ike_sa.established is not None
        assert ike_sa.established < 60
        assert ike_sa.rekey_time is not None
        assert ike_sa.rekey_time > 3600
    assert (here.local_id, here.remote_id) == (there.remote_id, there.local_id)
    assert here.initiator_spi == there.initiator_spi
    assert here.responder_spi == there.responder_spi != "0" * 16
    our_child, its_child = the_child(here), the_child(there)
    for child in (our_child, its_child):
        assert child.state is ChildSaState.INSTALLED
        assert (child.mode, child.protocol) == (Mode.TUNNEL, IpsecProtocol.ESP)
        assert (child.bytes_in, child.packets_in, child.use_in) == (0, 0, None)
        assert child.life_time is not None
        assert child.rekey_time is not None
        assert 0 < child.rekey_time < child.life_time
    assert our_child.spi_in == its_child.spi_out
    assert our_child.spi_out == its_child.spi_in
    assert our_child.local_ts == its_child.remote_ts
    assert our_child.remote_ts == its_child.local_ts


async def terminate(client: Client, peer: Client, name: str) -> None:
    ended = await client.terminate(ike=name)
    assert (ended.matches, ended.terminated) == (1, 1)
    await assert_down(client, peer)


async def test_ikev2_with_a_secret(gateways: Gateways, client: Client, peer: Client) -> None:
    await client.initiate(ike="gw", child="net")
    here, there = await the_sa(client), await the_sa(peer)
    assert_two_sides(here, there)
    assert (here.name, here.version, here.local_id, here.remote_id) == ("gw", 2, "moon", "sun")
    assert the_child(here).local_ts == [net("moon")]
    assert the_child(here).remote_ts == [net("sun")]
    await gateways.exchange(bytes(1000))
    used = the_child(await the_sa(client))
    assert used.bytes_in is not None
    assert used.bytes_in >= 1000
    assert (used.packets_in, used.packets_out) == (1, 1)
    assert used.use_in is not None
    await terminate(client, peer, "gw")


async def test_eap_md5_with_a_virtual_address(client: Client, peer: Client) -> None:
    await load_roadwarrior(client, peer)
    await client.initiate(child="home")
    here, there = await the_sa(client), await the_sa(peer)
    assert_two_sides(here, there)
    assert (here.name, here.local_id, there.remote_id) == ("home", "carol", "carol")
    assert (here.local_vips, here.remote_vips) == (["10.3.0.1"], [])
    assert (there.local_vips, there.remote_vips) == ([], ["10.3.0.1"])
    assert the_child(here).local_ts == ["10.3.0.1/32"]

    (pool,) = await peer.get_pools(leases=True)
    assert (pool.name, pool.size, pool.online, pool.offline) == (POOL, 14, 1, 0)
    assert pool.leases is not None
    (lease,) = pool.leases
    assert (lease.address, lease.identity) == ("10.3.0.1", "carol")
    assert lease.status is LeaseStatus.ONLINE

    await terminate(client, peer, "home")
    (pool,) = await peer.get_pools(name=POOL, leases=True)
    assert (pool.online, pool.offline) == (0, 1)
    assert pool.leases is not None
    assert [lease.status for lease in pool.leases] == [LeaseStatus.OFFLINE]


async def test_a_wrong_password(client: Client, peer: Client) -> None:
    await load_roadwarrior(client, peer)
    await client.load_shared(type="EAP", id="carol", data=PASSWORD + "?", owners=["carol"])
    messages = []
    with pytest.raises(CommandError, match="establishing CHILD_SA 'home' failed"):
        async with client.initiate(child="home") as lines:
            async for line in lines:
                messages.append(line.msg)
    assert "received EAP_FAILURE, EAP authentication failed" in messages
    await assert_down(client, peer)
    (pool,) = await peer.get_pools()
    assert (pool.online, pool.offline) == (0, 0)


async def test_certificates(
    gateways: Gateways, client: Client, peer: Client, identities: Identities
) -> None:
    for gateway in (client, peer):
        await gateway.clear_creds()  # no secret is left to fall back on
    await load_pubkey(client, peer, identities)
    (listed,) = await client.list_conns(ike="gw")
    assert [auth.class_ for auth in (*listed.local, *listed.remote)] == [AuthClass.PUBLIC_KEY] * 2
    assert listed.local[0].certs == [identities["moon"].subject]
    assert listed.remote[0].cacerts == [identities.ca.subject]

    await client.initiate(child="net")
    here = await the_sa(client)
    assert_two_sides(here, await the_sa(peer))
    assert (here.local_id, here.remote_id) == ("CN=moon", "CN=sun")
    await gateways.exchange(b"signed")
    await terminate(client, peer, "gw")


async def test_a_certificate_without_its_key(
    client: Client, peer: Client, identities: Identities
) -> None:
    await load_pubkey(client, peer, identities)
    (key,) = await client.get_keys()
    await client.unload_key(key)
    with pytest.raises(CommandError) as caught:
        await client.initiate(child="net")
    assert caught.value.errmsg == "establishing CHILD_SA 'net' failed"
    assert caught.value.detail == "no private key found for 'CN=moon'"
    await assert_down(client)  # the peer waits for the rest of it for some time


# IKEv1, and what is different there.


async def test_ikev1(gateways: Gateways, client: Client, peer: Client) -> None:
    await load_both(client, peer, "old", version=1)
    async with client.subscribe(IkeUpDown, ChildUpDown) as events:
        await client.initiate(child="net")
        here = await the_sa(client)
        assert_two_sides(here, await the_sa(peer))
        assert (here.name, here.version, here.local_id) == ("old", 1, "moon")
        await gateways.exchange(b"as of old")
        await terminate(client, peer, "old")
        assert story(await take(4, events)) == [
            ("IkeUpDown", True, "old"),
            ("ChildUpDown", True, "old"),
            ("ChildUpDown", False, "old"),  # the other way round than with IKEv2
            ("IkeUpDown", False, "old"),
        ]


async def test_ikev1_knows_no_redirection(client: Client, peer: Client) -> None:
    await load_both(client, peer, "old", version=1)
    await client.initiate(child="net")
    with pytest.raises(CommandError, match="no matching SAs to redirect found"):
        await peer.redirect("10.99.0.77", ike="old")


async def test_ikev1_does_not_rekey_an_ike_sa_but_makes_another(
    client: Client, peer: Client
) -> None:
    await load_both(client, peer, "old", version=1)
    await client.initiate(child="net")
    old = await the_sa(client)
    async with client.subscribe(IkeUpDown, IkeRekey) as events:
        assert (await client.rekey(ike="old")).matches == 1
        (event,) = await take(1, events)
    assert isinstance(event, IkeUpDown)
    assert event.up
    assert event.ike_sa.uniqueid != old.uniqueid

    async def child_has_moved() -> bool:
        ike_sas = {sa.uniqueid: sa for sa in await client.list_sas()}
        return bool(ike_sas[event.ike_sa.uniqueid].child_sas)

    await eventually(child_has_moved)


async def test_ikev1_rekeys_a_child_sa(gateways: Gateways, client: Client, peer: Client) -> None:
    await load_both(client, peer, "old", version=1)
    await client.initiate(child="net")
    old = the_child(await the_sa(client))
    async with client.subscribe(ChildRekey) as events, peer.subscribe(ChildRekey) as of_peer:
        await client.rekey(child_id=old.uniqueid)
        (event,) = await take(1, events)
        await take(1, of_peer)
    assert (event.old.uniqueid, event.old.spi_in) == (old.uniqueid, old.spi_in)
    assert event.new.uniqueid != old.uniqueid
    await gateways.exchange(b"with new keys")


async def test_ikev1_takes_an_initiate_of_a_child_that_is_up_for_a_rekeying(
    client: Client, peer: Client
) -> None:
    await load_both(client, peer, "old", version=1)
    await client.initiate(child="net")
    async with client.subscribe(ChildRekey) as events:
        await client.initiate(child="net")
        (event,) = await take(1, events)
    assert event.ike_sa.name == "old"
