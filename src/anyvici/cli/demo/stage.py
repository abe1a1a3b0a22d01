"""What can be done to the peers: the gateway and all the others, each a simulated charon."""

from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import anyio

from anyvici import Client, CommandError, IkeSa, IkeSaState, connect
from anyvici.cli.demo import cast
from anyvici.cli.demo.cast import Peer
from anyvici.testing import SimulatedCharon

AT_ONCE = -1.0  # a timeout: nobody waits for what was begun
_LATENCY = 0.12  # seconds
_PATIENCE = {"retransmit_timeout": 1.0, "retransmit_tries": 3}  # 12 seconds in all
_LOOK = 5.0  # seconds after which a tunnel that others have ended is noticed


class Stage:
    """The gateway, and one charon that is everybody else: with all their addresses."""

    def __init__(
        self, moon: SimulatedCharon, world: SimulatedCharon, gateway: Client, others: Client
    ) -> None:
        self._moon = moon
        self._world = world
        self._gateway = gateway
        self._others = others
        self.silent: set[str] = set()
        """The peers that send nothing at the moment."""

    async def load(self, peers: list[Peer]) -> None:
        """Load the configuration of the gateway and of its peers."""
        await self._gateway.load_pool(cast.MOBILE, cast.POOL)
        for peer in sorted(peers, key=lambda peer: peer.is_mobile):  # who takes anybody comes last
            await self._gateway.load_conn(peer.connection, cast.at_the_gateway(peer))
            await _load_secrets(self._gateway, peer, "what both know")
            if peer.life != "is_not_there":
                await self._others.load_conn(peer.name, cast.at_the_peer(peer))
                told = "what only one knows" if peer.is_mistaken else "what both know"
                await _load_secrets(self._others, peer, told)

    # Tunnels.

    async def hold(self, peer: Peer, seconds: float) -> None:
        """Keep the tunnels of a peer up for so long, whatever else is done to them."""
        end = anyio.current_time() + seconds
        while (left := end - anyio.current_time()) > 0:
            await self.bring_up(peer)
            await anyio.sleep(min(left, _LOOK))

    async def bring_up(self, peer: Peer) -> None:
        """Bring up what of the tunnels of a peer is not up, or coming up."""
        found = await self._find(peer)
        if any(sa.state == IkeSaState.CONNECTING for sa in found):
            return
        if not found:
            await self.forget(peer)
        there = {child.name for sa in found for child in sa.child_sas}
        for name in peer.children:
            if name not in there:
                await self._initiate(peer, name)

    async def _find(self, peer: Peer) -> list[IkeSa]:
        """Return the IKE_SAs with a peer, as the gateway sees them."""
        listed = await self._gateway.list_sas(ike=peer.connection)
        return [sa for sa in listed if sa.remote_id == peer.identity]

    async def _initiate(self, peer: Peer, name: str) -> None:
        if peer.calls:
            child = peer.child(name)
            await _tried(self._others.initiate(ike=peer.name, child=child, timeout=AT_ONCE))
        else:
            await _tried(self._gateway.initiate(ike=peer.name, child=name, timeout=AT_ONCE))

    async def rekey(self, peer: Peer, child: str | None = None) -> None:
        """Rekey a CHILD_SA of a peer, or the IKE_SA."""
        if peer.calls:
            name = None if child is None else peer.child(child)
            await _tried(self._others.rekey(ike=peer.name, child=name))
        else:
            await _tried(self._gateway.rekey(ike=peer.name, child=child))

    async def take_down(self, peer: Peer) -> None:
        """End the tunnels of a peer, as they should be."""
        client = self._others if peer.calls else self._gateway
        await _tried(client.terminate(ike=peer.name, timeout=AT_ONCE))

    async def forget(self, peer: Peer) -> None:
        """Have a peer forget that there were tunnels."""
        await _tried(self._others.terminate(ike=peer.name, force=True, timeout=AT_ONCE))

    # What passes, and what does not.

    def cut_off(self, peer: Peer) -> None:
        """Let nothing pass between a peer and the gateway."""
        self.silent.add(peer.name)
        self._world.peer_down(peer.name)
        if not peer.is_mobile:
            self._moon.peer_down(peer.name)

    def reconnect(self, peer: Peer) -> None:
        """Let it pass again."""
        self.silent.discard(peer.name)
        self._world.peer_up(peer.name)
        if not peer.is_mobile:
            self._moon.peer_up(peer.name)

    def carry(self, peer: Peer, name: str, octets_in: int, octets_out: int) -> None:
        """Let octets pass through a CHILD_SA, as the gateway sees them, if it is there."""
        if peer.name not in self.silent:
            with suppress(LookupError):
                self._world.traffic(peer.child(name), octets_in=octets_out, octets_out=octets_in)


async def _load_secrets(client: Client, peer: Peer, secret: str) -> None:
    await client.load_shared(type="IKE", data=secret, owners=[cast.GATEWAY, peer.identity])
    if peer.is_mobile:
        await client.load_shared(type="EAP", data=f"that of {peer.name}", owners=[peer.name])


async def _tried(command: Awaitable[object]) -> None:
    """Wait for a command; others may have taken away what it is about."""
    with suppress(CommandError):
        await command


@asynccontextmanager
async def set_up(
    address: str | None, version: str, peers: list[Peer], random: Random
) -> AsyncGenerator[tuple[SimulatedCharon, Stage]]:
    """Have the gateway, at an address, and its peers, everything loaded and nothing up."""
    hosts = [peer.host for peer in peers if peer.life != "is_not_there"]
    options: dict[str, Any] = {"latency": _LATENCY, "seed": random.getrandbits(32), **_PATIENCE}
    async with (
        SimulatedCharon(address, version=version, hosts=[cast.ADDRESS], **options) as moon,
        SimulatedCharon(hosts=hosts, **options) as world,
        connect(moon.connect()) as gateway,
        connect(world.connect()) as others,
    ):
        moon.peer(world)
        stage = Stage(moon, world, gateway, others)
        await stage.load(peers)
        yield moon, stage
