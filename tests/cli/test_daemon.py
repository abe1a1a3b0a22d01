"""version, stats, list-algs, counters, reload-settings, flush-certs: the daemon itself."""

import pytest

import anyvici as library
from anyvici import Stats
from anyvici.cli.show.daemon import stats_lines
from anyvici.testing import SimulatedCharon
from tests.cli.program import anyvici
from tests.cli.screens import plain, terminal
from tests.cli.test_records import STATS

pytestmark = pytest.mark.anyio

ENDS = {"local": {"auth": "psk"}, "remote": {"auth": "psk"}, "remote_addrs": ["192.0.2.7"]}


async def bring_up(charon: SimulatedCharon) -> None:
    async with library.connect(charon.address) as client:
        await client.load_conn("gw", {**ENDS, "children": {"net": {}}})
        await client.load_shared(type="IKE", data="secret")
        await client.initiate(child="net", timeout=5)


async def test_stats(charon: SimulatedCharon) -> None:
    await bring_up(charon)
    ended = await anyvici(charon.address, "stats")
    assert (ended.code, ended.errors) == (0, "")
    told = dict(line.split("  ", 1) for line in ended.lines)
    assert list(told) == [
        *("uptime", "worker threads", "job queues", "jobs scheduled", "IKE_SAs", "memory"),
        "plugins",
    ]
    assert told["IKE_SAs"].strip() == "1 total, 0 half-open"
    assert "16 total, 11 idle; working: 4 critical" in told["worker threads"]
    assert " x509 " in told["plugins"]


def test_a_daemon_that_is_about_to_freeze_is_red() -> None:
    for idle, red in (("11", False), ("1", True), ("0", True)):
        workers = STATS["workers"] | {"idle": idle}
        stats = Stats.from_section(STATS | {"workers": workers})
        lines = list(stats_lines(terminal(colours=True), stats))
        assert ("\x1b[1;31m" in "".join(lines)) is red


def test_memory_of_a_daemon_that_counts_it_itself() -> None:
    lines = list(stats_lines(plain(), Stats.from_section(STATS)))
    assert "memory          5 B in 1 blocks" in lines


async def test_algorithms(charon: SimulatedCharon) -> None:
    ended = await anyvici(charon.address, "list-algs")
    told = {line.split()[0]: line.split()[1:] for line in ended.lines}
    assert told["encryption"] == ["AES_CBC[aes]", "AES_ECB[aes]"]
    assert "CURVE_25519[curve25519]" in told["ke"]
    assert "aead" not in told


async def test_counters(charon: SimulatedCharon) -> None:
    await bring_up(charon)
    ended = await anyvici(charon.address, "counters")
    assert [line.split() for line in ended.lines[:4]] == [
        ["NAME", "REQ", "IN", "RESP", "OUT", "REQ", "OUT", "RESP", "IN"],
        ["(global)"],
        ["IKE_INIT", "0", "0", "1", "1"],
        ["IKE_AUTH", "0", "0", "1", "1"],
    ]
    assert "  CHILD_SAs       rekeyed 0" in ended.lines
    for options in (["--name", "gw"], ["-n", "gw"], ["--all"], ["-a"]):
        ended = await anyvici(charon.address, "counters", *options)
        assert (ended.code, ended.lines[1]) == (0, "gw")


async def test_counters_of_nobody(charon: SimulatedCharon) -> None:
    ended = await anyvici(charon.address, "counters", "--name", "gw")
    assert (ended.code, ended.out) == (1, "")
    assert "no counters found for this connection" in ended.errors
    ended = await anyvici(charon.address, "counters", "--all")
    assert (ended.code, ended.out) == (0, "")


@pytest.mark.parametrize(
    ("options", "left"), [(["--reset"], ["gw"]), (["-R", "-n", "gw"], [""]), (["-R", "-a"], [""])]
)
async def test_counters_are_reset(
    charon: SimulatedCharon, options: list[str], left: list[str]
) -> None:
    await bring_up(charon)
    ended = await anyvici(charon.address, "counters", *options)
    assert (ended.code, ended.out) == (0, "the counters were set to 0\n")
    async with library.connect(charon.address) as client:
        found = [*await client.get_counters(), *await client.get_counters(all=True)]
    assert [each.name for each in found if each.ike_init_out_req] == left


@pytest.mark.parametrize("command", ["reload-settings", "flush-certs", "counters --reset"])
async def test_what_is_only_done_is_confirmed(charon: SimulatedCharon, command: str) -> None:
    ended = await anyvici(charon.address, *command.split())
    assert (ended.code, ended.out.count("\n"), ended.errors) == (0, 1, "")
    ended = await anyvici(charon.address, "--json", *command.split())
    assert (ended.code, ended.records, ended.errors) == (0, [{"success": True}], "")


async def test_a_refusal(charon: SimulatedCharon) -> None:
    charon.fail("reload-settings", "strongswan.conf is gone")
    ended = await anyvici(charon.address, "reload-settings")
    assert (ended.code, ended.out) == (1, "")
    assert "strongswan.conf is gone" in ended.errors
