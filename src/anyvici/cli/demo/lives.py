"""What becomes of the peers, for ever: each is a task."""

from collections.abc import Awaitable, Callable
from random import Random

import anyio

from anyvici.cli.demo.cast import Peer
from anyvici.cli.demo.stage import Stage


async def stays(stage: Stage, peer: Peer, random: Random) -> None:
    """Be up all the time, and be rekeyed now and then."""
    while True:
        await stage.hold(peer, random.uniform(5, 25))
        whole = random.random() < 0.3
        await stage.rekey(peer, None if whole else random.choice(peer.children))


async def visits(stage: Stage, peer: Peer, random: Random) -> None:
    """Come and go; at times without a word, as laptops do that are shut."""
    while True:
        await stage.hold(peer, random.uniform(8, 45))
        if random.random() < 0.3:
            stage.cut_off(peer)
            await anyio.sleep(random.uniform(18, 25))
            await stage.forget(peer)
            stage.reconnect(peer)
        else:
            await stage.take_down(peer)
        await anyio.sleep(random.uniform(3, 12))


async def is_cut_off(stage: Stage, peer: Peer, random: Random) -> None:
    """Be behind a line that is broken at times, for longer than the gateway is patient."""
    while True:
        await stage.hold(peer, random.uniform(10, 30))
        stage.cut_off(peer)
        await anyio.sleep(random.uniform(20, 35))
        stage.reconnect(peer)


async def is_maintained(stage: Stage, peer: Peer, random: Random) -> None:
    """Be taken down and brought up again."""
    while True:
        await stage.hold(peer, random.uniform(8, 30))
        await stage.take_down(peer)
        await anyio.sleep(random.uniform(3, 8))


async def is_seldom_used(stage: Stage, peer: Peer, random: Random) -> None:
    """Come up when there is something to send, and go down when there was nothing for long."""
    while True:
        stage.silent.discard(peer.name)
        await stage.hold(peer, random.uniform(6, 15))
        stage.silent.add(peer.name)
        await anyio.sleep(random.uniform(12, 25))


async def is_refused(stage: Stage, peer: Peer, random: Random) -> None:
    """Be tried again and again, with a secret that is not the same at both ends."""
    while True:
        await stage.bring_up(peer)
        await anyio.sleep(random.uniform(6, 14))


async def is_not_there(stage: Stage, peer: Peer, random: Random) -> None:
    """Be called again and again."""
    while True:
        await stage.bring_up(peer)
        await anyio.sleep(random.uniform(5, 15))


Life = Callable[[Stage, Peer, Random], Awaitable[None]]
LIVES: dict[str, Life] = {
    life.__name__: life
    for life in (stays, visits, is_cut_off, is_maintained, is_seldom_used, is_refused, is_not_there)
}
