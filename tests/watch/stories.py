"""Two gateways whose clients keep a table each, and everything that can be done to them."""

import errno
import math
import random
from contextlib import AsyncExitStack, suppress
from typing import Any

import anyio
from anyio.abc import AnyByteStream, ByteStreamConnectable, TaskGroup
from hypothesis import strategies as st

import anyvici
from anyvici import Added, CommandError, ConnectError, ConnectionLost, Removed, Resynced
from anyvici.testing import SimulatedCharon
from anyvici.testing.commands.queries import list_sas
from anyvici.testing.faults import Faults
from anyvici.testing.gateway import Gateway
from anyvici.testing.requests import Request
from anyvici.testing.sas.manager import Sas
from anyvici.testing.sas.sa import IkeSa
from anyvici.testing.sas.telling import Telling
from anyvici.watch.changes import Change
from anyvici.watch.comparison import differ
from tests.testing import test_any_order as any_order
from tests.testing.test_any_order import LATENCY, SIDES, Pair, Side, Step, steps

TOLD = ("ike-updown", "child-updown", "ike-rekey", "child-rekey", "ike-update")
# In a moment everything that is due is done; nothing else happens at the very time of its end.
MOMENT = LATENCY / 47.31
_TICK = 1e-6
_ABANDONED = 0.5  # seconds until a client gives up an answer that nobody waits for

STEPS: st.SearchStrategy[Step] = st.one_of(
    steps("wait", seconds=st.sampled_from([0.0, LATENCY / 2, 2 * LATENCY, 1.0, 7.0, 40.0])),
    any_order.STEPS,
    steps(
        "delay",
        side=SIDES,
        what=st.sampled_from([*TOLD, "list-sas", "list-sas", "version"]),
        seconds=st.sampled_from([0.003, 0.02, 0.05]),
    ),
    steps("heal", side=SIDES),
    steps("split", side=SIDES, octets=st.sampled_from([50, 700])),
    steps("disconnect", side=SIDES, refused=st.sampled_from([0.0, 0.0, 0.05, 3.0])),
    steps("away", side=SIDES, seconds=st.sampled_from([0.005, 0.3, 4.0])),
    steps("garble", side=SIDES, what=st.sampled_from(TOLD)),
    steps("lose", side=SIDES, what=st.sampled_from(TOLD)),
    steps("abandon", side=SIDES),
)


class InOrder(Faults):
    """What goes wrong with a daemon that has one queue for each client.

    However long an event is held up, none overtakes another, nor does the answer to `version`:
    whoever has that has all events. The other answers do change places with events.
    """

    leisure = 0.0  # seconds between any two IKE_SAs in a list
    due = -math.inf  # when the last event that was held up is out
    lost = -math.inf  # when an event was swallowed for the last time
    marred = -math.inf  # when an event was garbled for the last time

    def delay(self, name: str) -> float:
        """Return for how many seconds this is to be held up, at least behind what is."""
        now, seconds = anyio.current_time(), super().delay(name)
        if name == "list-sas":
            seconds = max(seconds, self.leisure)
        behind = self.due + _TICK if self.due >= now else now
        if name == "version" or name in TOLD:
            seconds = max(now + seconds, behind) - now
        if seconds and name in TOLD:
            self.due = now + seconds
        return seconds

    def swallowed(self, name: str) -> bool:
        """Remember when nobody has heard of something."""
        swallowed = super().swallowed(name)
        if swallowed and name in TOLD:
            self.lost = anyio.current_time()
        return swallowed

    def garbled(self, name: str, body: bytes) -> bytes:
        """Remember when something was not to be understood."""
        garbled = super().garbled(name, body)
        if garbled is not body and name in TOLD:
            self.marred = anyio.current_time()
        return garbled


async def list_at_leisure(gateway: Gateway, request: Request) -> dict[str, Any]:
    """List in any order, as charon does, and go on with other things between any two.

    Those of IKEv1 come last, and at once: a CHILD_SA that moves meanwhile from one that is still to
    be listed to one that is not any more would be in neither, and no event tells of that.
    """
    ike_sas = [*gateway.sas.ike_sas]
    random.shuffle(ike_sas)  # Hypothesis has seeded it
    for sa in sorted(ike_sas, key=lambda sa: -sa.version):
        chosen = anyvici.encode({"ike-id": str(sa.uniqueid)})
        list_sas(gateway, Request(request.name, chosen, request.emit, 0))
        if sa.version == 2:
            await anyio.sleep(request.delay)
    return {}


