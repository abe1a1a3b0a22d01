"""What a command works with, and how it is run: from the backend to the exit code."""

import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

import anyio

import anyvici
from anyvici.cli.exits import Exit, explain, only_one
from anyvici.cli.exits import exit_code as code_of
from anyvici.cli.interrupts import Signals
from anyvici.cli.output import Output
from anyvici.cli.text import safe
from anyvici.connection.background import background
from anyvici.connection.connection import start_connection

_ABANDON_TIMEOUT = 5.0  # seconds, as anyvici.connect() has it
_LAST_WORDS = 0.5  # seconds that a reader of standard output has for them after a signal


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
        self.endless: bool = False
        """Whether a signal ends the command as it should be."""
        self._signals = Signals()
        self._completed = False

    def connect(self) -> AbstractAsyncContextManager[anyvici.Client]:
        """Return a client of the daemon, to be entered."""
        return anyvici.connect(self.settings.uri, wait=self.settings.wait)

    @asynccontextmanager
    async def open_connection(self) -> AsyncGenerator[anyvici.Connection]:
        """Return a raw connection to the daemon."""
        wait = self.settings.wait
        async with background() as tasks:
            until = None if wait is None else anyio.current_time() + wait
            yield await start_connection(self.settings.uri, tasks, _ABANDON_TIMEOUT, until=until)

    def run(self, command: "Command", *, endless: bool = False) -> int:
        """Run a command to its end, and return its exit code; see `endless` above."""
        self.endless = endless
        code: int = Exit.DONE
        with self._signals:
            try:
                anyio.run(self._run, command, backend=self.settings.backend)
            except Exception as error:
                code = self.tell_of(only_one(error))
        number = self._signals.number
        if number is None or self._completed or (self.endless and code == Exit.DONE):
            return code
        return 128 + number

    def tell_of(self, error: Exception) -> int:
        """Tell what went wrong, and return the exit code for it."""
        code = code_of(error)
        if self.settings.debug:
            self.output.say("".join(traceback.format_exception(error)))
        elif code is not Exit.BROKEN_PIPE:
            self.output.say(f"anyvici: {safe(explain(error))}")
        return code

    async def _run(self, command: "Command") -> None:
        async with background() as tasks:
            with anyio.CancelScope() as scope:
                tasks.start_soon(self._write_output, scope)
                tasks.start_soon(self._cancel_when_interrupted, scope)
                await self._carry_out(command)
                self._completed = True
            if not self._completed:
                with anyio.move_on_after(_LAST_WORDS, shield=True):
                    await self.output.drain()

    async def _carry_out(self, command: "Command") -> None:
        """Carry it out; what it has printed is written before an error is told."""
        try:
            await command(self)
        except Exception:
            with suppress(OSError):
                await self.output.drain()
            raise
        await self.output.drain()

    async def _write_output(self, scope: anyio.CancelScope) -> None:
        await self.output.run()  # returns when nobody takes what is printed
        if self.endless:  # others find out at the next line, which will come
            scope.cancel()

    async def _cancel_when_interrupted(self, scope: anyio.CancelScope) -> None:
        await self._signals.first()
        scope.cancel()


Command = Callable[[Session], Awaitable[None]]
