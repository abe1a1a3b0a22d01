"""Every command there is, typed, with its success and its failure."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from anyvici import (
    AuthClass,
    CertificateFlag,
    CertificateType,
    ChildSaState,
    Client,
    CommandError,
    IkeSaState,
    LocalProtocolError,
    Mode,
    PacketType,
    Reply,
    decode,
)
from anyvici.wire.protocol import ClientProtocol
from tests.conformance.gateways import Gateways
from tests.conformance.identities import Identities
from tests.conformance.state import eventually
from tests.conformance.talks import assert_down, load_pubkey, load_roadwarrior, the_child, the_sa

pytestmark = pytest.mark.anyio

COMMANDS = frozenset(
    "version stats reload-settings initiate terminate rekey redirect install uninstall list-sas "
    "list-policies list-conns get-conns list-certs list-authorities get-authorities load-conn "
    "unload-conn load-cert load-key unload-key get-keys load-token load-shared unload-shared "
    "get-shared flush-certs clear-creds load-authority unload-authority load-pool unload-pool "
    "get-pools get-algorithms get-counters reset-counters".split()
)

# What never says no: questions about all there is, and what is glad of anything.
WITHOUT_FAILURE = frozenset(
    "version stats list-sas list-policies list-conns get-conns list-certs list-authorities "
    "get-authorities get-keys get-shared clear-creds get-pools get-algorithms "
    "reset-counters".split()
)

# What fails over a file of charon's: tests/live/test_reload.py.
WITHOUT_FAILURE_HERE = frozenset({"reload-settings"})

# There is no token to load a key from.
WITHOUT_SUCCESS = frozenset({"load-token"})


@dataclass(frozen=True)
class Stage:
    """What a command is tried on; `answers` tells which commands were answered yes, and no."""

    moon: Client
    sun: Client
    gateways: Gateways
    identities: Identities
    answers: set[tuple[str, bool]]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, bool]]:
    """Every command that is answered from now on, whether it is answered yes."""
    seen: set[tuple[str, bool]] = set()
    all_occurrences = ClientProtocol.occurrences

    def occurrences(protocol: ClientProtocol[Any]) -> Any:
        for occurrence in all_occurrences(protocol):
            if isinstance(occurrence, Reply) and occurrence.type is PacketType.CMD_RESPONSE:
                success = decode(occurrence.body).get("success") != "no"
                seen.add((occurrence.request.name, success))
            yield occurrence

    monkeypatch.setattr(ClientProtocol, "occurrences", occurrences)
    return seen


@pytest.fixture
def stage(
    client: Client,
    peer: Client,
    gateways: Gateways,
    identities: Identities,
    answers: set[tuple[str, bool]],
) -> Stage:
    return Stage(client, peer, gateways, identities, answers)


Trial = Callable[[Stage], Awaitable[Any]]
SUCCESSES: dict[Trial, list[str]] = {}


def succeeds(*commands: str) -> Callable[[Trial], Trial]:
    """Enter a function into the table, with the commands that it has succeed."""

    def enter(trial: Trial) -> Trial:
        SUCCESSES[trial] = list(commands)
        return trial

    return enter


@succeeds("version")
async def version(stage: Stage) -> None:
    version = await stage.moon.version()
    assert version.daemon.startswith("charon")
    assert tuple(map(int, version.version.split("."))) >= (5, 9, 8)
    assert version.sysname == "Linux"


@succeeds("stats")
async def stats(stage: Stage) -> None:
    await stage.moon.initiate(child="net")

    async def is_complete() -> bool:  # charon counts when it is done with the answer to initiate
        return (await stage.moon.stats()).ikesas.half_open == 0

    await eventually(is_complete)
    stats = await stage.moon.stats()
    assert stats.ikesas.total == 1
    assert 0 < stats.workers.idle < stats.workers.total == 16
    assert stats.workers.active.critical >= 3
    assert {"vici", "kernel-netlink", "counters"} < set(stats.plugins)
    assert stats.uptime.running.endswith(("seconds", "second", "minutes", "minute"))


@succeeds("reload-settings")
async def reload_settings(stage: Stage) -> None:
    assert await stage.moon.reload_settings() is None
    assert await stage.moon.get_conns() == ["gw"]


@succeeds("initiate", "list-sas", "terminate")
async def a_tunnel(stage: Stage) -> None:
    await stage.moon.initiate(ike="gw", child="net")
    ike_sa = await the_sa(stage.moon)
    assert (ike_sa.name, ike_sa.state, ike_sa.initiator) == ("gw", IkeSaState.ESTABLISHED, True)
    ended = await stage.moon.terminate(ike_id=ike_sa.uniqueid)
    assert (ended.matches, ended.terminated) == (1, 1)
    await assert_down(stage.moon, stage.sun)


@succeeds("rekey")
async def rekey(stage: Stage) -> None:
    await stage.moon.initiate(child="net")
    old = the_child(await the_sa(stage.moon))
    assert (await stage.moon.rekey(child_id=old.uniqueid)).matches == 1

    async def is_rekeyed() -> bool:
        children = (await the_sa(stage.moon)).child_sas
        new = [child for child in children if child.state == ChildSaState.INSTALLED]
        return bool(new) and new[0].spi_in != old.spi_in

    await eventually(is_rekeyed)


@succeeds("redirect")
async def redirect(stage: Stage) -> None:
    """moon is told to go where nobody is, and does."""
    await stage.moon.initiate(child="net")
    redirected = await stage.sun.redirect(
        "10.99.0.77", ike="gw", peer_ip="10.99.0.0/24", peer_id="moon"
    )
    assert redirected.matches == 1

    async def is_away() -> bool:
        return any(sa.remote_host == "10.99.0.77" for sa in await stage.moon.list_sas())

    await eventually(is_away)


@succeeds("install", "list-policies", "uninstall")
async def a_trap(stage: Stage) -> None:
    await stage.moon.install("net", ike="gw")
    (policy,) = await stage.moon.list_policies()
    assert (policy.name, policy.ike, policy.child) == ("gw/net", "gw", "net")
    assert policy.mode is Mode.TUNNEL
    assert (policy.local_ts, policy.remote_ts) == (["10.1.0.0/16"], ["10.2.0.0/16"])
    assert await stage.moon.list_policies(trap=False) == []
    await stage.moon.uninstall("net", ike="gw")
    assert await stage.moon.list_policies() == []


@succeeds("load-conn", "get-conns", "list-conns", "unload-conn")
async def a_connection(stage: Stage) -> None:
    await stage.moon.load_conn("other", {"version": 2})
    assert await stage.moon.get_conns() == ["gw", "other"]
    (listed,) = await stage.moon.list_conns(ike="gw")
    assert listed.local[0].class_ is AuthClass.PRE_SHARED_KEY
    await stage.moon.unload_conn("other")
    assert await stage.moon.get_conns() == ["gw"]


@succeeds("load-cert", "list-certs", "flush-certs")
async def a_certificate(stage: Stage) -> None:
    subject = stage.identities["moon"].subject
    certificate = stage.identities["moon"].certificate
    await stage.moon.load_cert(type="X509", data=certificate)
    (listed,) = await stage.moon.list_certs(type="X509", flag="NONE", subject=subject)
    assert (listed.type, listed.flag) == (CertificateType.X509, CertificateFlag.NONE)
    assert not listed.has_privkey
    assert listed.data[:2] == b"\x30\x82"  # DER, though PEM was loaded
    assert await stage.moon.list_certs(type="X509", subject="CN=nobody") == []
    await stage.moon.flush_certs(type="X509_CRL")
    await stage.moon.load_cert(type="X509", data=listed.data)  # what was listed can be loaded
    assert len(await stage.moon.list_certs()) == 1


@succeeds("load-key", "get-keys", "unload-key")
async def a_key(stage: Stage) -> None:
    own = stage.identities["moon"]
    await stage.moon.load_cert(type="X509", data=own.certificate)
    key = await stage.moon.load_key(type="any", data=own.key)
    assert len(bytes.fromhex(key)) == 20
    assert await stage.moon.get_keys() == [key]
    (listed,) = await stage.moon.list_certs()
    assert listed.has_privkey
    await stage.moon.unload_key(key)
    assert await stage.moon.get_keys() == []


@succeeds("load-shared", "get-shared", "unload-shared")
async def a_secret(stage: Stage) -> None:
    await stage.moon.load_shared(type="EAP", data=b"\0\xff", owners=["carol"], id="of carol")
    assert sorted(await stage.moon.get_shared()) == ["gw", "of carol"]
    await stage.moon.unload_shared("of carol")
    assert await stage.moon.get_shared() == ["gw"]


@succeeds("clear-creds")
async def clearing(stage: Stage) -> None:
    await load_pubkey(stage.moon, stage.sun, stage.identities)
    await stage.moon.clear_creds()
    assert await stage.moon.get_keys() == []
    assert await stage.moon.get_shared() == []
    assert not [cert for cert in await stage.moon.list_certs() if cert.has_privkey]


@succeeds("load-authority", "get-authorities", "list-authorities", "unload-authority")
async def an_authority(stage: Stage) -> None:
    ca = stage.identities.ca
    uris = {
        "crl_uris": ["http://crl.test/1", "http://crl.test/2"],
        "ocsp_uris": ["http://ocsp.test"],
        "cert_uri_base": "http://certs.test/",
    }
    await stage.moon.load_authority("tests", {"cacert": ca.certificate, **uris})
    assert await stage.moon.get_authorities() == ["tests"]
    (listed,) = await stage.moon.list_authorities(name="tests")
    assert (listed.name, listed.cacert) == ("tests", ca.subject)
    assert {key: getattr(listed, key) for key in uris} == uris
    (certificate,) = await stage.moon.list_certs(flag="CA", type="X509")
    assert certificate.flag is CertificateFlag.CA
    await stage.moon.unload_authority("tests")
    assert await stage.moon.list_authorities() == []


@succeeds("load-pool", "get-pools", "unload-pool")
async def a_pool(stage: Stage) -> None:
    await stage.moon.load_pool("four", {"addrs": "10.4.0.0/28", "dns": ["10.4.0.1"]})
    await stage.moon.load_pool("six", {"addrs": "fec4::10-fec4::1f"})
    pools = {pool.name: pool for pool in await stage.moon.get_pools(leases=True)}
    assert set(pools) == {"four", "six"}
    assert (pools["four"].base, pools["four"].size) == ("10.4.0.0", 14)
    assert (pools["six"].base, pools["six"].size) == ("fec4::10", 16)
    assert (pools["six"].online, pools["six"].offline, pools["six"].leases) == (0, 0, [])
    (six,) = await stage.moon.get_pools(name="six")
    assert six.leases is None  # not asked for
    await stage.moon.unload_pool("four")
    assert [pool.name for pool in await stage.moon.get_pools()] == ["six"]


@succeeds("get-algorithms")
async def get_algorithms(stage: Stage) -> None:
    algorithms = await stage.moon.get_algorithms()
    assert algorithms.encryption["AES_CBC"] == "aes"
    assert algorithms.hasher["HASH_SHA2_256"] == "sha2"
    assert algorithms.ke["CURVE_25519"] == "curve25519"


@succeeds("get-counters", "reset-counters")
async def counters(stage: Stage) -> None:
    await stage.moon.initiate(child="net")
    (all_of_it,) = await stage.moon.get_counters()
    (of_gw,) = await stage.moon.get_counters(name="gw")
    assert (all_of_it.name, of_gw.name) == ("", "gw")
    assert of_gw.ike_auth_out_req >= 1
    assert all_of_it.ike_init_out_req == all_of_it.ike_init_in_resp == 1
    assert [each.name for each in await stage.moon.get_counters(all=True)] == ["gw"]
    await stage.moon.reset_counters(all=True)
    await stage.moon.reset_counters()
    (all_of_it,) = await stage.moon.get_counters()
    assert all_of_it.ike_init_out_req == 0
    await stage.moon.reset_counters(name="never heard of")  # which is fine with charon


@pytest.mark.parametrize("trial", SUCCESSES, ids=lambda trial: trial.__name__)
async def test_it_succeeds(stage: Stage, trial: Trial) -> None:
    await trial(stage)
    assert {(command, True) for command in SUCCESSES[trial]} <= stage.answers


# Failures, and what charon says then.


async def unload_pool_in_use(stage: Stage) -> None:
    await load_roadwarrior(stage.moon, stage.sun)
    await stage.moon.initiate(child="home")
    await stage.sun.unload_pool("homes")


async def replace_pool_in_use(stage: Stage) -> None:
    await load_roadwarrior(stage.moon, stage.sun)
    await stage.moon.initiate(child="home")
    await stage.sun.load_pool("homes", {"addrs": "10.4.0.0/28"})


async def load_end_entity_as_ca(stage: Stage) -> None:
    certificate = stage.identities["moon"].certificate
    await stage.moon.load_authority("tests", {"cacert": certificate})


FAILURES: list[tuple[str, Trial, str]] = [
    ("initiate", lambda on: on.moon.initiate(child="x"), "CHILD_SA config 'x' not found"),
    ("initiate", lambda on: on.moon.initiate(ike="x"), "IKE_SA config 'x' not found"),
    ("terminate", lambda on: on.moon.terminate(ike="x"), "no matching SAs to terminate found"),
    ("rekey", lambda on: on.moon.rekey(child="x"), "no matching SAs to rekey found"),
    ("redirect", lambda on: on.moon.redirect("::1", ike="x"), "no matching SAs to redirect found"),
    ("install", lambda on: on.moon.install("x"), "configuration name not found"),
    ("uninstall", lambda on: on.moon.uninstall("x"), "policy 'x' not found"),
    (
        "load-conn",
        lambda on: on.moon.load_conn("x", {"local": {"certs": [b"rubbish"]}}),
        "invalid value for: certs, config discarded",
    ),
    ("unload-conn", lambda on: on.moon.unload_conn("x"), "unload: connection 'x' not found"),
    (
        "load-cert",
        lambda on: on.moon.load_cert(type="X509", data=b"rubbish"),
        "parsing X509 certificate failed",
    ),
    (
        "load-cert",
        lambda on: on.moon.load_cert(
            type="X509", flag="CA", data=on.identities["moon"].certificate
        ),
        "ca certificate lacks CA basic constraint, rejected",
    ),
    (
        "load-key",
        lambda on: on.moon.load_key(type="rsa", data=b"rubbish"),
        "parsing RSA private key failed",
    ),
    ("unload-key", lambda on: on.moon.unload_key("00" * 20), "key not found"),
    (
        "load-token",
        lambda on: on.moon.load_token(handle="0a", slot=1, pin="1234"),
        "loading private key from token failed",
    ),
    ("load-authority", load_end_entity_as_ca, "CA certificate missing: tests"),
    (
        "unload-authority",
        lambda on: on.moon.unload_authority("x"),
        "unload: authority 'x' not found",
    ),
    ("load-pool", replace_pool_in_use, "vici pool homes has online leases, unable to replace"),
    ("unload-pool", lambda on: on.moon.unload_pool("x"), "x not found"),
    ("unload-pool", unload_pool_in_use, "homes has online leases, unable to unload"),
    (
        "get-counters",
        lambda on: on.moon.get_counters(name="x"),
        "no counters found for this connection",
    ),
]

# Where charon could only say no to what is not even sent.
REFUSED: dict[str, Trial] = {
    "flush-certs": lambda on: on.moon.flush_certs(type="X510"),
    "load-shared": lambda on: on.moon.load_shared(type="PSK", data="x"),
    "unload-shared": lambda on: on.moon.unload_shared("ü"),
}


@pytest.mark.parametrize(("command", "trial", "errmsg"), FAILURES)
async def test_it_fails(stage: Stage, command: str, trial: Trial, errmsg: str) -> None:
    with pytest.raises(CommandError) as caught:
        await trial(stage)
    assert caught.value.command == command
    assert re.fullmatch(errmsg, caught.value.errmsg)
    assert (command, False) in stage.answers


@pytest.mark.parametrize("command", REFUSED)
async def test_it_is_not_sent(stage: Stage, command: str) -> None:
    with pytest.raises(LocalProtocolError):
        await REFUSED[command](stage)
    assert stage.answers <= {("version", True)}


def test_no_command_is_left_out() -> None:
    assert len(COMMANDS) == 36
    succeeding = [command for commands in SUCCESSES.values() for command in commands]
    assert sorted([*succeeding, *WITHOUT_SUCCESS]) == sorted(COMMANDS)
    failing = {command for command, _, _ in FAILURES} | set(REFUSED)
    assert failing.isdisjoint(WITHOUT_FAILURE)
    assert failing | WITHOUT_FAILURE | WITHOUT_FAILURE_HERE == COMMANDS
