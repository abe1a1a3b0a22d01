"""The few connections below a Client, and who may use which.

Short commands share one connection, subscriptions share another, and what takes long (a stream, a
batch, initiate) has one to itself for as long as it runs. A connection on which the daemon is
still at a command that nobody waits for is used again only when the answer has come, and closed
when it does not come. So nothing that a caller cancels delays anybody else.
"""

import anyio

from anyvici.client.opening import Opening
from anyvici.connection.connection import Connection

# Below this there is not one connection each for short commands, for subscriptions and for what
# takes long: see Shared.
FEWEST = 3


class Pool:
    """Up to `most` connections to one address, opened when needed and kept."""

    def __init__(self, opening: Opening, most: int) -> None:
        self.opening: Opening = opening
        self._most = most
        self._open = 0
        self._idle: list[Connection] = []
        self._returned = anyio.Event()
        self._short = anyio.Lock(fast_acquire=True)  # the command itself lets others run
        self._long = anyio.Semaphore(most - 2)
        self._opening_events = anyio.Lock()
        self._events: Connection | None = None
        self._subscribers = 0

    async def take_short(self) -> Connection:
        """Return a connection for one short command; give it back with return_short().

        Those who want one wait for each other, in order: with two commands on their way, the
        second would be delayed, or lost, by a first that was abandoned.
        """
        until = self.opening.deadline()  # of one that has to wait for its turn as well
        await self._short.acquire()
        try:
            return await self._take(until)
        except BaseException:
            self._short.release()
            raise

    def return_short(self, connection: Connection) -> None:
        """Take back what take_short() gave."""
        self._give_back(connection)
        self._short.release()

    async def take_long(self) -> Connection:
        """Return a connection for something that takes long; give it back with return_long()."""
        until = self.opening.deadline()
        await self._long.acquire()
        try:
            return await self._take(until)
        except BaseException:
            self._long.release()
            raise

    def return_long(self, connection: Connection) -> None:
        """Take back what take_long() gave; without an await, so that it is done when cancelled."""
        self._give_back(connection)
        self._long.release()

    async def take_events(self) -> Connection:
        """Return the connection of the subscriptions; give it back with return_events()."""
        until = self.opening.deadline()
        async with self._opening_events:
            if self._events is None or self._events.ended:
                self._events = await self._take(until)
                self._subscribers = 0
            self._subscribers += 1
            return self._events

    def return_events(self, connection: Connection) -> None:
        """Take back what take_events() gave; the last one to do so makes it free for others."""
        if connection is not self._events:  # has ended, and there is a new one
            return
        self._subscribers -= 1
        if not self._subscribers:
            self._events = None
            self._give_back(connection)

    async def _take(self, until: float | None) -> Connection:
        """Return a connection that nobody uses."""
        while True:
            while self._idle:
                connection = self._idle.pop()
                try:
                    if await connection.is_alive():
                        return connection
                except BaseException:
                    self._give_back(connection)
                    raise
            if self._open < self._most:
                return await self._connect(until)
            await self._returned.wait()

    def _give_back(self, connection: Connection) -> None:
        if connection.ended:
            return
        if connection.held_up:
            self.opening.tasks.start_soon(self._recover, connection)
        else:
            self._idle.append(connection)
            self._tell()

    async def _recover(self, connection: Connection) -> None:
        """Wait until the daemon is done with what was abandoned, or the connection is closed."""
        await connection.settled()
        self._give_back(connection)

    async def _connect(self, until: float | None) -> Connection:
        self._open += 1
        try:
            return await self.opening.open(until, self._has_ended)
        except BaseException:
            self._has_ended()
            raise

    def _has_ended(self) -> None:
        self._open -= 1
        self._tell()

    def _tell(self) -> None:
        """Wake everyone who waits for a connection, or for room to open one."""
        self._returned.set()
        self._returned = anyio.Event()
