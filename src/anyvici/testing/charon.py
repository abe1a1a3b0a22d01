"""SimulatedCharon: what tests hold."""

import re
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from random import Random
from types import TracebackType
from typing import Any, Self

import anyio
from anyio.abc import AnyByteStream, TaskGroup

from anyvici.connection.background import background
from anyvici.exceptions import ConnectError
from anyvici.testing.agenda import Agenda
from anyvici.testing.commands.table import BOUNDED, COMMANDS, EVENTS
from anyvici.testing.faults import Faults
from anyvici.testing.gateway import Gateway, Settings
from anyvici.testing.listener import Listener
from anyvici.testing.memory import stream_pair
from anyvici.testing.requests import Request
from anyvici.testing.session import Carry, Session
from anyvici.wire.message import Message, Sendable


class SimulatedCharon:
    """A charon in your own task tree: `async with SimulatedCharon() as charon`.

    No root, no network, no packets: it keeps the state that a charon would have, and tells of it as
    charon does. Its time is that of the event loop's clock.

    Args:
        address: where it listens: a path, unix:///path or tcp://host:port (port 0 is any free
            one); None is a socket in a folder of its own.
        version: the charon that it is like; which commands and events there are follows from it.
        hosts: the IP addresses of the gateway; none is all.
        latency: seconds that an exchange with a peer takes.
        retransmit_timeout: seconds until a request without an answer is sent again for the first
            time; each pause after that is 1.8 times as long (charon.retransmit_timeout).
        retransmit_tries: how often it is sent again before the IKE_SA is given up.
        seed: of the random numbers: SPIs, and the jitter of lifetimes.

    """

    def __init__(
        self,
        address: str | None = None,
        *,
        version: str = "5.9.8",
        hosts: list[str] | None = None,
        latency: float = 0.0,
        retransmit_timeout: float = 4.0,
        retransmit_tries: int = 5,
        seed: int = 0,
    ) -> None:
        self._version = _parsed(version)
        self._given = address
        self._settings = Settings(hosts or [], latency, retransmit_timeout, retransmit_tries)
        self._random = Random(seed)  # a test wants the same every time
        self._faults = Faults()
        self._sessions: list[Session] = []
        self._others: list[SimulatedCharon] = []

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._agenda = Agenda()
            self._listener = Listener(self._given, self._welcome)
            self._gateway = self._new_gateway()
            stack.push_async_callback(self._close)
            self._tasks: TaskGroup = await stack.enter_async_context(background())
            stack.callback(self._listener.remove)
            self._listener.open()
            self._tasks.start_soon(self._agenda.run)
            self._tasks.start_soon(self._listener.run)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return await self._stack.__aexit__(kind, error, traceback)

    # Clients.

    @property
    def address(self) -> str:
        """Where to connect to: unix:///... or tcp://127.0.0.1:..."""
        return self._listener.address

    def connect(self) -> AnyByteStream:
        """Return a byte stream in memory that is connected to it, for anyvici.connect().

        Raises ConnectError while connections are refused.
        """
        if not self._listener.is_open:
            raise ConnectError(
                self.address, "Connection refused", "the simulated charon is stopped"
            )
        ours, theirs = stream_pair()
        self._welcome(theirs)
        return ours

    # What is to go wrong with clients. Everything lasts until heal(), or for so many `times`.

    def refuse(self) -> None:
        """Refuse new connections (ECONNREFUSED), until accept(). Those that there are stay."""
        self._listener.close()

    def accept(self) -> None:
        """Accept connections again."""
        self._listener.open()

    def disconnect(self) -> None:
        """Close the connections of all clients; everything else stays as it is."""
        for session in self._sessions:
            session.hang_up()

    def stop(self) -> None:
        """Be gone, as after SIGKILL: connections closed and refused, everything forgotten."""
        self.refuse()
        self.disconnect()
        self._gateway.sas.running = False
        self._agenda.clear()

    def start(self) -> None:
        """Be there again after stop(), with nothing loaded, and ids that start at 1 again."""
        self._gateway = self._new_gateway()
        for other in self._others:
            self.peer(other)
        self.accept()

    def restart(self, after: float = 0.0) -> None:
        """Stop, and start again in so many seconds."""
        self.stop()
        if after:
            self._agenda.after(after, self.start)
        else:
            self.start()

    def swallow(self, name: str, times: int | None = None) -> None:
        """Do not answer a command, ever, though it is carried out; or do not send an event."""
        self._faults.want("swallow", name, "", times)

    def delay(self, name: str, seconds: float, times: int | None = None) -> None:
        """Let a command take so much longer, or an event come so much later.

        The timeout of initiate and terminate counts from the beginning.
        """
        self._faults.want("delay", name, seconds, times)

    def fail(self, command: str, errmsg: str, times: int | None = None) -> None:
        """Let a command fail with this errmsg, without being carried out."""
        self._faults.want("fail", command, errmsg, times)

    def garble(self, name: str, octets: bytes = b"\x09", times: int | None = None) -> None:
        """Put octets that are no message in the place of an answer's or event's message."""
        self._faults.want("garble", name, octets, times)

    def split(self, octets: int) -> None:
        """Send everything in pieces of so many octets; 0 is whole again."""
        self._faults.split = octets

    def heal(self, *names: str) -> None:
        """Let nothing go wrong any more with these commands and events, or with any."""
        self._faults.heal(names)

    def flood(self, event: str, count: int, message: Mapping[str, Sendable] | None = None) -> None:
        """Send an event so many times at once to all that have registered for it."""
        if message is None:
            message = {"group": "DMN", "level": 1, "thread": 1, "msg": "flood"}
        for _ in range(count):
            self.emit(event, message)

    def emit(self, event: str, message: Mapping[str, Sendable]) -> None:
        """Send any event to all that have registered for it, at once or after its delay()."""
        seconds = self._faults.delay(event)
        if seconds:
            self._agenda.after(seconds, lambda: self._broadcast(event, message))
        else:
            self._broadcast(event, message)

    # The peers, and what passes between them and us.

    def peer(self, other: "SimulatedCharon") -> None:
        """Join two gateways: what one initiates shows up at the other.

        From then on only gateways that are joined answer, each at its `hosts`. A gateway that is
        joined to none has a peer that agrees with everything.
        """
        for one, another in ((self, other), (other, self)):
            if another not in one._others:
                one._others.append(another)
            one._gateway.peers = [each._gateway for each in one._others]
        other._random.seed(self._random.random())  # or both would have the same SPIs

    def peer_down(self, ike: str) -> None:
        """Let the peer of a connection answer no more, until peer_up()."""
        self._gateway.sas.unreachable.add(ike)

    def peer_up(self, ike: str) -> None:
        """Let the peer of a connection answer again; requests are sent again meanwhile."""
        self._gateway.sas.unreachable.discard(ike)

    def rekey(self, ike: str | None = None, *, child: str | None = None) -> None:
        """Rekey the IKE_SAs or CHILD_SAs of a name, as charon does by itself in time.

        Raises LookupError if there is none.
        """
        sas = self._gateway.sas
        found = [sa for sa in sas.ike_sas if ike in (None, sa.name)]
        if child is None:
            _there(found, f"IKE_SA {ike}")
            for sa in found:
                sas.rekey_ike(sa)
            return
        pairs = [(sa, each) for sa in found for each in sa.children if each.name == child]
        _there(pairs, f"CHILD_SA {child}")
        for sa, each in pairs:
            sas.rekey_child(sa, each)

    def traffic(self, child: str, octets_in: int = 0, octets_out: int = 0) -> None:
        """Let octets pass through the CHILD_SAs of a name, in packets of up to 1400.

        Raises LookupError if there is none.
        """
        sas = self._gateway.sas
        children = [each for sa in sas.ike_sas for each in sa.children]
        found = [each for each in children if (each.name, each.state) == (child, "INSTALLED")]
        _there(found, f"CHILD_SA {child}")
        for each in found:
            each.inbound.add(octets_in, sas.now())
            each.outbound.add(octets_out, sas.now())

    def _new_gateway(self) -> Gateway:
        return Gateway(self._version, self._settings, self._agenda, self._random, self.emit)

    def _broadcast(self, event: str, message: Mapping[str, Sendable]) -> None:
        for session in self._sessions:
            session.emit(event, message)

    def _welcome(self, stream: AnyByteStream) -> None:
        session = Session(stream, self._command, self._has_event, self._faults)
        self._sessions.append(session)
        self._tasks.start_soon(self._serve, session)

    async def _serve(self, session: Session) -> None:
        try:
            await session.serve()
        finally:
            self._sessions.remove(session)

    async def _close(self) -> None:
        """Close the connections whose tasks were cancelled before they began."""
        for session in self._sessions:
            await session.close()

    def _command(self, name: str) -> Carry | None:
        command = COMMANDS.get(name)
        if command is None:
            return None
        gateway = self._gateway

        async def carry(request: Request) -> Message:
            if name not in BOUNDED:
                await anyio.sleep(request.delay)
            answer = command(gateway, request)
            return await answer if isinstance(answer, Awaitable) else answer

        return carry

    def _has_event(self, name: str) -> bool:
        return name in EVENTS and self._version >= EVENTS[name]


def _parsed(version: str) -> tuple[int, int, int]:
    match = re.fullmatch(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    if match is None or int(match[1]) not in (5, 6):
        raise ValueError(f"{version!r} is no version of charon, like 5.9.8 or 6.0.6")
    return int(match[1]), int(match[2]), int(match[3] or 0)


def _there(found: list[Any], what: str) -> None:
    if not found:
        raise LookupError(f"there is no {what}")
