"""The terminal that top draws on, from its other end."""

import io
import os
import re
import termios
import threading

import anyio
import pytest

from anyvici.cli.exits import UsageError
from anyvici.cli.output import Output
from anyvici.cli.top.terminal import Terminal
from tests.cli.program import PATIENCE
from tests.cli.pty import GIVEN_BACK, TAKEN, opened

pytestmark = pytest.mark.anyio


async def test_it_is_taken_and_given_back():
    async with opened() as (terminal, other):
        before = other.attributes
        async with terminal.taken():
            assert await other.until(TAKEN) == TAKEN
            assert not other.attributes[3] & (termios.ECHO | termios.ICANON)
            assert other.attributes[3] & termios.ISIG
        assert other.attributes == before
        assert await other.until(GIVEN_BACK) == GIVEN_BACK


async def test_it_is_given_back_after_an_error():
    async with opened() as (terminal, other):
        before = other.attributes
        with pytest.raises(ValueError, match="^no$"):
            async with terminal.taken():
                raise ValueError("no")
        assert other.attributes == before
        assert (await other.until(GIVEN_BACK)).startswith(TAKEN)


async def test_it_is_given_back_when_cancelled():
    async with opened() as (terminal, other):
        before = other.attributes
        with anyio.CancelScope() as scope:
            async with terminal.taken():
                scope.cancel()
                await anyio.sleep_forever()
        assert other.attributes == before
        await other.until(GIVEN_BACK)


async def test_only_what_has_changed_is_drawn():
    async with opened() as (terminal, other), terminal.taken():
        await other.until(TAKEN)
        await terminal.show(["one", "two", "three"])
        await other.until(b"three\x1b[?2026l")
        await terminal.show(["one", "2", "three"])
        assert await other.until(b"\x1b[?2026l") == b"\x1b[?2026h\x1b[2;1H\x1b[K2\x1b[?2026l"
        await terminal.show(["one", "2", "three"])  # writes nothing
        await terminal.show(["one", "2", "three"], anew=True)
        assert await other.until(b"\x1b[?2026l") == (
            b"\x1b[?2026h\x1b[1;1H\x1b[Kone\x1b[2;1H\x1b[K2\x1b[3;1H\x1b[Kthree\x1b[?2026l"
        )


class Gate(io.StringIO):
    """Standard output that takes nothing while it is shut."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()

    def write(self, text: str) -> int:
        assert self.open.wait(PATIENCE)
        return super().write(text)


async def test_a_terminal_that_takes_nothing():
    """Only who draws waits, and what is drawn then is new: nothing old is left to be seen."""
    now = 0
    gate = Gate()

    async def draw(terminal: Terminal, frames: int) -> None:
        for _ in range(frames):
            await terminal.ready()
            await terminal.show([f"at {now}"])

    gate.open.set()
    async with opened(file=gate) as (terminal, _), terminal.taken():
        await terminal.ready()
        gate.open.clear()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(draw, terminal, 2)
            while now < 99:  # the event loop goes on
                now += 1
                await anyio.wait_all_tasks_blocked()
            gate.open.set()
    assert [int(number) for number in re.findall("at ([0-9]+)", gate.getvalue())] == [1, 99]


async def test_it_is_given_back_though_it_takes_nothing():
    """It stands still (Ctrl-S), and goes on when it is given back."""
    async with opened() as (terminal, other):
        before = other.attributes
        async with terminal.taken():
            other.type(b"\x13q")
            assert await terminal.pressed() == ["q"]
            await terminal.show(["nothing of this"])
        assert other.attributes == before
        await other.until(GIVEN_BACK)


async def test_taken_and_given_back_in_between():
    """While the program is stopped the terminal is the shell's: nothing is drawn."""
    async with opened() as (terminal, other):
        before = other.attributes
        async with terminal.taken():
            await terminal.show(["one"])
            await terminal.give_back()
            assert other.attributes == before
            await terminal.show(["two"])
            await terminal.take()
            await terminal.show(["three"])
        seen = await other.until(GIVEN_BACK + TAKEN)
        assert b"one" in seen
        assert b"two" not in seen


@pytest.mark.parametrize("encoding", ["iso8859-1", "ascii"])
async def test_other_characters(encoding):
    async with opened(encoding) as (terminal, other), terminal.taken():
        await terminal.show(["▾ gw ▁▂▃▄▅▆▇ 漢"])
        assert b"v gw .:-=+*# ?" in await other.until(b"\x1b[?2026l")


async def test_keys():
    async with opened() as (terminal, other), terminal.taken():
        other.type(b"q\x1b[A\xc3")
        assert await terminal.pressed() == ["q", "up"]
        other.type(b"\xa4\x1b")
        assert await terminal.pressed() == ["ä"]
        with anyio.fail_after(PATIENCE):
            assert await terminal.pressed() == ["escape"]


async def test_the_other_end_is_closed():
    async with opened() as (terminal, other):
        with pytest.raises(anyio.EndOfStream), anyio.fail_after(PATIENCE):
            async with terminal.taken():
                nothing = os.open(os.devnull, os.O_RDWR)
                os.dup2(nothing, other.end)
                os.close(nothing)
                await terminal.pressed()


async def test_the_size():
    async with opened() as (terminal, other):
        assert terminal.size == (80, 24)  # which a terminal has that does not know
        termios.tcsetwinsize(other.end, (50, 200))
        assert terminal.size == (200, 50)


async def test_what_is_no_terminal(tmp_path):
    with pytest.raises(UsageError, match="anyvici list-sas.*anyvici events"):
        Terminal.of(Output(io.StringIO()))
    with (tmp_path / "file").open("w") as file, pytest.raises(UsageError):
        Terminal.of(Output(file))
