"""`anyvici demo` without a terminal, and the program without what it needs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import Ended, anyvici, clean
from tests.cli.tmux import tmux

pytestmark = pytest.mark.anyio

UNUSED = "/nonexistent/charon.vici"  # the address of the daemon that nobody asks
EVENT = re.compile(r"\d\d:\d\d:\d\d (connected|(ike|child) (up|down|rekey|moves)) +\S")


async def demo(*options: str) -> Ended:
    ended = await anyvici(UNUSED, "demo", *options)
    assert (ended.code, ended.errors) == (0, "")
    return ended


async def test_what_happens_and_then_what_there_is() -> None:
    ended = await demo("--seconds", "2")
    events, _, table = ended.out.partition("\n\n")
    assert all(EVENT.match(line) for line in events.splitlines())
    assert "connected   strongSwan 5.9.8" in events
    assert "ike up      berlin #1 moon 203.0.113.1 === berlin 198.51.100.1" in events
    header, *rows = table.splitlines()
    assert header.split()[:3] == ["NAME", "ID", "STATE"]
    assert rows[0].split()[:3] == ["berlin", "1", "ESTABLISHED"]
    assert rows[1].split()[:3] == ["lan", "1", "INSTALLED"]


async def test_json() -> None:
    ended = await demo("--seconds", "1", "--json")
    events = [each for each in ended.records if "event" in each]
    sas = [each for each in ended.records if "event" not in each]
    assert ended.records == [*events, *sas]
    assert {"connected", "ike-updown", "child-updown"} <= {each["event"] for each in events}
    assert sas[0]["name"] == "berlin"
    assert sas[0]["child_sas"][0]["name"] == "lan"


async def test_peers() -> None:
    ended = await demo("--seconds", "2", "--peers", "1", "--json")
    assert {each["name"] for each in ended.records if "event" not in each} == {"berlin"}


@pytest.mark.parametrize("arguments", [["--peers", "0"], ["--seconds", "-1"], ["--seed", "x"]])
async def test_usage(arguments: list[str]) -> None:
    ended = await anyvici(UNUSED, "demo", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert arguments[0] in ended.errors
    assert ended.errors.count("\n") == 1


# On a terminal.


async def test_on_a_terminal(tmp_path: Path) -> None:
    async with tmux(tmp_path, 80, 24) as terminal:
        await terminal.start(UNUSED, "demo")
        lines = await terminal.shows("demo", "berlin", "INSTALLED", "MiB", "q quit")
        assert lines[0].startswith(" demo  strongSwan 5.9.8")
        await terminal.keys("q")
        await terminal.shows_no("berlin")
        await terminal.shell("echo it was $?")
        await terminal.shows("it was 0")


async def test_for_some_seconds(tmp_path: Path) -> None:
    async with tmux(tmp_path, 80, 24) as terminal:
        await terminal.start(UNUSED, "demo", "--seconds", "2")
        await terminal.shows("demo", "berlin")
        await terminal.shows_no("berlin")
        await terminal.shell("echo it was $?")
        await terminal.shows("it was 0")


# Without the extra, and with nothing more than it.

WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
sys.argv[1:] = {arguments}
from anyvici.cli.entry import main
main()
"""


def run_without(missing: list[str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the program where some packages are not installed."""
    line = [sys.executable, "-c", WITHOUT.format(missing=missing, arguments=[*arguments])]
    return subprocess.run(line, capture_output=True, text=True, env=clean(), timeout=60)


@pytest.mark.parametrize("missing", [["typer"], ["rich"], ["rich", "typer"]])
@pytest.mark.parametrize("arguments", [[], ["list-sas"]])
def test_without_the_extra(missing: list[str], arguments: list[str]) -> None:
    ended = run_without(missing, *arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert "pip install 'anyvici[cli]'" in ended.stderr


def test_nothing_else_is_needed() -> None:
    """Neither what reads keys, nor what runs tests."""
    ended = run_without(["cryptography", "pytest", "vici"], "demo", "--seconds", "1", "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout.splitlines()[0])["event"] == "connected"
