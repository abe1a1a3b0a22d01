"""A terminal and its other end, in this process."""

import io
import os
import termios
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio

from anyvici.cli.output import Output
from anyvici.cli.top.terminal import Terminal
from anyvici.connection.background import background
from tests.cli.program import PATIENCE

TAKEN, GIVEN_BACK = b"\x1b[?1049h\x1b[?25l\x1b[?7l", b"\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"


class Other:
    """The other end of a terminal: what a person sees and types."""

    def __init__(self, end: int, near: int, output: Output) -> None:
        self.end = end
        self.output = output
        self.seen = b""  # of which nothing was waited for yet
        self._near = near

    @property
    def attributes(self) -> list[Any]:
        return termios.tcgetattr(self._near)

    def type(self, octets: bytes) -> None:
        os.write(self.end, octets)

    async def read(self) -> bytes:
        with anyio.fail_after(PATIENCE):
            await anyio.wait_readable(self.end)
        return os.read(self.end, 1 << 16)

    async def until(self, octets: bytes) -> bytes:
        """Return what is seen up to these octets; what comes behind them is seen next."""
        while octets not in self.seen:
            self.seen += await self.read()
        before, _, self.seen = self.seen.partition(octets)
        return before + octets

    async def shows(self, *texts: str) -> None:
        """Wait until some texts have been drawn, in any order, since the last that was read."""
        while not all(text.encode() in self.seen for text in texts):
            self.seen += await self.read()


@asynccontextmanager
async def opened(
    encoding: str = "utf-8", file: Any = None
) -> AsyncGenerator[tuple[Terminal, Other]]:
    """A terminal and its other end; what is drawn is written in the background."""
    end, near = os.openpty()
    terminal = os.fdopen(near, "w", encoding=encoding)
    output = Output(file or terminal, io.StringIO())
    try:
        async with background() as tasks:
            tasks.start_soon(output.run)
            yield Terminal(output, near, near), Other(end, near, output)
    finally:
        os.close(end)
        with suppress(OSError):  # its other end was closed before
            terminal.close()
