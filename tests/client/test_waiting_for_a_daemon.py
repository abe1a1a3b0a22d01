"""A client that waits for its daemon, at entering and after a restart."""

import errno
import math
import socket
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import pytest
import trio
from anyio import ConnectionFailed, TCPConnectable, UNIXConnectable
from anyio.abc import ByteStreamConnectable
from anyio.lowlevel import checkpoint
from trio.testing import MockClock

from anyvici import Client, ConnectError, ConnectionLost, Log, connect
from anyvici.testing import SimulatedCharon
from anyvici.testing.commands.table import COMMANDS
from anyvici.testing.gateway import Gateway
from anyvici.testing.requests import Request
from tests.watch.following import InMemory

anyio_test = pytest.mark.anyio
trio_test = pytest.mark.trio

GW: Any = {
    "local": {"auth": "psk"},
    "remote": {"auth": "psk"},
    "remote_addrs": ["192.0.2.7"],
    "children": {"net": {}},
}


@asynccontextmanager
async def asking(address: Any, wait: float) -> AsyncGenerator[anyio.Event]:
    """Somebody else connects and asks meanwhile; the event is set when that was answered."""
    answered = anyio.Event()

    async def ask() -> None:
        async with connect(address, wait=wait) as client:
            assert (await client.version()).daemon == "charon"
            answered.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await anyio.sleep(0.05)
        assert not answered.is_set()
        yield answered


# A daemon that comes.


@anyio_test
@pytest.mark.parametrize("wait", [60, math.inf])
async def test_there_is_no_socket_yet(tmp_path: Path, wait: float) -> None:
    path = tmp_path / "vici"
    with pytest.raises(ConnectError, match="there is no such socket"):
        await refused(path, None)
    async with asking(path, wait) as answered, SimulatedCharon(str(path)):
        with anyio.fail_after(5):
            await answered.wait()


@anyio_test
async def test_a_socket_that_a_stopped_daemon_has_left_behind(charon: SimulatedCharon) -> None:
    charon.stop()
    with pytest.raises(ConnectError, match="left a socket behind"):
        await refused(charon.address, None)
    async with asking(charon.address, 60) as answered:
        charon.start()
        with anyio.fail_after(5):
            await answered.wait()


@anyio_test
@pytest.mark.charon(address="tcp://127.0.0.1:0")
async def test_nobody_listens_on_tcp_yet(charon: SimulatedCharon) -> None:
    charon.refuse()
    async with asking(charon.address, 60) as answered:
        charon.accept()
        with anyio.fail_after(5):
            await answered.wait()


@pytest.fixture
def full_backlog(tmp_path: Path) -> Iterator[Path]:
    """The path of a listening socket that takes nobody in any more."""
    path = tmp_path / "vici"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(path))
        listener.listen(0)
        first.connect(str(path))
        yield path


@anyio_test
async def test_a_backlog_that_stays_full(full_backlog: Path) -> None:
    with anyio.fail_after(5), pytest.raises(ConnectError) as caught:
        await refused(full_backlog, 0.05)
    assert caught.value.address == str(full_backlog)
    assert caught.value.reason == "Resource temporarily unavailable"
    assert "its listen backlog is full" in caught.value.hint
    assert isinstance(caught.value.__cause__, BlockingIOError)


# A daemon that does not come.


async def refused(address: Any, wait: float | None) -> None:
    async with connect(address, wait=wait):
        pytest.fail("entered")


@trio_test
async def test_waiting_ends_at_the_second(
    charon: SimulatedCharon, autojump_clock: MockClock
) -> None:
    charon.stop()
    address = InMemory(charon)
    with pytest.raises(ConnectError) as caught:
        await refused(address, 3)
    assert trio.current_time() == pytest.approx(3, abs=1e-9)
    assert caught.value.address == "a charon in memory"
    assert caught.value.reason == "Connection refused"
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert address.attempts[-1] == pytest.approx(3, abs=1e-9)  # once more at the very end


@trio_test
async def test_pauses_grow_up_to_a_quarter_of_a_second(
    charon: SimulatedCharon, autojump_clock: MockClock
) -> None:
    charon.stop()
    address = InMemory(charon)
    with pytest.raises(ConnectError):
        await refused(address, 5)
    *pauses, _ = (later - earlier for earlier, later in pairwise(address.attempts))
    assert pauses[0] <= 0.001 + 1e-9
    for earlier, later in pairwise(pauses):
        assert later <= min(4 * earlier, 0.25) + 1e-9
        assert later >= min(earlier, 0.25 / 2) - 1e-9
    assert len({round(pause, 9) for pause in pauses[-10:]}) > 1  # and not all are the same


