"""Every kind of method, cancelled at every checkpoint, in every way; the client survives."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from anyvici import Client, CommandError, IkeUpDown, connect
from anyvici.client.pool import Pool
from tests.client.gateway import Gateway, sample
from tests.sweep import cancel_at, every_way

pytestmark = pytest.mark.anyio


async def short_command(client: Client, gateway: Gateway) -> None:
    assert (await client.version()).daemon == "charon"


async def listing(client: Client, gateway: Gateway) -> None:
    gateway.bring_up()
    assert len(await client.list_sas()) == len(gateway.sas)


async def stream(client: Client, gateway: Gateway) -> None:
    gateway.bring_up()
    gateway.bring_up()
    async with client.list_sas() as sas:
        async for _ in sas:
            break


async def initiate(client: Client, gateway: Gateway) -> None:
    await client.initiate(child="net")


async def log_of_terminate(client: Client, gateway: Gateway) -> None:
    gateway.bring_up()
    async with client.terminate(ike="gw") as lines:
        assert [line async for line in lines] == []


async def failing(client: Client, gateway: Gateway) -> None:
    with pytest.raises(CommandError):
        await client.terminate(ike="gw")


async def subscription(client: Client, gateway: Gateway) -> None:
    async with client.subscribe(IkeUpDown) as events:
        await gateway.emit("ike-updown", sample("list-sas"))
        assert not (await anext(events)).up


async def synced_subscription(client: Client, gateway: Gateway) -> None:
    async with client.subscribe(IkeUpDown) as events:
        await gateway.emit("ike-updown", sample("list-sas"))
        assert (await events.sync()).daemon == "charon"
        assert events.waiting == 1


async def end_of_a_subscription(client: Client, gateway: Gateway) -> None:
    async with client.subscribe(IkeUpDown) as events:
        await gateway.connections[-1].hang_up()
        await events.wait_ended()


async def load_conns(client: Client, gateway: Gateway) -> None:
    await client.load_conns({f"gw{number}": {"version": 2} for number in range(70)})


async def tunnel(client: Client, gateway: Gateway) -> None:
    async with client.tunnel(ike="gw", child="net"):
        await anyio.lowlevel.checkpoint()


async def everything_at_once(client: Client, gateway: Gateway) -> None:
    async with anyio.create_task_group() as tasks:
        for operation in (short_command, stream, subscription, initiate):
            tasks.start_soon(operation, client, gateway)


OPERATIONS = [
    short_command,
    listing,
    stream,
    initiate,
    log_of_terminate,
    failing,
    subscription,
    synced_subscription,
    end_of_a_subscription,
    load_conns,
    tunnel,
    everything_at_once,
]


ALONE = tunnel, end_of_a_subscription  # they need a connection of their own, or end it


async def prove(client: Client, gateway: Gateway) -> None:
    """Show that the client is as good as new: nothing is leased, held or registered."""
    with anyio.fail_after(5):
        assert (await client.version()).daemon == "charon"
        pool = client._pool
        assert isinstance(pool, Pool)
        while len(pool._idle) != pool._open:  # until abandoned answers have come
            await anyio.sleep(0.001)
        while client._workers._free.value != 4:
            await anyio.sleep(0.001)
    assert pool._long.value == 6
    assert pool._subscribers == 0
    assert pool._events is None
    there = [c for c in gateway.connections if not c.closed.is_set()]
    assert not any(any(c.registered.values()) for c in there)


@every_way
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_sweep(
    operation: Callable[[Client, Gateway], Awaitable[Any]],
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("anyvici.client.tunnel._PAUSE", 0.0005)
    reached, at = True, 0
    while reached:
        at += 1
        gateway = Gateway()
        async with gateway.client(monkeypatch) as client:
            begun = anyio.current_time()
            reached = await cancel_at(operation(client, gateway), at, way)
            assert anyio.current_time() - begun < 5  # it ended, and not by running out of time
            await prove(client, gateway)
            if operation is tunnel:
                assert gateway.sas == {}
    assert at > 1


@every_way
@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o not in ALONE])
async def test_sweep_of_a_shared_connection(
    operation: Callable[[Client, Gateway], Awaitable[Any]],
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached, at = True, 0
    while reached:
        at += 1
        gateway = Gateway()
        async with gateway.client(monkeypatch, max_connections=1) as client:
            reached = await cancel_at(operation(client, gateway), at, way)
            with anyio.fail_after(5):
                assert (await client.version()).daemon == "charon"
            assert len(gateway.connections) == 1
            assert not +gateway.connections[0].registered
    assert at > 1


@every_way
async def test_sweep_of_a_tunnel_and_its_client(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened in the scope that is cancelled, the client is still there to take the tunnel down."""
    monkeypatch.setattr("anyvici.client.tunnel._PAUSE", 0.0005)

    async def all_of_it(gateway: Gateway) -> None:
        async with connect("/gateway") as client:
            await tunnel(client, gateway)

    reached, at = True, 0
    while reached:
        at += 1
        gateway = Gateway()
        async with gateway.client(monkeypatch):
            reached = await cancel_at(all_of_it(gateway), at, way)
            assert gateway.sas == {}
    assert at > 10
