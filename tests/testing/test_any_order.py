"""Two simulated gateways at which everything happens, in any order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
import trio
from anyio.abc import TaskGroup, TaskStatus
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from anyvici import CommandError, ConnectError, ConnectionLost, Event, open_connection
from anyvici.testing import SimulatedCharon
from anyvici.testing.sas.manager import Sas
from anyvici.testing.sas.sa import ChildSa, IkeSa

EVENTS = ("ike-updown", "child-updown", "ike-rekey", "child-rekey")
HOSTS = {"moon": "10.99.0.1", "sun": "10.99.0.2"}
NETS = {"moon": "10.1.0.0/16", "sun": "10.2.0.0/16"}
PEERS = {"moon": "sun", "sun": "moon"}
LATENCY = 0.01
ENOUGH = 60.0  # seconds after which everything is answered
USED = ("INSTALLED", "REKEYING", "DELETING")

Step = tuple[str, dict[str, Any]]


def steps(name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


SIDES = st.sampled_from(sorted(HOSTS))
IKES = st.sampled_from(["gw", "gw", "old"])
CHILDREN = st.sampled_from(["net", "net2"])
ACTIONS = st.sampled_from(["none", "trap", "start"])
TIMES = st.sampled_from([0, 1, 3, 1000])
STEPS = st.one_of(
    steps("initiate", side=SIDES, ike=IKES, child=CHILDREN | st.none()),
    steps(
        "terminate",
        side=SIDES,
        ike=IKES,
        child=CHILDREN | st.none(),
        force=st.booleans(),
        timeout=st.sampled_from([-1, 0, 0, 300]),
    ),
    steps("rekey", side=SIDES, ike=IKES, child=CHILDREN | st.none(), reauth=st.booleans()),
    steps("collide", ike=IKES, child=CHILDREN | st.none(), reauth=st.booleans()),
    steps("redirect", side=SIDES, gateway=st.sampled_from([*HOSTS.values(), "10.99.0.77"])),
    steps("policy", side=SIDES, command=st.sampled_from(["install", "uninstall"]), child=CHILDREN),
    steps("load", side=SIDES, ike=IKES, start=ACTIONS, close=ACTIONS, dpd=ACTIONS, time=TIMES),
    steps("unload", side=SIDES, ike=IKES),
    steps("cable", side=SIDES, ike=IKES, plugged=st.booleans()),
    steps("traffic", side=SIDES, child=CHILDREN),
    steps("restart", side=SIDES, politely=st.booleans()),
    steps("wait", seconds=st.sampled_from([0.0, LATENCY / 2, 2 * LATENCY, 1.0, 7.0, 40.0])),
)

PRELUDE: list[Step] = [
    ("initiate", {"side": "moon", "ike": "gw", "child": "net"}),
    ("initiate", {"side": "sun", "ike": "old", "child": "net"}),
    ("wait", {"seconds": 1.0}),
]


def connection(
    side: str, ike: str, start: str = "none", close: str = "none", dpd: str = "none", time: int = 0
) -> dict[str, Any]:
    """Return what joins both: gw with IKEv2, old with IKEv1."""
    peer = PEERS[side]
    child = {"start_action": start, "close_action": close, "dpd_action": dpd, "rekey_time": time}
    ends = {"local_ts": [NETS[side]], "remote_ts": [NETS[peer]]}
    icmp = {key: [f"{net[0]}[icmp]"] for key, net in ends.items()}
    return {
        "version": 1 if ike == "old" else 2,
        "local_addrs": [HOSTS[side]],
        "remote_addrs": [HOSTS[peer]],
        "local": {"auth": "psk", "id": f"{side}.{ike}"},
        "remote": {"auth": "psk", "id": f"{peer}.{ike}"},
        "dpd_delay": 2 if dpd != "none" else 0,
        "rekey_time": 2 * time,
        "children": {"net": ends | child, "net2": icmp | {"life_time": 2 * time, "inactivity": 5}},
    }


@dataclass
class Table:
    """What there is by the story of the events, and the numbers that were ever used."""

    ike_sas: set[str] = field(default_factory=set)
    child_sas: set[str] = field(default_factory=set)
    used: set[tuple[str, str]] = field(default_factory=set)

    def hear(self, event: Event) -> None:
        section = next(value for value in event.message.values() if isinstance(value, dict))
        up = event.message.get("up") == "yes"
        if event.name == "ike-rekey":
            self._change("ike", False, section["old"])
            self._change("ike", True, section["new"])
        elif event.name == "ike-updown":
            self._change("ike", up, section)
        for child in section.get("child-sas", {}).values():
            if event.name == "child-rekey":
                self._change("child", False, child["old"])
                self._change("child", True, child["new"])
            else:
                self._change("child", up, child)

    def _change(self, kind: str, up: bool, section: dict[str, Any]) -> None:
        table, number = getattr(self, f"{kind}_sas"), section["uniqueid"]
        if up:
            assert (kind, number) not in self.used, f"{kind} {number} was there before"
            self.used.add((kind, number))
            table.add(number)
        elif kind == "child":
            table.remove(number)
        else:
            table.discard(number)  # of a reauthentication without children it is told twice


class Side:
    """One of the gateways, and what was heard of it."""

    def __init__(self, name: str, charon: SimulatedCharon, tasks: TaskGroup) -> None:
        self.name = name
        self.charon = charon
        self.tasks = tasks
        self.waiting = 0
        self.seen: list[IkeSa | ChildSa] = []  # whose appointments must end with them
        self._left = anyio.Event()

    @property
    def sas(self) -> Sas:
        return self.charon._here().gateway.sas

    async def meet(self) -> None:
        """Connect, anew if need be, to a charon that has nothing loaded."""
        self.leave()
        self._left = anyio.Event()
        self.table, self.seen = Table(), []
        await self.tasks.start(self._stay, self._left)

    def leave(self) -> None:
        self._left.set()

    async def _stay(self, left: anyio.Event, *, task_status: TaskStatus[None]) -> None:
        async with open_connection(self.charon.connect()) as self.gateway:
            async with self.gateway.subscribe(*EVENTS) as self._events:
                await self.gateway.call("load-shared", {"type": "IKE", "data": "secret"})
                for ike in ("gw", "old"):
                    message = {ike: connection(self.name, ike)}
                    await self.gateway.call("load-conn", message)
                task_status.started()
                await left.wait()

    async def ask(self, command: str, message: dict[str, Any]) -> None:
        with suppress(CommandError):
            await self.gateway.call(command, message)

    def begin(self, command: str, message: dict[str, Any]) -> None:
        """Ask on a connection of its own, and remember that an answer is owed."""
        self.waiting += 1
        self.tasks.start_soon(self._ask_alone, command, message)

    async def _ask_alone(self, command: str, message: dict[str, Any]) -> None:
        with suppress(CommandError, ConnectionLost, ConnectError):
            async with open_connection(self.charon.connect()) as gateway:
                await gateway.call(command, message)
        self.waiting -= 1

    async def check(self) -> None:
        """Compare what is listed with what was told; and look behind the scenes."""
        listed = await self._list()
        while await self._hear():  # something went on meanwhile
            listed = await self._list()
        up = [sa for sa in listed if _is_up(sa)]
        assert {sa["uniqueid"] for sa in up} == self.table.ike_sas
        children = [child for sa in listed for child in sa["child-sas"].values()]
        used = {child["uniqueid"] for child in children if child["state"] in USED}
        assert used == self.table.child_sas
        self._check_appointments()

    async def _list(self) -> list[dict[str, Any]]:
        async with self.gateway.stream("list-sas", "list-sa") as items:
            return [section async for item in items for section in item.values()]

    async def _hear(self) -> bool:
        """Take in the events that have come; tell whether there was one."""
        heard = False
        with anyio.move_on_after(1e-6):
            while True:
                self.table.hear(await anext(self._events))
                heard = True
        return heard

    def _check_appointments(self) -> None:
        """Nothing is going to happen to an SA that is gone."""
        present: list[IkeSa | ChildSa] = [*self.sas.ike_sas]
        present += [child for sa in self.sas.ike_sas for child in sa.children]
        for sa in self.seen:
            assert sa in present or not sa.appointments
        self.seen += [sa for sa in present if sa not in self.seen]

    def check_agreement(self) -> None:
        """What is at peace here is the same at the other end."""
        for sa in self.sas.ike_sas:
            if sa.version == 1 or not _is_at_peace(sa) or not self.sas.reachable(sa):
                continue
            twin = sa.twin
            assert twin is not None
            if _is_at_peace(twin):
                assert (sa.initiator_spi, sa.responder_spi) == (
                    twin.initiator_spi,
                    twin.responder_spi,
                )
                mirrored = {(other, one) for one, other in _spis(twin)}
                assert _spis(sa) == mirrored
            assert all(one != other for one, other in _spis(sa))  # though both have one seed


def _is_up(listed: dict[str, Any]) -> bool:
    replaced = listed["state"] == "DELETING" and "IKE_REKEY" in listed.get("tasks-active", [])
    return listed["state"] in ("ESTABLISHED", "REKEYING", "DELETING") and not replaced


def _is_at_peace(sa: IkeSa) -> bool:
    return sa.state == "ESTABLISHED" and not sa.active


def _spis(sa: IkeSa) -> set[tuple[int, int]]:
    return {(each.spi_in, each.spi_out) for each in sa.children if each.state == "INSTALLED"}


class Pair:
    """Both, and everything that can be done to them."""

    def __init__(self, sides: dict[str, Side]) -> None:
        self.sides = sides

    async def initiate(self, side: str, ike: str, child: str | None) -> None:
        """One of an IKE_SA alone has a timeout: of one that is up charon does not tell."""
        what = {"ike": ike, "timeout": 20_000} if child is None else {"ike": ike, "child": child}
        self.sides[side].begin("initiate", what)

    async def terminate(self, side: str, child: str | None, **options: Any) -> None:
        what = options if child is None else options | {"child": child}
        self.sides[side].begin("terminate", what)

    async def rekey(self, side: str, ike: str, child: str | None, reauth: bool) -> None:
        what = {"ike": ike, "reauth": reauth}
        await self.sides[side].ask("rekey", what if child is None else what | {"child": child})

    async def collide(self, **options: Any) -> None:
        for side in self.sides:
            await self.rekey(side, **options)

    async def redirect(self, side: str, gateway: str) -> None:
        await self.sides[side].ask("redirect", {"ike": "gw", "gateway": gateway})

    async def policy(self, side: str, command: str, child: str) -> None:
        await self.sides[side].ask(command, {"ike": "gw", "child": child})

    async def load(self, side: str, ike: str, **options: Any) -> None:
        await self.sides[side].ask("load-conn", {ike: connection(side, ike, **options)})

    async def unload(self, side: str, ike: str) -> None:
        await self.sides[side].ask("unload-conn", {"name": ike})

    async def cable(self, side: str, ike: str, plugged: bool) -> None:
        charon = self.sides[side].charon
        (charon.peer_up if plugged else charon.peer_down)(ike)

    async def traffic(self, side: str, child: str) -> None:
        with suppress(LookupError):
            self.sides[side].charon.traffic(child, 100, 100)

    async def restart(self, side: str, politely: bool) -> None:
        charon = self.sides[side].charon
        if politely:
            charon.shut_down()
            await anyio.sleep(LATENCY)
        charon.restart()
        await self.sides[side].meet()

    async def wait(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    async def check(self) -> None:
        for side in self.sides.values():
            await side.check()

    def check_agreement(self) -> None:
        for side in self.sides.values():
            side.check_agreement()

    async def end(self) -> None:
        """Wait, and see that nobody waits any more."""
        await anyio.sleep(ENOUGH)
        await self.check()
        self.check_agreement()
        assert [side.waiting for side in self.sides.values()] == [0, 0]


@asynccontextmanager
async def joined(seed: int) -> AsyncIterator[Pair]:
    """Have both, with the same seed."""
    async with AsyncExitStack() as stack:
        options: dict[str, Any] = {"retransmit_timeout": 1.0, "retransmit_tries": 2}
        charons = [
            await stack.enter_async_context(
                SimulatedCharon(hosts=[host], latency=LATENCY, seed=seed, **options)
            )
            for host in HOSTS.values()
        ]
        charons[0].peer(charons[1])
        tasks = await stack.enter_async_context(anyio.create_task_group())
        names = zip(HOSTS, charons, strict=True)
        sides = {name: Side(name, charon, tasks) for name, charon in names}
        for side in sides.values():
            await side.meet()
            stack.callback(side.leave)
        yield Pair(sides)


async def live(plan: list[Step], seed: int) -> None:
    async with joined(seed) as pair:
        for name, arguments in [*PRELUDE, *plan]:
            await getattr(pair, name)(**arguments)
            await pair.check()
            if name == "wait" and arguments["seconds"] >= 1:
                pair.check_agreement()
        await pair.end()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=st.lists(STEPS, max_size=30), seed=st.integers(0, 3))
def test_they_agree_whatever_happens(plan: list[Step], seed: int) -> None:
    trio.run(live, plan, seed, clock=MockClock(autojump_threshold=0))
