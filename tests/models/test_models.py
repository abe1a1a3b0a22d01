"""What all models have in common: they do not change, and they can be compared and copied."""

import copy
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anyvici.exceptions import RemoteProtocolError
from anyvici.models.connections import ConnectionConfig
from anyvici.models.conversion import Model, Named
from anyvici.models.daemon import Algorithms, Version
from anyvici.models.enums import ChildSaState, IkeSaState, Mode
from anyvici.models.events import ControlLog, Log
from anyvici.models.sas import ChildSa, IkeSa
from anyvici.wire.message import decode, encode

from .fields import TABLE, Key, keys
from .making import field_of, full, least, make

by_model = pytest.mark.parametrize("model", TABLE, ids=lambda model: model.__name__)


@by_model
def test_it_is_documented(model: type[Model]) -> None:
    assert model.__doc__


@by_model
def test_it_does_not_change(model: type[Model]) -> None:
    made = make(model, full(model))
    for name in made.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(made, name, None)
    with pytest.raises(AttributeError):
        made.other = 1


@by_model
def test_it_can_be_copied_and_pickled(model: type[Model]) -> None:
    made = make(model, full(model))
    for same in [copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))]:
        assert same is not made
        assert type(same) is model
        assert same == made
        assert same.raw == made.raw
        assert repr(same) == repr(made)
    assert copy.deepcopy(made).raw is not made.raw


@by_model
def test_it_equals_what_tells_the_same(model: type[Model]) -> None:
    made, least_of_it = make(model, full(model)), make(model, least(model))
    assert made == make(model, full(model) | {"new": "1"})
    assert (made == least_of_it) is (full(model) == least(model))
    assert made != full(model)
    assert made != object()
    with pytest.raises(TypeError, match="unhashable"):
        hash(made)


def test_classes_of_the_same_fields_are_not_equal() -> None:
    fields: Any = {"group": "IKE", "level": 1, "msg": ""}
    assert ControlLog(**fields) == ControlLog(**fields)
    assert ControlLog(**fields) != Log(**fields, thread=1)


@by_model
def test_one_difference_is_enough(model: type[Model]) -> None:
    for key in keys(model):
        if key.kind in ("text", "list", "int", "count") and (model, key.name) != (ChildSa, "name"):
            other = {"text": "other", "list": ["other"]}.get(key.kind, "5")
            made = make(model, full(model) | {key.name: other})
            assert made != make(model, full(model)), key


def test_its_repr_has_what_is_there() -> None:
    section = {"reqid": "0", "state": "CREATED", "mode": "TUNNEL", "remote-ts": ["a"], "new": "1"}
    assert repr(ChildSa.from_section("", section)) == (
        "ChildSa(name='', uniqueid=0, reqid=0, state=<ChildSaState.CREATED: 'CREATED'>, "
        "mode=<Mode.TUNNEL: 'TUNNEL'>, remote_ts=['a'])"
    )
    assert repr(Algorithms.from_section({"rng": {"A": "b"}})) == "Algorithms(rng={'A': 'b'})"


def test_it_can_be_made_by_hand_for_tests_of_programs() -> None:
    child = ChildSa(name="net", reqid=1, state=ChildSaState.INSTALLED, mode=Mode.TUNNEL)
    ike_sa = IkeSa(
        name="gw",
        uniqueid=1,
        version=2,
        state=IkeSaState.ESTABLISHED,
        local_host="10.0.0.1",
        local_id="a",
        remote_host="10.0.0.2",
        remote_id="b",
        initiator_spi="0" * 16,
        responder_spi="0" * 16,
        child_sas=[child],
    )
    assert (ike_sa.raw, ike_sa.child_sas, ike_sa.local_vips) == ({}, [child], [])
    other = ChildSa(name="net", reqid=1, state=ChildSaState.INSTALLED, mode=Mode.TUNNEL)
    assert other == child
    assert other.local_ts is not child.local_ts


def test_octets_that_are_no_message_are_an_error() -> None:
    for octets in [b"\x00", b"\x01", b"\x01\x01a", b"\x02", b"\x05\x00\x00"]:
        for model in [Version, IkeSa, ConnectionConfig, Log]:
            with pytest.raises(RemoteProtocolError):
                model.from_octets(octets)


