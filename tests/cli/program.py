"""anyvici as tests run it: in a thread of theirs, as fast as a function; or as a process."""

import io
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any

import anyio
import sniffio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from anyvici.cli.entry import run
from anyvici.testing import SimulatedCharon

PATIENCE = 30.0  # seconds for what takes less than one


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    errors: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def records(self) -> list[Any]:
        """What it printed as JSON."""
        return [json.loads(line) for line in self.lines]


class Screen(io.StringIO):
    """A terminal that is not there."""

    def isatty(self) -> bool:
        return True


async def anyvici(address: str, *arguments: str, screen: bool = False) -> Ended:
    """Run a command on the backend of the test, to its end; on a `screen`, if asked."""
    out, errors = Screen() if screen else io.StringIO(), io.StringIO()
    backend = sniffio.current_async_library()
    given = ["--uri", address, "--backend", backend, *arguments]
    with anyio.fail_after(PATIENCE):
        code = await anyio.to_thread.run_sync(run, given, out, errors, abandon_on_cancel=True)
    return Ended(code, out.getvalue(), errors.getvalue())


class Running:
    """A process of anyvici whose lines are read as they come."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self._out = BufferedByteReceiveStream(process.stdout)
        self._errors = BufferedByteReceiveStream(process.stderr)

    async def line(self) -> str:
        """Return the next line of its standard output."""
        with anyio.fail_after(PATIENCE):
            return (await self._out.receive_until(b"\n", 1 << 20)).decode()

    async def error_line(self) -> str:
        """Return the next line of its standard error."""
        with anyio.fail_after(PATIENCE):
            return (await self._errors.receive_until(b"\n", 1 << 20)).decode()

    async def ready(self) -> None:
        """Wait until it catches signals."""
        with anyio.fail_after(PATIENCE):
            while not _catches(self.process.pid, signal.SIGTERM):
                await anyio.sleep(0.01)

    async def ended(self) -> Ended:
        """Wait for its end; return how it was, and what of its output was not read."""
        with anyio.fail_after(PATIENCE):
            rest = b"".join([chunk async for chunk in self._out])
            errors = b"".join([chunk async for chunk in self._errors])
            code = await self.process.wait()
        return Ended(code, rest.decode(), errors.decode())

    async def interrupted(self, number: int) -> Ended:
        """Send it a signal, and wait for its end."""
        self.process.send_signal(number)
        return await self.ended()


@asynccontextmanager
async def running(address: str, *arguments: str) -> AsyncGenerator[Running]:
    """Run a command as a process, on the backend of the test, until the end of the block."""
    backend = sniffio.current_async_library()
    line = [sys.executable, "-m", "anyvici", "--uri", address, "--backend", backend, *arguments]
    async with await anyio.open_process(line, stdout=PIPE, stderr=PIPE, env=clean()) as process:
        try:
            yield Running(process)
        finally:
            if process.returncode is None:
                process.kill()


def _catches(pid: int, number: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    (mask,) = [line for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(int(mask.split()[1], 16) & (1 << (number - 1)))


async def connected(charon: SimulatedCharon) -> None:
    """Wait until somebody has connected: by then a program of ours catches signals."""
    with anyio.fail_after(PATIENCE):
        while not charon._here().clients._sessions:
            await anyio.sleep(0.01)


def clean() -> dict[str, str]:
    """Return an environment in which nothing says what our output should look like."""
    ours = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "ANYVICI_URI"}
    found = {name: value for name, value in os.environ.items() if name not in ours}
    return {name: value for name, value in found.items() if not name.startswith("COVERAGE_")}
