"""An initiator that gets another address, and stays connected (MOBIKE)."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from anyvici import Client, IkeSaState, IkeUpdate
from tests.conformance.talks import assert_down, joined, load_both, take
from tests.live.gateways import Gateways

pytestmark = pytest.mark.anyio


@contextmanager
def moved(gateways: Gateways) -> Generator[None]:
    """Have moon lose its address while it has another one; it gets it back."""
    own, other = "10.99.0.1/24 dev veth0", "10.99.0.3/16 dev veth0"  # in /24 it would go, too
    gateways["moon"].ip(f"addr add {other}", f"addr del {own}")
    try:
        yield
    finally:
        gateways["moon"].ip(f"addr add {own}", f"addr del {other}")


@pytest.mark.parametrize("name", ["roaming", "local-host"])
async def test_an_initiator_gets_another_address(
    gateways: Gateways, client: Client, peer: Client, name: str
) -> None:
    await load_both(client, peer, name)
    for gateway, side in ((client, "moon"), (peer, "sun")):
        there = {"moon": "10.99.0.2", "sun": "%any"}[side]
        await gateway.load_conn(name, joined(side, local_addrs=["%any"], remote_addrs=[there]))
    await client.initiate(child="net")
    async with client.subscribe(IkeUpdate) as here, peer.subscribe(IkeUpdate) as there:
        with moved(gateways):
            for events, mine in ((here, True), (there, False)):
                (event,) = await take(1, events)
                assert event.ike_sa.name == name
                assert event.ike_sa.state is IkeSaState.ESTABLISHED
                before = event.ike_sa.local_host if mine else event.ike_sa.remote_host
                after = event.local_host if mine else event.remote_host
                assert (before, after) == ("10.99.0.1", "10.99.0.3")
            await client.terminate(ike=name)
            await assert_down(client, peer)
