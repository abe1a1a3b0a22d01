"""A table of SAs of IKEv1, whose CHILD_SAs move from one IKE_SA to another without a word."""

import anyio
import pytest

from anyvici import Client
from tests.conformance.mirrored import (
    BOTH,
    Mirrored,
    empty,
    settle,
    tables_of_both,  # noqa: F401
    up,
)
from tests.conformance.talks import load_both, the_child
from tests.live.charon import PATIENCE

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def ikev1(client: Client, peer: Client) -> None:
    await load_both(client, peer, "gw", version=1)


@BOTH
async def test_up_and_down(both: list[Mirrored], side: int) -> None:
    await up(both)
    await both[side].client.terminate(ike="gw")
    await empty(both)


@BOTH
async def test_a_child_sa_is_rekeyed(both: list[Mirrored], side: int) -> None:
    await up(both)
    for _ in range(3):
        await both[side].client.rekey(child="net")
        await anyio.sleep(0.05)
        await settle(both)
    await both[side].client.terminate(child="net")
    await settle(both)
    assert not any(table.table.child_sas for table in both)


@pytest.mark.parametrize("anyio_backend", ["trio"])  # it takes 10 seconds
@pytest.mark.parametrize(
    ("side", "reauth"), [(0, False), (1, True)], ids=["moon-rekeys", "sun-reauthenticates"]
)
async def test_an_ike_sa_is_begun_anew(both: list[Mirrored], side: int, reauth: bool) -> None:
    """The CHILD_SA moves at once; nobody tells, until the old IKE_SA goes after 10 seconds."""
    await up(both)
    children = [{*table.table.child_sas} for table in both]
    await both[side].client.rekey(ike="gw", reauth=reauth)
    with anyio.fail_after(PATIENCE):
        for count in (2, 1):
            for table in both:
                await table.table.wait_for(lambda t, c=count: len(t.ike_sas) == c)
    for (ike_sa,), child_ids in zip(await settle(both), children, strict=True):
        assert {the_child(ike_sa).uniqueid} == child_ids
    await both[side].client.terminate(ike="gw")
    await empty(both)
