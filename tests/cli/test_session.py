"""How a command is run: what is told of errors, exit codes, and what becomes of its output."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from anyvici import CommandError, ConnectionLost
from anyvici.cli.exits import Exit, exit_code, explain, only_one
from anyvici.testing import SimulatedCharon
from tests.cli.program import PATIENCE, anyvici, clean, connected, running
from tests.cli.tunnels import held_up, loaded

pytestmark = pytest.mark.anyio


either_will_do = pytest.mark.parametrize("anyio_backend", ["asyncio"])  # of the backends

# Errors.


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionLost("gone"), Exit.LOST),
        (BrokenPipeError(), Exit.BROKEN_PIPE),
        (OSError(28, "No space left on device"), Exit.FILE),
        (TimeoutError(), Exit.BUG),
        (ZeroDivisionError("a bug"), Exit.BUG),
    ],
)
def test_codes(error: Exception, code: Exit) -> None:
    assert exit_code(error) is code
    wrapped = ExceptionGroup("of a task group", [ExceptionGroup("of another", [error])])
    assert only_one(wrapped) is error


def test_bugs_are_told_as_such() -> None:
    assert explain(ZeroDivisionError("of ours")).startswith("this should not have happened: Zero")
    assert explain(ExceptionGroup("both", [OSError(), OSError()])).startswith("this should not")
    assert explain(CommandError("rekey", "no", {})) == "rekey: no"


async def test_debug_changes_no_code(charon: SimulatedCharon) -> None:
    ended = await anyvici(charon.address, "--debug", "uninstall", "--child", "net")
    assert (ended.code, ended.out) == (1, "")
    assert ended.errors.startswith("Traceback (most recent call last):\n")
    assert "anyvici.exceptions.CommandError: uninstall: policy 'net' not found" in ended.errors


@either_will_do
async def test_what_was_printed_comes_before_the_error(charon: SimulatedCharon) -> None:
    """Both into one file, as in a log of a cron job."""
    reading, writing = os.pipe()
    line = [sys.executable, "-m", "anyvici", "--uri", charon.address, "--json", "terminate", "-i"]
    ended = await anyio.run_process(
        [*line, "gw"], check=False, stdout=writing, stderr=writing, env=clean()
    )
    os.close(writing)
    told = os.read(reading, 65536).decode().splitlines()
    os.close(reading)
    assert ended.returncode == 1
    assert [line[:9] for line in told] == ['{"success', "anyvici: "]


@either_will_do
async def test_no_arguments() -> None:
    ended = await anyio.run_process([sys.executable, "-m", "anyvici"], check=False, env=clean())
    assert ended.returncode == 2
    assert b"Usage: anyvici" in ended.stdout
    assert ended.stderr == b""


# Output.


@either_will_do
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [["version"], ["--help"]])
async def test_a_full_disk(charon: SimulatedCharon, arguments: list[str]) -> None:
    line = [sys.executable, "-m", "anyvici", "--uri", charon.address, *arguments]
    full = os.open("/dev/full", os.O_WRONLY)
    ended = await anyio.run_process(line, check=False, stdout=full, env=clean())
    os.close(full)
    assert ended.returncode == 74
    if arguments == ["version"]:
        assert ended.stderr == b"anyvici: [Errno 28] No space left on device\n"


@either_will_do
async def test_nobody_reads_standard_error(charon: SimulatedCharon) -> None:
    """What goes to standard output, and the exit code, are the same."""
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-m", "anyvici", "--uri", charon.address, "call", "terminate", "ike=gw"]
    ended = await anyio.run_process(line, check=False, stderr=writing, env=clean())
    os.close(writing)
    assert ended.returncode == 1
    assert b"no matching SAs" in ended.stdout


@either_will_do
@pytest.mark.parametrize("closed", [">&-", "2>&-"])
async def test_what_is_closed_from_the_beginning(charon: SimulatedCharon, closed: str) -> None:
    line = [sys.executable, "-m", "anyvici", "--uri", charon.address, "version"]
    ended = await anyio.run_process(f"{shlex.join(line)} {closed}", check=False, env=clean())
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert bool(ended.stdout) == (closed == "2>&-")


@either_will_do
async def test_an_endless_command_into_a_broken_pipe(charon: SimulatedCharon) -> None:
    reading, writing = os.pipe()
    line = [sys.executable, "-m", "anyvici", "--uri", charon.address, "log"]
    process = await anyio.open_process(line, stdout=writing, stderr=subprocess.PIPE, env=clean())
    async with process:
        os.close(writing)
        await anyio.wait_readable(reading)
        os.close(reading)
        charon.flood("log", 1)
        with anyio.fail_after(PATIENCE):
            assert await process.wait() == 141


# Signals.


async def test_the_second_signal_ends_it_at_once(charon: SimulatedCharon) -> None:
    async with loaded(charon):
        charon.delay("initiate", 60, times=1)
        async with running(charon.address, "initiate", "-c", "net") as program:
            await held_up(charon, "initiate")
            program.process.send_signal(signal.SIGINT)
            program.process.send_signal(signal.SIGTERM)
            ended = await program.ended()
    assert (ended.code, ended.out) == (-signal.SIGTERM, "")


async def test_a_signal_and_an_error(charon: SimulatedCharon) -> None:
    """It was interrupted, whatever else has become of it."""
    async with loaded(charon):
        charon.peer_down("gw")
        async with running(charon.address, "initiate", "-c", "net") as program:
            await program.line()
            charon.swallow("list-sas")
            program.process.send_signal(signal.SIGINT)
            charon.stop()
            ended = await program.ended()
    assert ended.code == 130


async def test_connections_are_closed_at_the_end(charon: SimulatedCharon) -> None:
    async with running(charon.address, "log") as program:
        await connected(charon)
        await program.line()
        assert (await program.interrupted(signal.SIGHUP)).code == 0
    with anyio.fail_after(PATIENCE):
        while charon._here().clients._sessions:
            await anyio.sleep(0.01)
