"""Reaching a real charon, or not."""

import socket
from contextlib import AsyncExitStack, ExitStack
from select import select

import anyio
import pytest
from anyio.abc import SocketAttribute
from anyio.lowlevel import checkpoint

from anyvici import ConnectError, Connection, open_connection
from tests.conformance.state import eventually
from tests.live.charon import PATIENCE, Charon
from tests.live.gateways import Gateways

pytestmark = pytest.mark.anyio

BURST = 64


async def test_a_path_where_nothing_is(gateways: Gateways) -> None:
    address = gateways.addresses["moon"] + ".not"
    with pytest.raises(ConnectError, match="No such file or directory") as caught:
        async with open_connection(address):
            pass
    assert caught.value.address == address
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    assert "check that charon runs" in str(caught.value)


async def test_a_path_that_a_killed_charon_has_left(gateways: Gateways) -> None:
    gateways.kill("moon")
    with pytest.raises(ConnectError, match="nobody listens there: charon has stopped") as caught:
        async with open_connection(gateways.addresses["moon"]):
            pass
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    gateways.start("moon")


async def test_a_burst_of_connections(gateways: Gateways) -> None:
    """charon's listen backlog is 3; the others have to try again until it accepts."""
    opened: list[Connection] = []
    all_opened = anyio.Event()

    async def use() -> None:
        async with open_connection(gateways.addresses["moon"]) as connection:
            opened.append(connection)
            if len(opened) == BURST:
                all_opened.set()
            await all_opened.wait()
            assert (await connection.call("version"))["daemon"] == "charon"

    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            with gateways["moon"].frozen():
                for _ in range(BURST):
                    tasks.start_soon(use)
                await eventually(has_full_backlog, gateways.addresses["moon"])
                assert len(opened) < 10
    assert len(opened) == BURST


async def test_waiting_for_a_full_backlog_has_the_callers_deadline(gateways: Gateways) -> None:
    moon = gateways["moon"]
    with moon.frozen(), ExitStack() as waiting:
        while not await has_full_backlog(moon.address):
            waiting.enter_context(moon.connect())
        with pytest.raises(TimeoutError), anyio.fail_after(0.2):
            async with open_connection(moon.address):
                pass
    async with open_connection(moon.address) as connection:
        assert (await connection.call("version"))["daemon"] == "charon"


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:4502", "tcp://[::1]:4502"])
async def test_tcp(gateways: Gateways, address: str) -> None:
    with Charon("tcp", address) as charon:
        charon.start()
        async with AsyncExitStack() as stack:
            with charon.network():
                connection = await stack.enter_async_context(open_connection(address))
            assert (await connection.call("version"))["daemon"] == "charon"
            async with connection.stream("list-conns", "list-conn") as items:
                assert [item async for item in items] == []


async def test_a_port_where_nobody_listens(gateways: Gateways) -> None:
    with gateways["moon"].network(), pytest.raises(ConnectError, match="Connection refused"):
        async with open_connection("tcp://127.0.0.1:4502"):
            pass


async def test_leaving_while_an_answer_arrives(gateways: Gateways) -> None:
    """The loop learns at once that there is something to read and that nobody wants it any more."""
    async with open_connection(gateways.addresses["moon"]) as connection:
        with gateways["moon"].frozen():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(connection.call, "version")
                await anyio.wait_all_tasks_blocked()
                tasks.cancel_scope.cancel()
        await_readable(connection)
        await checkpoint()


def await_readable(connection: Connection) -> None:
    """Keep the loop from running until the answer is there."""
    raw_socket = connection._conversation._stream.extra(SocketAttribute.raw_socket)
    assert select([raw_socket], [], [], PATIENCE)[0]


async def has_full_backlog(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(address.removeprefix("unix://"))
        except BlockingIOError:
            return True
        return False
