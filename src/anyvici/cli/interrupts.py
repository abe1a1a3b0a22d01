"""Signals that end a command: the first asks it to, the second just does."""

import os
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self

import anyio

from anyvici import ViciError
from anyvici.cli.output import Output
from anyvici.cli.text import safe

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_SIGNALS = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
_SHOW_CURSOR = b"\x1b[?25h"


class Signals:
    """Catches signals inside of its `with`, for a task that waits for the first.

    Handlers of Python's own: they are there before the event loop is, and a second signal works
    even if the loop is stuck. What is ignored stays so (nohup). From a thread that is not the
    first, nothing is caught.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        """The number of the first signal that came."""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._reading, self._writing = socket.socketpair()
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._reading.close()
        self._writing.close()

    async def first(self) -> None:
        """Wait until a signal has come."""
        await anyio.wait_readable(self._reading)

    def _caught(self, number: int, _frame: FrameType | None) -> None:
        if self.number is not None:
            _end_at_once(number)
        self.number = number
        self._writing.send(b"!")


def _end_at_once(number: int) -> None:
    """End as if the signal had never been caught."""
    with suppress(OSError):
        if os.isatty(2):
            os.write(2, _SHOW_CURSOR)  # a spinner has hidden it
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


@contextmanager
def interruption(output: Output, state: str) -> Generator[Callable[[str], None]]:
    """Tell in one line what state things are in if the body is cancelled.

    Yields a function that changes what would be told.
    """

    def now(text: str) -> None:
        nonlocal state
        state = text

    try:
        yield now
    except anyio.get_cancelled_exc_class():
        output.say(f"interrupted: {safe(state)}")
        raise


async def last_look(seconds: float, look: Awaitable[str]) -> str:
    """Return what there is to see, for who is cancelled already; or that there was no time."""
    told = "what became of it is not known"
    with anyio.move_on_after(seconds, shield=True):
        try:
            return await look
        except ViciError as error:
            told = f"{told}: {error}"
    return told
