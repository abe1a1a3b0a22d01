"""What the groups of commands have in common."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from anyvici.client.leased import Items
from anyvici.client.pool import Pool
from anyvici.client.progress import Progress, WorkerThreads
from anyvici.client.shared import Shared
from anyvici.connection.background import Background
from anyvici.wire.message import Message, Sendable

T = TypeVar("T")


class Commands:
    """A group of commands of the daemon, as methods."""

    def __init__(self, pool: Pool | Shared, workers: WorkerThreads, tasks: Background) -> None:
        self._pool = pool
        self._workers = workers
        self._tasks = tasks

    async def _call(self, command: str, message: Mapping[str, Sendable] | None = None) -> Message:
        connection = await self._pool.take_short()
        try:
            return await connection.call(command, message)
        finally:
            self._pool.return_short(connection)

    def _list(
        self,
        command: str,
        event: str,
        message: Mapping[str, Sendable],
        decode: Callable[[bytes], T],
    ) -> Items[T]:
        return Items(self._pool, command, event, message, decode)

    def _run(
        self,
        command: str,
        message: Mapping[str, Sendable],
        timeout: float | timedelta,
        decode: Callable[[Message], T],
    ) -> Progress[T]:
        return Progress(self._pool, self._workers, command, message, timeout, decode)
