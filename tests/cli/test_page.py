"""docs/cli.md tells of every command and every option, and its examples work."""

import os
import re
import shutil
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import pytest
import typer.main

import anyvici
from anyvici.cli.every import app
from anyvici.cli.exits import Exit
from anyvici.testing import SimulatedCharon
from tests.cli.program import PATIENCE, clean

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
TABLE = PAGE.partition("## The commands\n")[2].partition("###")[0]
ROWS = {row[1]: row[0] for row in re.finditer(r"^\| `([\w-]+)` \|.*$", TABLE, re.MULTILINE)}
JQ = re.findall(r"```sh\n(.*?)\n```", PAGE, re.DOTALL)
GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands  # type: ignore[attr-defined]
COMMON = {option for parameter in GROUP.params for option in parameter.opts}

HOSTS = {"quick": "192.0.2.7", "slow": "192.0.2.8", "away": "192.0.2.9"}
GW = {
    "local": {"auth": "psk", "id": "moon"},
    "remote": {"auth": "psk", "id": "sun"},
}


def test_it_tells_of_every_command() -> None:
    assert ROWS.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_it_tells_of_every_option(name: str) -> None:
    has = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    own = {option for option in has if option.startswith("--")} - COMMON
    assert set(re.findall(r"--[\w-]+", ROWS[name])) == own


def test_it_tells_of_the_options_of_all_commands() -> None:
    for option in COMMON:
        assert f"`{option}" in PAGE or f"--{option}" in PAGE or f" {option}`" in PAGE


def test_it_tells_of_every_exit_code() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+)", PAGE, re.MULTILINE)}
    assert told == {int(code) for code in Exit}


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#]+)", PAGE))
def test_links_lead_somewhere(path: str) -> None:
    assert (Path(__file__).parents[2] / "docs" / path).exists()


def test_it_tells_of_the_environment() -> None:
    for name in ("ANYVICI_URI", "NO_COLOR"):
        assert f"`{name}`" in PAGE


# The examples with jq.


async def printed(line: str, address: str) -> str:
    """Return what a line for the shell prints on a gateway."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with anyio.fail_after(PATIENCE):
        ended = await anyio.run_process(
            ["sh", "-c", line], env=clean() | {"ANYVICI_URI": address, "PATH": path}
        )
    assert ended.stderr == b""
    return ended.stdout.decode()


@pytest.fixture
async def client(charon: SimulatedCharon) -> AsyncGenerator[anyvici.Client]:
    """Have a gateway with two tunnels, and one that does not come up."""
    if shutil.which("jq") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("jq is not there")
    peers = {
        name: {**GW, "remote_addrs": [host], "children": {name: {}}} for name, host in HOSTS.items()
    }
    charon.peer_down("away")
    async with anyvici.connect(charon.address) as client:
        await client.load_conns(peers)  # type: ignore[arg-type]
        await client.load_shared(type="IKE", data="secret")
        for name in peers:
            await client.initiate(ike=name, child=name, timeout=-1 if name == "away" else 5)
        charon.traffic("slow", octets_in=7, octets_out=4)
        charon.traffic("quick", octets_in=7000, octets_out=4)
        yield client


@pytest.mark.anyio
async def test_what_is_not_up(charon: SimulatedCharon, client: anyvici.Client) -> None:
    assert await printed(JQ[0], charon.address) == "away CONNECTING\n"


@pytest.mark.anyio
async def test_the_octets(charon: SimulatedCharon, client: anyvici.Client) -> None:
    told = "7004\tquick\tquick\n11\tslow\tslow\n"
    assert await printed(JQ[1], charon.address) == told


@pytest.mark.anyio
async def test_what_goes_down(charon: SimulatedCharon, client: anyvici.Client) -> None:
    async def go_down() -> None:
        with anyio.fail_after(PATIENCE):
            while not any(each.hears("ike-updown") for each in charon._here().clients._sessions):
                await anyio.sleep(0.01)
        await client.terminate(ike="slow", timeout=5)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go_down)
        line = await printed(JQ[2].replace("monitor-sa", "monitor-sa --count 1"), charon.address)
    assert re.fullmatch(r"20\S+Z slow sun\n", line)


def test_there_are_three_examples() -> None:
    assert len(JQ) == 3
