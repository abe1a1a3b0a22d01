"""events, monitor-sa and log: what happens, as lines and as JSON."""

import json
import re
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest

from anyvici import Client
from anyvici.testing import SimulatedCharon
from tests.cli.program import PATIENCE, Ended, Running, anyvici, running
from tests.cli.tunnels import loaded

pytestmark = pytest.mark.anyio

VERSION_6 = pytest.mark.charon(version="6.0.6")
NET = "10.1.0.0/16 === 10.2.0.0/16"


@asynccontextmanager
async def watching(charon: SimulatedCharon, *arguments: str) -> AsyncGenerator[Running]:
    """Have events printed by a process, which has told that it is connected."""
    async with running(charon.address, *arguments) as program:
        assert "connected" in await program.line()
        yield program


async def lines(program: Running, count: int) -> list[str]:
    """Return the next lines, each without its time."""
    found = [await program.line() for _ in range(count)]
    assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in found)
    return [line[9:] for line in found]


async def told_of(charon: SimulatedCharon, client: Client, *arguments: str) -> Ended:
    """Return what is printed while a tunnel comes up, is rekeyed and goes down."""
    async with watching(charon, *arguments) as program:
        await client.initiate(child="net")
        await client.rekey(child="net")
        await client.rekey(ike="gw")
        with anyio.fail_after(PATIENCE):
            while not await client.list_sas(ike_id=2):
                await anyio.sleep(0.01)
        await client.terminate(ike="gw")
        return await program.ended()


# Lines.


