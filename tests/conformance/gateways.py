"""moon and sun as the suite sees them, whichever they are: real, or simulated."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Protocol

from anyvici.testing import SimulatedCharon
from tests.live import gateways as real


class Gateways(Protocol):
    """Two gateways that are joined, and what can befall them."""

    @property
    def addresses(self) -> dict[str, str]:
        """Where to reach each of them: {"moon": "unix:///...", "sun": "unix:///..."}."""
        ...

    async def kill(self, name: str) -> None:
        """Have a charon die at once."""
        ...

    async def start(self, name: str) -> None:
        """Start a charon that was killed, with nothing loaded."""
        ...

    def frozen(self, name: str) -> AbstractAsyncContextManager[None]:
        """Let a charon do nothing for a while: it is not there for its peer."""
        ...

    async def shut_down(self, name: str) -> None:
        """Ask a charon to stop (SIGTERM)."""
        ...

    async def add_address(self, name: str, address: str) -> None:
        """Give a gateway one more address."""
        ...

    async def exchange(self, payload: bytes) -> None:
        """Send a datagram from the network that moon protects to that of sun, and back.

        Raises OSError where there is no way.
        """
        ...


class RealGateways:
    """Two charons, each in a container of its own."""

    def __init__(self, pair: real.Gateways) -> None:
        self._pair = pair
        self.addresses = pair.addresses

    async def kill(self, name: str) -> None:
        self._pair.kill(name)

    async def start(self, name: str) -> None:
        self._pair.start(name)

    async def shut_down(self, name: str) -> None:
        self._pair.terminate(name)

    async def add_address(self, name: str, address: str) -> None:
        self._pair[name].ip(f"addr replace {address}/24 dev veth0")

    @asynccontextmanager
    async def frozen(self, name: str) -> AsyncGenerator[None]:
        with self._pair[name].frozen():
            yield

    async def exchange(self, payload: bytes) -> None:
        self._pair.exchange(payload)


class SimulatedGateways:
    """Two simulated charons in the task tree of the test."""

    def __init__(self, moon: SimulatedCharon, sun: SimulatedCharon) -> None:
        self._charons = {"moon": moon, "sun": sun}
        self.addresses = {"moon": moon.address, "sun": sun.address}

    async def kill(self, name: str) -> None:
        self._charons[name].stop()

    async def start(self, name: str) -> None:
        self._charons[name].start()

    async def shut_down(self, name: str) -> None:
        self._charons[name].shut_down()

    async def add_address(self, name: str, address: str) -> None:
        """Do nothing: it has that already."""

    @asynccontextmanager
    async def frozen(self, name: str) -> AsyncGenerator[None]:
        other = self._charons[real.PEERS[name]]
        other.peer_down("gw")
        try:
            yield
        finally:
            other.peer_up("gw")

    async def exchange(self, payload: bytes) -> None:
        try:
            self._charons["moon"].traffic("net", len(payload), len(payload))
        except LookupError as error:
            raise OSError("Network is unreachable") from error


@asynccontextmanager
async def simulated() -> AsyncGenerator[SimulatedGateways]:
    """Have moon and sun simulated, set up as the real ones are."""
    async with AsyncExitStack() as stack:
        moon, sun = [
            await stack.enter_async_context(
                SimulatedCharon(
                    hosts=[f"10.99.0.{number}", f"10.{number}.0.1", f"10.99.0.{number + 2}"],
                    latency=0.005,
                    retransmit_timeout=1.0,
                    retransmit_tries=2,
                )
            )
            for number in real.NUMBERS.values()
        ]
        moon.peer(sun)
        yield SimulatedGateways(moon, sun)
