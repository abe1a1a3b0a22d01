"""What the tests of watch share: an address for a virtual clock, and stories that feeds tell."""

import errno
import os
from typing import Any

import anyio
from anyio.abc import AnyByteStream, ByteStreamConnectable
from anyio.lowlevel import checkpoint

from anyvici import Client, Connected, ConnectError, Disconnected, Gap, Log
from anyvici.client.pool import Pool
from anyvici.testing import SimulatedCharon
from anyvici.testing.session import Session

PATIENCE = 10


class InMemory(ByteStreamConnectable):
    """A simulated charon as an address without a socket; it keeps when it was called up."""

    def __init__(self, charon: SimulatedCharon) -> None:
        self.attempts: list[float] = []
        self._charon = charon

    def __str__(self) -> str:
        return "a charon in memory"

    async def connect(self) -> AnyByteStream:
        await checkpoint()
        self.attempts.append(anyio.current_time())
        try:
            return self._charon.connect()
        except ConnectError:
            number = errno.ECONNREFUSED
            raise ConnectionRefusedError(number, os.strerror(number)) from None


def clients(charon: SimulatedCharon) -> int:
    """Return how many connections the daemon has."""
    return len(_alive(charon))


def hearers(charon: SimulatedCharon, event: str) -> int:
    """Return on how many connections an event is registered for."""
    return sum(session.hears(event) for session in _alive(charon))


def _alive(charon: SimulatedCharon) -> list[Session]:
    """Return the connections that there are, without those that are being closed."""
    sessions = charon._here().clients._sessions
    return [s for s in sessions if not (s._life.cancel_called or s._connection.cancel_called)]


def lose(charon: SimulatedCharon, event: str) -> None:
    """Close the connections on which an event is registered for, and no other."""
    for session in _alive(charon):
        if session.hears(event):
            session.hang_up()


async def until_heard(charon: SimulatedCharon, event: str = "log") -> None:
    """Wait until somebody has registered for an event."""
    with anyio.fail_after(PATIENCE):
        while not hearers(charon, event):
            await anyio.sleep(0.001)


async def until_noticed(client: Client) -> None:
    """Wait until a client knows that it has no connection any more."""
    assert isinstance(client._pool, Pool)
    with anyio.fail_after(PATIENCE):
        while client._pool._open:
            await anyio.sleep(0.001)


def say(charon: SimulatedCharon, *texts: str) -> None:
    """Let the daemon log some lines."""
    for text in texts:
        charon.emit("log", {"group": "DMN", "level": 1, "thread": 1, "msg": text})


async def told(feed: Any, count: int) -> list[str]:
    """Return what a feed of log lines tells, in short, and check that it tells it in full."""
    story = []
    with anyio.fail_after(PATIENCE):
        for _ in range(count):
            story.append(short(await anext(feed)))
    return story


def short(item: object) -> str:
    if isinstance(item, Log):
        return item.msg
    if isinstance(item, Gap):
        return f"{item.lost} lost"
    if isinstance(item, Connected):
        assert item.gap
        assert item.version.daemon == "charon"
        return "back"
    assert isinstance(item, Disconnected)
    assert item.reason.startswith(("the daemon closed the connection", "the connection broke"))
    return "gone"


async def prove(client: Client, charon: SimulatedCharon) -> None:
    """Show that a client is as good as new: nothing is leased or registered, nothing leaked."""
    with anyio.fail_after(PATIENCE):
        pool = client._pool
        assert isinstance(pool, Pool)
        while clients(charon) != pool._open:  # until it has noticed what was lost
            await anyio.sleep(0.001)
        assert (await client.version()).daemon == "charon"
        while len(pool._idle) != pool._open:  # until abandoned answers have come
            await anyio.sleep(0.001)
        while clients(charon) != pool._open or hearers(charon, "log"):
            await anyio.sleep(0.001)
    assert pool._long.value == 6
    assert (pool._events, pool._subscribers) == (None, 0)
