"""A thousand SAs that come up, are rekeyed and go at once: the table is right, and not behind."""

import math
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.abc import TaskGroup

from anyvici import Change, Client, Rekeyed, Removed, SaTable, connect, watch_sas
from anyvici.testing import SimulatedCharon
from tests.watch.tables import is_right, settled, shown, waiting

pytestmark = pytest.mark.anyio

MANY = 1000
BEHIND = 1.0  # seconds of our processor that the reader of the changes may be late
PATIENCE = 60.0  # seconds for all of them: both ends, and the tests beside, share a processor


class Reader:
    """Reads the changes of a table, and notes when each SA came to be known to it.

    An SA is up at charon before its event is sent, and that is when `stamp` is taken: in the
    method of the simulation that tells of it. So the difference is all of the way: out of the
    daemon, through the socket, the feed, the table and its changes, to the one who reads them. It
    is told in time of the processor that we had, or other programs would decide what we measure.
    """

    def __init__(
        self, charon: SimulatedCharon, table: SaTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.changes: list[Change] = []
        self.behind: list[float] = []
        self._table = table
        self._told: list[float] = []
        life = charon._here()
        emit = life.clients.emit

        def stamp(event: str, message: object) -> None:
            if event in ("ike-updown", "child-updown", "ike-rekey", "child-rekey"):
                self._told.append(time.process_time())
            emit(event, message)  # type: ignore[arg-type]

        monkeypatch.setattr(life.clients, "emit", stamp)

    async def run(self) -> None:
        """Read for ever: every event is a change here, and they come in the order of the events."""
        async for change in self._table:
            self.behind.append(time.process_time() - self._told[len(self.changes)])
            self.changes.append(change)

    async def has_read(self, count: int) -> list[str]:
        """Wait until so many changes are read, and return what they are."""
        with anyio.fail_after(PATIENCE):
            while len(self.changes) < count:
                await anyio.sleep(0.005)
        await settled(self._table)
        return shown(*self.changes)


def connections() -> dict[str, object]:
    """Connections, each with a peer and a name of its own, to which nothing happens by itself."""
    quiet = {"rekey_time": 0, "life_time": 0, "rand_time": 0}
    ends = {"local": {"auth": "psk"}, "remote": {"auth": "psk"}, "rekey_time": 0}
    return {
        f"gw{number}": {
            **ends,
            "remote_addrs": [f"10.9.{number // 250}.{number % 250 + 1}"],
            "children": {f"net{number}": quiet},
        }
        for number in range(MANY)
    }


async def initiate(client: Client) -> None:
    """Bring all of them up, without waiting for one before the next is begun."""
    for number in range(MANY):
        await client.initiate(ike=f"gw{number}", child=f"net{number}", timeout=-1)


@asynccontextmanager
async def following(
    charon: SimulatedCharon, tasks: TaskGroup, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[tuple[Client, SaTable, Reader]]:
    """Another client does what is done: the one that has the table has nothing else."""
    async with connect(charon.address) as client, connect(charon.address) as other:
        await other.load_shared(type="IKE", data="secret")
        await other.load_conns(connections())  # type: ignore[arg-type]
        async with watch_sas(client, refresh=math.inf) as table:
            reader = Reader(charon, table, monkeypatch)
            tasks.start_soon(reader.run)
            try:
                yield other, table, reader
            finally:
                tasks.cancel_scope.cancel()


async def test_many_at_once(charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        anyio.create_task_group() as tasks,
        following(charon, tasks, monkeypatch) as (client, table, reader),
    ):
        await initiate(client)
        heard = await reader.has_read(2 * MANY)
        assert sorted(heard) == sorted(
            f"Added {name}{number}" for name in ("gw", "net") for number in range(MANY)
        )
        assert (len(table.ike_sas), len(table.child_sas)) == (MANY, MANY)
        await is_right(table, client)
        assert max(reader.behind) < BEHIND
        await table._entered().refresh()
        assert (await waiting(table), table.repairs) == ([], 0)


@pytest.mark.charon(latency=0.2)
async def test_at_the_same_moment(charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are rekeyed at once, and end at once: what was asked for before is answered together.

    How late the reader is would be how long the simulation takes for a thousand in one moment.
    """
    async with (
        anyio.create_task_group() as tasks,
        following(charon, tasks, monkeypatch) as (client, table, reader),
    ):
        await initiate(client)
        await reader.has_read(2 * MANY)
        for sa in [*charon._sas().ike_sas]:
            charon._sas().rekey_ike(sa)
        await reader.has_read(3 * MANY)
        assert all(isinstance(change, Rekeyed) for change in reader.changes[2 * MANY :])
        await is_right_of_those_that_stay(table)
        charon._sas().shut_down()
        await reader.has_read(5 * MANY)
        assert all(isinstance(change, Removed) for change in reader.changes[3 * MANY :])
        assert (table.ike_sas, table.child_sas, table.repairs) == ({}, {}, 0)


async def is_right_of_those_that_stay(table: SaTable) -> None:
    """Each has the one CHILD_SA of its own number, by name."""
    assert len(table.ike_sas) == len(table.child_sas) == MANY
    for ike_sa in table.ike_sas.values():
        (child,) = ike_sa.child_sas
        assert ike_sa.name.removeprefix("gw") == child.name.removeprefix("net")