async def test_a_tunnel(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        ended = await told_of(charon, client, "events", "--count", "6")
    assert ended.code == 0
    assert [line[9:] for line in ended.lines] == [
        "ike up      gw #1 moon 192.0.2.1 === sun 192.0.2.7",
        f"child up    gw #1 net #1 {NET} (sun 192.0.2.7)",
        f"child rekey gw #1 net #1 -> #2 {NET} (sun 192.0.2.7)",
        "ike rekey   gw #1 -> #2 (sun 192.0.2.7)",
        "ike down    gw #2 moon 192.0.2.1 === sun 192.0.2.7",
        f"child down  gw #2 net #2 {NET} (sun 192.0.2.7)",
    ]


async def test_a_tunnel_in_json(charon: SimulatedCharon) -> None:
    before = datetime.now(UTC)
    async with loaded(charon) as client:
        ended = await told_of(charon, client, "--json", "events", "--count", "6")
    assert ended.code == 0
    assert [(each["event"], each.get("up")) for each in ended.records] == [
        ("ike-updown", True),
        ("child-updown", True),
        ("child-rekey", None),
        ("ike-rekey", None),
        ("ike-updown", False),
        ("child-updown", False),
    ]
    up, child_up, child_rekey, ike_rekey, *_ = ended.records
    assert up["ike_sa"]["state"] == "ESTABLISHED"
    assert [sa["name"] for sa in child_up["ike_sa"]["child_sas"]] == ["net"]
    assert (child_rekey["old"]["uniqueid"], child_rekey["new"]["uniqueid"]) == (1, 2)
    assert (ike_rekey["old"]["uniqueid"], ike_rekey["new"]["uniqueid"]) == (1, 2)
    times = [datetime.fromisoformat(each["time"]) for each in ended.records]
    assert times == sorted(times)
    assert before.replace(microsecond=0) <= times[0] <= times[-1] <= datetime.now(UTC)
    assert all(re.fullmatch(r".{19}\.\d{3}Z", each["time"]) for each in ended.records)


@VERSION_6
async def test_an_alert(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        charon.peer_down("gw")
        async with watching(charon, "events") as program:
            await client.initiate(child="net", timeout=-1)
            charon.emit("alert", {"type": "vip-failure"})
            assert await lines(program, 1) == ["alert       vip-failure"]
            section = {"gw": await raw_sa(client)}
            charon.emit("alert", {"type": "retransmit-send", "ike-sa": section})
            (line,) = await lines(program, 1)
            assert line.startswith("alert       retransmit-send gw #1 (")
            await program.interrupted(signal.SIGINT)


async def raw_sa(client: Client) -> Any:
    (sa,) = await client.list_sas()
    return sa.raw


async def test_an_address_that_changes(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="net")
        async with watching(charon, "events") as program:
            ends = {"local-host": "192.0.2.1", "local-port": 4500, "remote-port": 4501}
            message = {**ends, "remote-host": "192.0.2.9", "gw": await raw_sa(client)}
            charon.emit("ike-update", message)
            (line,) = await lines(program, 1)
            await program.interrupted(signal.SIGINT)
    assert line == "ike moves   gw #1 remote 192.0.2.7[4500] -> 192.0.2.9[4501]"


async def test_the_log_among_them(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        async with watching(charon, "events", "--log") as program:
            await client.initiate(child="net")
            found = await lines(program, 3)
            await program.interrupted(signal.SIGINT)
    assert found[0] == "log         01[CFG] vici initiate CHILD_SA 'net'"
    assert re.fullmatch(r"log         \d\d\[IKE\] <gw\|1> initiating IKE_SA .*", found[1])


async def test_what_a_peer_sends_is_harmless(charon: SimulatedCharon) -> None:
    async with watching(charon, "events", "--log") as program:
        charon.flood("log", 1, {"group": "IKE", "level": 1, "thread": 7, "msg": "\x1b[2J a\nb"})
        assert await lines(program, 1) == [r"log         07[IKE] \x1b[2J a b"]
        await program.interrupted(signal.SIGINT)


@pytest.mark.charon(version="6.0.6")  # has alerts: one without is asked twice
async def test_colours_are_for_terminals(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(initiated_when_heard, charon, client)
        ended = await anyvici(charon.address, "events", "--count", "1", screen=True)
    assert "\x1b[32mike up     \x1b[0m gw #1" in ended.out


async def initiated_when_heard(charon: SimulatedCharon, client: Client) -> None:
    """Initiate when somebody has asked for events."""
    with anyio.fail_after(PATIENCE):
        while not any(each.hears("child-updown") for each in charon._here().clients._sessions):
            await anyio.sleep(0.01)
    await client.initiate(child="net")


# Which of them.


async def test_of_one_connection(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        await client.initiate(child="net")
        raw = await raw_sa(client)
        async with watching(charon, "events", "--ike", "gw", "--log", "--count", "3") as program:
            line = {"group": "IKE", "level": 1, "thread": 1, "ikesa-uniqueid": 1}
            for name in ("other", "gw"):
                charon.emit("ike-updown", {"up": "yes", name: raw})
                charon.emit("ike-rekey", {name: {"old": raw, "new": raw}})
                charon.emit("log", {**line, "ikesa-name": name, "msg": f"of {name}"})
            charon.emit("log", {"group": "DMN", "level": 1, "thread": 1, "msg": "of nobody"})
            ended = await program.ended()
    assert [line.split()[1] for line in ended.lines] == ["ike", "ike", "log"]
    assert not any("other" in line for line in ended.lines)


async def test_monitor_sa(charon: SimulatedCharon) -> None:
    async with loaded(charon) as client:
        async with watching(charon, "monitor-sa", "--json", "--count", "2") as program:
            charon.flood("log", 3)
            await client.initiate(child="net")
            ended = await program.ended()
    assert (ended.code, ended.errors) == (0, "")
    assert [each["event"] for each in ended.records] == ["ike-updown", "child-updown"]


async def test_log(charon: SimulatedCharon) -> None:
    async with watching(charon, "log", "--count", "2") as program:
        line = {"group": "IKE", "level": 1, "thread": 7}
        charon.emit("log", {**line, "msg": "first\nsecond"})
        charon.emit("log", {**line, "thread": 13, "msg": "third"})
        ended = await program.ended()
    assert ended.lines == ["07[IKE] first", "07[IKE] second", "13[IKE] third"]
    async with watching(charon, "log", "--json", "--count", "1") as program:
        charon.emit("log", {**line, "msg": "first\nsecond"})
        (record,) = (await program.ended()).records
    assert record | {"time": ""} == {"event": "log", "time": "", **line, "msg": "first\nsecond"}


# What befalls them.


async def test_a_restart(charon: SimulatedCharon) -> None:
    async with watching(charon, "events", "--json") as program:
        charon.restart()
        found = [await record(program) for _ in range(2)]
        async with loaded(charon) as client:
            await client.initiate(child="net")
        found.append(await record(program))
        ended = await program.interrupted(signal.SIGTERM)
    assert [each["event"] for each in found] == ["disconnected", "connected", "ike-updown"]
    assert found[0]["reason"]
    assert found[1]["version"] == "5.9.8"
    assert ended.code == 0


async def record(program: Running) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await program.line())
    return found


async def test_a_restart_for_people(charon: SimulatedCharon) -> None:
    async with watching(charon, "log") as program:
        charon.restart()
        gone, there = await lines(program, 2)
        await program.interrupted(signal.SIGINT)
    assert gone.startswith("disconnected the daemon closed the connection")
    assert there == "connected   strongSwan 5.9.8"


async def test_a_slow_reader(charon: SimulatedCharon) -> None:
    """What is missing is counted, where it is missing, and the daemon is not held up."""
    async with watching(charon, "log", "--json") as program:
        message = {"group": "DMN", "level": 1, "thread": 1, "msg": 300 * "x"}
        charon.flood("log", 20_000, message)
        with anyio.fail_after(PATIENCE):  # until the program has taken all
            while any(each._outgoing for each in charon._here().clients._sessions):
                await anyio.sleep(0.01)
        seen = missing = 0
        while seen + missing < 20_000:
            found = await record(program)
            if found["event"] == "gap":
                missing += found["lost"]
            else:
                seen += 1
        await program.interrupted(signal.SIGINT)
    assert missing > 0
    assert seen + missing == 20_000


async def test_what_cannot_be_read(charon: SimulatedCharon) -> None:
    async with watching(charon, "log", "--json") as program:
        charon.garble("log", times=1)
        charon.flood("log", 2)
        found = [await record(program) for _ in range(2)]
        await program.interrupted(signal.SIGINT)
    assert [each["event"] for each in found] == ["unreadable", "log"]
    assert found[0]["reason"]


# Daemons that lack an event, or are not there.


@pytest.mark.parametrize("version", ["5.9.1", "5.9.8", "6.0.6"])
async def test_what_a_daemon_lacks_is_told_once(version: str, anyio_backend: str) -> None:
    async with SimulatedCharon(version=version) as charon, loaded(charon) as client:
        async with watching(charon, "events", "--count", "1") as program:
            await client.initiate(child="net")
            ended = await program.ended()
    lacking = {"5.9.1": ["ike-update", "alert"], "5.9.8": ["alert"], "6.0.6": []}[version]
    assert ended.code == 0
    assert ended.errors.splitlines() == [
        f"this daemon does not have the event '{event}', it is left out" for event in lacking
    ]


async def test_an_older_daemon_comes_back(tmp_path, anyio_backend: str) -> None:
    path = str(tmp_path / "vici")
    async with AsyncExitStack() as stack:
        async with SimulatedCharon(path, version="6.0.6") as charon:
            program = await stack.enter_async_context(watching(charon, "events"))
        charon = await stack.enter_async_context(SimulatedCharon(path, version="5.9.8"))
        assert "disconnected" in await program.line()
        assert "connected" in await program.line()
        client = await stack.enter_async_context(loaded(charon))
        await client.initiate(child="net")
        assert "ike up" in await program.line()
        assert "'alert', it is left out" in await program.error_line()
        await program.interrupted(signal.SIGINT)


async def test_no_daemon() -> None:
    ended = await anyvici("/nonexistent/charon.vici", "events")
    assert (ended.code, ended.out) == (3, "")


async def test_an_end_that_was_not_meant(charon: SimulatedCharon) -> None:
    """Who waits for so many has not got them."""
    async with watching(charon, "events", "--count", "1") as program:
        ended = await program.interrupted(signal.SIGINT)
    assert (ended.code, ended.out) == (130, "")
