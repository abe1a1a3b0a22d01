"""version, stats, reload-settings, list-algs, counters: the daemon itself."""

from anyvici.cli.app import command
from anyvici.cli.session import Session

PANEL = "The daemon"


@command("version", PANEL)
async def version(session: Session) -> None:
    """Tell which daemon this is."""
    async with session.connect() as client:
        found = await client.version()
    words = f"{found.daemon} ({found.sysname}, {found.release}, {found.machine})"
    await session.output.tell_of(found, f"strongSwan {found.version} {words}")
