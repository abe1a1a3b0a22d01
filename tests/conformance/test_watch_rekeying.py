"""A table of SAs, on both ends of what is rekeyed."""

from typing import Any

import anyio
import pytest

from anyvici import ChildSa, CommandError, IkeSa, Rekeyed
from tests.conformance.mirrored import (
    BOTH,
    Mirrored,
    rekey,
    settle,
    tables_of_both,  # noqa: F401
    up,
)
from tests.live.charon import PATIENCE

pytestmark = pytest.mark.anyio


@BOTH
async def test_a_child_sa_is_rekeyed(both: list[Mirrored], side: int) -> None:
    await up(both)
    before = [dict(table.table.child_sas) for table in both]
    await both[side].client.rekey(child="net")
    for table, children in zip(both, before, strict=True):
        (old,) = children.values()
        (new,) = await table.table.wait_for(lambda t, c=children: {*t.child_sas} - {*c})
        assert table.table.child_sas[new].reqid == old.reqid
    await settle(both)
    for table in both:
        assert [type(change.new) for change in table.changes if isinstance(change, Rekeyed)] == [
            ChildSa
        ]


@BOTH
async def test_an_ike_sa_is_rekeyed(both: list[Mirrored], side: int) -> None:
    """Its CHILD_SAs go with it, which is no change of theirs."""
    await up(both)
    before = [dict(table.table.ike_sas) for table in both]
    children = [{*table.table.child_sas} for table in both]
    await both[side].client.rekey(ike="gw")
    for table, ike_sas in zip(both, before, strict=True):
        await table.table.wait_for(lambda t, c=ike_sas: {*t.ike_sas} - {*c})
    await settle(both)
    for table, child_ids in zip(both, children, strict=True):
        assert {*table.table.child_sas} == child_ids
        assert [type(change.new) for change in table.changes if isinstance(change, Rekeyed)] == [
            IkeSa
        ]


async def test_everything_is_rekeyed_time_and_again(both: list[Mirrored]) -> None:
    await up(both)
    for number in range(12):
        gateway = both[number % 2].client
        await gateway.rekey(**{"ike" if number % 3 else "child": "gw" if number % 3 else "net"})
        await anyio.sleep(0.02)
    await settle(both)


async def test_both_ends_rekey_at_once(both: list[Mirrored]) -> None:
    await up(both)
    for selector in ({"child": "net"}, {"ike": "gw"}) * 3:
        async with anyio.create_task_group() as tasks:
            for table in both:
                tasks.start_soon(rekey_if_it_is_there, table, selector)
        await anyio.sleep(0.05)
        await settle(both)


async def rekey_if_it_is_there(table: Mirrored, selector: dict[str, Any]) -> None:
    """The other end may have been so quick that there is nothing to be rekeyed for a moment."""
    try:
        await rekey(table.client, selector)
    except CommandError as error:
        if error.matches != 0:
            raise


@BOTH
async def test_reauthentication(both: list[Mirrored], side: int) -> None:
    await up(both)
    before = [{*table.table.ike_sas} for table in both]
    await both[side].client.rekey(ike="gw", reauth=True)
    for table, ike_ids in zip(both, before, strict=True):
        with anyio.fail_after(PATIENCE):
            await table.table.wait_for(
                lambda t, c=ike_ids: {*t.ike_sas} - c and not {*t.ike_sas} & c and t.child_sas
            )
    await settle(both)
