"""The one queue between tasks: filled by the read loop, which never waits, and read by one reader.

A deque and an event: the loop puts many items and wakes the reader once. An item leaves the deque
without an await in between, so no kind of cancellation can lose one.
"""

import math
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

import anyio
from anyio.lowlevel import checkpoint, checkpoint_if_cancelled

from anyvici.exceptions import EventsLost

T = TypeVar("T")
R = TypeVar("R")

# A reader of a flood lets the others run once in so many items: a full checkpoint costs more
# than all the rest of taking an item.
_FAIR_EVERY = 32


class _Gap:
    """Stands in the queue where items were thrown away."""

    __slots__ = ("lost",)

    def __init__(self) -> None:
        self.lost = 1


def _as_it_is(item: T) -> T:
    return item


class Mailbox(Generic[T]):
    """Items for one reader, up to `capacity` of them."""

    def __init__(self, capacity: float = math.inf) -> None:
        self._items: deque[T | _Gap] = deque()
        self._capacity = capacity
        self._filled = anyio.Event()
        self._reader_waits = False
        self._ending: Callable[[], Exception] | None = None
        self._taken = 0
        self.lost: int = 0

    def put(self, item: T) -> None:
        """Add an item; if there is no room, throw it away and count it where it is missing."""
        if len(self._items) < self._capacity:
            self._items.append(item)
        else:
            self._lose()
        if self._reader_waits:
            self._wake()

    def _lose(self) -> None:
        self.lost += 1
        last = self._items[-1]
        if isinstance(last, _Gap):
            last.lost += 1
        else:
            self._items.append(_Gap())

    def _wake(self) -> None:
        self._reader_waits = False
        self._filled.set()

    @property
    def waiting(self) -> int:
        """How many items wait for their reader; a place where some were thrown away is one."""
        return len(self._items)

    @property
    def is_behind(self) -> bool:
        """Whether more waits than is taken in one go, and none of it may be thrown away."""
        return self._capacity == math.inf and len(self._items) > _FAIR_EVERY

    def close(self, ending: Callable[[], Exception]) -> None:
        """Let get() raise what `ending` returns, anew each time, once the items are taken."""
        self._ending = ending
        if self._reader_waits:
            self._wake()

    def discard(self) -> None:
        """Throw the items away and close: the reader has left."""
        self._items.clear()
        self.close(anyio.ClosedResourceError)

    def get(self) -> Coroutine[Any, Any, T]:
        """Return the next item; see take()."""
        return self.take(_as_it_is)

    async def take(self, read: Callable[[T], R]) -> R:
        """Return what `read` makes of the next item, waiting for one if need be.

        A full checkpoint is passed once in 32 items, and the cancellation of a scope seen before
        each. Cancelled, it has taken nothing.

        Raises EventsLost where items were thrown away, and what the mailbox was closed with.
        """
        self._taken += 1
        await (checkpoint_if_cancelled() if self._taken % _FAIR_EVERY else checkpoint())
        while not self._items:
            if self._ending is not None:
                raise self._ending()
            await self._wait()
        item = self._items.popleft()
        if isinstance(item, _Gap):
            raise EventsLost(item.lost)
        return read(item)

    async def _wait(self) -> None:
        """Wait until there is something, or an end."""
        if not self._reader_waits:
            self._filled = anyio.Event()
            self._reader_waits = True
        await self._filled.wait()
