"""How the connections of a client are opened."""

from collections.abc import Callable
from dataclasses import dataclass

import anyio

from anyvici.connection.background import Background
from anyvici.connection.connection import Connection, start_connection
from anyvici.connection.transport import Address, is_stream
from anyvici.exceptions import ConnectionLost


@dataclass
class Opening:
    """Opens connections to one address, with their loops in one task group."""

    address: Address
    tasks: Background
    abandon_timeout: float
    wait: float | None
    over: bool = False
    """Whether the client was left."""

    @property
    def again(self) -> bool:
        """Whether there can be another connection when one was lost."""
        return not self.over and not is_stream(self.address)

    def deadline(self) -> float | None:
        """Return how long whoever asks now waits for a daemon that is not there."""
        return None if self.wait is None else anyio.current_time() + self.wait

    async def open(
        self, until: float | None, on_end: Callable[[], None] = lambda: None
    ) -> Connection:
        """Return a new connection; raises ConnectError, and ConnectionLost when it is over."""
        if self.over:
            raise ConnectionLost("the client was left")
        return await start_connection(
            self.address, self.tasks, self.abandon_timeout, until=until, on_end=on_end
        )
