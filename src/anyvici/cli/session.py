"""What a command works with, and how it is run: from the backend to the exit code."""

import signal
import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import anyio
from anyio.abc import TaskStatus

import anyvici
from anyvici.cli.exits import Exit, explain
from anyvici.cli.exits import exit_code as code_of
from anyvici.cli.output import Output
from anyvici.cli.text import safe
from anyvici.connection.background import background

_SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


@dataclass
class Settings:
    """What is the same for all commands."""

    uri: str | None = None
    backend: str = "asyncio"
    wait: float | None = None  # seconds
    debug: bool = False


class Session:
    """One command at work.

    A signal cancels it. What it has to tell or to undo then is done in a shielded scope that has
    an end; a second signal ends the program as if we had never caught one.
    """

    def __init__(self, settings: Settings, output: Output) -> None:
        self.settings = settings
        self.output = output
        self.interrupted: int | None = None
        """The number of the signal that has ended it."""

    def connect(self) -> AbstractAsyncContextManager[anyvici.Client]:
        """Return a client of the daemon, to be entered."""
        return anyvici.connect(self.settings.uri, wait=self.settings.wait)

    def run(self, command: "Command", *, endless: bool = False) -> int:
        """Run a command to its end, and return its exit code.

        One that is `endless` is ended by a signal as it should be.
        """
        try:
            anyio.run(self._run, command, backend=self.settings.backend)
        except KeyboardInterrupt:  # before the signals were ours, or after
            return Exit.INTERRUPTED
        except Exception as error:
            if self.settings.debug:
                raise
            return self._told(error)
        if self.interrupted is None or endless:
            return Exit.DONE
        return 128 + self.interrupted

    def _told(self, error: Exception) -> int:
        code = code_of(error)
        if code is not Exit.BROKEN_PIPE:
            self.output.say(f"anyvici: {safe(explain(error))}")
        return code

    async def _run(self, command: "Command") -> None:
        async with background() as tasks:
            tasks.start_soon(self.output.run)
            with anyio.CancelScope() as scope:
                if threading.current_thread() is threading.main_thread():
                    await tasks.start(self._watch_signals, scope)
                await command(self)
            with anyio.CancelScope(shield=True):
                await self.output.drain()

    async def _watch_signals(
        self, scope: anyio.CancelScope, *, task_status: TaskStatus[None]
    ) -> None:
        with anyio.open_signal_receiver(*_SIGNALS) as signals:
            task_status.started()
            async for number in signals:
                if self.interrupted is not None:
                    signal.signal(number, signal.SIG_DFL)
                    signal.raise_signal(number)
                self.interrupted = number
                scope.cancel()


Command = Callable[[Session], Awaitable[None]]
