"""Tables of SAs beside what charon lists."""

import math
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
import pytest

from anyvici import (
    Change,
    ChildSa,
    ChildSaState,
    Client,
    IkeSa,
    IkeSaState,
    Removed,
    SaTable,
    watch_sas,
)
from tests.conformance.state import eventually
from tests.conformance.talks import has_no_sa, the_child
from tests.live.charon import PATIENCE

# Of these nobody is told when they change. Tasks, and SAs inside, are compared by themselves.
_UNTOLD = {
    *("established", "rekey_time", "reauth_time", "life_time", "install_time", "use_in", "use_out"),
    *("bytes_in", "bytes_out", "packets_in", "packets_out"),
    *("tasks_queued", "tasks_active", "tasks_passive", "child_sas", "raw"),
}
_REPLACED = {ChildSaState.REKEYED, ChildSaState.DELETED, IkeSaState.REKEYED}
_AT_REST = {ChildSaState.INSTALLED, IkeSaState.ESTABLISHED, *_REPLACED}

BOTH = pytest.mark.parametrize("side", [0, 1], ids=["moon", "sun"])

Facts = dict[str, dict[str, Any]]


class Mirrored:
    """A table, everything that it told of its changes, and the charon it is about."""

    def __init__(self, client: Client, table: SaTable) -> None:
        self.client = client
        self.table = table
        self.changes: list[Change] = []
        self.replayed = facts(table.ike_sas.values())

    async def keep(self) -> None:
        """Follow the changes, for ever, to know the table from them alone."""
        async for change in self.table:
            self.changes.append(change)
            if isinstance(change, Removed) or (change.old and change.new):
                self.replayed.pop(_name(change.old), None)
            if change.new is not None:
                self.replayed[_name(change.new)] = _facts(change.new)

    async def settle(self) -> list[IkeSa]:
        """Wait until the table is what is listed, look once more, and return the list.

        The second look must find nothing that no event had told of.
        """
        await self._equal()
        await self.look()
        listed = await self._equal()
        assert self.table.repairs == 0, self.changes
        assert self.table.trouble is None
        return listed

    async def look(self) -> None:
        """Have the table refreshed: by itself, or if it does not do that, now."""
        mirror = self.table._entered()
        if mirror._period == math.inf:
            await mirror.refresh()
        begun = anyio.current_time()
        with anyio.fail_after(PATIENCE):
            await self.table.wait_for(lambda _: mirror._listed_at >= begun or mirror._period > 99)

    async def _equal(self) -> list[IkeSa]:
        """Wait until charon is at rest, and table and changes tell what it lists."""
        with anyio.move_on_after(PATIENCE):
            while True:
                listed = [*await self.client.list_sas()]
                known = facts(self.table.ike_sas.values())
                without = {key: value | {"in": None} for key, value in known.items()}
                if is_at_rest(listed) and known == facts(listed) and self.replayed == without:
                    break
                await anyio.sleep(0.01)
        assert known == facts(listed), _difference(known, facts(listed))
        assert self.replayed == without, _difference(self.replayed, without)
        assert is_at_rest(listed), listed
        inside = [child.uniqueid for sa in self.table.ike_sas.values() for child in sa.child_sas]
        assert sorted(inside) == sorted(self.table.child_sas)
        return listed


@asynccontextmanager
async def mirrored(*clients: Client, refresh: float = math.inf) -> AsyncGenerator[list[Mirrored]]:
    """Have a table for each of the clients."""
    async with AsyncExitStack() as stack:
        tables = [
            Mirrored(client, await stack.enter_async_context(watch_sas(client, refresh=refresh)))
            for client in clients
        ]
        tasks = await stack.enter_async_context(anyio.create_task_group())
        for table in tables:
            tasks.start_soon(table.keep)
        yield tables
        tasks.cancel_scope.cancel()


@pytest.fixture(name="both")
async def tables_of_both(client: Client, peer: Client) -> AsyncGenerator[list[Mirrored]]:
    """Tables of moon and sun, made by events alone; and two more, with many lists among them."""
    async with (
        mirrored(client, peer, refresh=math.inf) as by_events,
        mirrored(client, peer, refresh=0.02) as by_lists,
    ):
        yield [*by_events, *by_lists]


async def settle(both: list[Mirrored]) -> list[list[IkeSa]]:
    return [await table.settle() for table in both]


async def up(both: list[Mirrored]) -> None:
    await both[0].client.initiate(ike="gw", child="net")
    for (ike_sa,) in await settle(both):
        assert (ike_sa.name, the_child(ike_sa).name) == ("gw", "net")


async def empty(both: list[Mirrored]) -> None:
    for table in both:
        await eventually(has_no_sa, table.client)
    await settle(both)
    assert not any(table.table.ike_sas or table.table.child_sas for table in both)


async def rekey(gateway: Client, selector: dict[str, Any]) -> None:
    await gateway.rekey(**selector)


def facts(ike_sas: Iterable[IkeSa]) -> Facts:
    """Return what is told of SAs, but for those that were replaced and are listed for a while."""
    return {
        _name(sa): _facts(sa) | {"in": home}
        for ike_sa in ike_sas
        for sa, home in [(ike_sa, None), *((child, ike_sa.uniqueid) for child in ike_sa.child_sas)]
        if sa.state not in _REPLACED
    }


def is_at_rest(ike_sas: Iterable[IkeSa]) -> bool:
    """Tell whether nothing is under way."""
    return all(
        not (ike_sa.tasks_queued or ike_sa.tasks_active or ike_sa.tasks_passive)
        and {ike_sa.state, *(child.state for child in ike_sa.child_sas)} <= _AT_REST
        for ike_sa in ike_sas
        if ike_sa.state not in _REPLACED  # a peer that was killed leaves it for half a minute
    )


def _name(sa: IkeSa | ChildSa | None) -> str:
    assert sa is not None
    return f"{type(sa).__name__} {sa.uniqueid}"


def _facts(sa: IkeSa | ChildSa) -> dict[str, Any]:
    told = {name: getattr(sa, name) for name in sa.__struct_fields__ if name not in _UNTOLD}
    return told | {"in": None}


def _difference(known: Facts, listed: Facts) -> dict[str, Any]:
    """Return what is known, and what is listed, where they differ."""
    return {
        name: {
            key: (known.get(name, {}).get(key), listed.get(name, {}).get(key))
            for key in known.get(name, {}) | listed.get(name, {})
            if known.get(name, {}).get(key) != listed.get(name, {}).get(key)
        }
        for name in known | listed
        if known.get(name) != listed.get(name)
    }
