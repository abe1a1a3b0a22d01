"""Signals at many moments: what is told, what is left behind, and what is not ended."""

import os
import select
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest
import sniffio

from anyvici.testing import SimulatedCharon
from tests.cli.program import PATIENCE, Running, anyvici, clean, running
from tests.cli.tunnels import alone, held_up, loaded, there, until_there

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]

INITIATE = ("initiate", "--child", "net")
AND_TERMINATE = (*INITIATE, "--on-interrupt", "terminate")
CONNECTING = "gw #1 CONNECTING"
ENDING = "ending what was begun (interrupted again: at once)"

asks_again = pytest.mark.charon(retransmit_timeout=0.2)


async def interrupted(program: Running, number: int = signal.SIGINT) -> str:
    """Interrupt it, and return what it tells, which is one line."""
    ended = await program.interrupted(number)
    assert ended.code == 128 + number
    errors = ended.errors.removeprefix(f"{ENDING}\n")
    assert errors.startswith("interrupted: ")
    assert errors.count("\n") == 1
    return errors.removeprefix("interrupted: ").strip()


# Before anything is sent.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_before_there_is_a_daemon(charon: SimulatedCharon, number: int) -> None:
    charon.stop()
    async with running(charon.address, "--wait", "60", *INITIATE) as program:
        await program.ready()
        assert await interrupted(program, number) == "nothing was sent"


