"""Completion in shells, by the protocol of Typer's scripts, and by a shell."""

import os
import shutil
import sys
from pathlib import Path

import anyio
import pytest

from anyvici.testing import SimulatedCharon
from anyvici.testing.commands.table import COMMANDS, EVENTS
from tests.cli.program import PATIENCE, clean
from tests.cli.tunnels import ENDS, loaded

pytestmark = pytest.mark.anyio

NOBODY = "/nonexistent/charon.vici"


@pytest.fixture
def anyio_backend() -> str:
    """Completion takes no other."""
    return "asyncio"


async def completed(address: str, words: str) -> list[str]:
    """Return what the last of some words, which are typed behind `anyvici`, can become."""
    typed = ["anyvici", *words.split(" ")]
    asked = {
        "_ANYVICI_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(typed),
        "COMP_CWORD": str(len(typed) - 1),
        "ANYVICI_URI": address,
    }
    with anyio.fail_after(PATIENCE):
        ended = await anyio.run_process([sys.executable, "-m", "anyvici"], env=clean() | asked)
    assert ended.stderr == b""
    return ended.stdout.decode().split()


async def test_names(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.load_conn("home", {**ENDS, "children": {"net": {}, "attic": {}}})
        assert await completed(charon.address, "initiate --ike ") == ["gw", "home"]
        assert await completed(charon.address, "terminate -i h") == ["home"]
        assert await completed(charon.address, "initiate --child ") == ["attic", "net", "other"]
        assert await completed(charon.address, "install --ike home -c ") == ["attic", "net"]


async def test_the_daemon_that_was_typed(charon: SimulatedCharon) -> None:
    path = charon.address.removeprefix("unix://")
    async with loaded(charon):
        assert await completed(NOBODY, f"--uri {path} initiate --ike ") == ["gw"]
        assert await completed(NOBODY, f"initiate --uri {path} --ike ") == ["gw"]


async def test_nobody_to_be_asked() -> None:
    assert await completed(NOBODY, "initiate --ike ") == []


async def test_a_daemon_that_does_not_answer(charon: SimulatedCharon) -> None:
    charon.swallow("get-conns")
    assert await completed(charon.address, "initiate --ike ") == []


async def test_names_that_a_shell_would_take_for_something_else(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        for name in (
            "a b",
            "$(id)",
            "`id`",
            "it's",
            'a"b',
            "*",
            "a;b",
            "a|b",
            "(a)",
            "a&b",
            "x.y-z",
        ):
            await client.load_conn(name, ENDS)
        assert await completed(charon.address, "initiate --ike ") == ["gw", "x.y-z"]


async def test_commands_and_events() -> None:
    assert "initiate" in await completed(NOBODY, "init")
    assert await completed(NOBODY, "call ") == sorted(COMMANDS)
    assert await completed(NOBODY, "call list-sas --stream ") == sorted(EVENTS)
    assert await completed(NOBODY, "initiate --on-interrupt ") == ["leave", "terminate"]
    assert "--on-interrupt" in await completed(NOBODY, "initiate --on")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
async def test_bash(charon: SimulatedCharon, tmp_path: Path) -> None:
    """The script that is installed works where there is an anyvici to be called."""
    home, program = tmp_path / "home", tmp_path / "anyvici"
    home.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m anyvici "$@"\n')
    program.chmod(0o755)
    environment = clean() | {"HOME": str(home), "ANYVICI_URI": charon.address}
    environment["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    line = ["bash", "--norc", "-c", "anyvici --install-completion; true"]
    installed = await anyio.run_process(line, env=environment)
    assert b"bash completion installed" in installed.stdout
    script = """
        source ~/.bashrc
        COMP_WORDS=(anyvici terminate --child "") COMP_CWORD=3
        _anyvici_completion anyvici
        echo ${COMPREPLY[@]}
    """
    async with loaded(charon):
        ended = await anyio.run_process(["bash", "--norc", "-c", script], env=environment)
    assert ended.stdout == b"net other\n"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
async def test_scripts_of_other_shells(shell: str) -> None:
    environment = clean() | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    line = [sys.executable, "-m", "anyvici", "--show-completion", shell]
    ended = await anyio.run_process(line, env=environment)
    assert b"_ANYVICI_COMPLETE=complete_" + shell.encode() in ended.stdout
