"""One connection for everything, where there cannot be more: a given stream, a low limit."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

from anyvici.connection.connection import Connection, start_connection
from anyvici.connection.transport import Address


class Shared:
    """What Pool is, with one connection; the turns of Connection keep its users apart."""

    def __init__(self, address: Address, tasks: TaskGroup, abandon_timeout: float) -> None:
        self._address = address
        self._tasks = tasks
        self._abandon_timeout = abandon_timeout
        self._opening = anyio.Lock()
        self._connection: Connection | None = None

    @asynccontextmanager
    async def short(self) -> AsyncGenerator[Connection]:
        """The connection."""
        yield await self.take_long()

    async def take_long(self) -> Connection:
        """Return the connection, opened when it is first needed and when it was lost."""
        async with self._opening:
            if self._connection is None or self._connection.ended:
                self._connection = await start_connection(
                    self._address, self._tasks, self._abandon_timeout
                )
            return self._connection

    take_events = take_long

    def return_long(self, connection: Connection) -> None:
        """Nothing is to be given back."""

    return_events = return_long
