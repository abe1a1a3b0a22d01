"""The lists: what they print for people, and what can be asked for."""

import re
from typing import Any

import pytest
from rich.cells import cell_len

import anyvici as library
from anyvici.testing import SimulatedCharon
from tests.cli.program import anyvici
from tests.cli.screens import bare

pytestmark = pytest.mark.anyio

LISTS = "list-sas list-pols list-conns list-pools list-authorities list-certs".split()
ENDS: dict[str, Any] = {
    "local": {"auth": "psk", "id": "moon.example.com"},
    "remote": {"auth": "psk"},
    "remote_addrs": ["192.0.2.7"],
}


@pytest.fixture
async def loaded(charon: SimulatedCharon) -> SimulatedCharon:
    """A daemon with some of everything."""
    async with library.connect(charon.address) as client:
        children = {
            "net": {"local_ts": ["10.1.0.0/16", "fec1::/16"], "remote_ts": ["10.2.0.0/16"]},
            "drop": {"mode": "drop", "remote_ts": ["10.9.0.0/16[tcp/https]"]},
            "pass": {"mode": "pass"},
        }
        await client.load_conn("gw", {**ENDS, "version": 2, "children": children, "dpd_delay": 30})
        await client.load_shared(type="IKE", data="secret")
        await client.initiate(child="net", timeout=5)
        await client.install("net", ike="gw")
        await client.install("drop", ike="gw")
        await client.load_pool("homes", {"addrs": "10.3.0.0/28"})
    charon.traffic("net", octets_in=1288490189, octets_out=512)
    return charon


async def test_sas(loaded: SimulatedCharon) -> None:
    ended = await anyvici(loaded.address, "list-sas")
    assert (ended.code, ended.errors) == (0, "")
    header, ike, child = ended.lines
    assert header.split() == "NAME ID STATE LOCAL REMOTE IN OUT AGE REKEY".split()
    assert ike.split()[:3] == ["gw", "1", "ESTABLISHED"]
    assert child.split()[:3] == ["net", "1", "INSTALLED"]
    assert child.startswith("  net ")
    assert "10.1.0.0/16 fec1::/16  10.2.0.0/16" in child
    assert " 1.2 GiB     512 B " in child
    assert re.search(r" \d+m\d+s$", child)


async def test_sas_with_everything(loaded: SimulatedCharon) -> None:
    ended = await anyvici(loaded.address, "list-sas", "--long")
    facts = [line.strip() for line in ended.lines]
    assert "local     moon.example.com @ 192.0.2.1[4500]" in facts
    assert "crypto    AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/CURVE_25519" in facts
    assert "mode      TUNNEL ESP reqid 1" in facts
    assert [
        fact for fact in facts if re.fullmatch(r"in +[0-9a-f]{8}, 1\.2 GiB, \d+ packets.*", fact)
    ]
    assert [fact for fact in facts if re.fullmatch(r"expires +in 1h\d+m", fact)]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--ike", "gw"], 2),
        (["-i", "other"], 0),
        (["--ike-id", "1"], 2),
        (["-I", "2"], 0),
        (["--child", "net"], 2),
        (["-c", "other"], 1),
        (["--child-id", "1"], 2),
        (["-C", "7"], 1),
        (["-n", "-i", "gw"], 2),
    ],
)
async def test_which_sas(loaded: SimulatedCharon, options: list[str], count: int) -> None:
    ended = await anyvici(loaded.address, "list-sas", *options)
    assert (ended.code, ended.errors) == (0, "")
    assert len(ended.lines[1:]) == count


@pytest.mark.parametrize(
    ("options", "modes"),
    [
        ([], ["TUNNEL", "DROP"]),
        (["--trap"], ["TUNNEL"]),
        (["-d"], ["DROP"]),
        (["-p"], []),
        (["-t", "-d"], ["TUNNEL", "DROP"]),
        (["--child", "drop"], ["DROP"]),
        (["--ike", "other"], []),
    ],
)
async def test_which_policies(
    loaded: SimulatedCharon, options: list[str], modes: list[str]
) -> None:
    ended = await anyvici(loaded.address, "list-pols", *options)
    assert (ended.code, ended.errors) == (0, "")
    assert [line.split()[1] for line in ended.lines[1:]] == modes


async def test_policies(loaded: SimulatedCharon) -> None:
    short = await anyvici(loaded.address, "list-pols", "-t")
    assert short.lines[1].split() == "gw/net TUNNEL 10.1.0.0/16 fec1::/16 10.2.0.0/16".split()
    long = await anyvici(loaded.address, "list-pols", "--long", "-d")
    assert long.lines[2:] == ["  local     dynamic", "  remote    10.9.0.0/16[tcp/https]"]


async def test_connections(loaded: SimulatedCharon) -> None:
    ended = await anyvici(loaded.address, "list-conns")
    assert ended.lines == [
        "gw  IKEv2, no reauthentication, rekeying every 4h, dpd delay 30s, unique no",
        "  local        %any",
        "  remote       192.0.2.7",
        "  local pre-shared key authentication",
        "    id           moon.example.com",
        "  remote pre-shared key authentication",
        "  net  TUNNEL, rekeying every 1h",
        "    local        10.1.0.0/16 fec1::/16",
        "    remote       10.2.0.0/16",
        "  drop  DROP",
        "    local        dynamic",
        "    remote       10.9.0.0/16[tcp/https]",
        "  pass  PASS",
        "    local        dynamic",
        "    remote       dynamic",
    ]
    assert (await anyvici(loaded.address, "list-conns", "--ike", "other")).out == ""


