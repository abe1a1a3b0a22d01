"""`anyvici simulate`: a gateway for other programs, for as long as it runs."""

import os
import shutil
import signal
import socket
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
import vici

from anyvici import connect, wait_established
from tests.cli.program import Running, anyvici, running

pytestmark = pytest.mark.anyio

UNUSED = "/nonexistent/charon.vici"  # the address of the daemon that nobody asks


@asynccontextmanager
async def simulating(path: Path, *options: str) -> AsyncGenerator[Running]:
    """Have it run, from when it says that it is ready."""
    async with running(UNUSED, "simulate", "--socket", str(path), *options) as program:
        assert await program.line() == f"simulated charon 5.9.8 at {path}; Ctrl-C ends it"
        yield program


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_is_there_until_a_signal_comes(tmp_path: Path, number: int) -> None:
    path = tmp_path / "vici"
    async with simulating(path) as program:
        assert stat.S_ISSOCK(path.stat().st_mode)
        told = await anyvici(str(path), "version")
        assert told.out.startswith("strongSwan 5.9.8 charon ")
        ended = await program.interrupted(number)
    assert (ended.code, ended.out, ended.errors) == (0, "", "")
    assert not path.exists()


async def test_something_happens_there(tmp_path: Path) -> None:
    path = tmp_path / "vici"
    async with simulating(path):
        told = await anyvici(str(path), "monitor-sa", "--json", "--count", "6")
        assert (told.code, told.errors) == (0, "")
        assert [each["event"] for each in told.records].count("connected") == 1
        assert len({each["event"] for each in told.records}) >= 3
        pools = await anyvici(str(path), "list-pools", "--json")
        assert [pool["name"] for pool in pools.records] == ["mobile"]


async def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "vici"
    async with simulating(path, "--empty"):
        for command in ("list-conns", "list-sas", "list-pools"):
            told = await anyvici(str(path), command)
            assert (told.code, told.out, told.errors) == (0, "", "")


async def test_json(tmp_path: Path) -> None:
    path = tmp_path / "vici"
    line = ["simulate", "--socket", f"unix://{path}", "--empty", "--charon-version", "6.0.6"]
    async with running(UNUSED, *line, "--json") as program:
        assert await program.line() == f'{{"address":"unix://{path}","version":"6.0.6"}}'
        told = await anyvici(str(path), "version")
        assert told.out.startswith("strongSwan 6.0.6 charon ")
        ended = await program.interrupted(signal.SIGINT)
    assert (ended.code, ended.out, ended.errors) == (0, "", "")


async def test_tcp() -> None:
    line = ["simulate", "--socket", "tcp://127.0.0.1:0", "--empty", "--json"]
    async with running(UNUSED, *line) as program:
        address = (await program.line()).split('"')[3]
        assert address.startswith("tcp://127.0.0.1:")
        assert (await anyvici(address, "version")).code == 0


# Where it cannot listen.


async def test_nobody_is_driven_out(tmp_path: Path) -> None:
    path = tmp_path / "vici"
    async with simulating(path, "--empty"):
        ended = await anyvici(UNUSED, "simulate", "--socket", str(path))
        assert (ended.code, ended.out) == (2, "")
        told = f"anyvici: cannot listen at {path}: somebody listens there already\n"
        assert ended.errors == told
        assert (await anyvici(str(path), "version")).code == 0


async def test_nor_is_whoever_is_too_busy_to_answer(tmp_path: Path) -> None:
    """A full backlog refuses as well, but with another error."""
    path = tmp_path / "vici"
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as client:
        listening.bind(str(path))
        listening.listen(0)
        client.connect(str(path))
        ended = await anyvici(UNUSED, "simulate", "--socket", str(path))
    assert ended.code == 2
    assert "somebody listens there already" in ended.errors
    assert path.exists()


async def test_what_was_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "vici"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
    async with simulating(path, "--empty"):
        assert (await anyvici(str(path), "version")).code == 0


async def test_files_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "diary"
    path.write_text("my secrets")
    ended = await anyvici(UNUSED, "simulate", "--socket", str(path))
    assert ended.code == 2
    assert path.read_text() == "my secrets"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--socket", "/nonexistent/vici"], "cannot listen at /nonexistent/vici: No such file"),
        (["--socket", "/tmp/" + 120 * "a"], "too long"),
        (["--socket", "tcp://127.0.0.1:vici"], "vici"),
        (["--socket", "http://127.0.0.1"], "http://127.0.0.1: the address is a path"),
        (["--socket", ""], "the address is a path"),
        (["--socket", "x", "--charon-version", "4.2"], "'4.2' is no version of charon"),
        (["--socket", "x", "--peers", "0"], "'--peers'"),
        (["--socket", "x", "--peers", "201"], "'--peers'"),
        ([], "'--socket'"),
    ],
)
async def test_usage(arguments: list[str], told: str) -> None:
    ended = await anyvici(UNUSED, "simulate", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.errors
    assert ended.errors.count("\n") == 1


# What others find there.


async def test_the_package_of_strongswans_makers(tmp_path: Path) -> None:
    path = tmp_path / "vici"

    def ask() -> tuple[bytes, list[str], set[str]]:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(str(path))
            session = vici.Session(client)
            version = session.version()["version"]
            names = [name.decode() for name in session.get_conns()["conns"]]
            for _, event in session.listen(["child-updown"]):
                return version, names, set(event)
        raise AssertionError

    async with simulating(path):
        version, names, event = await anyio.to_thread.run_sync(ask)
    assert version == b"5.9.8"
    assert names[:2] == ["berlin", "london"]
    assert event & {*names}


async def test_swanctl(tmp_path: Path) -> None:
    if shutil.which("swanctl") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("swanctl is not there")
        pytest.skip("swanctl is not there")
    path = tmp_path / "vici"
    async with simulating(path, "--peers", "1"):
        async with connect(path) as client:
            await wait_established(client, ike="berlin", child="lan")
        line = ["swanctl", "--list-sas", "--uri", f"unix://{path}"]
        ended = await anyio.run_process(line, check=False)
    assert ended.returncode == 0
    assert ended.stdout.startswith(b"berlin: #1, ESTABLISHED, IKEv2, ")
    assert b"  remote 'berlin' @ 198.51.100.1[4500]\n" in ended.stdout
