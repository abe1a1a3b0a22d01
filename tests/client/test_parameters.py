"""Parameters that cannot be misread: what is sent, and what is refused before anything is."""

import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import anyvici
from anyvici import Client, IkeUpDown, LoadError, LocalProtocolError
from tests.client.gateway import Gateway, sample

pytestmark = pytest.mark.anyio

Command = Callable[[Client], Awaitable[Any]]

# A call, and the message it makes.
SENT: list[tuple[Command, str, dict[str, Any]]] = [
    (lambda c: c.list_sas(noblock=True, ike="gw"), "list-sas", {"ike": "gw", "noblock": "yes"}),
    (lambda c: c.list_sas(ike_id=5, child_id=7), "list-sas", {"ike-id": "5", "child-id": "7"}),
    (lambda c: c.list_sas(child="net"), "list-sas", {"child": "net"}),
    (
        lambda c: c.list_policies(),
        "list-policies",
        {"trap": "yes", "pass": "yes", "drop": "yes"},
    ),
    (
        lambda c: c.list_policies(trap=False, drop=False, ike="gw", child="net"),
        "list-policies",
        {"ike": "gw", "child": "net", "pass": "yes"},
    ),
    (lambda c: c.list_conns(ike="gw"), "list-conns", {"ike": "gw"}),
    (
        lambda c: c.list_certs(type="x509", flag="ca", subject="CN=x"),
        "list-certs",
        {"type": "X509", "flag": "CA", "subject": "CN=x"},
    ),
    (lambda c: c.list_authorities(name="a"), "list-authorities", {"name": "a"}),
    (lambda c: c.rekey(child="net", reauth=True), "rekey", {"child": "net", "reauth": "yes"}),
    (lambda c: c.rekey(ike="gw", child_id=3), "rekey", {"ike": "gw", "child-id": "3"}),
    (
        lambda c: c.redirect("192.0.2.1", ike_id=4, peer_ip="10.0.0.0/8", peer_id="*@x"),
        "redirect",
        {"gateway": "192.0.2.1", "ike-id": "4", "peer-ip": "10.0.0.0/8", "peer-id": "*@x"},
    ),
    (lambda c: c.install("net", ike="gw"), "install", {"child": "net", "ike": "gw"}),
    (lambda c: c.uninstall("net"), "uninstall", {"child": "net"}),
    (lambda c: c.get_pools(name="p", leases=True), "get-pools", {"name": "p", "leases": "yes"}),
    (lambda c: c.get_counters(name="gw"), "get-counters", {"name": "gw"}),
    (lambda c: c.get_counters(all=True), "get-counters", {"all": "yes"}),
    (lambda c: c.reset_counters(), "reset-counters", {}),
    (lambda c: c.flush_certs(type="x509_crl"), "flush-certs", {"type": "X509_CRL"}),
    (
        lambda c: c.load_shared(type="IKE", data=b"\xff\0", owners=["a", "b"], id="s"),
        "load-shared",
        {"type": "IKE", "data": "\udcff\0", "owners": ["a", "b"], "id": "s"},
    ),
    (lambda c: c.load_key(type="any", data="PEM"), "load-key", {"type": "any", "data": "PEM"}),
    (
        lambda c: c.load_conn("gw", {"version": 2, "local_addrs": ["192.0.2.1"]}),
        "load-conn",
        {"gw": {"version": "2", "local_addrs": ["192.0.2.1"]}},
    ),
    (lambda c: c.load_pool("p", {"addrs": "::/120"}), "load-pool", {"p": {"addrs": "::/120"}}),
    (lambda c: c.unload_conn("gw"), "unload-conn", {"name": "gw"}),
    (lambda c: c.unload_pool("p"), "unload-pool", {"name": "p"}),
    (lambda c: c.unload_authority("a"), "unload-authority", {"name": "a"}),
    (lambda c: c.load_authority("a", {"file": "/ca"}), "load-authority", {"a": {"file": "/ca"}}),
    (
        lambda c: c.load_cert(type="x509", data=b"DER", flag="ca"),
        "load-cert",
        {"type": "x509", "data": "DER", "flag": "ca"},
    ),
    (
        lambda c: c.load_token(handle="ab", slot=1, module="m", pin="1234"),
        "load-token",
        {"handle": "ab", "slot": "1", "module": "m", "pin": "1234"},
    ),
    (lambda c: c.unload_key("77"), "unload-key", {"id": "77"}),
    (lambda c: c.unload_shared("s"), "unload-shared", {"id": "s"}),
    (lambda c: c.get_conns(), "get-conns", {}),
    (lambda c: c.get_authorities(), "get-authorities", {}),
    (lambda c: c.get_keys(), "get-keys", {}),
    (lambda c: c.get_shared(), "get-shared", {}),
    (lambda c: c.get_algorithms(), "get-algorithms", {}),
    (lambda c: c.clear_creds(), "clear-creds", {}),
    (lambda c: c.reload_settings(), "reload-settings", {}),
    (lambda c: c.stats(), "stats", {}),
]  # fmt: skip


# Enough for most commands to be content with; every key of get-pools' answer is a pool.
ANSWER = {"matches": 1, "counters": {}, "id": "77", "conns": [], "authorities": [], "keys": []}
ANSWERS = {"get-pools": {}, "get-algorithms": {}, "stats": sample("stats")}


