"""Connections and children whose names look like something else."""

import pytest

from anyvici import ChildRekey, ChildUpDown, Client, IkeRekey, IkeUpDown
from tests.conformance.talks import (
    joined,
    load_both,
    next_of,
    story,
    take,
    the_child,
    the_sa,
    unload_all,
)

pytestmark = pytest.mark.anyio

# The daemon names sections after connections. These are the names of keys and sections, too.
NAMES = ["up", "old", "new", "local-host", "ike-sa", "child-sas", "type", "with blanks. and dots"]
NAMES += ["a/b", ""]


@pytest.mark.parametrize("name", NAMES)
async def test_a_connection_has_any_name(client: Client, peer: Client, name: str) -> None:
    await load_both(client, peer, name)
    assert [conn.name for conn in await client.list_conns()] == [name]
    async with client.subscribe(IkeUpDown, ChildUpDown, IkeRekey, ChildRekey) as events:
        await client.initiate(ike=name, child="net")
        assert story(await take(2, events)) == [
            ("IkeUpDown", True, name),
            ("ChildUpDown", True, name),
        ]
        (listed,) = await client.list_sas(ike=name)
        assert (listed.name, listed.local_host, listed.state) == (name, "10.99.0.1", "ESTABLISHED")
        assert the_child(listed).local_ts == ["10.1.0.0/16"]

        await client.rekey(child="net")
        child_rekey = await next_of(ChildRekey, events)
        assert child_rekey.ike_sa.name == name
        assert child_rekey.old.uniqueid == the_child(listed).uniqueid
        await client.rekey(ike=name)
        ike_rekey = await next_of(IkeRekey, events)
        assert (ike_rekey.old.name, ike_rekey.new.name) == (name, name)
        assert ike_rekey.old.uniqueid == listed.uniqueid != ike_rekey.new.uniqueid

        await client.terminate(ike_id=ike_rekey.new.uniqueid)  # the old one is going by itself
        assert (await next_of(IkeUpDown, events)).ike_sa.name == name
        assert not (await next_of(ChildUpDown, events)).up
    await unload_all(client)
    assert await client.get_conns() == []


@pytest.mark.parametrize("name", ["old", "new", "up", "name", "with blanks"])
async def test_a_child_has_any_name(client: Client, peer: Client, name: str) -> None:
    for gateway, side in ((client, "moon"), (peer, "sun")):
        await gateway.load_conn(
            "gw", joined(side, children={name: joined(side)["children"]["net"]})
        )
    async with client.subscribe(ChildUpDown, ChildRekey) as events:
        await client.initiate(child=name)
        up = await next_of(ChildUpDown, events)
        assert the_child(up.ike_sa).name == the_child(await the_sa(client)).name == name
        await client.rekey(child=name)
        rekey = await next_of(ChildRekey, events)
        assert (rekey.old.name, rekey.new.name) == (name, name)
        assert rekey.old.uniqueid == the_child(up.ike_sa).uniqueid != rekey.new.uniqueid
