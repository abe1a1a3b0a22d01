"""events and log, next to what swanctl prints of the same happenings, key by key."""

import json
import re
import shutil
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from anyvici import Client
from tests.cli.program import Running, running
from tests.conformance.gateways import Gateways
from tests.conformance.raw import Section, parse
from tests.conformance.records import Record, assert_same, shaped
from tests.conformance.state import eventually
from tests.conformance.swanctl import Watcher, watching
from tests.conformance.talks import load_roadwarrior, the_child, the_sa

pytestmark = pytest.mark.anyio

needs_swanctl = pytest.mark.skipif(shutil.which("swanctl") is None, reason="there is no swanctl")


@asynccontextmanager
async def printing(gateways: Gateways, *arguments: str) -> AsyncGenerator[Running]:
    """Have anyvici print what happens on moon, and listen already."""
    async with running(gateways.addresses["moon"], *arguments) as program:
        assert "connected" in await program.line()
        yield program


async def record(program: Running) -> Record:
    found: Record = json.loads(await program.line())
    return found


# Next to swanctl.


async def knocked(client: Client, watcher: Watcher) -> None:
    """Have an IKE_SA come and go until swanctl tells of it: it does not tell when it listens."""
    lines: list[str] = []
    async with anyio.create_task_group() as tasks:

        async def listen() -> None:
            lines.extend(await watcher.until("ike-updown event"))

        tasks.start_soon(listen)
        while not lines:
            await client.initiate(ike="gw")
            await client.terminate(ike="gw")


async def dumped(watcher: Watcher, spi: str) -> list[tuple[str, Section]]:
    """Return the next two events about an IKE_SA of ours."""
    found: list[tuple[str, Section]] = []
    while len(found) < 2:
        lines = [await watcher.line()]
        while lines[-1] != "}":
            lines.append(await watcher.line())
        if any(spi in line for line in lines):
            found += parse("\n".join(lines))
    return found


def told(label: str, section: Section) -> Record:
    """Return an event of swanctl's as JSON would have it, its values as texts."""
    ike_sa = next(shaped(value, key) for key, value in section if isinstance(value, tuple))
    values = {key: value for key, value in section if isinstance(value, str)}
    return {"event": label.removesuffix(" event"), "ike_sa": ike_sa, **values}


async def ours(program: Running, spi: str) -> list[Record]:
    found: list[Record] = []
    while len(found) < 2:
        each = await record(program)
        if each["ike_sa"]["initiator_spi"] == spi:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each.pop("time"))
            found.append(each)
    return found


@needs_swanctl
@pytest.mark.parametrize("roadwarrior", [False, True], ids=["gw", "home"])
async def test_up_and_down(
    gateways: Gateways, client: Client, peer: Client, roadwarrior: bool
) -> None:
    async with (
        watching(gateways, "--monitor-sa", "--pretty") as watcher,
        printing(gateways, "monitor-sa", "--json") as program,
    ):
        await knocked(client, watcher)
        if roadwarrior:
            await load_roadwarrior(client, peer)
        name, child = ("home", "home") if roadwarrior else ("gw", "net")
        await client.initiate(ike=name, child=child)
        (ike_sa,) = await client.list_sas(ike=name)
        spi = ike_sa.initiator_spi
        theirs = await dumped(watcher, spi)
        records = await ours(program, spi)
        await client.terminate(ike=name)
        theirs += await dumped(watcher, spi)
        records += await ours(program, spi)
        await program.interrupted(signal.SIGINT)
    for (label, section), found in zip(theirs, records, strict=True):
        assert_same(told(label, section), found, found)
    assert [each["up"] for each in records] == [True, True, False, False]


@needs_swanctl
async def test_the_log(gateways: Gateways, client: Client) -> None:
    """Neighbours may have changed places."""
    async with (
        watching(gateways, "--log") as watcher,
        printing(gateways, "log") as program,
    ):
        await listening(client, watcher)
        await client.load_conn("first", {})
        await client.initiate(child="net")
        await client.load_conn("last", {})
        theirs = await watcher.until("added vici connection: last")
        lines = [await program.line()]
        while "added vici connection: last" not in lines[-1]:
            lines.append(await program.line())
        await program.interrupted(signal.SIGINT)
    assert since_first(lines) == since_first(theirs)
    assert any(re.match(r"\d\d\[IKE\] IKE_SA gw\[\d+\] established", line) for line in lines)


async def listening(client: Client, watcher: Watcher) -> None:
    """Load a connection until swanctl tells of it."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(load_for_ever, client)
        await watcher.until("added vici connection: knock")
        tasks.cancel_scope.cancel()


async def load_for_ever(client: Client) -> None:
    while True:
        await client.load_conn("knock", {})
        await client.unload_conn("knock")
        await anyio.sleep(0.01)


def since_first(lines: list[str]) -> list[str]:
    begin = max(number for number, line in enumerate(lines) if "connection: first" in line)
    return sorted(lines[begin:])


# By themselves.


async def test_rekeyings(gateways: Gateways, client: Client) -> None:
    await client.initiate(child="net")
    before = await the_sa(client)
    async with printing(gateways, "events", "--ike", "gw", "--count", "2") as program:
        await client.rekey(child="net")

        async def has_another_child() -> bool:
            (sa,) = await client.list_sas()
            return any(each.uniqueid > the_child(before).uniqueid for each in sa.child_sas)

        await eventually(has_another_child)
        await client.rekey(ike="gw")
        ended = await program.ended()
    child_rekey, ike_rekey = [line[9:] for line in ended.lines]
    number, child = before.uniqueid, the_child(before).uniqueid
    assert re.fullmatch(
        rf"child rekey gw #{number} net #{child} -> #\d+ "
        r"10\.1\.0\.0/16 === 10\.2\.0\.0/16 \(sun 10\.99\.0\.2\)",
        child_rekey,
    )
    assert re.fullmatch(rf"ike rekey   gw #{number} -> #\d+ \(sun 10\.99\.0\.2\)", ike_rekey)


async def test_a_restart(gateways: Gateways, client: Client) -> None:
    async with printing(gateways, "events", "--json") as program:
        await gateways.kill("moon")
        gone = await record(program)
        await gateways.start("moon")
        there = await record(program)
        ended = await program.interrupted(signal.SIGINT)
    assert (gone["event"], there["event"]) == ("disconnected", "connected")
    assert ended.code == 0


async def test_shutting_down(gateways: Gateways, client: Client) -> None:
    """What charon ends before it goes is told before it is told to be gone."""
    await client.initiate(child="net")
    async with printing(gateways, "monitor-sa", "--json") as program:
        await gateways.shut_down("moon")
        found: list[Any] = [await record(program)]
        while found[-1]["event"] != "disconnected":
            found.append(await record(program))
        await gateways.start("moon")
        await program.interrupted(signal.SIGINT)
    assert [(each["event"], each.get("up")) for each in found] == [
        ("ike-updown", False),
        ("child-updown", False),
        ("disconnected", None),
    ]