def test_text_that_is_no_utf_8_stays_what_it_is() -> None:
    made = IkeSa.from_section(
        "\udcff", least(IkeSa) | {"local-id": "\udcfe", "local-vips": ["\udcfd"]}
    )
    assert (made.name, made.local_id, made.local_vips) == ("\udcff", "\udcfe", ["\udcfd"])
    plugins = {"\udcff": "\udcfe"}
    assert Algorithms.from_section({"rng": plugins}).rng == plugins


def test_a_word_that_is_no_utf_8_is_an_error() -> None:
    with pytest.raises(RemoteProtocolError, match="IkeSa: "):
        IkeSa.from_section("gw", least(IkeSa) | {"state": "\udcff"})


def test_a_number_of_thousands_of_digits_is_an_error() -> None:
    with pytest.raises(RemoteProtocolError, match="IkeSa: .*uniqueid"):
        IkeSa.from_section("gw", least(IkeSa) | {"uniqueid": "1" * 65535})


DEPTH = 20_000
DEEP = b"\x01\x00" * DEPTH + b"\x02" * DEPTH


@pytest.mark.parametrize("octets", [DEEP, DEEP * 2])
def test_sections_inside_each_other_without_end(octets: bytes) -> None:
    octets = b"\x01\x02gw" + encode(least(ConnectionConfig)) + octets + b"\x02"
    assert ConnectionConfig.from_octets(octets).children == []


@pytest.mark.parametrize("key", ["uniqueid", "state", "local-id", "local-vips", "child-sas"])
def test_sections_without_end_where_none_belong(key: str) -> None:
    keys = encode({name: value for name, value in full(IkeSa).items() if name != key})
    where = b"\x01" + bytes([len(key)]) + key.encode()
    with pytest.raises(RemoteProtocolError):
        IkeSa.from_octets(b"\x01\x02gw" + keys + where + DEEP + b"\x02\x02")


# Anything at all

patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

TEXTS = st.text(max_size=8) | st.sampled_from(["yes", "no", "1", "-1", "null", "INSTALLED", ""])


def values(names: list[str]) -> st.SearchStrategy[Any]:
    """Return values, lists and sections, the latter with such names."""
    leaves = TEXTS | st.lists(TEXTS, max_size=3)
    keys_ = st.sampled_from(names) | st.text(max_size=4)
    return st.recursive(leaves, lambda inner: st.dictionaries(keys_, inner, max_size=6))


@patiently
@given(data=st.data())
def test_a_message_is_understood_or_refused(data: st.DataObject) -> None:
    model: Any = data.draw(st.sampled_from([*TABLE]))
    names = [key.name for key in keys(model)]
    names += ["child-sas", "children", "local-1", "ike-sa", "old", "new", "leases", "heap-1", "dh"]
    section = full(model) | data.draw(st.dictionaries(st.sampled_from(names), values(names)))
    around = dict.fromkeys(data.draw(st.sets(st.sampled_from(["gw", *names]))), section)
    for message in [section, around, around | section]:
        for decoder in ("from_octets", "list_from_octets"):
            if hasattr(model, decoder):
                octets = encode(message)
                try:
                    made = getattr(model, decoder)(octets)
                except RemoteProtocolError:
                    continue
                [repr(each) for each in (made if isinstance(made, list) else [made])]


def sound(key: Key) -> st.SearchStrategy[Any]:
    """Return what the daemon may say under a key."""
    texts = st.text(max_size=20)
    match key.kind:
        case "int" | "count":
            return st.integers(-(2**63), 2**64 - 1).map(str)
        case "flag":
            return st.just("yes")
        case "list":
            return st.lists(texts, max_size=4)
        case "octets":
            return st.binary().map(lambda octets: octets.decode("utf-8", "surrogateescape"))
        case "plugins":
            return st.dictionaries(texts, texts, max_size=4)
    return texts


@patiently
@given(data=st.data())
def test_what_is_told_comes_out(data: st.DataObject) -> None:
    model = data.draw(st.sampled_from([*TABLE]))
    told = [key for key in keys(model) if key.kind != "section"]
    section = full(model) | {
        key.name: data.draw(sound(key)) for key in told if data.draw(st.booleans())
    }
    name = data.draw(st.text(max_size=9))
    made = make(model, section, name)
    assert decode(encode(section)).items() <= made.raw.items()
    assert not isinstance(made, Named) or made.name == section.get("name", name)
    for key in told:
        attribute = getattr(made, field_of(model, key.name).name)
        assert as_text(attribute) == section[key.name]


def as_text(value: Any) -> Any:
    """Return an attribute as it stands on the wire."""
    if value is True:
        return "yes"
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value) if isinstance(value, int) else value
