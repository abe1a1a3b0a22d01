"""Which connection serves what, and what happens to the others when somebody leaves."""

import anyio
import pytest
import trio
from trio.testing import MockClock

import anyvici
from anyvici import Client, ConnectionLost, IkeUpDown
from tests.client.gateway import Gateway, sample

anyio_test = pytest.mark.anyio


@anyio_test
async def test_short_commands_share_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client, anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(client.version)
    assert gateway.count("version") == 20
    assert len(gateway.connections) == 1


@anyio_test
async def test_what_takes_long_has_a_connection_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gateway = Gateway()
    held = gateway.hold("initiate")
    async with gateway.client(monkeypatch) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(initiate, client)
        await anyio.wait_all_tasks_blocked()
        async with client.list_sas(), client.subscribe(IkeUpDown), client.subscribe(IkeUpDown):
            assert (await client.version()).version == "5.9.8"
            assert gateway.open == 4  # initiate, the stream, the subscriptions, short commands
        held.set()
        await anyio.wait_all_tasks_blocked()
        for _ in range(5):
            assert len(await client.list_sas()) == 1
        assert gateway.open == 4  # all of them were used again


async def initiate(client: Client) -> None:
    await client.initiate(child="net")


@anyio_test
async def test_a_cancelled_command_delays_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    held = gateway.hold("get-conns")
    async with gateway.client(monkeypatch) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.get_conns)
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(client.version)  # waits behind it
            await anyio.wait_all_tasks_blocked()
            assert gateway.count("version") == 0
            tasks.cancel_scope.cancel()
        with anyio.fail_after(2):
            await client.version()
        assert gateway.open == 2
        held.set()
        await anyio.wait_all_tasks_blocked()
        async with client.list_sas() as items:
            await client.version()
            assert gateway.open == 2  # its answer has come: it is in use again
            await anext(items, None)


@anyio_test
async def test_the_next_in_line_does_not_wait_for_an_abandoned_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gateway = Gateway()
    gateway.hold("get-conns")
    scope = anyio.CancelScope()
    async with gateway.client(monkeypatch) as client, anyio.create_task_group() as tasks:

        async def leave() -> None:
            with scope:
                await client.get_conns()

        tasks.start_soon(leave)
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(2):
            async with anyio.create_task_group() as others:
                for _ in range(3):
                    others.start_soon(client.version)
                await anyio.wait_all_tasks_blocked()
                scope.cancel()
    assert gateway.count("version") == 3


@anyio_test
async def test_never_more_connections_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    most = 0

    async def list_and_ask(client: Client) -> None:
        nonlocal most
        async with client.list_sas() as items:
            await client.version()
            most = max(most, gateway.open)
            assert [sa async for sa in items] == []

    async with gateway.client(monkeypatch, max_connections=4) as client:
        async with client.subscribe(IkeUpDown), anyio.create_task_group() as tasks:
            for _ in range(30):
                tasks.start_soon(list_and_ask, client)
    assert most == 4


@anyio_test
@pytest.mark.parametrize("most", [1, 2])
async def test_few_connections_are_shared(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch, max_connections=most) as client:
        async with client.subscribe(IkeUpDown) as events, client.list_sas() as items:
            await client.initiate(child="net")
            await client.version()
            assert [sa async for sa in items] == []
            await gateway.emit("ike-updown", {"up": "yes", "gw": gateway.sas[1]})
            assert (await anext(events)).up
        await gateway.restart()
        await anyio.wait_all_tasks_blocked()
        await client.version()
        assert gateway.open == 1


@anyio_test
async def test_a_restart_costs_the_commands_under_way_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gateway = Gateway()
    gateway.hold("initiate")
    async with gateway.client(monkeypatch) as client:
        async with client.subscribe(IkeUpDown) as events, anyio.create_task_group() as tasks:

            async def is_lost() -> None:
                with pytest.raises(ConnectionLost):
                    await client.initiate(child="net")

            tasks.start_soon(is_lost)
            await anyio.wait_all_tasks_blocked()
            await gateway.restart()
            with pytest.raises(ConnectionLost):
                await anext(events)
            async with client.subscribe(IkeUpDown) as again:  # on a new connection, beside the old
                await client.version()
                await gateway.emit("ike-updown", sample("list-sas"))
                assert not (await anext(again)).up
        assert len(await client.list_sas()) == 0
        async with client.subscribe(IkeUpDown):
            await client.version()


@anyio_test
async def test_idle_connections_that_were_lost_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client:
        async with client.list_sas(), client.list_sas():
            await client.version()
        await gateway.restart()
        await anyio.wait_all_tasks_blocked()
        async with client.list_sas(), client.list_sas():
            await client.version()
        assert gateway.open == 3


@anyio_test
async def test_bad_limits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anyvici.connection.connection.connect", None)
    for options in ({"max_connections": 0}, {"max_blocking": 0}, {"abandon_timeout": 0}):
        with pytest.raises(ValueError, match=next(iter(options))):
            async with anyvici.connect("/gateway", **options):
                pytest.fail("entered")


@pytest.mark.trio
async def test_a_connection_whose_answer_does_not_come_is_closed(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway()
    gateway.hold("get-conns")
    async with gateway.client(monkeypatch, abandon_timeout=5) as client:
        with trio.move_on_after(1):
            await client.get_conns()
        assert gateway.open == 1
        await client.version()
        assert gateway.open == 2
        await trio.sleep(5)
        gateway.connections[0].answering.set()
        gateway.slow["get-conns"].set()
        await trio.testing.wait_all_tasks_blocked()
        assert gateway.open == 1
        assert trio.current_time() == 6
