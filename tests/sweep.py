"""Cancelling a coroutine at each of its checkpoints, in every way there is."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any

import anyio
import pytest

# A backend and a way to cancel on it.
WAYS = [("trio", "scope"), ("asyncio", "scope"), ("asyncio", "native"), ("asyncio", "timeout")]

every_way = pytest.mark.parametrize(
    ("anyio_backend", "way"), WAYS, ids=["-".join(way) for way in WAYS]
)


class Interrupted:
    """Awaits a coroutine and calls `interrupt` at the moment of its suspension number `at`."""

    def __init__(
        self, coroutine: Coroutine[Any, Any, Any], at: int, interrupt: Callable[[], object]
    ) -> None:
        self._coroutine = coroutine
        self._at = at
        self._interrupt = interrupt
        self.suspensions = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._coroutine.__await__()
        step: Callable[[], Any] = partial(inner.send, None)
        while True:
            try:
                suspended = step()
            except StopIteration as stop:
                return stop.value
            self.suspensions += 1
            if self.suspensions == self._at:
                self._interrupt()
            try:
                step = partial(inner.send, (yield suspended))
            except BaseException as error:
                step = partial(inner.throw, error)


async def cancel_at(coroutine: Coroutine[Any, Any, Any], at: int, way: str) -> bool:
    """Run a coroutine and cancel it at suspension `at`; tell whether it came that far."""
    runner = {"scope": _by_scope, "native": _by_task, "timeout": _by_timeout}[way]
    reached = False

    def started(interrupt: Callable[[], object]) -> Interrupted:
        def note_and_interrupt() -> None:
            nonlocal reached
            reached = True
            interrupt()

        return Interrupted(coroutine, at, note_and_interrupt)

    await runner(started)
    return reached


async def _by_scope(start: Callable[[Callable[[], object]], Awaitable[Any]]) -> None:
    with anyio.CancelScope() as scope:
        await start(scope.cancel)


async def _by_task(start: Callable[[Callable[[], object]], Awaitable[Any]]) -> None:
    async def run() -> None:
        await start(task.cancel)

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


async def _by_timeout(start: Callable[[Callable[[], object]], Awaitable[Any]]) -> None:
    now = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(None) as timeout:
            await start(lambda: timeout.reschedule(now()))
    except TimeoutError:
        assert timeout.expired()
