"""Two gateways whose SAs live: asked, and listened to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import anyio
from anyio.abc import TaskGroup

from anyvici import CommandError, Connection, ConnectionLost, Event, Message, open_connection
from tests.conformance.gateways import Gateways
from tests.conformance.sentences import (
    YES,
    about,
    answered,
    connecting,
    ended,
    ended_by_peer,
    initiated,
    listed,
    sentence,
)
from tests.conformance.state import EVERY_POLICY, eventually, list_sas
from tests.conformance.talks import joined
from tests.live.gateways import NUMBERS, PEERS

HEARD = ("ike-updown", "child-updown", "ike-rekey", "child-rekey", "ike-update")
_PATIENCE = 12.0  # seconds: retransmissions take 6


@dataclass
class Answer:
    """What is going to be answered."""

    message: Message = field(default_factory=dict)
    come: anyio.Event = field(default_factory=anyio.Event)

    async def get(self) -> Message:
        """Wait for it."""
        with anyio.fail_after(_PATIENCE):
            await self.come.wait()
        return self.message


class Witness:
    """One of the gateways: asked, and listened to."""

    def __init__(
        self, side: str, address: str, gateway: Connection, events: AsyncIterator[Event]
    ) -> None:
        self.side = side
        self.gateway = gateway
        self._address = address
        self._events = events
        self._kept: list[Event] = []

    async def ask(self, command: str, message: Message | None = None) -> Message:
        """Return the reply to a command, be it a refusal."""
        try:
            return await self.gateway.call(command, message)
        except CommandError as error:
            return dict(error.reply)

    def begin(self, tasks: TaskGroup, command: str, message: Message) -> Answer:
        """Ask on a connection of its own, without waiting for the reply."""
        answer = Answer()

        async def ask() -> None:
            async with open_connection(self._address) as connection:
                asked = Witness(self.side, self._address, connection, self._events)
                answer.message = await asked.ask(command, message)
                answer.come.set()

        tasks.start_soon(ask)
        return answer

    async def load(self, name: str = "gw", net: Message | None = None, **changes: Any) -> None:
        """Load the connection that joins both, with changes of it, and of its child."""
        connection = joined(self.side)
        connection["children"]["net"] |= net or {}
        if name != "gw":  # with identities of its own: the peer tells connections by them
            ids = {side: f"{name}.{side}" for side in NUMBERS}
            secret = {"id": name, "type": "IKE", "data": name, "owners": list(ids.values())}
            assert await self.ask("load-shared", secret) == YES
            connection["local"]["id"] = ids[self.side]
            connection["remote"]["id"] = ids[PEERS[self.side]]
        assert await self.ask("load-conn", {name: connection | changes}) == YES

    async def load_twin(self, **changes: Any) -> None:
        """Load a connection of its own, which the peer takes for gw."""
        assert await self.ask("load-conn", {"twin": joined(self.side, rekey_time=5000, **changes)})

    def two_children(self) -> Message:
        """Return net, and net2 that is for ICMP alone."""
        net = joined(self.side)["children"]["net"]
        icmp = {key: [f"{net[key][0]}[icmp]"] for key in ("local_ts", "remote_ts")}
        return {"net": net, "net2": net | icmp}

    async def told(self, *expected: str, of: str | None = None) -> None:
        """Check what is told next, of all connections or of one; what else there is, is kept.

        An asterisk stands for what a charon does at its leisure.
        """
        heard: list[str] = []
        with anyio.move_on_after(_PATIENCE):
            for sentence_expected in expected:
                heard.append(sentence(await self._next(of)))
                assert fnmatchcase(heard[-1], sentence_expected), (heard, expected)
        assert len(heard) == len(expected), (heard, expected)

    async def told_of_two(self, one: Sequence[str], other: Sequence[str]) -> None:
        """Check what is told of two IKE_SAs, each in its order, but side by side."""
        with anyio.fail_after(_PATIENCE):
            heard = [sentence(await self._next(None)) for _ in (*one, *other)]
        for expected in (one, other):
            assert [each for each in heard if each in expected] == list(expected), heard

    async def shares_with(self, other: "Witness") -> None:
        """Wait until both have the IKE_SA with the only CHILD_SA that is installed."""

        async def shared() -> bool:
            here, there = [await spis(each.gateway) for each in (self, other)]
            return len(here) == 1 and here == there

        with anyio.fail_after(_PATIENCE):
            await eventually(shared)

    async def has_told_all(self) -> None:
        """Check that nothing else was told."""
        while (event := await self._waiting()) is not None:
            self._kept.append(event)
        rest = [sentence(event) for event in self._kept]
        assert not rest, rest

    async def lists(self, *expected: str) -> None:
        """Wait until list-sas lists this, in whatever order."""

        async def is_listed() -> bool:
            nonlocal last
            last = sorted([listed(sa) for sa in await list_sas(self.gateway)])
            return last == sorted(expected)

        last: list[str] = []
        with suppress(TimeoutError), anyio.fail_after(_PATIENCE):
            await eventually(is_listed)
        assert last == sorted(expected), last

    async def gone(self) -> None:
        """Have its SAs ended, by itself or by the peer if that is quicker."""
        await self.ask("terminate", {"ike": "gw", "force": True})
        with anyio.fail_after(_PATIENCE):
            heard = tuple([sentence(await self._next(None)) for _ in ended()])
        assert heard in (ended(), ended_by_peer())

    async def policies(self) -> list[str]:
        """Return the names of the policies that are installed."""
        async with self.gateway.stream("list-policies", "list-policy", EVERY_POLICY) as items:
            return [name async for item in items for name in item]

    async def counted(self, name: str | None = "gw") -> dict[str, int]:
        """Return the counters of a connection that are not 0, or those of all together."""
        selector = {} if name is None else {"name": name}
        counters = (await self.gateway.call("get-counters", selector))["counters"]
        return {key: int(value) for key, value in counters[name or ""].items() if value != "0"}

    async def _waiting(self) -> Event | None:
        """Return the next event if it has come already."""
        with suppress(ConnectionLost):  # if it was killed
            await self.gateway.call("version")
        with anyio.move_on_after(0.001), suppress(ConnectionLost):
            return await anext(self._events)
        return None

    async def _next(self, name: str | None) -> Event:
        for event in self._kept:
            if name in (None, about(event)):
                self._kept.remove(event)
                return event
        while True:
            event = await anext(self._events)
            if name in (None, about(event)):
                return event
            self._kept.append(event)


@dataclass
class Life:
    """Both gateways of a test, each with its witness."""

    gateways: Gateways
    moon: Witness
    sun: Witness
    is_over: bool = True

    def goes_on(self) -> None:
        """Let more be told when the test is done."""
        self.is_over = False

    async def load(self, name: str = "gw", net: Message | None = None, **changes: Any) -> None:
        """Load the connection that joins both under a name."""
        for witness in (self.moon, self.sun):
            await witness.load(name, net, **changes)

    async def up(self, name: str = "gw") -> None:
        """Have moon initiate a connection with the child net."""
        assert await self.moon.ask("initiate", {"ike": name, "child": "net"}) == YES
        await self.moon.told(*initiated(name), of=name)
        await self.sun.told(connecting(), of="(unnamed)")
        await self.sun.told(*answered(name)[1:], of=name)

    async def load_two(self) -> None:
        """Load gw with a second child on both gateways."""
        for witness in (self.moon, self.sun):
            await witness.load(children=witness.two_children())

    async def add(self, child: str) -> None:
        """Have moon initiate one more child of gw."""
        assert await self.moon.ask("initiate", {"child": child}) == YES
        await self.moon.told(f"child up gw ESTABLISHED active=CHILD_CREATE {child}=INSTALLED")
        await self.sun.told(f"child up gw ESTABLISHED passive=CHILD_CREATE {child}=INSTALLED")


async def spis(gateway: Connection) -> list[list[str]]:
    """Return the SPIs of IKE_SAs and of what is installed in them, smaller ones first."""
    found = []
    for ike_sa in await list_sas(gateway):
        for child in ike_sa["child-sas"].values():
            if child["state"] == "INSTALLED":
                own = sorted([child["spi-in"], child["spi-out"]])
                found.append([ike_sa["initiator-spi"], ike_sa["responder-spi"], *own])
    return sorted(found)
