"""Addresses, and connecting to them."""

import errno
import math
import os
import socket
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

import anyvici
from anyvici import ConnectError
from anyvici.connection import transport
from tests.daemon import Daemon

pytestmark = pytest.mark.anyio


async def serve(stream: anyio.abc.AnyByteStream) -> None:
    await Daemon().serve(stream)


@asynccontextmanager
async def serving(listener: anyio.abc.Listener[anyio.abc.SocketStream]) -> AsyncGenerator[None]:
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        yield
        tasks.cancel_scope.cancel()


async def answers(address: anyvici.Address) -> bool:
    async with anyvici.open_connection(address) as connection:
        return await connection.call("echo", {"n": 1}) == {"n": "1"}


async def test_a_unix_socket_by_path_and_by_uri(tmp_path: Path) -> None:
    path = tmp_path / "vici"
    async with serving(await anyio.create_unix_listener(path)):
        assert await answers(path)
        assert await answers(str(path))
        assert await answers(f"unix://{path}")


@pytest.mark.parametrize(("host", "written"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
async def test_tcp(host: str, written: str) -> None:
    listener = await anyio.create_tcp_listener(local_host=host)
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with serving(listener):
        assert await answers(f"tcp://{written}:{port}")


@pytest.fixture
def default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(transport, "DEFAULT", f"unix://{tmp_path}/charon.vici")
    return tmp_path / "charon.vici"


async def test_the_default_is_the_systems_socket(default: Path) -> None:
    async with serving(await anyio.create_unix_listener(default)):
        assert await answers(None)


def test_the_default_is_where_strongswan_puts_it() -> None:
    assert transport.DEFAULT == "unix:///var/run/charon.vici"


async def test_a_socketpair() -> None:
    ours, theirs = socket.socketpair()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve, await anyio.abc.SocketStream.from_socket(theirs))
        assert await answers(await anyio.abc.SocketStream.from_socket(ours))


async def error_of(address: anyvici.Address) -> ConnectError:
    with pytest.raises(ConnectError) as caught:
        await answers(address)
    return caught.value


async def test_a_missing_socket(tmp_path: Path) -> None:
    error = await error_of(tmp_path / "vici")
    assert error.address == str(tmp_path / "vici")
    assert str(error) == (
        f"cannot connect to {tmp_path}/vici: No such file or directory (there is no such socket: "
        "check that charon runs, with its vici plugin, and the path in charon.plugins.vici.socket)"
    )
    assert isinstance(error.__cause__, FileNotFoundError)


async def test_a_socket_that_a_stopped_daemon_left_behind(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "vici"))
    error = await error_of(f"unix://{tmp_path}/vici")
    assert error.reason == "Connection refused"
    assert "charon has stopped, and left a socket behind" in error.hint


async def test_nobody_listens_on_tcp() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = await error_of(f"tcp://127.0.0.1:{unused.getsockname()[1]}")
    assert error.reason == "Connection refused"
    assert "nobody listens there" in error.hint


@pytest.fixture
def forbidden(tmp_path: Path) -> Iterator[Path]:
    """A socket in a folder that this user may not enter; root may, so root becomes nobody."""
    (tmp_path / "closed").mkdir(mode=0)
    root = os.geteuid() == 0
    if root:
        for folder in (tmp_path, *tmp_path.parents[:-1]):
            if folder.is_relative_to("/tmp"):
                folder.chmod(folder.stat().st_mode | 0o005)
        os.seteuid(65534)
    yield tmp_path / "closed" / "vici"
    if root:
        os.seteuid(0)


async def test_a_forbidden_socket(forbidden: Path) -> None:
    error = await error_of(forbidden)
    assert error.reason == "Permission denied"
    assert "try as root" in error.hint


@pytest.mark.parametrize("address", ["/" + "x" * 200, "", "/run/\0vici", "tcp://localhost:70000"])
async def test_what_will_not_pass_is_not_waited_for(address: str) -> None:
    with anyio.fail_after(5), pytest.raises(ConnectError):
        await transport.connect(address, math.inf)


async def test_a_forbidden_socket_is_not_waited_for(forbidden: Path) -> None:
    with anyio.fail_after(5), pytest.raises(ConnectError, match="Permission denied"):
        await transport.connect(forbidden, math.inf)


