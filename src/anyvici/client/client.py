"""Client: every command and event, typed, over a few connections."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from anyvici.client.configuration import ConfigurationCommands
from anyvici.client.credentials import CredentialCommands
from anyvici.client.daemon import DaemonCommands
from anyvici.client.opening import Opening
from anyvici.client.pool import FEWEST, Pool
from anyvici.client.progress import WorkerThreads
from anyvici.client.shared import Shared
from anyvici.client.tunnel import TunnelCommands
from anyvici.connection.background import background
from anyvici.connection.transport import Address


class Client(TunnelCommands, ConfigurationCommands, CredentialCommands, DaemonCommands):
    """The daemon, for programs: its commands as methods, their answers as objects.

    Any number of tasks may use it at once. Any of them may be cancelled at any moment: before its
    command was sent, nothing has happened; later it leaves at once, the daemon carries the command
    out all the same, and nobody else has to wait for that.

    All methods raise ConnectError, ConnectionLost, CommandError (the daemon said no),
    UnknownCommand and UnknownEvent (this daemon is too old), RemoteProtocolError (an answer that
    is not what it should be) and, with nothing sent, LocalProtocolError and TypeError. When the
    daemon was restarted, the commands under way are lost and the next opens a new connection.
    """

    @property
    def reconnects(self) -> bool:
        """Whether a lost connection is opened anew: not of a given stream, nor after leaving."""
        return self._pool.opening.again


@asynccontextmanager
async def connect(
    address: Address = None,
    *,
    max_connections: int = 8,
    max_blocking: int = 4,
    abandon_timeout: float = 5.0,
    wait: float | None = None,
) -> AsyncGenerator[Client]:
    """Return a client of the daemon: `async with connect() as client: ...`.

    `address` is None (the system's default socket), a path, unix:///path, tcp://host:port, a
    connectable of AnyIO (TLSConnectable, for one), or a connected byte stream, which is closed on
    leaving. Entering opens a connection, to find out whether there is a daemon; more are opened
    when needed, up to `max_connections` (short commands share one, subscriptions another). With a
    stream, or with less than 3, everything shares one and waits for everything else.

    `wait` is how many seconds entering, and any command later, waits for a daemon that is not
    there (no socket, or nobody listens) or takes nobody in (its listen backlog is full); math.inf
    is for ever, None not at all, but for a full backlog as long as it is full. When the daemon was
    restarted the commands under way are lost, and the next opens a new connection; nothing is
    ever sent twice. A stream that was given cannot be opened anew.

    Up to `max_blocking` worker threads of the daemon (it has 16, of which 7 to 11 are idle) are
    held at once by initiate and terminate, counting those whose callers have left. When the answer
    to a command whose caller has left does not come within `abandon_timeout` seconds, its
    connection is closed.

    Leaving closes all connections at once, cancelled or not, and wakes whoever still waits with
    ConnectionLost. What the body raises comes out as it is.

    Raises ConnectError, and ValueError for limits that are not above 0 and a wait below.
    """
    for name, limit in (("max_connections", max_connections), ("max_blocking", max_blocking)):
        if limit < 1:
            raise ValueError(f"{name} is at least 1, not {limit}")
    if wait is not None and not wait >= 0:
        raise ValueError(f"wait is seconds, from 0 up, not {wait}")
    async with background() as tasks:
        pool: Pool | Shared
        opening = Opening(address, tasks, abandon_timeout, wait)
        if opening.again and max_connections >= FEWEST:
            pool = Pool(opening, max_connections)
        else:
            pool = Shared(opening)
        try:
            pool.return_short(await pool.take_short())
            yield Client(pool, WorkerThreads(max_blocking, tasks), tasks)
        finally:
            opening.over = True
