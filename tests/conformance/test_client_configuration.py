"""What is loaded, and what is listed of it."""

from datetime import timedelta
from typing import Any

import pytest

from anyvici import (
    AuthClass,
    BatchError,
    ChildAction,
    Client,
    CommandError,
    IkeVersion,
    LoadError,
    LocalProtocolError,
    Mode,
    UniquePolicy,
)
from tests.conformance.talks import joined

pytestmark = pytest.mark.anyio

RUBBISH = {"local": {"auth": "pubkey", "certs": [b"this is not a certificate"]}}


async def test_of_two_hundred_connections_two_are_refused(client: Client) -> None:
    """What charon alone can tell is not checked before: whether a certificate is one."""
    configs: dict[str, Any] = {f"c{number}": joined("moon") for number in range(200)}
    configs |= {"c17": RUBBISH, "c170": RUBBISH}
    with pytest.raises(LoadError) as caught:
        await client.load_conns(configs)
    assert isinstance(caught.value, BatchError)
    assert list(caught.value.failed) == ["c17", "c170"]
    for error in caught.value.failed.values():
        assert isinstance(error, CommandError)
        assert error.errmsg == "invalid value for: certs, config discarded"
    assert "2 of 200 were not loaded: c17: " in str(caught.value)
    assert set(await client.get_conns()) == {"gw", *configs} - set(caught.value.failed)


async def test_two_hundred_connections(client: Client) -> None:
    configs: dict[str, Any] = {f"c{number}": joined("moon") for number in range(200)}
    await client.load_conns(configs)
    assert sorted(await client.get_conns()) == sorted(["gw", *configs])
    listed = await client.list_conns()
    assert len(listed) == 201
    assert {conn.children[0].name for conn in listed} == {"net"}
    async with client.list_conns() as conns:  # and one by one
        assert [conn.name async for conn in conns] == [conn.name for conn in listed]


async def test_nothing_is_sent_of_what_does_not_pass_the_check(client: Client) -> None:
    configs: dict[str, Any] = {"good": {"version": 2}, "bad": {"rekeytime": 3600}}
    with pytest.raises(LocalProtocolError, match=r"bad\.rekeytime: .*rekey_time"):
        await client.load_conns(configs)
    assert await client.get_conns() == ["gw"]


async def test_a_connection_is_listed_as_it_was_loaded(client: Client) -> None:
    await client.load_conn(
        "full",
        {
            "version": 2,
            "local_addrs": ["10.99.0.1", "fec0::1"],
            "remote_addrs": ["vpn.test", "10.98.0.0/16", "10.97.0.1-10.97.0.9"],
            "rekey_time": timedelta(hours=2),
            "reauth_time": "1d",
            "dpd_delay": 30,
            "unique": "replace",
            "local-1": {"auth": "psk", "id": "moon"},
            "local-2": {"auth": "eap-md5", "id": "carol", "eap_id": "carol@moon"},
            "remote": {"auth": "pubkey", "id": "*@sun.test", "groups": ["staff", "guests"]},
            "children": {
                "net": {
                    "local_ts": ["10.1.0.0/16", "10.5.0.0/16[tcp/http]"],
                    "remote_ts": ["dynamic"],
                    "rekey_time": timedelta(minutes=30),
                    "rekey_bytes": "500m",
                    "rekey_packets": 1_000_000,
                    "dpd_action": "trap",
                    "close_action": "start",
                },
                "printer.2": {"mode": "transport"},
                "aside": {"mode": "pass", "local_ts": ["10.7.0.0/16"]},
            },
        },
    )
    (full,) = await client.list_conns(ike="full")
    assert full.name == "full"
    assert full.version is IkeVersion.IKEV2
    assert full.local_addrs == ["10.99.0.1", "fec0::1"]
    assert full.remote_addrs == ["vpn.test", "10.98.0.0/16", "10.97.0.1-10.97.0.9"]
    assert (full.rekey_time, full.reauth_time, full.dpd_delay) == (7200, 86400, 30)
    assert full.unique is UniquePolicy.REPLACE

    first, second = full.local
    assert (first.class_, first.id) == (AuthClass.PRE_SHARED_KEY, "moon")
    assert (second.class_, second.eap_type) == (AuthClass.EAP, "EAP_MD5")
    assert (second.id, second.eap_id) == ("carol", "carol@moon")
    (remote,) = full.remote
    assert (remote.class_, remote.id) == (AuthClass.PUBLIC_KEY, "*@sun.test")
    assert remote.groups == ["staff", "guests"]

    net, printer, aside = full.children
    assert (net.name, net.mode) == ("net", Mode.TUNNEL)
    assert net.local_ts == ["10.1.0.0/16", "10.5.0.0/16[tcp/http]"]
    assert net.remote_ts == ["dynamic"]
    assert (net.rekey_time, net.rekey_bytes) == (1800, 500 * 2**20)
    assert net.rekey_packets == 1_000_000
    assert (net.dpd_action, net.close_action) == (ChildAction.TRAP, ChildAction.START)
    assert (printer.name, printer.mode) == ("printer.2", Mode.TRANSPORT)
    assert (aside.name, aside.mode, aside.local_ts) == ("aside", Mode.PASS, ["10.7.0.0/16"])