@pytest.mark.parametrize(("call", "command", "message"), SENT)
async def test_what_is_sent(
    call: Command, command: str, message: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway()
    gateway.answers = {command: ANSWERS.get(command, ANSWER)}
    async with gateway.client(monkeypatch) as client:
        await call(client)
    assert gateway.asked == [(command, message)]


REFUSED: list[tuple[Command, str]] = [
    (lambda c: c.terminate(), "terminate needs one of"),
    (lambda c: c.rekey(), "rekey needs one of"),
    (lambda c: c.terminate(ike="gw", ike_id=5), "ike='gw' OR ike_id=5"),
    (lambda c: c.rekey(ike="gw", ike_id=5), "ike='gw' OR ike_id=5"),
    (lambda c: c.redirect("192.0.2.1"), "redirect needs one of"),
    (lambda c: c.initiate(), "initiate needs child, ike or both"),
    (lambda c: c.list_policies(trap=False, pass_=False, drop=False), "needs one of trap, pass_"),
    (lambda c: c.terminate(ike="\u00fc"), "terminate: ike is printable ASCII, not 'ü'"),
    (lambda c: c.list_sas(ike="a\nb"), "list-sas: ike is printable ASCII"),
    (lambda c: c.terminate(ike_id=0), "terminate: ike_id is a uniqueid, from 1 up, not 0"),
    (lambda c: c.list_sas(child_id=-1), "list-sas: child_id is a uniqueid"),
    (lambda c: c.list_certs(type="x510"), "list-certs: type is one of .*X509_CRL.*, not 'x510'"),
    (lambda c: c.list_certs(flag="root"), "list-certs: flag is one of"),
    (lambda c: c.flush_certs(type="all"), "flush-certs: type is one of"),
    (lambda c: c.get_counters(name="gw", all=True), "name='gw' or all=True, not both"),
    (lambda c: c.load_conn("gw", {"rekey_tme": 5}), r"gw\.rekey_tme.*rekey_time"),  # type: ignore[typeddict-unknown-key]
]


@pytest.mark.parametrize(("call", "text"), REFUSED)
async def test_what_is_refused(call: Command, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client:
        with pytest.raises(LocalProtocolError, match=text):
            await call(client)
    assert gateway.asked == []


WRONG_TYPES: list[Command] = [
    lambda c: c.list_sas(ike_id="5"),  # type: ignore[arg-type]
    lambda c: c.terminate(ike_id=True),
    lambda c: c.list_sas(ike=b"gw"),  # type: ignore[arg-type]
    lambda c: c.list_certs(type=5),  # type: ignore[arg-type]
    lambda c: c.load_shared(type="IKE", data="x", owners="moon"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("call", WRONG_TYPES)
async def test_wrong_types(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client:
        with pytest.raises((TypeError, LocalProtocolError)):
            await call(client)
    assert gateway.asked == []


async def test_a_forgotten_command_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Gateway().client(monkeypatch) as client:
        with pytest.warns(RuntimeWarning, match="the command list-sas was never sent"):
            client.list_sas()
            gc.collect()
        with pytest.warns(RuntimeWarning, match="the command initiate was never sent"):
            client.initiate(child="net")
            gc.collect()


async def test_a_command_is_entered_once_and_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Gateway().client(monkeypatch) as client:
        items = client.list_sas()
        with pytest.raises(RuntimeError, match="enter list-sas first"):
            await anext(items)
        with pytest.raises(RuntimeError, match="only after the last item"):
            items.reply  # noqa: B018
        assert await items == []
        assert items.reply == {}
        with pytest.raises(RuntimeError, match="awaited or entered once"):
            await items
        events = client.subscribe(IkeUpDown)
        assert events.lost == 0
        with pytest.raises(RuntimeError, match="enter the subscription first"):
            await anext(events)
        async with events:
            assert events.lost == 0
            with pytest.raises(RuntimeError, match="entered once"):
                await events.__aenter__()
        for wrong in ((), ("ike-updown",), (IkeUpDown, int)):
            with pytest.raises(TypeError, match="subscribe\\(\\) takes"):
                client.subscribe(*wrong)


async def test_load_conns_tells_which_were_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    configs = {name: {"version": 2} for name in ("one", "bad one", "two", "bad two")}
    async with gateway.client(monkeypatch) as client:
        with pytest.raises(LoadError) as caught:
            await client.load_conns(configs)
        assert list(caught.value.failed) == ["bad one", "bad two"]
        assert "bad two: load-conn: no bad two" in str(caught.value)
        assert gateway.count("load-conn") == 4
        with pytest.raises(LocalProtocolError, match="two.version"):
            await client.load_conns({"one": {}, "two": {"version": 3}})
        assert gateway.count("load-conn") == 4  # nothing was sent


# Every command of VICI up to strongSwan 6.0.6, and the method that sends it.
COMMANDS = """version stats reload-settings initiate terminate rekey redirect install uninstall
list-sas list-policies list-conns get-conns list-certs list-authorities get-authorities load-conn
unload-conn load-cert load-key unload-key get-keys load-token load-shared unload-shared get-shared
flush-certs clear-creds load-authority unload-authority load-pool unload-pool get-pools
get-algorithms get-counters reset-counters""".split()


def test_there_is_a_method_for_every_command() -> None:
    assert len(COMMANDS) == 36
    methods = {name for name in dir(Client) if not name.startswith("_")}
    others = {"load_conns", "subscribe", "tunnel", "reconnects"}
    assert methods == {command.replace("-", "_") for command in COMMANDS} | others


def test_there_is_a_class_for_every_event() -> None:
    lists = {"list-sa", "list-policy", "list-conn", "list-cert", "list-authority"}
    events = {"log", "control-log", "ike-updown", "child-updown", "ike-rekey", "child-rekey"}
    classes = {c for c in vars(anyvici).values() if isinstance(c, type)}
    typed = {c.event for c in classes if issubclass(c, anyvici.TypedEvent) and "event" in vars(c)}
    assert typed == events | {"ike-update", "alert"}
    assert len(typed | lists) == 13
