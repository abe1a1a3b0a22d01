"""One connection for everything, where there cannot be more: a given stream, a low limit."""

import anyio

from anyvici.client.opening import Opening
from anyvici.connection.connection import Connection


class Shared:
    """What Pool is, with one connection; the turns of Connection keep its users apart."""

    def __init__(self, opening: Opening) -> None:
        self.opening: Opening = opening
        self._one_opens = anyio.Lock()
        self._connection: Connection | None = None

    async def take_long(self) -> Connection:
        """Return the connection, opened when it is first needed and when it was lost.

        One of a given stream that was lost stays so, and tells of it to whoever uses it.
        """
        until = self.opening.deadline()
        async with self._one_opens:
            if self._connection is None or (self._connection.ended and self.opening.again):
                self._connection = await self.opening.open(until)
            return self._connection

    async def take_short(self) -> Connection:
        """Return the connection."""
        return await self.take_long()

    async def take_events(self) -> Connection:
        """Return the connection."""
        return await self.take_long()

    def return_long(self, connection: Connection) -> None:
        """Nothing is to be given back."""

    def return_short(self, connection: Connection) -> None:
        """Nothing is to be given back."""

    def return_events(self, connection: Connection) -> None:
        """Nothing is to be given back."""