async def test_while_it_takes_note_of_what_is_there(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        charon.delay("list-sas", 60, times=1)
        async with running(charon.address, *AND_TERMINATE) as program:
            await held_up(charon, "list-sas")
            assert await interrupted(program) == "nothing was sent"
        assert await there(client) == []
        await alone(charon, client)


# While the peer does not answer.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_goes_on(charon: SimulatedCharon, number: int) -> None:
    async with loaded(charon) as client:
        charon.peer_down("gw")
        async with running(charon.address, *INITIATE) as program:
            assert "initiating IKE_SA gw[1]" in await program.line()
            told = await interrupted(program, number)
        assert told == (
            "the daemon goes on: IKE_SA gw #1 is CONNECTING; `anyvici terminate --ike-id 1` ends it"
        )
        assert await there(client) == [CONNECTING]
        await alone(charon, client)
        ended = await anyvici(charon.address, "terminate", "--ike-id", "1")
        assert (ended.code, await there(client)) == (0, [])


async def test_it_is_ended(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        charon.peer_down("gw")
        async with running(charon.address, *AND_TERMINATE) as program:
            assert "initiating IKE_SA gw[1]" in await program.line()
            assert await interrupted(program) == "IKE_SA gw #1 was ended"
        assert await there(client) == []
        await alone(charon, client)


async def test_of_another_only(charon: SimulatedCharon) -> None:
    """The IKE_SA is that of somebody else, whose attempt goes on."""
    async with loaded(charon) as client:
        charon.peer_down("gw")
        await client.initiate(child="other", timeout=-1)
        async with running(charon.address, *AND_TERMINATE) as program:
            await until_queued(charon)
            program.process.send_signal(signal.SIGINT)
            assert await program.error_line() == ENDING
            ended = await program.interrupted(signal.SIGINT)
        assert ended.code == -signal.SIGINT  # the second is not waited for
        assert await there(client) == [CONNECTING]


async def until_queued(charon: SimulatedCharon) -> None:
    """Wait until two children are to be made."""
    with anyio.fail_after(PATIENCE):
        while not any(sa.queued for sa in charon._sas().ike_sas):
            await anyio.sleep(0.01)


@asks_again
async def test_somebody_else_joins_in(charon: SimulatedCharon) -> None:
    """The IKE_SA is ours, but another child has been asked for in it meanwhile."""
    async with loaded(charon) as client:
        charon.peer_down("gw")
        async with running(charon.address, *AND_TERMINATE) as program:
            assert "initiating IKE_SA gw[1]" in await program.line()
            await client.initiate(child="other", timeout=-1)
            await until_queued(charon)
            program.process.send_signal(signal.SIGINT)
            assert await program.error_line() == ENDING
            charon.peer_up("gw")
            ended = await program.ended()
        assert ended.code == 130
        assert ended.errors == "interrupted: CHILD_SA net #1 in IKE_SA gw #1 was ended\n"
        await until_there(client, "gw #1 ESTABLISHED", "other #2 INSTALLED")


# While it comes up.


@asks_again
async def test_a_child_of_an_ike_sa_that_was_there(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="other")
        charon.peer_down("gw")
        async with running(charon.address, *AND_TERMINATE) as program:
            assert "establishing CHILD_SA net{2}" in await program.line()
            program.process.send_signal(signal.SIGINT)
            assert await program.error_line() == ENDING
            charon.peer_up("gw")
            ended = await program.ended()
        assert ended.code == 130
        assert ended.errors == "interrupted: CHILD_SA net #2 in IKE_SA gw #1 was ended\n"
        assert await there(client) == ["gw #1 ESTABLISHED", "other #1 INSTALLED"]


@asks_again
async def test_it_is_left_as_it_is(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="other")
        charon.peer_down("gw")
        async with running(charon.address, *INITIATE) as program:
            assert "establishing CHILD_SA net{2}" in await program.line()
            told = await interrupted(program)
        assert told == ("the daemon goes on: IKE_SA gw #1 is ESTABLISHED, CHILD_SA net is not up")
        charon.peer_up("gw")
        await until_there(client, "gw #1 ESTABLISHED", "other #1 INSTALLED", "net #2 INSTALLED")


# After it has come up, or failed.


@asynccontextmanager
async def just_up(charon: SimulatedCharon, *command: str) -> AsyncGenerator[Running]:
    """Have it come up, and the program wait for what it asks the daemon then."""
    charon.peer_down("gw")
    async with running(charon.address, *command) as program:
        assert "initiating" in await program.line()
        charon.delay("list-sas", 60, times=1)
        charon.peer_up("gw")
        await held_up(charon, "list-sas")
        yield program


@asks_again
async def test_left_when_it_is_up(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        async with just_up(charon, *INITIATE) as program:
            told = await interrupted(program)
        assert told == (
            "CHILD_SA net #1 is up in IKE_SA gw #1; `anyvici terminate --child-id 1` ends it"
        )
        assert await there(client) == ["gw #1 ESTABLISHED", "net #1 INSTALLED"]


@asks_again
async def test_ended_when_it_is_up(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        async with just_up(charon, *AND_TERMINATE) as program:
            assert await interrupted(program) == "IKE_SA gw #1 was ended"
        assert await there(client) == []


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # it takes some seconds
@asks_again
async def test_the_peer_does_not_let_it_go(charon: SimulatedCharon) -> None:
    """What was asked to end and does not is destroyed."""
    async with loaded(charon) as client:
        async with just_up(charon, *AND_TERMINATE) as program:
            charon.peer_down("gw")
            assert await interrupted(program) == "IKE_SA gw #1 was ended"
        assert await there(client) == []


@pytest.mark.parametrize(
    ("anyio_backend", "command", "told"),
    [
        ("trio", INITIATE, "initiate: too late; nothing of it is left"),
        ("asyncio", AND_TERMINATE, "nothing of it was left to end"),
    ],
)
async def test_it_fails_meanwhile(
    charon: SimulatedCharon, command: tuple[str, ...], told: str
) -> None:
    async with loaded(charon) as client:
        charon.delay("initiate", 1, times=1)
        charon.fail("initiate", "too late", times=1)
        async with running(charon.address, *command) as program:
            await held_up(charon, "initiate")
            assert await interrupted(program) == told
        assert await there(client) == []


@pytest.mark.parametrize("anyio_backend", ["trio"])  # it takes some seconds
async def test_nothing_can_be_told(charon: SimulatedCharon) -> None:
    async with loaded(charon):
        charon.delay("initiate", 60, times=1)
        async with running(charon.address, *INITIATE) as program:
            await held_up(charon, "initiate")
            assert await interrupted(program) == "what became of it is not known"


async def test_the_daemon_goes(charon: SimulatedCharon) -> None:
    async with loaded(charon):
        charon.peer_down("gw")
        async with running(charon.address, *AND_TERMINATE) as program:
            await program.line()
            charon.swallow("list-sas")
            program.process.send_signal(signal.SIGINT)
            assert await program.error_line() == ENDING
            charon.stop()
            ended = await program.ended()
        assert ended.code == 130
        assert ended.errors.startswith("interrupted: what became of it is not known: ")


# terminate, and short commands.


async def test_terminate_goes_on(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="net")
        charon.peer_down("gw")
        async with running(charon.address, "terminate", "--ike", "gw") as program:
            await program.line()
            told = await interrupted(program)
        assert told == "the daemon goes on; 1 left: IKE_SA gw #1 (DELETING)"
        assert await there(client) == ["gw #1 DELETING", "net #1 INSTALLED"]


@asks_again
async def test_terminate_of_a_child_goes_on(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="other")
        await client.initiate(child="net")
        charon.peer_down("gw")
        async with running(charon.address, "terminate", "--child", "net") as program:
            await program.line()
            told = await interrupted(program)
        assert told == "the daemon goes on; 1 left: CHILD_SA net #2 (DELETING)"
        charon.peer_up("gw")
        await until_there(client, "gw #1 ESTABLISHED", "other #1 INSTALLED")


@pytest.mark.parametrize(
    "command",
    [
        ("rekey", "--ike", "gw"),
        ("redirect", "--ike", "gw", "--gateway", "192.0.2.9"),
        ("install", "--child", "net"),
        ("uninstall", "--child", "net"),
    ],
    ids=lambda command: command[0],
)
async def test_short_commands(charon: SimulatedCharon, command: tuple[str, ...]) -> None:
    charon.delay(command[0], 60, times=1)
    async with running(charon.address, *command) as program:
        await held_up(charon, command[0])
        assert await interrupted(program) == "whether the daemon carries it out is not known"


# The program itself.


@pytest.mark.parametrize(("more", "code"), [((), 0), (("--count", "1000000"), 130)])
async def test_a_reader_that_does_not_read(
    charon: SimulatedCharon, more: tuple[str, ...], code: int
) -> None:
    reading, writing = os.pipe()
    backend = sniffio.current_async_library()
    line = [sys.executable, "-m", "anyvici", "--uri", charon.address, "--backend", backend]
    async with await anyio.open_process([*line, "log", *more], stdout=writing) as process:
        await anyio.wait_readable(reading)
        assert b" connected " in os.read(reading, 100)
        charon.flood("log", 5000, {"group": "DMN", "level": 1, "thread": 1, "msg": 100 * "x"})
        with anyio.fail_after(PATIENCE):
            while select.select([], [writing], [], 0)[1]:  # until the pipe is full
                await anyio.sleep(0.01)
        process.send_signal(signal.SIGINT)
        with anyio.fail_after(PATIENCE):
            assert await process.wait() == code
    os.close(reading)
    os.close(writing)


async def test_hangups_are_ignored_below_nohup(charon: SimulatedCharon) -> None:
    charon.delay("version", 60, times=1)
    shell = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, "-m", "anyvici"]
    arguments = ["--uri", charon.address, "version"]
    async with await anyio.open_process([*shell, *arguments], env=clean()) as process:
        await held_up(charon, "version")
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        with anyio.fail_after(PATIENCE):
            assert await process.wait() == 128 + signal.SIGTERM
