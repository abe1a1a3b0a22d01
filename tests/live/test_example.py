"""examples/status.py, run as anybody would."""

import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import PIPE

import anyio
import pytest
from anyio import open_process, run_process
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from anyvici import Connection
from tests.conformance.state import INITIATE, TERMINATE, establish
from tests.live.charon import PATIENCE
from tests.live.gateways import Gateways

pytestmark = pytest.mark.anyio

STATUS = [sys.executable, str(Path(__file__).parents[2] / "examples" / "status.py")]


class Status:
    """The example under way, and what it prints."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self._stdout = BufferedByteReceiveStream(process.stdout)

    async def prints(self, *parts: str) -> None:
        """Wait for the next line, which has all of these in it."""
        with anyio.fail_after(PATIENCE):
            line = (await self._stdout.receive_until(b"\n", 65536)).decode() + "\n"
        for part in parts:
            assert part in line

    async def ends(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what was written to standard error."""
        assert self.process.stderr is not None
        with anyio.fail_after(PATIENCE):
            errors = b"".join([data async for data in self.process.stderr])
            return await self.process.wait(), errors.decode()


def environment(backend: str) -> dict[str, str]:
    return {**os.environ, "BACKEND": backend, "PYTHONUNBUFFERED": "1"}


@asynccontextmanager
async def status(gateways: Gateways, backend: str) -> AsyncGenerator[Status]:
    command = [*STATUS, gateways.addresses["moon"]]
    async with await open_process(command, env=environment(backend), stderr=PIPE) as process:
        try:
            yield Status(process)
        finally:
            if process.returncode is None:
                process.kill()


async def test_it_tells_what_is_and_what_happens(
    gateways: Gateways, moon: Connection, anyio_backend: str
) -> None:
    version = (await moon.call("version"))["version"]
    await establish(moon)
    async with status(gateways, anyio_backend) as example:
        await example.prints(f"charon {version}, ")
        await example.prints("gw[", "] ESTABLISHED, sun; net INSTALLED, to 10.2.0.0/16")
        await moon.call("terminate", TERMINATE)
        await example.prints("ike-updown down gw[", "] DELETING, sun\n")
        await example.prints("child-updown down gw[", "; net ", ", to 10.2.0.0/16")
        await moon.call("initiate", INITIATE)
        await example.prints("ike-updown up gw[", "] ESTABLISHED, sun\n")
        await example.prints("child-updown up gw[", "; net INSTALLED, to 10.2.0.0/16")
        example.process.send_signal(signal.SIGINT)
        assert await example.ends() == (0, "")


async def test_it_says_that_charon_has_gone(
    gateways: Gateways, moon: Connection, anyio_backend: str
) -> None:
    await establish(moon)
    async with status(gateways, anyio_backend) as example:
        await example.prints("charon ")
        await example.prints("gw[")  # it listens by now, and connects no more
        gateways.kill("moon")
        code, errors = await example.ends()
        assert code == 1
        assert errors.count("\n") == 1
        assert "connection" in errors
        gateways.start("moon")


async def test_it_says_that_there_is_no_charon(anyio_backend: str) -> None:
    command = [*STATUS, "/nowhere/charon.vici"]
    ended = await run_process(command, env=environment(anyio_backend), check=False)
    assert ended.returncode == 1
    assert ended.stdout == b""
    errors = ended.stderr.decode()
    assert errors.startswith("cannot connect to /nowhere/charon.vici: No such file or directory (")
    assert errors.count("\n") == 1