@trio_test
@pytest.mark.parametrize("wait", [0, None])
async def test_who_does_not_wait_tries_once(
    charon: SimulatedCharon, autojump_clock: MockClock, wait: float | None
) -> None:
    charon.stop()
    address = InMemory(charon)
    with pytest.raises(ConnectError):
        await refused(address, wait)
    assert address.attempts == [0]


@trio_test
async def test_waiting_for_ever(charon: SimulatedCharon, autojump_clock: MockClock) -> None:
    charon.restart(after=600)
    async with connect(InMemory(charon), wait=math.inf) as client:
        assert 600 <= trio.current_time() <= 600.25
        await client.version()


@anyio_test
@pytest.mark.parametrize("wait", [-1, -1e-9, -math.inf, math.nan])
async def test_a_wait_that_is_none(monkeypatch: pytest.MonkeyPatch, wait: float) -> None:
    monkeypatch.setattr("anyvici.connection.connection.connect", None)
    with pytest.raises(ValueError, match="wait is seconds, from 0 up"):
        await refused("/gateway", wait)


@trio_test
async def test_the_deadline_of_the_caller_is_heeded(
    charon: SimulatedCharon, autojump_clock: MockClock
) -> None:
    charon.stop()
    address = InMemory(charon)
    with trio.move_on_after(1) as scope:
        await refused(address, 60)
    assert scope.cancelled_caught
    assert trio.current_time() == 1
    await trio.sleep(10)
    assert max(address.attempts) <= 1


# Many that wait.


@trio_test
@pytest.mark.parametrize("most", [8, 1])
async def test_all_that_wait_give_up_at_the_same_time(
    charon: SimulatedCharon, autojump_clock: MockClock, most: int
) -> None:
    gave_up: list[float] = []

    async def in_vain(ask: Callable[[], Awaitable[Any]]) -> None:
        with pytest.raises(ConnectError, match="a charon in memory"):
            await ask()
        gave_up.append(trio.current_time())

    async with connect(InMemory(charon), max_connections=most, wait=5) as client:
        charon.stop()
        await trio.testing.wait_all_tasks_blocked()
        async with trio.open_nursery() as tasks:
            for _ in range(20):
                for ask in (client.version, client.list_sas, client.subscribe(Log).__aenter__):
                    tasks.start_soon(in_vain, ask)
    assert gave_up == pytest.approx([5] * 60, abs=0.01)


@trio_test
@pytest.mark.parametrize("most", [8, 1])
async def test_all_that_wait_go_on_at_the_same_time(
    charon: SimulatedCharon, autojump_clock: MockClock, most: int
) -> None:
    answered: list[float] = []

    async def ask(what: Callable[[], Awaitable[Any]]) -> None:
        await what()
        answered.append(trio.current_time())

    async with connect(InMemory(charon), max_connections=most, wait=5) as client:
        charon.restart(after=3)
        await trio.testing.wait_all_tasks_blocked()
        async with trio.open_nursery() as tasks:
            for _ in range(20):
                tasks.start_soon(ask, client.version)
                tasks.start_soon(ask, client.list_sas)
    assert len(answered) == 40
    assert 3 <= min(answered) <= max(answered) <= 3.25


# Restarts.


