"""top at work in the task tree of the test: what is drawn, and how it ends."""

import os
import signal
import termios
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import pytest

from anyvici import UnknownEvent, connect
from anyvici.cli.session import Session, Settings
from anyvici.cli.top.run import run_top
from anyvici.cli.top.terminal import Terminal
from anyvici.testing import SimulatedCharon
from tests.cli.program import PATIENCE
from tests.cli.pty import GIVEN_BACK, Other, opened
from tests.watch.following import hearers
from tests.watch.tables import load, up

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def shown(
    charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> AsyncGenerator[Other]:
    """Show top on a terminal, of which this is the other end; it is over when this is left."""
    async with opened() as (terminal, other), connect(charon.address) as client:
        termios.tcsetwinsize(other.end, (24, 80))
        monkeypatch.setattr(Terminal, "of", lambda _: terminal)
        before = other.attributes
        top = partial(run_top, Session(Settings(), other.output), client, **options)
        failures: list[Exception] = []
        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(run, top, failures)
                await other.shows("strongSwan ", " quit")
                yield other
        assert other.attributes == before
        await other.until(GIVEN_BACK)
        for failure in failures:
            raise failure


async def run(top: Callable[[], Awaitable[None]], failures: list[Exception]) -> None:
    try:
        await top()
    except UnknownEvent as failure:
        failures.append(failure)


async def test_quit(charon, monkeypatch):
    async with shown(charon, monkeypatch, title="a demonstration") as top:
        await top.shows("a demonstration")
        top.type(b"q")
    async with connect(charon.address):
        with anyio.fail_after(PATIENCE):
            while hearers(charon, "ike-updown"):
                await anyio.sleep(0.001)


async def test_what_happens(charon, monkeypatch):
    async with shown(charon, monkeypatch, interval=0.2) as top, connect(charon.address) as client:
        await top.shows("no SAs")
        await load(client)
        await up(client)
        await top.shows("gw[1] net{1}")
        charon.traffic("net", octets_in=1 << 20)
        await top.shows(" MiB/s")
        charon.rekey(child="net")
        await top.shows("gw[1] net{1} → net{2}")
        top.seen = b""
        charon.restart()
        await top.shows("charon is there again", "2 SAs gone", "no SAs")
        top.type(b"q")


async def test_while_charon_is_gone(charon, monkeypatch):
    async with shown(charon, monkeypatch) as top:
        charon.stop()
        await top.shows("charon is gone since 0s", "charon is gone since 1s")
        top.type(b"h")
        await top.shows("this help")
        top.seen = b""
        charon.start()
        await top.shows("strongSwan 5.9.8")
        top.type(b"\x04")


async def test_paused(charon, monkeypatch):
    """What happens meanwhile is told afterwards; keys are obeyed."""
    async with shown(charon, monkeypatch) as top, connect(charon.address) as client:
        await load(client)
        top.type(b"p")
        await top.shows("PAUSED")
        await up(client)
        top.type(b"/")
        await top.shows("filter: ")
        assert b"gw[1]" not in top.seen
        top.type(b"\rp")
        await top.shows("gw[1] net{1}")
        top.type(b"q")


async def test_very_many_sas_are_listed_less_often(charon, monkeypatch):
    monkeypatch.setattr("anyvici.cli.top.run._LISTED", 0.02)
    async with connect(charon.address) as client:
        await load(client)
        await up(client)
    async with shown(charon, monkeypatch) as top:
        await top.shows("listed every 50s")
        top.type(b"q")


@pytest.mark.charon(version="6.0.6")
async def test_alerts(charon, monkeypatch):
    async with shown(charon, monkeypatch) as top:
        with anyio.fail_after(PATIENCE):
            while not hearers(charon, "alert"):
                await anyio.sleep(0.001)
        charon.emit("alert", {"type": "shutdown-signal"})
        charon.emit("alert", {"kind": "is missing"})
        charon.emit("alert", {"type": "peer-auth-failed"})
        await top.shows("shutdown-signal", "peer-auth-failed")
        top.type(b"q")


async def test_another_size(charon, monkeypatch):
    async with shown(charon, monkeypatch) as top:
        termios.tcsetwinsize(top.end, (40, 220))
        signal.raise_signal(signal.SIGWINCH)
        await top.shows("CRYPTO")
        top.type(b"q")


async def test_stopped_and_continued(charon, monkeypatch):
    """As Ctrl-Z does it; while it is stopped, the terminal is as it was."""
    stopped = []
    async with shown(charon, monkeypatch) as top:
        taken = top.attributes
        monkeypatch.setattr(
            signal,
            "raise_signal",
            lambda number: stopped.append((number, signal.getsignal(number), top.attributes)),
        )
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTSTP)
            await top.until(GIVEN_BACK)
            await top.shows("anyvici top", " quit")
            number, handler, attributes = stopped.pop()
            assert (number, handler) == (signal.SIGTSTP, signal.SIG_DFL)
            assert attributes[3] & termios.ECHO
            assert top.attributes == taken
        top.type(b"q")


async def test_no_way_to_go_on(charon, monkeypatch):
    """What the table raises comes out, when the terminal is given back."""
    with pytest.raises(UnknownEvent, match="ike-update"):
        async with shown(charon, monkeypatch):
            monkeypatch.setattr(charon._life, "_version", (5, 9, 1))
            charon.restart()


async def test_questions_that_are_not_answered(charon, monkeypatch):
    charon.fail("stats", "busy")
    async with shown(charon, monkeypatch) as top:
        await top.shows("anyvici top")
        top.type(b"q")


async def test_the_terminal_is_gone(charon, monkeypatch):
    """It ends by itself, as by q."""
    async with opened() as (terminal, other), connect(charon.address) as client:
        monkeypatch.setattr(Terminal, "of", lambda _: terminal)
        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(run_top, Session(Settings(), other.output), client)
                await other.shows(" quit")
                nothing = os.open(os.devnull, os.O_RDWR)
                os.dup2(nothing, other.end)
                os.close(nothing)
