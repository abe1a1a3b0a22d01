"""events, monitor-sa and log: what happens in the daemon, as it happens."""

from collections.abc import Callable
from typing import Annotated

import typer

from anyvici import (
    Alert,
    ChildRekey,
    ChildUpDown,
    IkeRekey,
    IkeUpdate,
    IkeUpDown,
    Log,
    TypedEvent,
)
from anyvici.cli.app import command
from anyvici.cli.happenings import Happening, Happenings
from anyvici.cli.options import Ike
from anyvici.cli.session import Session
from anyvici.cli.show.events import event_line, event_record, is_about
from anyvici.cli.show.log import log_lines
from anyvici.connection.background import background

PANEL = "What happens"

OF_SAS: list[type[TypedEvent]] = [IkeUpDown, ChildUpDown, IkeRekey, ChildRekey, IkeUpdate]

Count = Annotated[
    int | None,
    typer.Option("--count", "-n", metavar="N", min=1, help="End after so many events."),
]
WithLog = Annotated[bool, typer.Option("--log", help="Lines of the daemon's log, too.")]


@command("events", PANEL, endless=True)
async def events(
    session: Session, *, log: WithLog = False, ike: Ike = None, count: Count = None
) -> None:
    """Print all events of SAs, and alerts, as they happen; it survives restarts of the daemon.

    Where events may be missing, that is told: disconnected, connected, gap. Ends at Ctrl-C.
    """
    await _print(session, [*OF_SAS, Alert, *([Log] if log else [])], ike, count)


@command("monitor-sa", PANEL, endless=True)
async def monitor_sa(session: Session, *, ike: Ike = None, count: Count = None) -> None:
    """Print the events of SAs alone; else as events."""
    await _print(session, OF_SAS, ike, count)


@command("log", PANEL, endless=True)
async def log(session: Session, *, ike: Ike = None, count: Count = None) -> None:
    """Print the daemon's log, its lines of levels 0 and 1; else as events."""

    def lines(happening: Happening) -> str:
        line = happening.what
        return "\n".join(log_lines(line)) if isinstance(line, Log) else _line(session)(happening)

    await _print(session, [Log], ike, count, lines)


def _line(session: Session) -> Callable[[Happening], str]:
    return lambda happening: event_line(happening, session.output.paint)


async def _print(
    session: Session,
    classes: list[type[TypedEvent]],
    ike: str | None,
    count: int | None,
    line: Callable[[Happening], str] | None = None,
) -> None:
    output, line = session.output, line or _line(session)
    session.endless = count is None
    async with session.connect() as client, background() as tasks:
        happenings = Happenings(client, classes, output)
        tasks.start_soon(happenings.run)
        while count is None or count > 0:
            happening = await happenings.next()
            if ike is not None and not is_about(happening.what, ike):
                continue
            if output.as_json:
                await output.record(event_record(happening))
            else:
                await output.line(line(happening))
            if count is not None:
                count -= isinstance(happening.what, TypedEvent)