@anyio_test
@pytest.mark.parametrize("most", [8, 1])
async def test_a_restart_costs_the_commands_under_way(
    charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    sent = counting(monkeypatch)
    async with connect(charon.address, max_connections=most, wait=60) as client:
        await client.load_shared(type="IKE", data="secret")
        await client.load_conn("gw", GW)
        charon.peer_down("gw")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(is_lost, partial(initiate, client))
            while not sent["initiate"]:
                await anyio.sleep(0.001)
            charon.restart(after=0.05)
        with anyio.fail_after(5):
            assert await client.get_conns() == []
            assert await client.list_sas() == []
        assert client.reconnects
    assert sent == dict.fromkeys(
        ["load-shared", "load-conn", "initiate", "get-conns", "list-sas"], 1
    )


async def initiate(client: Client) -> None:
    await client.initiate(child="net", timeout=60)


async def is_lost(ask: Callable[[], Awaitable[Any]]) -> None:
    with pytest.raises(ConnectionLost):
        await ask()


def counting(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the commands that arrive at the daemon; those with an id by that, too."""
    sent = Counter[str]()

    def counted(handler: Any, gateway: Gateway, request: Request) -> Any:
        number = request.text("id")
        sent[request.name if number is None else f"{request.name} {number}"] += 1
        return handler(gateway, request)

    for name, handler in COMMANDS.items():
        monkeypatch.setitem(COMMANDS, name, partial(counted, handler))
    return sent


@anyio_test
async def test_nothing_is_sent_twice(
    charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many commands over restarts, each arrives once, or perhaps not if it was lost."""
    sent = counting(monkeypatch)
    answered, lost = set[int](), set[int]()

    async def load(client: Client, first: int) -> None:
        for number in range(first, first + 20):
            try:
                await client.load_shared(type="IKE", data="secret", id=str(number))
                answered.add(number)
            except ConnectionLost:
                lost.add(number)

    async with connect(charon.address, wait=60) as client, anyio.create_task_group() as tasks:
        for first in range(0, 400, 20):
            tasks.start_soon(load, client, first)
        for share in (100, 200, 300):
            while len(answered | lost) < share:
                await checkpoint()
            charon.restart(after=0.002)
    assert len(answered | lost) == 400
    assert lost
    assert all(sent[f"load-shared {number}"] == 1 for number in answered)
    assert all(sent[f"load-shared {number}"] <= 1 for number in lost)


@anyio_test
async def test_a_given_stream_is_lost_for_good(charon: SimulatedCharon) -> None:
    async with connect(charon.connect(), wait=60) as client:
        assert not client.reconnects
        charon.disconnect()
        for _ in range(2):
            with anyio.fail_after(5), pytest.raises(ConnectionLost, match="daemon closed"):
                await client.version()
            with pytest.raises(ConnectionLost, match="daemon closed"):
                await client.list_sas()


# Addresses that connect by themselves.


class Failing(ByteStreamConnectable):
    """Fails as it is told to, as those of AnyIO do; after that as if nobody were there at all."""

    def __init__(self, *errors: OSError) -> None:
        self.errors = [*errors]

    def __str__(self) -> str:
        return "nowhere"

    async def connect(self) -> Any:
        await checkpoint()
        if self.errors:
            raise self.errors.pop(0)
        raise ConnectionFailed("nobody is there at all")


@anyio_test
async def test_what_a_connectable_raises_is_a_connect_error() -> None:
    with anyio.fail_after(5), pytest.raises(ConnectError) as caught:
        await refused(Failing(), 60)
    assert (caught.value.address, caught.value.reason) == ("nowhere", "nobody is there at all")
    assert isinstance(caught.value.__cause__, ConnectionFailed)


@anyio_test
async def test_what_a_connectable_wraps_is_looked_at() -> None:
    wrapped = ConnectionFailed("error connecting")
    wrapped.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    address = Failing(wrapped, FileNotFoundError(errno.ENOENT, "No such file or directory"))
    with anyio.fail_after(5), pytest.raises(ConnectError, match="nobody is there at all"):
        await refused(address, 60)
    assert address.errors == []


@anyio_test
async def test_the_connectables_of_anyio_are_waited_for(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        tcp = TCPConnectable("127.0.0.1", unused.getsockname()[1])
        for address in (UNIXConnectable(tmp_path / "vici"), tcp):
            begun = anyio.current_time()
            with pytest.raises(ConnectError) as caught:
                await refused(address, 0.05)
            assert anyio.current_time() - begun >= 0.05
            assert caught.value.reason in ("No such file or directory", "Connection refused")


@anyio_test
@pytest.mark.charon(address="tcp://127.0.0.1:0")
async def test_a_connectable_is_connected_anew(charon: SimulatedCharon) -> None:
    port = int(charon.address.rpartition(":")[2])
    async with connect(TCPConnectable("127.0.0.1", port)) as client:
        assert client.reconnects
        charon.disconnect()
        with pytest.raises(ConnectionLost):
            await client.version()
        async with client.list_sas() as sas:
            assert (await client.version()).daemon == "charon"
            assert [sa async for sa in sas] == []
