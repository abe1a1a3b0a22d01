"""SimulatedCharon: what tests hold."""

import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from random import Random
from typing import Any

from anyio.abc import AnyByteStream

from anyvici.connection.background import EnteredOnce
from anyvici.testing.faults import Faults
from anyvici.testing.gateway import Settings
from anyvici.testing.life import Life
from anyvici.testing.sas.manager import Sas
from anyvici.wire.message import Sendable, encode
from anyvici.wire.packet import PacketType, pack


class SimulatedCharon(EnteredOnce):
    """A charon in your own task tree: `async with SimulatedCharon() as charon`.

    No root, no network, no packets: it keeps the state that a charon would have, and tells of it as
    charon does. Its time is that of the event loop's clock.

    It is entered once. Leaving closes all connections, and waits for no client. Cancelled at
    either, it leaves nothing behind. What the body raises comes out as it is. A bug in the
    simulation stops it, as if charon had crashed, and is raised at leaving. Faults of commands and
    events can be asked for before it is entered; all else raises RuntimeError outside.

    Raises ValueError for a version that is not simulated. Entering raises it for what is no
    address, and OSError where it cannot listen.

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
        self._life: Life | None = None

    async def _enter(self, stack: AsyncExitStack) -> None:
        life = Life(self._given, self._version, self._settings, self._faults, self._random)
        self._life = await stack.enter_async_context(life)
        stack.callback(self._leave)

    def _leave(self) -> None:
        self._life = None

    # Clients.

    @property
    def address(self) -> str:
        """Where to connect to: unix:///... or tcp://127.0.0.1:..., or the path that was given."""
        return self._here().listener.address

    def connect(self) -> AnyByteStream:
        """Return a byte stream in memory that is connected to it, for anyvici.connect().

        Raises ConnectError while it is stopped or refuses connections.
        """
        return self._here().connect()

    # What is to go wrong with clients. Everything lasts until heal(), or for so many `times`.

    def refuse(self) -> None:
        """Refuse new connections (ECONNREFUSED), until accept(). Those that there are stay."""
        self._here().refuse(True)

    def accept(self) -> None:
        """Accept connections again; while it is stopped that takes effect with start()."""
        self._here().refuse(False)

    def disconnect(self) -> None:
        """Close the connections of all clients; everything else stays as it is.

        What clients had queued is lost; a command that was begun goes on, without an answer.
        """
        self._here().clients.hang_up()

    def stop(self) -> None:
        """Be gone, as after SIGKILL: connections closed and refused, everything forgotten.

        A restart() or delayed event that was still to come is forgotten, too.
        """
        self._here().stop()

    def shut_down(self) -> None:
        """Stop, as after SIGTERM: every SA is ended before, and clients and peers are told."""
        self._here().shut_down()

    def start(self) -> None:
        """Be there again after stop(), with nothing loaded, and ids that start at 1 again.

        Nothing happens if it is there; if it is shutting down, it comes back after that.
        """
        self._here().start()

    def restart(self, after: float = 0.0) -> None:
        """Stop, and start again in so many seconds."""
        self._here().restart(after)

    def swallow(self, name: str, times: int | None = None) -> None:
        """Do not answer a command, ever, though it is carried out; or do not send an event."""
        self._faults.want("swallow", name, "", times)

    def delay(self, name: str, seconds: float, times: int | None = None) -> None:
        """Let a command take so many seconds longer, or an event come so much later.

        The timeout of initiate and terminate counts from the beginning. Events that belong to a
        command (list-sa, control-log) come with it.
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
        """Send any event to all that have registered for it, at once or after its delay().

        Raises TypeError or LocalProtocolError for a message that VICI cannot carry, as encode().
        """
        pack(PacketType.EVENT, event, encode(message))
        self._here().emit(event, message)

    # The peers, and what passes between them and us.

    def peer(self, other: "SimulatedCharon") -> None:
        """Join two gateways: what one initiates shows up at the other.

        From then on only gateways that are joined answer, each at its `hosts`. A gateway that is
        joined to none has a peer that agrees with everything.
        """
        self._here().join(other._here())

    def peer_down(self, ike: str) -> None:
        """Let the peer of a connection answer no more, until peer_up() or a restart."""
        self._sas().unreachable.add(ike)

    def peer_up(self, ike: str) -> None:
        """Let the peer of a connection answer again; requests are sent again meanwhile."""
        self._sas().unreachable.discard(ike)

    def rekey(self, ike: str | None = None, *, child: str | None = None) -> None:
        """Rekey the IKE_SAs or CHILD_SAs of a name, as charon does by itself in time.

        Raises LookupError if there is none.
        """
        sas = self._sas()
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
        """Let octets pass through the CHILD_SAs of a name, in packets of up to 1400 octets.

        They pass at the other end as well, if that is a simulated gateway: once is enough.

        Raises LookupError if there is none.
        """
        sas = self._sas()
        children = [each for sa in sas.ike_sas for each in sa.children]
        found = [each for each in children if (each.name, each.state) == (child, "INSTALLED")]
        _there(found, f"CHILD_SA {child}")
        for each in found:
            each.carry(octets_in, octets_out, sas.now())

    def _here(self) -> Life:
        """Return what there is of it inside of its `async with`."""
        if self._life is None:
            raise RuntimeError("this works inside of `async with SimulatedCharon()` only")
        if self._life.failure is not None:
            raise RuntimeError("the simulation has failed") from self._life.failure
        return self._life

    def _sas(self) -> Sas:
        return self._here().gateway.sas


def _parsed(version: str) -> tuple[int, int, int]:
    match = re.fullmatch(r"(5\.9|6\.0)(?:\.(\d+))?", version)
    if match is None:
        raise ValueError(f"{version!r} is no version of charon, like 5.9.8 or 6.0.6")
    major, minor = match[1].split(".")
    return int(major), int(minor), int(match[2] or 0)


def _there(found: list[Any], what: str) -> None:
    if not found:
        raise LookupError(f"there is no {what}")