async def test_a_connection_is_replaced(client: Client) -> None:
    await client.initiate(child="net")
    await client.load_conn("gw", joined("moon", version=1))
    (listed,) = await client.list_conns()
    assert listed.version is IkeVersion.IKEV1
    (ike_sa,) = await client.list_sas()  # the SAs are left alone
    assert ike_sa.version == 2


@pytest.mark.parametrize(
    ("version", "listed"), [(0, IkeVersion.ANY), (1, IkeVersion.IKEV1), (2, IkeVersion.IKEV2)]
)
async def test_versions_of_ike(client: Client, version: int, listed: IkeVersion) -> None:
    await client.load_conn("gw", joined("moon", version=version))
    assert [conn.version for conn in await client.list_conns()] == [listed]


async def test_policies_that_pass_and_drop(client: Client) -> None:
    children = {
        "aside": {"mode": "pass", "local_ts": ["10.1.0.0/16"], "remote_ts": ["10.8.0.0/16"]},
        "away": {"mode": "drop", "local_ts": ["10.1.0.0/16"], "remote_ts": ["10.9.0.0/16"]},
    }
    await client.load_conn("policies", joined("moon", children=children))
    for child in children:
        await client.install(child, ike="policies")
    modes = {policy.child: policy.mode for policy in await client.list_policies()}
    assert modes == {"aside": Mode.PASS, "away": Mode.DROP}
    (dropped,) = await client.list_policies(trap=False, pass_=False)
    assert (dropped.name, dropped.remote_ts) == ("policies/away", ["10.9.0.0/16"])
    assert [each.child for each in await client.list_policies(child="aside")] == ["aside"]


async def test_sas_are_chosen_and_streamed(client: Client) -> None:
    # If they were alike in all but their names, other would not get an IKE_SA of its own.
    await client.load_conn("other", joined("moon", rekey_time="2h"))
    await client.initiate(ike="gw", child="net")
    await client.initiate(ike="other")
    listed = await client.list_sas()
    assert sorted(sa.name for sa in listed) == ["gw", "other"]
    async with client.list_sas() as streamed:
        assert [sa.uniqueid async for sa in streamed] == [sa.uniqueid for sa in listed]
    async with client.list_sas() as streamed:  # left in the middle
        first = await anext(streamed)
    assert first.uniqueid == listed[0].uniqueid

    by_name = {sa.name: sa for sa in listed}
    (gw,) = await client.list_sas(ike="gw")
    assert gw.uniqueid == by_name["gw"].uniqueid
    (other,) = await client.list_sas(ike_id=by_name["other"].uniqueid, noblock=True)
    assert (other.name, other.child_sas) == ("other", [])
    assert [sa.child_sas for sa in await client.list_sas(child="nowhere")] == [[], []]
    assert await client.list_sas(ike="nowhere") == []
