"""Waiting, on Trio's virtual clock: nothing here sleeps for real."""

import anyio
import pytest
import trio
from trio.testing import MockClock

from anyvici import ConnectionLost
from tests.daemon import Daemon, conversing

pytestmark = pytest.mark.trio


async def test_an_abandoned_answer_is_waited_for_abandon_timeout_seconds(
    autojump_clock: MockClock,
) -> None:
    async with conversing(Daemon(), abandon_timeout=5) as connection:
        with trio.move_on_after(60):
            await connection.call("swallow")
        assert trio.current_time() == 60  # somebody waits: that takes as long as it takes
        with pytest.raises(ConnectionLost, match="abandoned by its caller, .* in 5 seconds"):
            await connection.call("echo")
        assert trio.current_time() == 65


async def test_an_abandoned_answer_that_comes_in_time_is_thrown_away(
    autojump_clock: MockClock,
) -> None:
    daemon = Daemon()
    daemon.pause()
    async with conversing(daemon, abandon_timeout=5) as connection:
        with trio.move_on_after(1):
            await connection.call("echo", {"n": "abandoned"})
        await trio.sleep(4.9)
        daemon.answering.set()
        assert await connection.call("echo", {"n": "own"}) == {"n": "own"}
        await trio.sleep(60)  # and nothing is left that could end the connection
        assert await connection.call("echo", {"n": "later"}) == {"n": "later"}


async def test_an_abandoned_answer_has_its_time_once_it_is_the_next(
    autojump_clock: MockClock,
) -> None:
    """A subscriber leaves while a command takes its time: its UNREGISTER has to wait behind it."""
    daemon = Daemon()
    async with conversing(daemon, abandon_timeout=5) as connection, trio.open_nursery() as tasks:
        async with connection.subscribe("log"):
            daemon.pause()
            tasks.start_soon(connection.call, "echo")
            await trio.testing.wait_all_tasks_blocked()
        await trio.sleep(3600)
        daemon.answering.set()
        assert await connection.call("echo", {"n": "own"}) == {"n": "own"}
        assert not +daemon.registered


@pytest.mark.parametrize("operation", ["call", "batch", "stream", "subscribe"])
async def test_whatever_is_abandoned_is_not_waited_for_without_end(
    operation: str, autojump_clock: MockClock
) -> None:
    daemon = Daemon()
    daemon.pause()
    async with conversing(daemon, abandon_timeout=5) as connection:
        with trio.move_on_after(1) as scope:
            if operation == "call":
                await connection.call("echo")
            elif operation == "batch":
                await connection.batch([("echo", None)] * 100)
            elif operation == "stream":
                async with connection.stream("list-sas", "list-sa", {"count": 1}) as items:
                    await anext(items)
            else:
                async with connection.subscribe("log"):
                    pytest.fail("entered")
        assert scope.cancelled_caught
        with pytest.raises(ConnectionLost, match="abandoned"):
            await connection.call("echo")
        assert trio.current_time() == 6


async def test_an_idle_connection_lives_for_ever(autojump_clock: MockClock) -> None:
    daemon = Daemon()
    async with conversing(daemon, abandon_timeout=5) as connection:
        async with connection.subscribe("log") as events:
            await trio.sleep(1_000_000)
            await daemon.emit("log", msg="at last")
            assert (await anext(events)).message == {"msg": "at last"}


async def test_a_stream_that_does_not_take_its_leave_is_closed_after_a_second(
    autojump_clock: MockClock,
) -> None:
    import anyvici
    from anyvici.testing.memory import stream_pair
    from tests.connection.test_broken_daemon import Deaf

    class Lingering(Deaf):
        async def aclose(self) -> None:
            try:
                await trio.sleep(3600)
            finally:
                await self._stream.aclose()

    ours, theirs = stream_pair()
    async with anyvici.open_connection(Lingering(ours)):
        pass
    assert trio.current_time() == 1
    with pytest.raises(anyio.EndOfStream):
        await theirs.receive()
    await theirs.aclose()
