"""Many short commands in one turn."""

import anyio
import pytest

from anyvici import BatchError, CommandError, ConnectionLost, LocalProtocolError, UnknownCommand
from anyvici.exceptions import RemoteProtocolError
from tests.daemon import Daemon, conversing

pytestmark = pytest.mark.anyio


def echoes(count: int) -> list[tuple[str, dict[str, int]]]:
    return [("echo", {"n": number}) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 64, 65, 96, 97, 1000])
async def test_answers_come_in_order(count: int) -> None:
    async with conversing(Daemon()) as connection:
        replies = await connection.batch(echoes(count))
        assert [int(reply["n"]) for reply in replies] == list(range(count))


async def test_at_most_64_are_on_their_way() -> None:
    daemon = Daemon()
    daemon.pause()
    async with conversing(daemon) as connection, anyio.create_task_group() as tasks:
        tasks.start_soon(connection.batch, echoes(1000))
        await anyio.wait_all_tasks_blocked()
        unanswered = len(connection._conversation._protocol.unanswered)
        daemon.answering.set()
    assert unanswered == 64
    assert len(daemon.received) == 1000


async def test_failures_are_told_by_entry_after_all_were_answered() -> None:
    daemon = Daemon()
    commands = [
        ("echo", {"n": "0"}),
        ("fail", {"errmsg": "first"}),
        ("no-such-command", None),
        ("broken", {}),
        ("fail", {"errmsg": "second"}),
        ("echo", {"n": "5"}),
    ]
    async with conversing(daemon) as connection:
        with pytest.raises(BatchError) as caught:
            await connection.batch(commands)
    error = caught.value
    assert daemon.commands == [name for name, _ in commands]
    assert {index: type(failure) for index, failure in error.errors.items()} == {
        1: CommandError,
        2: UnknownCommand,
        3: RemoteProtocolError,
        4: CommandError,
    }
    assert error.replies == [
        {"n": "0"},
        {"success": "no", "errmsg": "first"},
        {},
        {},
        {"success": "no", "errmsg": "second"},
        {"n": "5"},
    ]
    assert (error.command, error.errmsg) == ("fail", "first")
    assert "4 of 6 commands failed" in str(error)
    assert "[4] fail: second" in str(error)


async def test_an_entry_that_cannot_be_sent_is_named_and_nothing_is_sent() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        with pytest.raises(TypeError, match=r"entry 1 of the batch, 'echo': gw\.n: "):
            await connection.batch([("echo", {}), ("echo", {"gw": {"n": 1.5}})])  # type: ignore[dict-item]
        with pytest.raises(LocalProtocolError, match="entry 0 of the batch, ''"):
            await connection.batch([("", {})])
    assert daemon.received == []


async def test_a_lost_connection_tells_how_far_the_batch_came() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection, anyio.create_task_group() as tasks:
        tasks.start_soon(hang_up_after, daemon, 10)
        with pytest.raises(ConnectionLost) as caught:
            await connection.batch([*echoes(10), ("swallow", None), *echoes(989)])
    assert caught.value.__notes__ == [
        "of the 1000 commands of the batch 10 were answered, 54 were on their way and 936 not sent"
    ]


async def hang_up_after(daemon: Daemon, count: int) -> None:
    while len(daemon.received) <= count:
        await anyio.lowlevel.checkpoint()
    await daemon.hang_up()


async def test_others_wait_for_the_end_of_a_batch() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection, anyio.create_task_group() as tasks:
        tasks.start_soon(connection.batch, [("list-sas", {"count": 0})] * 200)
        await anyio.lowlevel.checkpoint()
        tasks.start_soon(connection.call, "echo")
    assert daemon.commands == ["list-sas"] * 200 + ["echo"]
