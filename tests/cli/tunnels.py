"""A gateway with two tunnels to one peer, for the commands that bring them up and down."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio

import anyvici
from anyvici import Client
from anyvici.testing import SimulatedCharon
from tests.cli.program import PATIENCE

ENDS: dict[str, Any] = {
    "local_addrs": ["192.0.2.1"],
    "remote_addrs": ["192.0.2.7"],
    "local": {"auth": "psk", "id": "moon"},
    "remote": {"auth": "psk", "id": "sun"},
    "children": {
        "net": {"local_ts": ["10.1.0.0/16"], "remote_ts": ["10.2.0.0/16"]},
        "other": {"local_ts": ["10.3.0.0/16"], "remote_ts": ["10.4.0.0/16"]},
    },
}


@asynccontextmanager
async def loaded(charon: SimulatedCharon, **changes: Any) -> AsyncGenerator[Client]:
    """A client of a charon that has the connection gw, with its children net and other."""
    async with anyvici.connect(charon.address) as client:
        await client.load_conn("gw", ENDS | changes)
        await client.load_shared(type="IKE", data="secret")
        yield client


async def there(client: Client) -> list[str]:
    """Return the SAs that there are: ["gw #1 ESTABLISHED", "net #1 INSTALLED"]."""
    sas = await client.list_sas()
    found = [each for sa in sas for each in (sa, *sa.child_sas)]
    return [f"{sa.name} #{sa.uniqueid} {sa.state}" for sa in found]


async def until_there(client: Client, *expected: str) -> None:
    """Wait until these SAs are all that there are; TimeoutError if they never are."""
    with anyio.fail_after(PATIENCE):
        while await there(client) != [*expected]:
            await anyio.sleep(0.01)


async def alone(charon: SimulatedCharon, client: Client) -> None:
    """Wait until nobody else is connected, and nothing that somebody else registered is left."""
    sessions = charon._here().clients._sessions  # also of those whose command goes on
    with anyio.fail_after(PATIENCE):
        while sum(each._connected for each in sessions) > client._pool._open:
            await anyio.sleep(0.01)
    assert not any(each._registered.total() for each in sessions)


async def held_up(charon: SimulatedCharon, command: str) -> None:
    """Wait until a command has arrived that was to be delayed `times=1`."""
    with anyio.fail_after(PATIENCE):
        while charon._faults._kinds["delay"][command].left > 0:
            await anyio.sleep(0.01)
