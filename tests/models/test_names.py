"""Connections, CHILD_SAs and pools may have any name, also one of the keys beside them."""

import pytest

from anyvici.exceptions import RemoteProtocolError
from anyvici.models.connections import ConnectionConfig, Policy
from anyvici.models.credentials import Authority
from anyvici.models.daemon import Counters
from anyvici.models.events import (
    Alert,
    ChildRekey,
    ChildUpDown,
    IkeRekey,
    IkeUpdate,
    IkeUpDown,
    TypedEvent,
)
from anyvici.models.pools import Pool
from anyvici.models.sas import ChildSa, IkeSa
from anyvici.wire.message import Message, encode

from .fields import TABLE, keys
from .making import around, full, least

KEYS = {key.name for model in TABLE for key in keys(model)}
NAMES = sorted(
    KEYS
    | {"ike-sa", "old", "new", "child-sas", "children", "leases", "counters", "success", "errmsg"}
    | {"name", "raw", "event", "self", "cls", "local", "remote", "local-1", "remote-1", "class_"}
    | {"", " ", "null", "yes", "no", "1", "a.b/c d", "\u00e9", "\udcff", "\0", "x" * 200}
)
every_name = pytest.mark.parametrize("name", NAMES)

UPDATE = {"local-host": "::1", "local-port": 1, "remote-host": "::2", "remote-port": 2}


def event(model: type[TypedEvent], values: Message, name: str, child: str = "c") -> list[bytes]:
    """Return an event, once with its values in front and once behind."""
    parts = [encode(values), encode(around(model, name, child))]
    return [b"".join(parts), b"".join(reversed(parts))]


@every_name
def test_up_and_down(name: str) -> None:
    for values, up in [({"up": True}, True), ({}, False)]:
        for octets in event(IkeUpDown, values, name):
            made = IkeUpDown.from_octets(octets)
            assert (made.up, made.ike_sa.name, made.ike_sa.child_sas) == (up, name, [])
            assert made.raw[name] == made.ike_sa.raw == least(IkeSa)
        for octets in event(ChildUpDown, values, name, name):
            child_updown = ChildUpDown.from_octets(octets)
            assert (child_updown.up, child_updown.ike_sa.name) == (up, name)
            [child] = child_updown.ike_sa.child_sas
            assert (child.name, child.raw) == (name, least(ChildSa))


@every_name
def test_rekeying(name: str) -> None:
    for octets in event(IkeRekey, {}, name):
        ike = IkeRekey.from_octets(octets)
        assert (ike.old.name, ike.old.uniqueid) == (name, 1)
        assert (ike.new.name, ike.new.uniqueid) == (name, 2)
    for octets in event(ChildRekey, {}, name, name):
        child = ChildRekey.from_octets(octets)
        assert child.ike_sa.name == child.old.name == child.new.name == name
        assert (child.old.uniqueid, child.new.uniqueid) == (1, 2)
        assert child.ike_sa.child_sas == [child.old, child.new]


@every_name
def test_an_update(name: str) -> None:
    for octets in event(IkeUpdate, UPDATE, name):
        made = IkeUpdate.from_octets(octets)
        assert made.ike_sa.name == name
        assert made.ike_sa.local_host == "the local-host"
        new = (made.local_host, made.local_port, made.remote_host, made.remote_port)
        assert new == ("::1", 1, "::2", 2)


@every_name
def test_an_alert(name: str) -> None:
    for octets in event(Alert, {"type": "cert-expired"}, name):
        made = Alert.from_octets(octets)
        assert made.type == "cert-expired"
        assert made.ike_sa is not None
        assert made.ike_sa.name == name
    assert Alert.from_octets(encode({"type": "vip-failure"})).ike_sa is None
    assert Alert.from_octets(encode({"type": "vip-failure", "ike-sa": {}})).ike_sa is None


@every_name
def test_lists(name: str) -> None:
    children = {name: full(ChildSa)}
    del children[name]["name"]
    ike_sa = IkeSa.from_octets(encode({name: least(IkeSa) | {"child-sas": children}}))
    assert (ike_sa.name, ike_sa.child_sas[0].name) == (name, name)
    assert Policy.from_octets(encode({name: least(Policy)})).name == name
    assert Authority.from_octets(encode({name: least(Authority)})).name == name


@every_name
def test_connections(name: str) -> None:
    inner = {"local-1": {}, "remote-1": {}, "remote-2": {}, "children": {name: {"mode": "DROP"}}}
    made = ConnectionConfig.from_octets(encode({name: least(ConnectionConfig) | inner}))
    assert (made.name, made.children[0].name, made.children[0].mode) == (name, name, "DROP")
    assert [each.name for each in made.local] == ["local-1"]
    assert [each.name for each in made.remote] == ["remote-1", "remote-2"]


@every_name
def test_pools_and_counters(name: str) -> None:
    [pool] = Pool.list_from_octets(encode({name: full(Pool) | {"leases": {}}}))
    assert (pool.name, pool.leases) == (name, [])
    both = {"": {"invalid": "1"}, name: {"invalid": "2"}}
    made = Counters.list_from_octets(encode({"counters": both, "success": True}))
    assert [(each.name, each.invalid) for each in made] == [
        (each, int(both[each]["invalid"])) for each in both
    ]


@pytest.mark.parametrize("model", [IkeUpDown, ChildUpDown, IkeUpdate, IkeRekey, ChildRekey])
def test_an_event_without_its_section_is_an_error(model: type[TypedEvent]) -> None:
    for message in [UPDATE, UPDATE | {"gw": {}}, UPDATE | {"gw": {"child-sas": {"net": {}}}}]:
        with pytest.raises(RemoteProtocolError):
            model.from_octets(encode(message))


@pytest.mark.parametrize("model", [IkeSa, ConnectionConfig, Policy, Authority])
def test_a_list_item_without_its_section_is_an_error(model: type[IkeSa]) -> None:
    for message in [{}, {"gw": "a value"}, {"gw": ["a list"]}, {"gw": {}}]:
        with pytest.raises(RemoteProtocolError, match=model.__name__):
            model.from_octets(encode(message))


@pytest.mark.parametrize("wrong", ["a value", ["a list"]])
def test_values_where_sections_belong_are_errors(wrong: object) -> None:
    sa, conn = least(IkeSa), least(ConnectionConfig)
    for model, message in [
        (IkeSa, {"gw": sa | {"child-sas": wrong}}),
        (IkeSa, {"gw": sa | {"child-sas": {"net": wrong}}}),
        (IkeRekey, {"gw": {"old": sa, "new": wrong}}),
        (ChildRekey, {"gw": sa | {"child-sas": {"net": {"old": wrong, "new": wrong}}}}),
        (Alert, {"type": "ts-mismatch", "ike-sa": {"gw": wrong}}),
        (ConnectionConfig, {"gw": conn | {"local-1": wrong}}),
        (ConnectionConfig, {"gw": conn | {"children": wrong}}),
        (ConnectionConfig, {"gw": conn | {"children": {"net": wrong}}}),
    ]:
        with pytest.raises(RemoteProtocolError):
            model.from_octets(encode(message))
    for message in [{"a": wrong}, {"a": full(Pool) | {"leases": wrong}}]:
        with pytest.raises(RemoteProtocolError):
            Pool.list_from_octets(encode(message))
    for message in [{"counters": wrong}, {"counters": {"": wrong}}]:
        with pytest.raises(RemoteProtocolError, match="Counters"):
            Counters.list_from_octets(encode(message))