class Noting(Telling):
    """Notes which IKE_SAs were replaced: nobody is to be told of their end."""

    def __init__(self, sas: Sas, replaced: set[IkeSa]) -> None:
        super().__init__(sas.gateway.tell, sas.now)
        self._replaced = replaced

    def ike_rekeyed(self, old: IkeSa, new: IkeSa) -> None:
        self._replaced.add(old)
        super().ike_rekeyed(old, new)


class Memory(ByteStreamConnectable):
    """The way to a simulated charon, as often as it is gone."""

    def __init__(self, charon: SimulatedCharon) -> None:
        self._charon = charon

    async def connect(self) -> AnyByteStream:  # type: ignore[override]
        try:
            return self._charon.connect()
        except ConnectError as error:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "nobody listens") from error


class Reader:
    """What somebody has who reads the changes of a table, and nothing else."""

    def __init__(self) -> None:
        self.sas: dict[tuple[type, int], Any] = {}
        self.resynced = -math.inf

    async def read(self, table: anyvici.SaTable) -> None:
        for sa in (*table.ike_sas.values(), *table.child_sas.values()):
            self.sas[_key(sa)] = sa
        with suppress(anyio.ClosedResourceError):
            async for change in table:
                self.take(change)

    def take(self, change: Change) -> None:
        if isinstance(change, Resynced):
            assert not change.lost
            self.resynced = anyio.current_time()
            return
        if isinstance(change, Added):
            assert _key(change.new) not in self.sas
        else:
            assert not differ(self.sas.pop(_key(change.old)), change.old)
        if not isinstance(change, Removed):
            self.sas[_key(change.new)] = change.new


def _key(sa: Any) -> tuple[type, int]:
    return type(sa), sa.uniqueid


class Watched(Side):
    """One of the gateways, with the table that a client of it keeps."""

    def __init__(self, name: str, charon: SimulatedCharon, tasks: TaskGroup) -> None:
        super().__init__(name, charon, tasks)
        assert isinstance(charon._faults, InOrder)
        self.faults = charon._faults
        self.reader = Reader()
        self.replaced: set[IkeSa] = set()

    async def watch(self, stack: AsyncExitStack, refresh: float, connections: int) -> None:
        self.refresh = refresh
        connected = anyvici.connect(
            Memory(self.charon), max_connections=connections, abandon_timeout=_ABANDONED, wait=1.0
        )
        self.client = await stack.enter_async_context(connected)
        table = anyvici.watch_sas(self.client, refresh=refresh)
        self.table = await stack.enter_async_context(table)
        self.tasks.start_soon(self.reader.read, self.table)

    async def meet(self) -> None:
        """Load what a charon needs that has nothing loaded."""
        self.sas.tell = Noting(self.sas, self.replaced)
        await self.ask("load-shared", {"type": "IKE", "data": "secret"})
        for ike in ("gw", "old"):
            await self.ask("load-conn", {ike: any_order.connection(self.name, ike)})

    async def ask(self, command: str, message: dict[str, Any]) -> None:
        self.waiting += 1
        await self._ask_alone(command, message)


class Watching(Pair):
    """Both, and everything that can be done to them and to those who watch them."""

    sides: dict[str, Watched]  # type: ignore[assignment]

    async def delay(self, side: str, what: str, seconds: float) -> None:
        self.sides[side].charon.delay(what, seconds)

    async def heal(self, side: str) -> None:
        self.sides[side].charon.heal()

    async def split(self, side: str, octets: int) -> None:
        self.sides[side].charon.split(octets)

    async def disconnect(self, side: str, refused: float) -> None:
        charon = self.sides[side].charon
        if refused:
            charon.refuse()
        charon.disconnect()
        await anyio.sleep(refused)
        charon.accept()

    async def away(self, side: str, seconds: float) -> None:
        """Be gone for some time, and see that the table knows."""
        self.sides[side].charon.restart(after=seconds)
        await anyio.sleep(seconds / 2)
        assert not self.sides[side].table.connected
        await anyio.sleep(seconds / 2 + MOMENT)
        await self.sides[side].meet()

    async def garble(self, side: str, what: str) -> None:
        self.sides[side].charon.garble(what, times=1)

    async def lose(self, side: str, what: str) -> None:
        """Let an event not come; who never lists again would never know."""
        if self.sides[side].refresh < math.inf:
            self.sides[side].charon.swallow(what, times=1)

    async def abandon(self, side: str) -> None:
        """Ask for what is not answered, and go away."""
        self.sides[side].charon.swallow("stats", times=1)
        with anyio.move_on_after(LATENCY), suppress(CommandError, ConnectError, ConnectionLost):
            await self.sides[side].client.stats()
        self.sides[side].charon.heal("stats")
