"""initiate, terminate, rekey, redirect, install, uninstall: what they do, and what they print."""

import re

import anyio
import pytest

from anyvici.cli.control.others import Others
from anyvici.testing import SimulatedCharon
from tests.cli.program import anyvici, running
from tests.cli.tmux import tmux
from tests.cli.tunnels import held_up, loaded, there, until_there

pytestmark = pytest.mark.anyio

UP = ["gw #1 ESTABLISHED", "net #1 INSTALLED"]
SELECTORS = "10.1.0.0/16 === 10.2.0.0/16"


def seconds_away(text: str) -> str:
    """Return a text without how long it has taken."""
    return re.sub(r", \d+\.\ds\n$", "\n", text)


# initiate.


async def test_a_child(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        ended = await anyvici(charon.address, "initiate", "--child", "net")
        assert (ended.code, ended.errors) == (0, "")
        assert ended.lines[0] == "[IKE] initiating IKE_SA gw[1] to 192.0.2.7"
        assert "[IKE] establishing CHILD_SA net{1}" in ended.lines
        last = seconds_away(ended.lines[-1] + "\n")
        assert last == f"CHILD_SA net up: #1 in IKE_SA gw #1, {SELECTORS}\n"
        assert await there(client) == UP


async def test_an_ike_sa_alone(charon: SimulatedCharon) -> None:
    async with loaded(charon, version=2, childless="allow") as client:
        ended = await anyvici(charon.address, "initiate", "-i", "gw", "-l", "-1")
        assert (ended.code, ended.errors) == (0, "")
        told = seconds_away(ended.out)
        assert told == "IKE_SA gw up: #1, moon 192.0.2.1 === sun 192.0.2.7\n"
        assert await there(client) == ["gw #1 ESTABLISHED"]


@pytest.mark.parametrize("level", ["-1", "0", "1"])
async def test_the_level_of_the_log(charon: SimulatedCharon, level: str) -> None:
    async with loaded(charon):
        ended = await anyvici(charon.address, "initiate", "-c", "net", "--loglevel", level)
    *log, result = ended.lines
    assert result.startswith("CHILD_SA net up: #1 in IKE_SA gw #1, ")
    assert bool(log) == (level != "-1")
    assert any(line.startswith("[ENC]") for line in log) == (level == "1")


async def test_the_result_alone_on_a_screen(charon: SimulatedCharon) -> None:
    async with loaded(charon):
        ended = await anyvici(charon.address, "initiate", "--child", "net", screen=True)
        assert (ended.code, ended.errors) == (0, "")
        assert len(ended.lines) == 1
        await anyvici(charon.address, "terminate", "--ike", "gw")
        ended = await anyvici(charon.address, "initiate", "-c", "net", "-l", "0", screen=True)
        assert len(ended.lines) == 5  # who asks for a level wants to see the log


async def test_json(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="other")
        ended = await anyvici(charon.address, "--json", "initiate", "--child", "net")
        *log, result = ended.records
        (ike_sa,) = await client.list_sas()
    assert log[0] == {
        "event": "control-log",
        "group": "IKE",
        "level": 0,
        "ikesa_name": "gw",
        "ikesa_uniqueid": 1,
        "msg": "establishing CHILD_SA net{2}",
    }
    assert {line["event"] for line in log} == {"control-log"}
    assert result["success"] is True
    assert result["seconds"] >= 0
    assert result["ike_sa"]["uniqueid"] == 1
    (child,) = result["ike_sa"]["child_sas"]  # and not the other
    assert (child["name"], child["uniqueid"]) == ("net", 2)
    assert child["spi_in"] == ike_sa.child_sas[1].spi_in


async def test_without_waiting(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        charon.peer_down("gw")
        ended = await anyvici(charon.address, "initiate", "--child", "net", "--timeout", "-1")
        assert (ended.code, ended.errors) == (0, "")
        assert ended.out == "initiating CHILD_SA net, without waiting\n"
        await until_there(client, "gw #1 CONNECTING")


async def test_not_in_time(charon: SimulatedCharon) -> None:
    """The daemon goes on, which is told."""
    async with loaded(charon) as client:
        charon.peer_down("gw")
        ended = await anyvici(charon.address, "initiate", "--child", "net", "--timeout", "0.2")
        assert ended.code == 1
        assert ended.errors == (
            "the daemon goes on: IKE_SA gw #1 is CONNECTING; "
            "`anyvici terminate --ike-id 1` ends it\n"
            "anyvici: initiate: CHILD_SA 'net' not established after 200ms\n"
        )
        assert await there(client) == ["gw #1 CONNECTING"]


@pytest.mark.parametrize("screen", [False, True])
async def test_it_is_told_why_it_fails(charon: SimulatedCharon, screen: bool) -> None:
    async with SimulatedCharon(hosts=["192.0.2.7"]) as sun, loaded(charon):
        charon.peer(sun)
        ended = await anyvici(charon.address, "initiate", "--child", "net", screen=screen)
    assert ended.code == 1
    *why, error = ended.errors.splitlines()
    assert error.startswith("anyvici: initiate: establishing CHILD_SA 'net' failed (")
    assert "NO_PROPOSAL_CHOSEN" in error
    seen = why if screen else ended.lines
    assert seen[0] == "[IKE] initiating IKE_SA gw[1] to 192.0.2.7"
    assert "NO_PROPOSAL_CHOSEN" in seen[-1]
    assert any(line.startswith("[NET]") for line in seen) == (not screen)
    assert ended.out == "" if screen else why == []


async def test_failing_in_json(charon: SimulatedCharon) -> None:
    ended = await anyvici(charon.address, "--json", "initiate", "--child", "net")
    assert ended.code == 1
    assert ended.records == [
        {"success": False, "errmsg": "CHILD_SA config 'net' not found"},
    ]
    assert ended.errors == "anyvici: initiate: CHILD_SA config 'net' not found\n"


async def test_what_is_up_already(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="net")
        ended = await anyvici(charon.address, "initiate", "--child", "net")
        assert ended.code == 1
        state, error = ended.errors.splitlines()
        assert state == (
            "CHILD_SA net #1 is up in IKE_SA gw #1; `anyvici terminate --child-id 1` ends it"
        )
        assert "due to existing duplicate" in error
        assert await there(client) == UP


async def test_what_does_not_stay_up(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client, anyio.create_task_group() as tasks:

        async def end_it() -> None:
            await held_up(charon, "list-sas")
            await client.terminate(ike="gw")

        charon.delay("list-sas", 0.5, times=1)
        tasks.start_soon(end_it)
        ended = await anyvici(charon.address, "initiate", "--child", "net", "-l", "-1")
    assert (ended.code, ended.out) == (1, "")
    assert ended.errors == "anyvici: initiate: CHILD_SA net did not stay up\n"


# terminate.


async def test_terminate(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="net")
        ended = await anyvici(charon.address, "terminate", "--ike", "gw")
        assert (ended.code, ended.errors) == (0, "")
        assert ended.lines[-2:] == ["[IKE] IKE_SA deleted", "terminated 1 of 1"]
        assert await there(client) == []


@pytest.mark.parametrize("selector", [("-c", "net"), ("-C", "2"), ("-c", "net", "-I", "1")])
async def test_terminate_a_child(charon: SimulatedCharon, selector: tuple[str, ...]) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="other")
        await client.initiate(child="net")
        ended = await anyvici(charon.address, "--json", "terminate", *selector)
        assert (ended.code, ended.errors) == (0, "")
        assert ended.records[-1] == {"success": True, "matches": 1, "terminated": 1}
        assert await there(client) == ["gw #1 ESTABLISHED", "other #1 INSTALLED"]


async def test_nothing_to_terminate(charon: SimulatedCharon) -> None:
    ended = await anyvici(charon.address, "--json", "terminate", "--ike", "gw")
    assert ended.code == 1
    errmsg = "no matching SAs to terminate found"
    assert ended.records == [
        {"success": False, "errmsg": errmsg, "matches": 0, "terminated": 0},
    ]
    assert ended.errors == f"anyvici: terminate: {errmsg}\n"


async def test_not_all_are_terminated(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="net")
        charon.peer_down("gw")
        ended = await anyvici(charon.address, "terminate", "--ike", "gw", "--timeout", "0.1")
    assert ended.code == 1
    assert ended.errors == (
        "terminated 0 of 1; 1 left: IKE_SA gw #1 (DELETING)\n"
        "anyvici: terminate: terminating SA failed (sending DELETE for IKE_SA gw[1])\n"
    )


async def test_forced_at_once(charon: SimulatedCharon) -> None:
    """A peer that is gone is not waited for, as swanctl has it."""
    async with loaded(charon) as client:
        await client.initiate(child="net")
        charon.peer_down("gw")
        ended = await anyvici(charon.address, "terminate", "--ike", "gw", "--force")
        assert (ended.code, ended.errors) == (0, "")
        assert await there(client) == []


async def test_forced(charon: SimulatedCharon) -> None:
    """The daemon says that it has failed, though the SA is gone: both is told."""
    async with loaded(charon) as client:
        await client.initiate(child="net")
        charon.peer_down("gw")
        line = ["terminate", "--ike", "gw", "--timeout", "0.1", "--force"]
        ended = await anyvici(charon.address, *line)
        assert ended.code == 1
        state, error = ended.errors.splitlines()
        assert state == "terminated 0 of 1; none of them is left"
        assert error.startswith("anyvici: terminate: terminating SA failed (")
        assert await there(client) == []


async def test_terminate_without_waiting(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="net")
        charon.peer_down("gw")
        ended = await anyvici(charon.address, "terminate", "--ike", "gw", "-t", "-1")
        assert (ended.code, ended.out) == (0, "terminating 1 of 1, not waiting\n")
        assert await there(client) == ["gw #1 DELETING", "net #1 INSTALLED"]


# The others.


async def test_rekey(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="net")
        ended = await anyvici(charon.address, "rekey", "--ike", "gw")
        assert (ended.code, ended.out) == (0, "rekeying 1 SA\n")
        await until_there(client, "gw #2 ESTABLISHED", "net #1 INSTALLED")
        ended = await anyvici(charon.address, "--json", "rekey", "--child", "net")
        assert ended.records == [{"success": True, "matches": 1}]
        ended = await anyvici(charon.address, "rekey", "--ike-id", "2", "--reauth")
        assert (ended.code, ended.out) == (0, "reauthenticating 1 SA\n")


async def test_redirect(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="net")
        line = ["redirect", "--peer-id", "sun", "--peer-ip", "192.0.2.0/24", "-g", "192.0.2.9"]
        ended = await anyvici(charon.address, *line)
        assert (ended.code, ended.out) == (0, "redirecting 1 SA\n")
        ended = await anyvici(charon.address, "redirect", "-i", "x", "-g", "192.0.2.9")
        assert (ended.code, ended.out) == (1, "")


async def test_install_and_uninstall(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        ended = await anyvici(charon.address, "install", "--child", "net", "--ike", "gw")
        assert (ended.code, ended.out) == (0, "installed net\n")
        assert [policy.child for policy in await client.list_policies()] == ["net"]
        ended = await anyvici(charon.address, "--json", "uninstall", "--child", "net")
        assert (ended.code, ended.records) == (0, [{"success": True}])
        assert await client.list_policies() == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("initiate", "initiate needs --child, --ike or both"),
        ("initiate -c net -t 0", "--timeout 0 would have a thread of the daemon wait without end"),
        ("initiate -c net -t nan", "--timeout nan would"),
        ("terminate -c net -t 0", "--timeout 0 would"),
        ("initiate -c net -l 5", "'--loglevel'"),
        ("initiate -c net --on-interrupt stay", "'--on-interrupt'"),
        ("terminate", "terminate needs one of --ike, --ike-id, --child and --child-id"),
        ("terminate -i gw -I 1", "terminate would take --ike OR --ike-id: give one of them"),
        ("rekey -i gw -I 1", "rekey would take --ike OR --ike-id: give one of them"),
        ("rekey", "rekey needs one of"),
        ("redirect -i gw", "'--gateway'"),
        ("redirect -g 192.0.2.9", "redirect needs one of"),
        ("install", "'--child'"),
        ("uninstall", "'--child'"),
    ],
)
async def test_what_makes_no_sense(line: str, told: str) -> None:
    """Nobody has to be asked to find that out."""
    ended = await anyvici("/nonexistent/charon.vici", *line.split())
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.errors
    assert ended.errors.count("\n") == 1


FROM_A_PEER = {
    "group": "IKE",
    "level": 1,
    "ikesa-name": "gw",
    "ikesa-uniqueid": 1,
    "msg": "received [/bold] \x1b[31m \u202e",
}
HARMLESS = "[IKE] received [/bold] \\x1b[31m \\u202e"


async def test_no_terminal_obeys_a_peer(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        charon.peer_down("gw")
        async with running(charon.address, "initiate", "-c", "net") as program:
            await program.line()
            charon.emit("control-log", FROM_A_PEER)
            while "received" not in (told := await program.line()):
                pass
            await client.terminate(ike="gw")
            assert (await program.ended()).code == 1
    assert told == HARMLESS


# What was there before.


async def test_rekeyings_are_followed(charon: SimulatedCharon) -> None:
    """What was there is not taken for something new because it was replaced."""
    async with loaded(charon) as client:
        await client.initiate(child="net")
        async with Others.noted(client) as others:
            named = {1}
            await client.rekey(child="net")
            await client.rekey(ike="gw")
            while "net #2 INSTALLED" not in await there(client):
                await anyio.sleep(0.01)
            await client.initiate(child="other")
            await others.catch_up(named)
            (ike_sa,) = await client.list_sas()
            assert others.has(ike_sa)
            assert named == {1, 2}
            assert others.without(ike_sa.child_sas, "net") == []
            assert [sa.uniqueid for sa in others.without(ike_sa.child_sas, "other")] == [3]


# In a terminal.


async def test_the_terminal_is_closed(charon: SimulatedCharon, tmp_path) -> None:
    """There is nobody left to be told anything, but what was begun is ended."""
    async with loaded(charon) as client, tmux(tmp_path, 80, 24) as terminal:
        charon.peer_down("gw")
        await terminal.run("set", "-g", "exit-empty", "off")
        await terminal.start(charon.address, "initiate", "-c", "net", "--on-interrupt", "terminate")
        await terminal.shows("[NET] sending packet")
        await until_there(client, "gw #1 CONNECTING")
        await terminal.run("kill-pane")
        await until_there(client)


async def test_the_spinner(charon: SimulatedCharon, tmp_path) -> None:
    async with loaded(charon) as client, tmux(tmp_path, 80, 24) as terminal:
        charon.peer_down("gw")
        await terminal.start(charon.address, "initiate", "-c", "net", "--on-interrupt", "terminate")
        await terminal.shows("[NET] sending packet: from 192.0.2.1[500] to 192.0.2.7[500]")
        assert await terminal.tells("cursor_flag") == "0"
        charon.emit("control-log", FROM_A_PEER)
        await terminal.shows(HARMLESS)
        await terminal.keys("C-c")
        lines = await terminal.shows("interrupted: IKE_SA gw #1 was ended")
        assert not any("[IKE]" in line for line in lines)
        await terminal.shell("echo = $?")
        await terminal.shows("= 130")
        assert await terminal.tells("cursor_flag") == "1"
        assert await there(client) == []