async def test_all_that_a_connection_can_have(charon: SimulatedCharon) -> None:
    config = {
        "version": 1,
        "remote_addrs": ["192.0.2.0/24", "vpn.test"],
        "dpd_delay": 30,
        "dpd_timeout": 90,
        "ppk_id": "bob",
        "local-1": {"auth": "eap-5-32473", "eap_id": "bob", "aaa_id": "aaa"},
        "remote-1": {"auth": "xauth-generic", "groups": ["staff", "guests"]},
        "children": {
            "net": {
                "rekey_time": 0,
                "rekey_bytes": 10**10,
                "rekey_packets": 5,
                "interface": "eth0",
            },
            "two": {"rekey_time": 0, "dpd_action": "start", "priority": 5},
        },
    }
    async with library.connect(charon.address) as client:
        await client.load_conn("gw", config)
    lines = (await anyvici(charon.address, "list-conns")).lines
    assert lines[0].startswith(
        "gw  IKEv1, reauthentication every 4h, dpd delay 30s, dpd timeout 1m"
    )
    for line in (
        "  remote       192.0.2.0/24 vpn.test",
        "  ppk          bob, not required",
        "  local EAP_OTP of vendor 32473 authentication",
        "    aaa_id       aaa",
        "  remote XAuth generic authentication",
        "    groups       staff, guests",
        "  net  TUNNEL, rekeying every 9.3 GiB or 5 packets",
        "    interface    eth0",
        "  two  TUNNEL, no rekeying, dpd action start",
        "    priority     5",
    ):
        assert line in lines


async def test_pools(loaded: SimulatedCharon) -> None:
    ended = await anyvici(loaded.address, "list-pools", "--leases")
    header, pool = (line.split() for line in ended.lines)
    assert header == "NAME BASE SIZE ONLINE OFFLINE FREE".split()
    assert pool == "homes 10.3.0.0 14 0 0 14".split()
    assert (await anyvici(loaded.address, "list-pools", "-n", "other")).out == ""


async def test_leases() -> None:
    async with (
        SimulatedCharon(hosts=["10.99.0.1"]) as moon,
        SimulatedCharon(hosts=["10.99.0.2"]) as sun,
    ):
        moon.peer(sun)
        secret = {"type": "IKE", "data": "secret"}
        async with library.connect(moon.address) as client:
            ends = {"local": {"auth": "psk", "id": "carol"}, "remote": {"auth": "psk"}}
            where = {"remote_addrs": ["10.99.0.2"], "vips": ["0.0.0.0"]}
            await client.load_conn("home", {**ends, **where, "children": {"home": {}}})
            await client.load_shared(**secret)
            async with library.connect(sun.address) as peer:
                await peer.load_pool("homes", {"addrs": "10.3.0.0/28"})
                ends = {"local": {"auth": "psk"}, "remote": {"auth": "psk"}}
                children = {"home": {"local_ts": ["0.0.0.0/0"]}}
                await peer.load_conn("home", {**ends, "pools": ["homes"], "children": children})
                await peer.load_shared(**secret)
            await client.initiate(child="home", timeout=5)
        lines = (await anyvici(sun.address, "list-pools", "-l")).lines
        assert lines[1].split() == "homes 10.3.0.0 14 1 0 13".split()
        assert lines[2].startswith("  10.3.0.1 ")
        assert lines[2].split()[1:] == ["online", "carol"]
        assert len((await anyvici(sun.address, "list-pools")).lines) == 2


@pytest.mark.parametrize("command", LISTS)
async def test_an_empty_list_is_no_failure(charon: SimulatedCharon, command: str) -> None:
    for options in ([], ["--json"]):
        ended = await anyvici(charon.address, command, *options)
        assert (ended.code, ended.out, ended.errors) == (0, "", "")


@pytest.mark.parametrize("command", [*LISTS, "counters", "stats", "list-algs", "version"])
async def test_json_is_an_object_a_line(loaded: SimulatedCharon, command: str) -> None:
    behind = await anyvici(loaded.address, command, "--json")
    before = await anyvici(loaded.address, "--json", command)
    assert behind.code == before.code == 0
    assert [list(each) for each in behind.records] == [list(each) for each in before.records]
    assert behind.records or command in ("list-authorities", "list-certs")


@pytest.mark.parametrize("width", [60, 80, 200])
async def test_tables_fit_the_terminal(
    loaded: SimulatedCharon, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for command in ("list-sas", "list-pols", "list-pools", "counters", "stats", "list-algs"):
        lines = (await anyvici(loaded.address, command, screen=True)).lines
        assert max(cell_len(bare(line)) for line in lines) <= width
        assert any("\x1b[" in line for line in lines)


# What is wrong.


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("list-sas --child-id net", "'--child-id'"),
        ("list-sas -C 0", "uniqueid"),
        ("list-sas --ike gü", "printable ASCII"),
        ("list-certs --type x510", "x510"),
        ("list-certs --flag cb", "cb"),
        ("list-certs --flag ca --type pubkey", "--type x509"),
        ("list-certs --pem --json", "--pem or --json"),
        ("flush-certs -t x510", "x510"),
        ("counters --all --name gw", "--name or --all"),
        ("list-pools homes", "homes"),
    ],
)
async def test_arguments_that_make_no_sense(charon: SimulatedCharon, line: str, told: str) -> None:
    ended = await anyvici(charon.address, *line.split())
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.errors
    assert ended.errors.count("\n") == 1


async def test_options_of_every_command_stand_before_and_behind(loaded: SimulatedCharon) -> None:
    """Those behind count."""
    nowhere = "/nonexistent/charon.vici"
    for options in (["--uri", loaded.address], ["-u", loaded.address, "--json"]):
        ended = await anyvici(nowhere, "list-pools", *options)
        assert (ended.code, ended.errors) == (0, "")
        assert "homes" in ended.out
    assert (await anyvici(loaded.address, "list-pools", "--uri", nowhere)).code == 3
