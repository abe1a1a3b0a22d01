"""initiate and terminate: bounded in time and in number, on Trio's virtual clock."""

from datetime import timedelta

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from anyvici import Client, CommandError, ConnectionLost
from tests.client.gateway import Gateway

pytestmark = pytest.mark.trio


async def sent_timeouts(gateway: Gateway) -> list[int]:
    return [int(message["timeout"]) for name, message in gateway.asked if name == "initiate"]


async def test_the_result_and_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client:
        async with client.initiate(child="net", ike="gw", init_limits=True, loglevel=0) as lines:
            with pytest.raises(RuntimeError, match="only after the last line"):
                lines.result  # noqa: B018
            assert [line.msg async for line in lines] == [
                "initiating IKE_SA",
                "sending packet",
            ]
            assert lines.result.raw == {"success": "yes"}
        result = await client.terminate(ike="gw", force=True)
        assert (result.matches, result.terminated) == (1, 1)
    assert gateway.asked == [
        (
            "initiate",
            {
                "child": "net",
                "ike": "gw",
                "init-limits": "yes",
                "loglevel": "0",
                "timeout": "60000",
            },
        ),
        ("terminate", {"ike": "gw", "force": "yes", "loglevel": "1", "timeout": "60000"}),
    ]


async def test_an_error_tells_the_last_line_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    gateway.refuses = True
    async with gateway.client(monkeypatch) as client:
        with pytest.raises(CommandError) as caught:
            await client.initiate(child="net")
        assert caught.value.errmsg == "establishing CHILD_SA 'net' failed"
        assert caught.value.detail == "initiating IKE_SA"
        assert str(caught.value).endswith("failed (initiating IKE_SA)")
        with pytest.raises(CommandError) as caught:
            await client.terminate(ike="gw")
        assert (caught.value.matches, caught.value.terminated) == (0, 0)
        assert caught.value.detail == ""


async def test_the_daemon_is_told_the_smaller_of_argument_and_deadline(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client:
        await client.initiate(child="net", timeout=20)
        await client.initiate(child="net", timeout=timedelta(minutes=2))
        with trio.fail_after(30):
            await client.initiate(child="net", timeout=20)
            await client.initiate(child="net")
            with trio.fail_after(0.0005):
                await client.initiate(child="net")
        await client.initiate(child="net", timeout=1e9)
        await client.initiate(child="net", timeout=-1)
    assert await sent_timeouts(gateway) == [20000, 120000, 20000, 30000, 1, 2**31 - 1, -1]


@pytest.mark.parametrize(("early", "deadline_speaks"), [(0.001, True), (0.5, False)])
async def test_when_both_times_are_over_the_deadline_speaks(
    early: float,
    deadline_speaks: bool,
    monkeypatch: pytest.MonkeyPatch,
    autojump_clock: MockClock,
) -> None:
    """The daemon has been told the caller's time and may be a little faster to say so."""
    gateway = Gateway()
    gateway.refuses = True
    held = gateway.hold("initiate")

    async def answer() -> None:
        await trio.sleep(5 - early)
        held.set()

    async with gateway.client(monkeypatch) as client, trio.open_nursery() as tasks:
        tasks.start_soon(answer)
        with trio.move_on_after(5) as scope:
            with pytest.raises(CommandError if not deadline_speaks else trio.Cancelled):
                await client.initiate(child="net")
            await trio.lowlevel.checkpoint()
        assert scope.cancelled_caught == deadline_speaks


@pytest.mark.parametrize("timeout", [0, float("inf"), float("nan"), timedelta(0)])
async def test_no_end_is_refused(
    timeout: float | timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Gateway().client(monkeypatch) as client:
        with pytest.raises(ValueError, match="would hold a thread of the daemon without end"):
            client.initiate(child="net", timeout=timeout)


async def give_up(client: Client, after: float) -> None:
    """Be cancelled, not by a deadline: the daemon would be told of that."""
    async with trio.open_nursery() as tasks:
        tasks.start_soon(initiate, client)
        await trio.sleep(after)
        tasks.cancel_scope.cancel()


async def initiate(client: Client) -> None:
    await client.initiate(child="net", timeout=30)


async def test_never_more_than_allowed_at_once_abandoned_ones_included(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    gateway = Gateway()
    held = gateway.hold("initiate")
    async with gateway.client(monkeypatch, max_blocking=4) as client:
        async with trio.open_nursery() as tasks:
            for _ in range(20):
                tasks.start_soon(give_up, client, 0.1)
        assert gateway.count("initiate") == 4
        with trio.fail_after(1):
            await client.version()
        await give_up(client, 1)
        assert gateway.count("initiate") == 4
        held.set()  # now the daemon answers those four
        await wait_all_tasks_blocked()
        with trio.fail_after(1):
            await client.initiate(child="net", timeout=30)
        assert gateway.count("initiate") == 5


async def test_an_abandoned_one_counts_until_its_timeout_though_its_connection_is_closed(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    gateway = Gateway()
    gateway.hold("initiate")
    async with gateway.client(monkeypatch, max_blocking=1, abandon_timeout=5) as client:
        await give_up(client, 1)
        del gateway.slow["initiate"]  # for those to come
        await client.initiate(child="net")
        assert trio.current_time() == 31


async def test_after_a_restart_of_the_daemon_no_thread_is_held(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    gateway = Gateway()
    gateway.hold("initiate")
    async with gateway.client(monkeypatch, max_blocking=1, abandon_timeout=5) as client:
        await give_up(client, 1)
        gateway.slow.pop("initiate")
        await gateway.restart()
        await client.initiate(child="net")
        assert trio.current_time() == 1


async def test_one_that_is_lost_gives_its_place_back(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    gateway = Gateway()
    gateway.hold("initiate")
    async with gateway.client(monkeypatch, max_blocking=1) as client:
        async with trio.open_nursery() as tasks:

            async def is_lost() -> None:
                with pytest.raises(ConnectionLost):
                    await client.initiate(child="net")

            tasks.start_soon(is_lost)
            await wait_all_tasks_blocked()
            gateway.slow.pop("initiate")
            await gateway.restart()
        await client.initiate(child="net")


async def test_those_that_do_not_wait_hold_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    gateway.hold("initiate")
    async with gateway.client(monkeypatch, max_blocking=1) as client:
        async with trio.open_nursery() as tasks:
            tasks.start_soon(give_up, client, 30)
            await wait_all_tasks_blocked()
            gateway.slow.pop("initiate")
            with trio.fail_after(1):
                await client.initiate(child="net", timeout=-1)
            tasks.cancel_scope.cancel()