async def test_an_overlong_path() -> None:
    error = await error_of("/" + "x" * 200)
    assert error.reason == "File name too long"
    assert "107 octets" in error.hint


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("tcp://localhost", "the host or the port is missing"),
        ("tcp://:4502", "the host or the port is missing"),
        ("tcp://localhost:70000", "Port out of range 0-65535"),
        ("tcp://[::1:4502", "Invalid IPv6 URL"),
        ("systemd://vici", "the scheme systemd:// is not known"),
        ("unix://", "the path is empty"),
        ("/run/\0vici", "there is a NUL in the path"),
    ],
)
async def test_an_address_that_is_none(address: str, reason: str) -> None:
    error = await error_of(address)
    assert reason in error.reason
    assert error.address == address
    assert "an address is a path, unix:///path or tcp://host:port" in error.hint


async def test_a_host_with_several_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(host: str, port: int) -> None:
        refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        unreachable = OSError(errno.ENETUNREACH, "Network is unreachable")
        raise OSError("all attempts failed") from ExceptionGroup("", [refused, unreachable])

    monkeypatch.setattr(anyio, "connect_tcp", fails)
    error = await error_of("tcp://gateway:4502")
    assert error.reason == "Connection refused"
    assert "nobody listens there" in error.hint


async def test_a_host_that_does_not_exist() -> None:
    error = await error_of("tcp://no-such-host.invalid:4502")
    assert "Unknown error" not in error.reason
    assert "check that charon runs" in error.hint
    assert isinstance(error.__cause__, OSError)


@pytest.mark.parametrize("address", [5, b"/run/vici", object()])
async def test_an_address_of_a_wrong_type(address: object) -> None:
    with pytest.raises(TypeError, match="str"):
        await answers(address)  # type: ignore[arg-type]


@pytest.fixture
def full_backlog(tmp_path: Path) -> Iterator[socket.socket]:
    """A listening socket whose backlog is full, so that a non-blocking connect gets EAGAIN."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "vici"))
        listener.listen(0)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(str(tmp_path / "vici"))
            yield listener


async def test_a_full_backlog_is_waited_out(full_backlog: socket.socket, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        assert probe.connect_ex(str(tmp_path / "vici")) == errno.EAGAIN

    async def accept_both() -> None:
        await anyio.wait_all_tasks_blocked()
        full_backlog.accept()[0].close()
        accepted = await anyio.to_thread.run_sync(full_backlog.accept)
        await serve(await anyio.abc.UNIXSocketStream.from_socket(accepted[0]))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(accept_both)
        with anyio.fail_after(5):
            assert await answers(tmp_path / "vici")


async def test_waiting_for_a_full_backlog_has_the_callers_deadline(
    full_backlog: socket.socket, tmp_path: Path
) -> None:
    with pytest.raises(TimeoutError), anyio.fail_after(0.05):
        await answers(tmp_path / "vici")


async def test_waiting_for_a_full_backlog_has_an_end_if_somebody_wants_one(
    full_backlog: socket.socket, tmp_path: Path
) -> None:
    begun = anyio.current_time()
    with anyio.fail_after(5), pytest.raises(ConnectError, match="its listen backlog is full"):
        await transport.connect(tmp_path / "vici", begun + 0.05)
    assert anyio.current_time() >= begun + 0.05


async def test_a_host_that_refuses_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if it has several addresses: the first failure counts."""
    tries = 0

    async def fails(host: str, port: int) -> None:
        nonlocal tries
        tries += 1
        number = errno.ECONNREFUSED if tries < 4 else errno.EHOSTUNREACH
        errors = [OSError(number, ""), OSError(errno.ENETUNREACH, "")]
        raise OSError("all attempts failed") from ExceptionGroup("", errors)

    monkeypatch.setattr(anyio, "connect_tcp", fails)
    with anyio.fail_after(5), pytest.raises(ConnectError, match="No route to host"):
        await transport.connect("tcp://gateway:4502", math.inf)
    assert tries == 4


async def test_a_burst_of_connections_against_a_backlog_of_one(tmp_path: Path) -> None:
    """asyncio.open_unix_connection would hand back sockets that are not connected here."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "vici"))
        listener.listen(1)

        def echo_to_all() -> None:
            for _ in range(50):
                accepted, _ = listener.accept()
                with accepted:
                    accepted.recv(100)
                    accepted.sendall(b"\0\0\0\7\1\3\1n\0\0011")

        thread = threading.Thread(target=echo_to_all)
        thread.start()
        good = []

        async def ask() -> None:
            good.append(await answers(tmp_path / "vici"))

        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                for _ in range(50):
                    tasks.start_soon(ask)
        thread.join()
    assert good == [True] * 50
