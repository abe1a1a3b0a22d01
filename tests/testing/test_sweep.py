"""Entering and leaving, cancelled at every checkpoint, in every way; nothing is left behind."""

import asyncio
import gc
import os
import socket
import tempfile
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
import trio
from anyio.abc import AnyByteStream
from anyio.lowlevel import checkpoint

from anyvici import ConnectionLost, Message, connect, open_connection
from anyvici.testing import SimulatedCharon
from anyvici.testing.commands.table import COMMANDS, Handler
from tests.conformance.wire import request
from tests.sweep import cancel_at, every_way

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def what_there_is(folder: Path, backend: str) -> tuple[list[Path], list[str], int]:
    """Return the files, the open descriptors and the number of tasks."""
    descriptors = os.listdir("/proc/self/fd" if os.path.exists("/proc/self/fd") else "/dev/fd")
    if backend == "trio":
        tasks = trio.lowlevel.current_statistics().tasks_living
    else:
        tasks = len(asyncio.all_tasks())
    return [*folder.rglob("*")], sorted(descriptors), tasks


@asynccontextmanager
async def nothing_is_left(folder: Path, backend: str) -> AsyncGenerator[None]:
    """Check that there is as much as before, and nobody complains of what was not closed."""
    before = what_there_is(folder, backend)
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        yield
        await anyio.wait_all_tasks_blocked()  # those of clients that have been left, too
        gc.collect()
    assert what_there_is(folder, backend) == before
    assert [str(complaint.message) for complaint in complaints] == []


# What goes on inside; `left` takes what is to be closed afterwards.

Left = list[AnyByteStream]


async def nothing(charon: SimulatedCharon, left: Left) -> None:
    await checkpoint()


async def stopped(charon: SimulatedCharon, left: Left) -> None:
    charon.stop()
    await checkpoint()


async def refusing(charon: SimulatedCharon, left: Left) -> None:
    charon.refuse()
    await checkpoint()


async def restarting(charon: SimulatedCharon, left: Left) -> None:
    charon.restart(after=3600)
    await checkpoint()


async def clients_that_nobody_has_met(charon: SimulatedCharon, left: Left) -> None:
    """They have connected, but their tasks have not begun."""
    await checkpoint()
    for _ in range(3):
        with socket.socket(socket.AF_UNIX) as unix:
            unix.connect(charon.address.removeprefix("unix://"))
        left.append(charon.connect())


async def clients_that_have_asked(charon: SimulatedCharon, left: Left) -> None:
    async with open_connection(charon.address) as connection:
        await connection.call("version")
    charon.delay("stats", 3600)
    for _ in range(3):
        left.append(charon.connect())
        await left[-1].send(request("stats"))


async def a_tunnel(charon: SimulatedCharon, left: Left) -> None:
    ends = {"local": {"auth": "psk"}, "remote": {"auth": "psk"}, "remote_addrs": ["192.0.2.7"]}
    async with open_connection(charon.connect()) as connection:
        await connection.call("load-shared", {"type": "IKE", "data": "secret"})
        await connection.call("load-conn", {"gw": {**ends, "children": {"net": {}}}})
        await connection.call("initiate", {"child": "net", "timeout": 5000})


Inside = Callable[[SimulatedCharon, Left], Awaitable[None]]
every_inside = pytest.mark.parametrize(
    "inside",
    [
        nothing,
        stopped,
        refusing,
        restarting,
        clients_that_nobody_has_met,
        clients_that_have_asked,
        a_tunnel,
    ],
)


@every_way
@every_inside
async def test_entering_and_leaving(
    folder: Path, anyio_backend: str, way: str, inside: Inside
) -> None:
    left: Left = []

    async def run() -> None:
        async with SimulatedCharon() as charon:
            await inside(charon, left)

    reached, at = True, 0
    while reached:
        at += 1
        async with nothing_is_left(folder, anyio_backend):
            reached = await cancel_at(run(), at, way)
            while left:
                await left.pop().aclose()
    assert at > 2


@pytest.mark.parametrize("address", ["http://moon", "", "unix://", "tcp://127.0.0.1:70000"])
async def test_what_is_no_address(folder: Path, anyio_backend: str, address: str) -> None:
    async with nothing_is_left(folder, anyio_backend):
        with pytest.raises(ValueError, match=r"the address is a path, unix:// or tcp://|[Pp]ort"):
            async with SimulatedCharon(address):
                pass


async def test_an_address_that_is_taken(folder: Path, anyio_backend: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        async with nothing_is_left(folder, anyio_backend):
            with pytest.raises(OSError, match="in use"):
                async with SimulatedCharon(f"tcp://127.0.0.1:{other.getsockname()[1]}"):
                    pass


async def test_a_socket_that_another_one_has_put_there_stays(folder: Path) -> None:
    path = folder / "vici"
    async with SimulatedCharon(str(path)) as charon:
        charon.stop()
        path.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
    assert path.is_socket()


# What comes out.


class Unlucky(Exception):
    pass


@pytest.mark.parametrize("error", [Unlucky, KeyboardInterrupt, SystemExit, StopAsyncIteration])
async def test_what_the_body_raises_comes_out_bare(error: type[BaseException]) -> None:
    raised = error("as it was")
    with pytest.raises(error) as caught:
        async with SimulatedCharon() as charon, connect(charon.address):
            raise raised
    assert caught.value is raised


async def test_what_the_body_raises_comes_out_bare_though_a_scope_is_cancelled() -> None:
    with pytest.raises(Unlucky), anyio.CancelScope() as scope:
        async with SimulatedCharon():
            scope.cancel()
            raise Unlucky


# Bugs of the simulation.


def broken(*_: object) -> Message:
    raise ZeroDivisionError("a bug")


async def broken_later(*_: object) -> Message:
    await checkpoint()
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize("handler", [broken, broken_later])
async def test_a_bug_in_a_command(
    folder: Path, anyio_backend: str, monkeypatch: pytest.MonkeyPatch, handler: Handler
) -> None:
    """All clients lose their connections, and the bug comes out at leaving."""
    monkeypatch.setitem(COMMANDS, "version", handler)
    async with nothing_is_left(folder, anyio_backend):
        with pytest.raises(ZeroDivisionError, match="a bug"):
            async with SimulatedCharon() as charon, open_connection(charon.connect()) as waiting:
                async with waiting.subscribe("log") as events:
                    async with open_connection(charon.address) as connection:
                        with pytest.raises(ConnectionLost):
                            await connection.call("version")
                    with pytest.raises(ConnectionLost):
                        await anext(events)
                with pytest.raises(RuntimeError, match="the simulation has failed") as caught:
                    charon.connect()
                assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_a_bug_in_what_happens_later() -> None:
    with pytest.raises(ZeroDivisionError, match="a bug"):
        async with SimulatedCharon() as charon, open_connection(charon.connect()) as connection:
            charon._here().agenda.after(0.01, broken)
            async with connection.subscribe("log") as events:
                with pytest.raises(ConnectionLost):
                    await anext(events)


async def test_a_bug_is_told_of_with_what_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "version", broken)
    with pytest.raises(ZeroDivisionError, match="a bug") as caught:
        async with SimulatedCharon() as charon, open_connection(charon.connect()) as connection:
            await connection.call("version")
    assert isinstance(caught.value.__context__, ConnectionLost)
