"""The program as such: exit codes, errors in a line, options before and behind the command."""

import os
import signal
import subprocess
import sys
from importlib.metadata import version

import anyio
import pytest

from anyvici.testing import SimulatedCharon
from tests.cli.program import anyvici, connected, running

pytestmark = pytest.mark.anyio


async def test_version(charon: SimulatedCharon) -> None:
    ended = await anyvici(charon.address, "version")
    assert (ended.code, ended.errors) == (0, "")
    assert ended.out.startswith("strongSwan 5.9.8 charon (Linux, ")


@pytest.mark.parametrize(
    ("compiled", "codec"), [(True, "compiled codec"), (False, "pure Python codec")]
)
async def test_our_own_version(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, compiled: bool, codec: str
) -> None:
    monkeypatch.setattr("anyvici.cli.app.compiled", compiled)
    ended = await anyvici("/nonexistent/charon.vici", "--version")
    assert (ended.code, ended.errors) == (0, "")
    assert capsys.readouterr().out == f"anyvici {version('anyvici')} ({codec})\n"


async def test_json_before_and_behind(charon: SimulatedCharon) -> None:
    before = await anyvici(charon.address, "--json", "version")
    behind = await anyvici(charon.address, "version", "--json")
    assert before == behind
    assert before.records[0]["version"] == "5.9.8"


async def test_no_daemon() -> None:
    ended = await anyvici("/nonexistent/charon.vici", "version")
    assert (ended.code, ended.out) == (3, "")
    assert ended.errors.startswith("anyvici: cannot connect to /nonexistent/charon.vici: No ")
    assert ended.errors.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["versoin"], "No such command 'versoin'"),
        (["version", "--colour"], "No such option: --colour"),
        (["list-sas", "--ike-id", "gw"], "'--ike-id'"),
        (["list-sas", "--ike-id", "0"], "ike_id"),
        (["--wait", "-1", "version"], "'--wait'"),
        (["--backend", "curio", "version"], "'--backend'"),
        (["list-sas", "stray"], "stray"),
    ],
)
async def test_usage(charon: SimulatedCharon, arguments: list[str], told: str) -> None:
    ended = await anyvici(charon.address, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.errors
    assert ended.errors.count("\n") == 1


async def test_connection_lost(charon: SimulatedCharon) -> None:
    charon.delay("version", 60)
    async with running(charon.address, "version") as program:
        await connected(charon)
        charon.stop()
        ended = await program.ended()
    assert (ended.code, ended.out) == (4, "")
    assert ended.errors.startswith("anyvici: ")
    assert ended.errors.count("\n") == 1


async def test_wait(charon: SimulatedCharon) -> None:
    charon.stop()
    async with running(charon.address, "--wait", "30", "version") as program:
        await anyio.sleep(0.2)
        charon.start()
        ended = await program.ended()
    assert (ended.code, ended.errors) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal(charon: SimulatedCharon, number: int) -> None:
    charon.delay("list-sas", 60)
    async with running(charon.address, "list-sas") as program:
        await connected(charon)
        ended = await program.interrupted(number)
    assert (ended.code, ended.out) == (128 + number, "")
    assert ended.errors == "interrupted after 0 IKE_SAs\n"


async def test_a_broken_pipe(charon: SimulatedCharon) -> None:
    """Whoever reads our output may go at any time."""
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-m", "anyvici", "--uri", charon.address, "version"]
    ended = await anyio.run_process(line, check=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


async def test_help() -> None:
    ended = await anyio.run_process([sys.executable, "-m", "anyvici", "--help"])
    assert b"list-sas" in ended.stdout
    assert b"Exit codes" in ended.stdout
