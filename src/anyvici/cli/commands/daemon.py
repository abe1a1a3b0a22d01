"""version, stats, list-algs, counters, reload-settings: the daemon itself."""

from collections.abc import Iterable
from typing import Annotated

import typer

from anyvici.cli.app import command
from anyvici.cli.exits import UsageError
from anyvici.cli.listing import Listing, print_answer
from anyvici.cli.options import Name
from anyvici.cli.records import record
from anyvici.cli.session import Session
from anyvici.cli.show.daemon import CounterLines, algorithm_lines, stats_lines
from anyvici.models.conversion import Model

PANEL = "The daemon"

All = Annotated[bool, typer.Option("--all", "-a", help="Of each connection that has any.")]
Reset = Annotated[bool, typer.Option("--reset", "-R", help="Set them to 0.")]


@command("version", PANEL)
async def version(session: Session) -> None:
    """Tell which daemon this is."""
    async with session.connect() as client:
        found = await client.version()
    words = f"{found.daemon} ({found.sysname}, {found.release}, {found.machine})"
    await session.output.tell_of(found, f"strongSwan {found.version} {words}")


@command("stats", PANEL)
async def stats(session: Session) -> None:
    """Tell how busy the daemon is, and which plugins it has."""
    async with session.connect() as client:
        found = await client.stats()
    await _tell_all(session, found, stats_lines(session.output, found))


@command("list-algs", PANEL)
async def list_algs(session: Session) -> None:
    """List the algorithms that the daemon has, each with its plugin."""
    async with session.connect() as client:
        found = await client.get_algorithms()
    await _tell_all(session, found, algorithm_lines(session.output, found))


@command("counters", PANEL)
async def counters(
    session: Session, *, name: Name = None, all: All = False, reset: Reset = False
) -> None:
    """Tell how many messages there were: those of all connections together, unless asked else."""
    if all and name is not None:
        raise UsageError("--name or --all, not both")
    async with session.connect() as client:
        if reset:
            await client.reset_counters(name=name, all=all)
            await session.output.confirm("the counters were set to 0")
            return
        lines = CounterLines(session.output)
        answer = client.get_counters(name=name, all=all)
        await print_answer(session, answer, Listing("counters", lines.of, lines.header()))


@command("reload-settings", PANEL)
async def reload_settings(session: Session) -> None:
    """Have the daemon read strongswan.conf again."""
    async with session.connect() as client:
        await client.reload_settings()
    await session.output.confirm("strongswan.conf was read again")


async def _tell_all(session: Session, found: Model, lines: Iterable[str]) -> None:
    if session.output.as_json:
        await session.output.record(record(found))
    else:
        await session.output.line("\n".join(lines))
