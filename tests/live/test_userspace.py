"""ESP in user space, by kernel-libipsec: it goes over UDP, as if there were a NAT between."""

import pytest

from anyvici import Client
from tests.conformance.state import eventually
from tests.conformance.talks import load_both, the_child, the_sa

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("version", [1, 2])
async def test_it_looks_like_a_nat(client: Client, peer: Client, version: int) -> None:
    await load_both(client, peer, "gw", version=version)
    await client.initiate(child="net")
    for gateway in (client, peer):
        await eventually(is_installed, gateway)  # with IKEv1 it is at the responder last
        ike_sa = await the_sa(gateway)
        assert (ike_sa.local_port, ike_sa.remote_port) == (4500, 4500)
        assert (ike_sa.nat_local, ike_sa.nat_remote, ike_sa.nat_any) == (False, True, True)
        assert the_child(ike_sa).encap


async def is_installed(gateway: Client) -> bool:
    children = (await the_sa(gateway)).child_sas
    return any(child.state == "INSTALLED" for child in children)


async def test_the_plugin_is_there(client: Client) -> None:
    assert "kernel-libipsec" in (await client.stats()).plugins
