"""What the command line prints as JSON is what swanctl --raw says of the same daemon, key by key.

What changes by itself, times above all, is asked for before and after, and swanctl's has to lie
between.
"""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from anyvici import Client
from tests.cli.program import anyvici
from tests.conformance.gateways import Gateways
from tests.conformance.identities import Identities
from tests.conformance.raw import Section, parse, raw
from tests.conformance.records import Record, assert_same, shaped
from tests.conformance.state import eventually
from tests.conformance.swanctl import swanctl
from tests.conformance.talks import (
    joined,
    load_both,
    load_pubkey,
    load_roadwarrior,
    unload_all,
)
from tests.testing.certificates import name, public_key, revocation_list

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(shutil.which("swanctl") is None, reason="there is no swanctl"),
]

SAMPLES = Path(__file__).parent.parent / "samples"


@dataclass(frozen=True)
class Stage:
    """The two gateways, and who asks them what they have."""

    gateways: Gateways
    moon: Client
    sun: Client

    async def compared(self, ours: str, theirs: str | None = None, side: str = "moon") -> str:
        """Compare what one of our commands prints with what swanctl does; return ours."""
        asked = (theirs or f"--{ours}").split()
        first = await self._records(ours, side)
        dumped = parse(await self._swanctl(*asked, "--pretty", side=side))
        last = await self._records(ours, side)
        as_raw = await self._swanctl(*asked, "--raw", side=side)
        assert numberless(raw(dumped)) == numberless(as_raw)
        assert_same(told(dumped), first, last)
        await self._assert_readable(ours, side, bool(last))
        return json.dumps(last)

    async def _assert_readable(self, command: str, side: str, found: bool) -> None:
        ended = await anyvici(self.gateways.addresses[side], *command.split())
        assert (ended.code, ended.errors, bool(ended.lines)) == (0, "", found)
        assert all(line.isprintable() for line in ended.lines)

    async def _records(self, command: str, side: str) -> list[Record]:
        ended = await anyvici(self.gateways.addresses[side], "--json", *command.split())
        assert (ended.code, ended.errors) == (0, "")
        return [{key: each[key] for key in each if key != "parsed"} for each in ended.records]

    async def _swanctl(self, *arguments: str, side: str) -> str:
        _, _, printed = (await swanctl(self.gateways, *arguments, name=side)).partition("\n")
        assert "\n! " not in printed
        return printed


def numberless(text: str) -> str:
    """Return a text in which all numbers are alike: many are others a moment later."""
    return re.sub(r"(?<=running=)[0-9]+ [a-z]+|[0-9]+", "0", text)


def told(messages: list[tuple[str, Section]]) -> list[Record]:
    """Return what our JSON should have, object by object."""
    label, reply = messages[-1]
    if label in ("get-pools reply", "counters reply"):
        sections = dict(reply).get("counters", reply)
        assert isinstance(sections, tuple)
        return [shaped(each, title) for title, each in sections if isinstance(each, tuple)]
    if label in ("stats reply", "version reply", "get-algorithms reply"):
        return [shaped(reply)]
    assert reply == ()
    return [_item(item) for _, item in messages[:-1]]


def _item(item: Section) -> Record:
    (title, first), *others = item
    return shaped(item) if others else shaped(first, title)  # type: ignore[arg-type]


@pytest.fixture
def stage(gateways: Gateways, client: Client, peer: Client) -> Stage:
    return Stage(gateways, client, peer)


async def test_the_daemon(stage: Stage) -> None:
    await stage.compared("version", "--version --daemon")
    assert "AES_CBC" in await stage.compared("list-algs")
    assert "mallinfo" in await stage.compared("stats")


async def test_what_is_not_there(stage: Stage) -> None:
    await unload_all(stage.moon)
    for command in ("list-sas", "list-pols", "list-conns", "list-pools", "list-authorities"):
        assert await stage.compared(command) == "[]"


async def test_sas(stage: Stage) -> None:
    """One with a virtual address and an EAP identity, one without; and what comes of them."""
    await load_roadwarrior(stage.moon, stage.sun)
    await load_both(stage.moon, stage.sun, "gw", alone=False)
    await stage.moon.initiate(child="home")
    await stage.moon.initiate(ike="gw", child="net")
    await eventually(_is_up, stage.sun)
    await stage.gateways.exchange(b"some octets")
    here = await stage.compared("list-sas")
    there = await stage.compared("list-sas", side="sun")
    for word in ('"local_vips": ["10.3.0.1"]', "dh_group", "use_in", '"nat_any"', "INSTALLED"):
        assert word in here
    assert '"remote_id": "carol"' in there
    assert '"remote_vips": ["10.3.0.1"]' in there
    assert "home" not in await stage.compared("list-sas --ike gw")
    assert await stage.compared("list-sas --ike nowhere") == "[]"
    assert "carol" in await stage.compared("list-pools --leases", side="sun")
    assert "carol" not in await stage.compared("list-pools --name homes", side="sun")
    for command in ("counters", "counters --all", "counters --name gw", "stats"):
        assert "ike" in await stage.compared(command)
    await stage.moon.terminate(ike="home")
    await eventually(_is_offline, stage.sun)
    assert '"offline": 1' in await stage.compared("list-pools -l", "--list-pools -l", side="sun")


