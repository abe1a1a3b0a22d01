"""Commands about the daemon itself."""

from anyvici.client.commands import Commands
from anyvici.client.parameters import all_or_name
from anyvici.models.daemon import Algorithms, Counters, Stats, Version


class DaemonCommands(Commands):
    """version, stats, reload-settings, get-algorithms, get-counters, reset-counters."""

    async def version(self) -> Version:
        """Return which daemon this is."""
        return Version.from_section(await self._call("version"))

    async def stats(self) -> Stats:
        """Return the daemon's load; `workers.idle` near 0 means that it is about to freeze."""
        return Stats.from_section(await self._call("stats"))

    async def reload_settings(self) -> None:
        """Have strongswan.conf read again. Connections and SAs are left alone."""
        await self._call("reload-settings")

    async def get_algorithms(self) -> Algorithms:
        """Return the algorithms that are loaded, with the plugin that has each."""
        return Algorithms.from_section(await self._call("get-algorithms"))

    async def get_counters(self, *, name: str | None = None, all: bool = False) -> list[Counters]:
        """Return the IKE counters: the global ones, those of a connection, or of all connections.

        The global ones have the name "", and are not among those of `all` (charon 5.9.8).
        Raises CommandError for a connection without counters.
        """
        reply = await self._call("get-counters", all_or_name("get-counters", name, all))
        return Counters.list_from_message(reply)

    async def reset_counters(self, *, name: str | None = None, all: bool = False) -> None:
        """Set the global counters to 0, or those of a connection, or of all connections.

        A name that is not known is not an error to the daemon; `all` leaves the global ones alone.
        """
        await self._call("reset-counters", all_or_name("reset-counters", name, all))
