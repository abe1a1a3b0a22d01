"""Tables of a simulated charon: watching one, knowing when it has taken all in, and checking it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.lowlevel import checkpoint

from anyvici import Change, ChildSa, Client, IkeSa, SaTable, connect, watch_sas
from anyvici.client.pool import Pool
from anyvici.testing import SimulatedCharon
from tests.watch.following import InMemory, hearers

PATIENCE = 5.0  # seconds, in which everything comes
EVENTS = ("ike-updown", "child-updown", "ike-rekey", "child-rekey", "ike-update")

_OVER = ("REKEYED", "DELETED", "DESTROYING")
_IKE = ("uniqueid", "name", "initiator_spi", "local_host", "local_port", "remote_host")
_CHILD = ("uniqueid", "name", "reqid", "spi_in", "spi_out")


def gw(number: int = 7, *children: str, **changes: Any) -> Any:
    """Return a connection to which nothing happens by itself; another number, another peer."""
    quiet = {"rekey_time": 0, "life_time": 0, "rand_time": 0}
    ends = {"auth": "psk"}
    return {
        "remote_addrs": [f"192.0.2.{number}"],
        "local": ends,
        "remote": ends,
        "rekey_time": 0,
        "children": dict.fromkeys(children or ("net",), quiet),
        **changes,
    }


async def load(client: Client, name: str = "gw", *args: Any, **changes: Any) -> None:
    """Load a connection, see gw(), and the secret."""
    await client.load_conn(name, gw(*args, **changes))
    await client.load_shared(type="IKE", data="secret")


async def up(client: Client, name: str = "gw", child: str = "net") -> None:
    await client.initiate(ike=name, child=child, timeout=PATIENCE)


@asynccontextmanager
async def watched(
    charon: SimulatedCharon, address: Any = None, **options: Any
) -> AsyncGenerator[tuple[Client, SaTable]]:
    """A client with gw loaded, and a table; when it is left, nothing is registered any more."""
    async with connect(address or InMemory(charon)) as client:
        await load(client)
        async with watch_sas(client, **options) as table:
            yield client, table
        await prove(client, charon)


async def settled(table: SaTable) -> None:
    """Return when the table has taken in all that the daemon has told of before."""
    mirror = table._entered()
    with anyio.fail_after(PATIENCE):
        await mirror._feed.sync()
        while mirror._feed.waiting:
            await checkpoint()


async def told(table: SaTable) -> list[Change]:
    """Return what has changed, until now."""
    await settled(table)
    return await waiting(table)


async def waiting(table: SaTable) -> list[Change]:
    """Return the changes that wait for a reader."""
    return [await anext(table) for _ in range(table._changes.waiting)]


async def until(table: SaTable, *kinds: type) -> list[Change]:
    """Return the changes up to one of these kinds."""
    changes: list[Change] = []
    with anyio.fail_after(PATIENCE):
        while not (changes and isinstance(changes[-1], kinds)):
            changes.append(await anext(table))
    return changes


def shown(*changes: Change) -> list[str]:
    """Return changes in words: Rekeyed net."""
    sas = [change.new or change.old for change in changes]
    kinds = [type(change).__name__ for change in changes]
    return [f"{kind} {sa.name}" if sa else kind for kind, sa in zip(kinds, sas, strict=True)]


def consistent(table: SaTable) -> None:
    """Check that both sides of a table tell the same: no CHILD_SA is missing, or in two places."""
    listed = [each for ike_sa in table.ike_sas.values() for each in ike_sa.child_sas]
    numbers = [each.uniqueid for each in listed]
    assert sorted(numbers) == sorted(table.child_sas)
    assert all(table.child_sas[each.uniqueid] == each for each in listed)
    for sas in (table.ike_sas, table.child_sas):
        assert all(number == sa.uniqueid for number, sa in sas.items())


async def is_right(table: SaTable, client: Client) -> None:
    """Check a table against list-sas, while nothing happens."""
    await settled(table)
    consistent(table)
    listed = [sa for sa in await client.list_sas() if sa.state not in _OVER]
    assert told_of(table.ike_sas.values()) == told_of(listed)


def told_of(ike_sas: Any) -> list[Any]:
    """Return what tells SAs apart, and where the CHILD_SAs are."""
    return sorted((_values(sa, _IKE), _children(sa)) for sa in ike_sas)


def _children(ike_sa: IkeSa) -> list[Any]:
    return sorted(_values(each, _CHILD) for each in ike_sa.child_sas if each.state not in _OVER)


def _values(sa: IkeSa | ChildSa, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(sa, name) for name in names)


async def prove(client: Client, charon: SimulatedCharon) -> None:
    """Show that nothing of a table is left: nothing is leased, held or registered."""
    pool = client._pool
    assert isinstance(pool, Pool)
    with anyio.fail_after(PATIENCE):
        assert (await client.version()).daemon == "charon"
        while len(pool._idle) != pool._open:  # until abandoned answers have come
            await anyio.sleep(0.001)
        while any(hearers(charon, event) for event in (*EVENTS, "list-sa")):
            await anyio.sleep(0.001)
    assert (pool._long.value, pool._subscribers, pool._events) == (6, 0, None)
