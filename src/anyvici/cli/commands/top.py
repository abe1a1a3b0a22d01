"""top: the SAs, live."""

from typing import Annotated

import typer

from anyvici.cli.app import command
from anyvici.cli.session import Session

PANEL = "SAs and policies"

Interval = Annotated[
    float,
    typer.Option(
        "--interval", "-n", metavar="SECONDS", min=0.1, help="Between two looks at the octets."
    ),
]


@command("top", PANEL, endless=True)
async def top(session: Session, *, interval: Interval = 1.0) -> None:
    """Show the SAs live: states, traffic, what happens to them. Press ? for the keys."""
    from anyvici.cli.top.run import run_top

    async with session.connect() as client:
        await run_top(session, client, interval=interval)
