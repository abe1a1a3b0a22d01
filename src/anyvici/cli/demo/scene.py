"""The scene: a gateway whose peers come and go, in the task tree of whoever looks at it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import Random

import anyio

from anyvici.cli.demo.cast import USUAL, Peer, peers
from anyvici.cli.demo.lives import LIVES
from anyvici.cli.demo.stage import Stage, set_up
from anyvici.cli.demo.traffic import TICK, Flow
from anyvici.connection.background import background
from anyvici.testing import SimulatedCharon

_FIRST, _NEXT = 0.3, 0.2  # seconds until the first peer shows up, and until the next one
_LAST = 8.0  # and at most until the last one


@asynccontextmanager
async def scene(
    address: str | None = None, *, version: str = "5.9.8", number: int = USUAL, seed: int = 0
) -> AsyncGenerator[SimulatedCharon]:
    """Have a simulated gateway on which something happens, for as long as the block lasts.

    `number` peers have one thing or another happen to them; with the same seed it is the same each
    time. Other arguments are those of SimulatedCharon, and so is what is raised. Cancelled, it
    leaves nothing behind.
    """
    random = Random(seed)  # noqa: S311 (nothing is secret here)
    everybody = peers(number)
    async with set_up(address, version, everybody, random) as (moon, stage), background() as tasks:
        pause = min(_NEXT, _LAST / number)
        for place, peer in enumerate(everybody):
            tasks.start_soon(_live, stage, peer, _FIRST + pause * place, Random(random.random()))  # noqa: S311
        tasks.start_soon(_carry, stage, everybody, Random(random.random()))  # noqa: S311
        yield moon


async def _live(stage: Stage, peer: Peer, pause: float, random: Random) -> None:
    await anyio.sleep(pause)
    await LIVES[peer.life](stage, peer, random)


async def _carry(stage: Stage, everybody: list[Peer], random: Random) -> None:
    """Let traffic pass through every tunnel that is up."""
    flows = [
        (peer, name, Flow(random, peer.rate * random.uniform(0.2, 1)), Flow(random, peer.rate))
        for peer in everybody
        for name in peer.children
    ]
    while True:
        for peer, name, inward, outward in flows:
            stage.carry(peer, name, inward.octets(), outward.octets())
        await anyio.sleep(TICK)
