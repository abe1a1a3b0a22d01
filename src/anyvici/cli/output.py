"""What is printed: lines for people, or JSON, one object a line.

Nothing here makes the event loop wait for a terminal or a pipe: a thread writes, all that there is
at once. While it cannot (Ctrl-S, `| less`), whoever prints waits, and the daemon is drained all
the same.
"""

import sys
from contextlib import suppress
from functools import lru_cache
from typing import TextIO

import anyio
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.style import Style

from anyvici.cli.columns import Column, Columns
from anyvici.cli.records import record, to_json
from anyvici.cli.text import safe
from anyvici.models.conversion import Model

_MUCH = 1 << 16  # characters that may wait to be written


class Output:
    """Standard output and standard error.

    Colours are for terminals, and not where NO_COLOR is set. What was printed is written at once,
    also into a pipe: whoever reads it sees it when it happens.
    """

    def __init__(self, out: TextIO | None = None, errors: TextIO | None = None) -> None:
        self.as_json = False
        self.console: Console = Console(file=out or sys.stdout, highlight=False, markup=False)
        self.errors: Console = _Errors(file=errors or sys.stderr, highlight=False, markup=False)
        self._texts: list[str] = []
        self._size = 0  # of what is not written yet
        self._filled = anyio.Event()
        self._written = anyio.Event()
        self._failure: OSError | None = None
        self._writing = False

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads what is printed."""
        return self.console.is_terminal

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None where lines may be as long as they are."""
        return self.console.width if self.is_terminal else None

    # Printing.

    async def line(self, text: str = "") -> None:
        """Print a line. Cancelled, it may have been printed.

        Raises BrokenPipeError, and what else can come of writing.
        """
        await self.write(text + "\n")

    async def record(self, found: object) -> None:
        """Print an object as JSON, on a line of its own."""
        await self.line(to_json(found))

    async def tell_of(self, model: Model, text: str) -> None:
        """Print a line for people, or what it tells of as JSON."""
        await (self.record(record(model)) if self.as_json else self.line(safe(text)))

    async def confirm(self, text: str) -> None:
        """Tell that something is done, when the daemon has said no more than that."""
        await (self.record({"success": True}) if self.as_json else self.line(safe(text)))

    async def show(self, renderable: RenderableType) -> None:
        """Print something of Rich's, as wide as the terminal."""
        with self.console.capture() as capture:
            self.console.print(renderable, soft_wrap=not self.is_terminal)
        await self.write(capture.get())

    async def write(self, text: str) -> None:
        """Print a text as it is; see line()."""
        while self._size > _MUCH and self._failure is None:
            await self._some_written()
        if self._failure is not None:
            raise self._failure
        self._texts.append(text)
        self._size += len(text)
        self._filled.set()

    async def drain(self) -> None:
        """Wait until all is written; raises as line() does."""
        while self._size and self._failure is None:
            await self._some_written()
        if self._failure is not None:
            raise self._failure

    def say(self, text: str) -> None:
        """Print a line on standard error, at once, if it can be printed."""
        with suppress(OSError):  # the terminal is gone
            self.errors.print(text, soft_wrap=True)

    @property
    def is_stuck(self) -> bool:
        """Whether a thread still tries to write what nobody takes."""
        return self._writing

    # Looks.

    def paint(self, text: str, style: str) -> str:
        """Return a text with a style of Rich's ("bold red"), where there are colours."""
        if not style or self.console.color_system is None:
            return text
        return _painted(style, self.console.no_color) % text

    def columns(self, *columns: Column) -> Columns:
        """Return a table with these columns, as wide as the terminal."""
        return Columns(columns, self.width, self.paint)

    # Writing.

    async def run(self) -> None:
        """Write what is printed, until that fails; cancelled, what is not written yet is lost."""
        while self._failure is None:
            await self._filled.wait()
            while self._texts and self._failure is None:
                await self._write_all()
            self._filled = anyio.Event()

    async def _write_all(self) -> None:
        text, self._texts = "".join(self._texts), []
        try:
            await anyio.to_thread.run_sync(self._write, text, abandon_on_cancel=True)
        except OSError as failure:
            self._failure = failure
        self._size -= len(text)
        self._written.set()

    async def _some_written(self) -> None:
        self._written = anyio.Event() if self._written.is_set() else self._written
        await self._written.wait()

    def _write(self, text: str) -> None:
        self._writing = True
        try:
            self.console.file.write(text)
            self.console.file.flush()
        finally:
            self._writing = False


class _Errors(Console):
    """Standard error, whose reader may go: Rich would leave the program, and close the output."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


@lru_cache
def _painted(style: str, colourless: bool) -> str:
    parsed = Style.parse(style)
    parsed = parsed.without_color if colourless else parsed
    return parsed.render("%s", color_system=ColorSystem.STANDARD)
