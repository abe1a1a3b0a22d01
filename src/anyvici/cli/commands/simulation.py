"""demo and simulate: a gateway to look at, on any machine."""

from typing import Annotated

import anyio
import typer

from anyvici.cli.app import command
from anyvici.cli.commands.events import monitor_sa
from anyvici.cli.commands.sas import list_sas
from anyvici.cli.demo.cast import FEWEST, MOST, USUAL
from anyvici.cli.exits import UsageError
from anyvici.cli.session import Session

PANEL = "Without a daemon"

Peers = Annotated[
    int, typer.Option("--peers", metavar="N", min=FEWEST, max=MOST, help="How many peers it has.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Let other things happen.")]
Socket = Annotated[
    str, typer.Option("--socket", metavar="PATH", help="Where it listens; or tcp://HOST:PORT.")
]
Empty = Annotated[bool, typer.Option("--empty", help="Nothing is loaded, and nobody calls.")]
Version = Annotated[
    str, typer.Option("--charon-version", metavar="X.Y.Z", help="What it is like: 5.9 or 6.0.")
]

Seconds = Annotated[
    float | None,
    typer.Option(
        "--seconds", metavar="N", min=0, help="For so long; else until q, without a terminal 3."
    ),
]

_A_LOOK = 3.0  # seconds, where nobody can end it


@command("demo", PANEL, endless=True)
async def demo(
    session: Session, *, seconds: Seconds = None, peers: Peers = USUAL, seed: Seed = 0
) -> None:
    """Show top on a simulated gateway with peers: needs no daemon, no root, no network.

    Without a terminal it prints what happens there for 3 seconds, and then what SAs there are.
    """
    from anyvici.cli.demo.scene import scene

    async with scene(number=peers, seed=seed) as charon:
        session.settings.uri = charon.address
        if _has_terminal(session):
            with anyio.move_on_after(seconds):
                await _show(session)
        else:
            with anyio.move_on_after(_A_LOOK if seconds is None else seconds):
                await monitor_sa(session)
            if not session.output.as_json:
                await session.output.line()
            await list_sas(session)


def _has_terminal(session: Session) -> bool:
    from anyvici.cli.top.terminal import Terminal

    try:
        Terminal.of(session.output)
    except UsageError:
        return False
    return not session.output.as_json


async def _show(session: Session) -> None:
    from anyvici.cli.top.run import run_top

    async with session.connect() as client:
        await run_top(session, client, title="demo")


@command("simulate", PANEL, endless=True)
async def simulate(
    session: Session,
    *,
    socket: Socket,
    empty: Empty = False,
    peers: Peers = USUAL,
    charon_version: Version = "5.9.8",
    seed: Seed = 0,
) -> None:
    """Run the gateway of demo for other programs, until interrupted.

    Any client of VICI can talk to it: anyvici and swanctl with --uri, libraries.
    """
    from anyvici.cli.demo.place import gateway_at

    number = None if empty else peers
    async with gateway_at(socket, version=charon_version, number=number, seed=seed) as charon:
        if session.output.as_json:
            ready = {"address": charon.address, "version": charon_version}
            await session.output.record(ready)
        else:
            told = f"simulated charon {charon_version} at {charon.address}; Ctrl-C ends it"
            await session.output.line(told)
        await session.output.drain()
        await anyio.sleep_forever()
