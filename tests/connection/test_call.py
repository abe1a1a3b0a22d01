"""One command and its answer."""

import anyio
import pytest

import anyvici
from anyvici import CommandError, ConnectionLost, LocalProtocolError, RemoteProtocolError
from tests.daemon import Daemon, conversing

pytestmark = pytest.mark.anyio


async def test_a_command_is_answered() -> None:
    async with conversing(Daemon()) as connection:
        message = {"key": "value", "list": ["a", "b"], "section": {"flag": True, "number": 5}}
        assert await connection.call("echo", message) == {
            "key": "value",
            "list": ["a", "b"],
            "section": {"flag": "yes", "number": "5"},
        }


async def test_success_no_is_an_error_with_what_the_daemon_said() -> None:
    async with conversing(Daemon()) as connection:
        with pytest.raises(CommandError, match="fail: no such thing") as caught:
            await connection.call("fail", {"errmsg": "no such thing", "matches": "0"})
        assert caught.value.command == "fail"
        assert caught.value.errmsg == "no such thing"
        assert caught.value.reply["matches"] == "0"


async def test_an_unknown_command_is_an_error_of_its_own() -> None:
    async with conversing(Daemon()) as connection:
        with pytest.raises(anyvici.UnknownCommand) as caught:
            await connection.call("no-such-command")
        assert caught.value.name == "no-such-command"
        assert await connection.call("echo", {"still": "here"}) == {"still": "here"}


async def test_an_answer_that_does_not_parse_hurts_its_caller_only() -> None:
    async with conversing(Daemon()) as connection:
        with pytest.raises(RemoteProtocolError, match="octet 0"):
            await connection.call("broken")
        assert await connection.call("echo", {"n": 1}) == {"n": "1"}


async def test_many_tasks_each_get_their_own_answer() -> None:
    answers: dict[int, str] = {}

    async def ask(number: int) -> None:
        answers[number] = (await connection.call("echo", {"n": number}))["n"]

    async with conversing(Daemon()) as connection, anyio.create_task_group() as tasks:
        for number in range(100):
            tasks.start_soon(ask, number)
    assert answers == {number: str(number) for number in range(100)}


async def test_what_cannot_be_sent_is_refused_before_anything_is() -> None:
    daemon = Daemon()
    async with conversing(daemon) as connection:
        for command in ("", "version\0", "v\u00e9rsion", "x" * 256):
            with pytest.raises(LocalProtocolError, match="printable ASCII"):
                await connection.call(command)
        with pytest.raises(TypeError, match=r"gw\.timeout: .* not NoneType"):
            await connection.call("echo", {"gw": {"timeout": None}})  # type: ignore[dict-item]
        await connection.call("echo")
    assert daemon.commands == ["echo"]


async def test_after_leaving_nothing_can_be_asked() -> None:
    async with conversing(Daemon()) as connection:
        pass
    with pytest.raises(ConnectionLost, match="closed on this side"):
        await connection.call("echo")