async def _is_up(gateway: Client) -> bool:
    """Return whether a responder has both CHILD_SAs: the initiator knows sooner."""
    return sum(len(sa.child_sas) for sa in await gateway.list_sas()) == 2


async def _is_offline(gateway: Client) -> bool:
    return [pool.offline for pool in await gateway.get_pools()] == [1]


async def test_policies(stage: Stage) -> None:
    shunts = {"pass": {"mode": "pass"}, "drop": {"mode": "drop", "remote_ts": ["10.9.0.0/16"]}}
    await stage.moon.load_conn("shunts", {"children": shunts})
    for child, ike in (("net", "gw"), ("pass", "shunts"), ("drop", "shunts")):
        await stage.moon.install(child, ike=ike)
    assert (await stage.compared("list-pols")).count("10.9.0.0/16") == 1
    for chosen in ("trap", "drop", "pass"):
        assert (await stage.compared(f"list-pols --{chosen}")).count('"mode"') == 1
    assert (await stage.compared("list-pols -t -d --child drop")).count('"mode"') == 1


async def test_configuration(stage: Stage, identities: Identities) -> None:
    await load_pubkey(stage.moon, stage.sun, identities)
    await stage.moon.load_conn("empty", {})
    await stage.moon.load_conn("rich", RICH)
    await stage.moon.load_conn("old", joined("moon", version=1, local={"auth": "psk"}))
    conns = await stage.compared("list-conns")
    for word in ("eap_type", "xauth", "ppk_id", "dpd_timeout", "groups", "interface", "priority"):
        assert f'"{word}"' in conns
    await stage.moon.load_pool("six", {"addrs": "fec3::/97", "dns": ["fec3::53"]})
    assert "fec3::" in await stage.compared("list-pools")
    await stage.moon.load_authority("here", {"cacert": identities.ca.certificate, **URIS})
    assert "cert_uri_base" in await stage.compared("list-authorities")
    await stage.compared("list-authorities --name here")


RICH = {
    "version": 0,
    "local_addrs": ["10.99.0.1", "%any"],
    "remote_addrs": ["192.0.2.0/24", "vpn.test"],
    "reauth_time": "3h",
    "unique": "replace",
    "dpd_delay": 30,
    "dpd_timeout": 90,
    "ppk_id": "Bob",
    "ppk_required": True,
    "local-1": {"auth": "psk", "id": "C=CH, O=strongSwan, CN=moon"},
    "remote-1": {"auth": "eap-md5", "eap_id": "%any", "groups": ["staff", "guests"]},
    "remote-2": {"auth": "xauth-generic", "xauth_id": "bob"},
    "children": {
        "limited": {"rekey_time": 0, "rekey_bytes": 10**10, "rekey_packets": 1000},
        "special": {"interface": "eth0", "priority": 5, "dpd_action": "start", "mode": "beet"},
        "selective": {"local_ts": ["10.0.0.0/8[tcp/https]", "fec1::/16"]},
    },
}
URIS = {
    "crl_uris": ["http://crl.test/1", "http://crl.test/2"],
    "ocsp_uris": ["http://ocsp.test"],
    "cert_uri_base": "http://certs.test/",
}


async def test_certificates(stage: Stage, identities: Identities) -> None:
    """Of all kinds; what is read in them stands apart, and swanctl --raw does not have that."""
    await load_pubkey(stage.moon, stage.sun, identities)
    attributes = json.loads((SAMPLES / "load-cert-ac.json").read_text())["packets"][0]["message"]
    for kind, data in (
        ("X509_AC", bytes.fromhex(attributes["data"]["hex"])),
        ("X509_CRL", revocation_list(name("ca"), 5)),
        ("PUBKEY", public_key("ed25519")),
    ):
        await stage.moon.load_cert(type=kind, data=data)
    everything = await stage.compared("list-certs")
    for word in ("X509_AC", "X509_CRL", "PUBKEY", '"has_privkey": true'):
        assert word in everything
    await stage.compared("list-certs --type x509 --flag ca")
    await stage.compared("list-certs --subject CN=moon")


async def test_what_is_only_done(stage: Stage) -> None:
    await stage.moon.initiate(ike="gw", child="net")
    address = stage.gateways.addresses["moon"]
    for command in ("flush-certs --type x509_crl", "reload-settings", "counters --reset -n gw"):
        ended = await anyvici(address, "--json", *command.split())
        assert (ended.code, ended.records) == (0, [{"success": True}])
    ended = await anyvici(address, "counters", "--name", "gw")
    assert (ended.code, ended.out) == (1, "")
    assert "no counters found for this connection" in ended.errors
