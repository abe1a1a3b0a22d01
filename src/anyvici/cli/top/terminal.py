"""The terminal: taken over and given back, drawn on, and typed on."""

import os
import termios
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio

from anyvici.cli.exits import UsageError
from anyvici.cli.output import Output
from anyvici.cli.top.keys import Keys

# The other screen, no cursor, and no line goes on in the next one; and back.
_TAKE = "\x1b[?1049h\x1b[?25l\x1b[?7l"
_GIVE_BACK = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"  # all at once, where the terminal knows that
_PATIENCE = 1.0  # seconds for a terminal to take what it is given back with
_ESCAPE = 0.05  # seconds in which the rest of a key comes

_LFLAG, _IFLAG, _CHARACTERS = 3, 0, 6  # of what termios tells

# What is drawn with, for terminals that have other characters only.
_PLAIN = str.maketrans("▁▂▃▄▅▆▇▾▸▲▼─…↑↓←→", ".:-=+*#v>^v-~^v<>")

_NEEDED = (
    "top is for a terminal, and for people; "
    "'anyvici list-sas' lists the SAs, and 'anyvici events' tells what happens to them"
)


class Terminal:
    """The terminal that is looked at, and typed on."""

    def __init__(self, output: Output, typed: int, screen: int) -> None:
        """`typed` and `screen` are descriptors: of what is read from, and of what has a size."""
        self._output = output
        self._keys = Keys()
        self._typed = typed
        self._screen = screen
        self._shown: list[str] = []
        self._taken = False
        self._before: list[Any] = []
        encoding = output.console.encoding
        self._plain = encoding if "utf" not in encoding else ""

    @classmethod
    def of(cls, output: Output) -> "Terminal":
        """Return the terminal of a program; raises UsageError if there is none."""
        typed, screen = 0, _descriptor(output.console.file)
        is_terminal = os.isatty(typed) and os.isatty(screen) and not output.console.is_dumb_terminal
        if not is_terminal or output.as_json:
            raise UsageError(_NEEDED)
        return cls(output, typed, screen)

    @property
    def size(self) -> tuple[int, int]:
        """Its columns and lines."""
        columns, lines = os.get_terminal_size(self._screen)
        return columns or 80, lines or 24

    # Taking it over, and giving it back.

    @asynccontextmanager
    async def taken(self) -> AsyncGenerator[None]:
        """Have the terminal until the end of the body; then all is as it was, however that ends."""
        self._before = termios.tcgetattr(self._typed)
        try:
            await self.take()
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await self.give_back()

    async def take(self) -> None:
        """Take it over; also again, when somebody else has had it."""
        self._taken = True
        self._set(lflag=~(termios.ECHO | termios.ICANON))
        self._shown = []
        await self._output.write(_TAKE)

    async def give_back(self) -> None:
        """Give it back, as far as it takes anything."""
        self._taken = False
        with suppress(termios.error):
            self._set(iflag=~termios.IXON)  # what was stopped by Ctrl-S goes on
            self._set()
        with suppress(OSError), anyio.move_on_after(_PATIENCE):
            await self._output.write(_GIVE_BACK)
            await self._output.drain()

    def _set(self, *, lflag: int = -1, iflag: int = -1) -> None:
        """Set how it was, but for what these masks leave out. It waits for nothing."""
        changed = [*self._before]
        changed[_LFLAG] &= lflag
        changed[_IFLAG] &= iflag
        if lflag != -1:
            changed[_CHARACTERS] = [*changed[_CHARACTERS]]
            changed[_CHARACTERS][termios.VMIN] = 1
            changed[_CHARACTERS][termios.VTIME] = 0
        termios.tcsetattr(self._typed, termios.TCSANOW, changed)

    # Drawing.

    async def ready(self) -> None:
        """Wait until it has taken all; what is drawn only then is not old when it is seen."""
        await self._output.drain()

    async def show(self, lines: Sequence[str], *, anew: bool = False) -> None:
        """Draw the lines that are others than those that are shown."""
        if not self._taken:
            return
        shown = [] if anew else self._shown
        changed = [
            f"\x1b[{number};1H\x1b[K{line}"
            for number, line in enumerate(lines, 1)
            if shown[number - 1 : number] != [line]
        ]
        self._shown = [*lines]
        if changed:
            await self._output.write(self._encodable(_BEGIN + "".join(changed) + _END))

    def _encodable(self, text: str) -> str:
        if not self._plain:
            return text
        return text.translate(_PLAIN).encode(self._plain, "replace").decode(self._plain)

    # Typing.

    async def pressed(self) -> list[str]:
        """Return the next keys; raises EndOfStream when the terminal is gone."""
        with anyio.move_on_after(_ESCAPE if self._keys.waits else None) as waiting:
            await anyio.wait_readable(self._typed)
        if waiting.cancelled_caught:
            return self._keys.end()
        if octets := self._read():
            return self._keys.feed(octets)
        raise anyio.EndOfStream

    def _read(self) -> bytes:
        try:
            return os.read(self._typed, 4096)
        except OSError:  # its other end was closed
            return b""


def _descriptor(file: Any) -> int:
    try:
        return int(file.fileno())
    except (AttributeError, OSError):
        return -1
