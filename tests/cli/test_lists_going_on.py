"""Lists on their way: interrupted, cut off, on a terminal, with hostile names."""

import os
import pty
import re
import signal
import struct
import subprocess
import sys
from fcntl import ioctl
from termios import TIOCSWINSZ

import anyio
import pytest
from rich.cells import cell_len

from anyvici import Message
from tests.cli.feeder import Feeder, an_ike_sa, feeding
from tests.cli.program import PATIENCE, anyvici, clean, running
from tests.cli.screens import bare

pytestmark = pytest.mark.anyio


async def test_a_daemon_that_ends_within_a_list() -> None:
    """What it had told is printed, and the end is not taken for that of the list."""
    feeder = Feeder(100, allowed=20)
    async with feeding(feeder) as address, running(address, "list-sas", "--json") as program:
        for _ in range(20):
            await program.line()
        await feeder.hang_up()
        ended = await program.ended()
    assert (ended.code, ended.out) == (4, "")
    assert ended.errors.startswith("anyvici: ")


# While it goes on.


async def test_it_prints_while_the_daemon_still_tells() -> None:
    feeder = Feeder(100, allowed=3)
    async with feeding(feeder) as address, running(address, "list-sas") as program:
        lines = [await program.line() for _ in range(10)]
        assert [line.split()[0] for line in lines[1::3]] == ["gw1", "gw2", "gw3"]
        assert program.process.returncode is None
        feeder.allow(4)
        assert (await program.line()).startswith("gw4 ")
        feeder.allow(100)
        ended = await program.ended()
    assert ended.code == 0
    assert len(ended.lines) + 11 == 301


async def test_interrupted_it_tells_how_many_there_were() -> None:
    feeder = Feeder(10_000, allowed=5)
    async with feeding(feeder) as address, running(address, "list-sas", "--json") as program:
        for _ in range(5):
            await program.line()
        ended = await program.interrupted(signal.SIGINT)
    assert (ended.code, ended.out) == (130, "")
    assert ended.errors == "interrupted after 5 IKE_SAs\n"


async def test_head() -> None:
    """Whoever reads it has read enough: that is no error."""
    feeder = Feeder(10_000)
    async with feeding(feeder) as address:
        line = f"{sys.executable} -m anyvici --uri {address} list-sas | head -n 4"
        with anyio.fail_after(PATIENCE):
            ended = await anyio.run_process(
                ["bash", "-o", "pipefail", "-c", line], check=False, env=clean()
            )
    assert (ended.returncode, ended.stderr) == (141, b"")
    assert len(ended.stdout.splitlines()) == 4


# On a terminal.


async def on_terminal(address: str, *arguments: str, width: int = 80) -> list[str]:
    """Return the lines that are printed on a terminal, with their colours."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    line = [sys.executable, "-m", "anyvici", "--uri", address, *arguments]
    environment = clean() | {"TERM": "xterm"}
    with anyio.fail_after(PATIENCE):
        async with await anyio.open_process(
            line, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment
        ) as process:
            os.close(theirs)
            printed = await anyio.to_thread.run_sync(_read, ours, abandon_on_cancel=True)
            assert await process.wait() == 0
    return printed.decode().replace("\r\n", "\n").splitlines()


def _read(terminal: int) -> bytes:
    """Read all that is printed, until the last who has the terminal has gone."""
    found = b""
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        try:
            while chunk := stream.read(65536):
                found += chunk
        except OSError:  # which is what the end looks like on Linux
            pass
    return found


HOSTILE = [
    "\x1b]0;owned\x07\x1b[2J",
    "a\udcff\udcfeb",
    "日本語の名前がここにある",
    "two\nlines",
    "\u202ecod.exe",
    "é" * 50,
]


def hostile(number: int) -> Message:
    """Return an IKE_SA whose names were chosen by somebody who means no good."""
    (ike_sa,) = an_ike_sa(number).values()
    name = HOSTILE[number - 1]
    (child,) = list(ike_sa["child-sas"].values())[:1]
    children = {"net-1": child | {"name": name, "uniqueid": "123456"}}
    return {name: ike_sa | {"remote-id": name, "child-sas": children}}


@pytest.mark.parametrize("option", ["--noblock", "--long"])
async def test_hostile_names_are_harmless_and_in_line(option: str) -> None:
    async with feeding(Feeder(len(HOSTILE), item=hostile)) as address:
        lines = [bare(line) for line in await on_terminal(address, "list-sas", option, width=120)]
        piped = await anyvici(address, "list-sas", option)
    for line in [*lines, *piped.lines]:
        assert line.isprintable()
    rows = [line for line in lines if re.search("ESTABLISHED|INSTALLED", line)]
    assert len(rows) == 2 * len(HOSTILE)
    assert {cell_len(row) for row in rows} == {cell_len(lines[0])}
    assert {cell_len(row[: row.index(" ESTABLISHED")]) for row in rows[::2]} == {
        cell_len(lines[0][: lines[0].index(" STATE")])
    }
    assert not [row for row in rows[1::2] if " 123456 " not in row]
