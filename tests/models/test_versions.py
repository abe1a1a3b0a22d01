"""Daemons older and newer than the 5.9.8 of the samples."""

from anyvici.models.connections import ConnectionConfig, Policy
from anyvici.models.daemon import Algorithms, Stats
from anyvici.models.enums import AlertType, ChildSaState, IkeSaState
from anyvici.models.events import Alert, IkeUpDown
from anyvici.models.pools import Pool
from anyvici.models.results import RedirectResult
from anyvici.models.sas import ChildSa, IkeSa
from anyvici.wire.message import Message, encode

from .making import full, least

SECTION_START, SECTION_END = 1, 2


def sections(*pairs: tuple[str, bytes]) -> bytes:
    """Return sections of these names and contents; a dict could not repeat one."""
    return b"".join(
        bytes([SECTION_START, len(name)]) + name.encode() + content + bytes([SECTION_END])
        for name, content in pairs
    )


def child(**keys: str) -> Message:
    return {"reqid": "1", "state": "INSTALLED", "mode": "TUNNEL", "local-ts": ["a"]} | keys


# list-sa


def test_children_of_5_2_0_are_named_after_their_sections() -> None:
    children = {"net": child(), "net2": child(reqid="2")}
    made = IkeSa.from_octets(encode({"gw": least(IkeSa) | {"child-sas": children}}))
    assert [(each.name, each.uniqueid) for each in made.child_sas] == [("net", 0), ("net2", 0)]
    assert made.child_sas[0].raw == children["net"]
    assert made.local_port is None


def test_before_5_5_2_children_may_share_a_name() -> None:
    net = [encode(child(uniqueid=number)) for number in "123"]
    inner = sections(("net", net[0]), ("net2", net[1]), ("net", net[2]))
    octets = sections(("gw", encode(least(IkeSa)) + sections(("child-sas", inner))))
    made = IkeSa.from_octets(octets)
    found = [(each.name, each.uniqueid) for each in made.child_sas]
    assert found == [("net", 1), ("net2", 2), ("net", 3)]
    assert [each.raw for each in made.child_sas] == [child(uniqueid=number) for number in "123"]


def test_since_5_5_2_the_name_inside_counts() -> None:
    children = {"net-7": child(name="net", uniqueid="7"), "net": child(name="", uniqueid="8")}
    made = IkeSa.from_section("gw", least(IkeSa) | {"child-sas": children})
    assert [each.name for each in made.child_sas] == ["net", ""]


# list-conn


def test_rounds_of_one_name_before_5_3_0() -> None:
    rounds = [("local", b""), ("remote", encode({"id": "a"})), ("remote", encode({"id": "b"}))]
    values = encode(least(ConnectionConfig) | {"a-section": {}})
    made = ConnectionConfig.from_octets(sections(("gw", values + sections(*rounds))))
    assert [each.name for each in made.local] == ["local"]
    assert [(each.name, each.id) for each in made.remote] == [("remote", "a"), ("remote", "b")]
    assert made.children == []


def test_children_of_one_name_in_5_9_8() -> None:
    one, other = encode({"mode": "PASS", "local-ts": ["x", "y"]}), encode({"mode": "DROP"})
    children = sections(("net", one), ("net", other), ("net2", one))
    rounds = sections(("local-1", b""), ("remote-1", b""))
    inner = encode(least(ConnectionConfig)) + rounds + sections(("children", children))
    for name in ["gw", "local-1", "children"]:
        made = ConnectionConfig.from_octets(sections((name, inner)))
        assert made.name == name
        assert [(each.name, each.mode, each.local_ts) for each in made.children] == [
            ("net", "PASS", ["x", "y"]),
            ("net", "DROP", []),
            ("net2", "PASS", ["x", "y"]),
        ]
        assert [each.name for each in [*made.local, *made.remote]] == ["local-1", "remote-1"]


def test_only_rounds_are_rounds() -> None:
    section = least(ConnectionConfig) | {"local_port": "4500", "local-x": "1", "remotely": {}}
    made = ConnectionConfig.from_section("gw", section)
    assert (made.local, made.remote, made.local_port) == ([], [], 4500)


# The rest


def test_a_policy_before_5_5_2() -> None:
    made = Policy.from_octets(encode({"net": {"mode": "TUNNEL"}}))
    assert (made.name, made.child, made.ike) == ("net", "net", None)
    assert made.raw == {"mode": "TUNNEL"}


def test_a_redirect_before_5_5_2() -> None:
    assert RedirectResult.from_octets(encode({"success": True})).matches is None


def test_dh_became_ke_in_6_0_0() -> None:
    plugins = {"CURVE_25519": "curve25519"}
    for message in [{"dh": plugins}, {"ke": plugins}, {"dh": {"OLD": "x"}, "ke": plugins}]:
        made = Algorithms.from_octets(encode(message))
        assert made.ke == plugins
        assert made.raw == message
    new = {"ke": plugins, "new-kind": {"NEW": "plugin"}}
    assert Algorithms.from_octets(encode(new)).raw["new-kind"] == {"NEW": "plugin"}


def test_heaps() -> None:
    heap = {"total": "5", "allocs": "2"}
    made = Stats.from_section(full(Stats) | {"mem": heap | {"heap-1": heap, "heap-2": heap}})
    assert made.mem is not None
    assert [(each.name, each.total, each.allocs) for each in made.mem.heaps] == [
        ("heap-1", 5, 2),
        ("heap-2", 5, 2),
    ]
    assert made.mem.total == 5


def test_leases() -> None:
    lease = {"address": "10.0.0.1", "identity": "carol", "status": "online"}
    section = full(Pool)
    assert Pool.from_section("p", section).leases is None
    made = Pool.from_section("p", section | {"leases": {"0": lease, "1": lease}})
    assert made.leases is not None
    assert [(each.address, each.identity, each.status) for each in made.leases] == [
        ("10.0.0.1", "carol", "online")
    ] * 2


def test_an_event_before_5_3_3_does_not_tell_up_from_down() -> None:
    assert IkeUpDown.from_octets(encode({"gw": least(IkeSa)})).up is False


def test_words_of_a_newer_daemon() -> None:
    made = IkeSa.from_section("gw", least(IkeSa) | {"state": "NEWER", "tasks-active": ["NEWEST"]})
    assert isinstance(made.state, IkeSaState)
    assert (made.state, made.tasks_active) == ("NEWER", ["NEWEST"])
    assert ChildSa.from_section("net", child(state="NEW")).state == ChildSaState("NEW")
    alert = Alert.from_octets(encode({"type": "(99)"}))
    assert isinstance(alert.type, AlertType)
    assert f"{alert.type}" == "(99)"
