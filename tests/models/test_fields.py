"""Every key that the daemon knows has its attribute, of its type, there or not."""

import inspect
from typing import Any

import msgspec
import pytest

from anyvici.exceptions import RemoteProtocolError
from anyvici.models import connections, credentials, daemon, events, pools, results, sas
from anyvici.models.connections import Policy
from anyvici.models.conversion import Model, Named
from anyvici.models.events import EVENTS, TypedEvent
from anyvici.models.sas import ChildSa
from anyvici.wire.message import blob

from .fields import MADE, OTHER_COMMANDS, TABLE, TOLD_BY, Key, keys
from .making import NAME, field_of, full, least, make, part_of

MODULES = [connections, credentials, daemon, events, pools, results, sas]
EVENT_NAMES = {name for name in TOLD_BY if name in EVENTS or name.startswith("list-")}

by_model = pytest.mark.parametrize("model", TABLE, ids=lambda model: model.__name__)


def by_key(*kinds: str) -> pytest.MarkDecorator:
    """Run a test for every key of these kinds, or for every key."""
    cases = [(model, key) for model in TABLE for key in keys(model)]
    return pytest.mark.parametrize(
        ("model", "key"),
        [
            pytest.param(model, key, id=f"{model.__name__}.{key.name}")
            for model, key in cases
            if not kinds or key.kind in kinds
        ],
    )


ABSENT: dict[str, Any] = {"flag": False, "list": [], "plugins": {}, "count": 0}
SUBSTITUTES = {(ChildSa, "name"): NAME, (ChildSa, "uniqueid"): 0, (Policy, "child"): NAME}

WRONG: dict[str, list[Any]] = {
    "text": [["a"], {}],
    "int": [
        "abc",
        "",
        " 1",
        "1 ",
        "+1",
        "1.0",
        "1e2",
        "1_0",
        "0x1",
        "010",
        "-",
        "null",
        "\u0661",
        [],
        {},
    ],
    "flag": ["true", "1", "", "YES", "null", ["yes"], {}],
    "list": ["a", {}],
    "octets": [["a"], {}],
    "plugins": ["a", ["a"], {"a": ["b"]}],
    "section": ["a", ["a"]],
}
WRONG["count"] = WRONG["int"]


def attribute(model: type[Model], key: Key, made: Any) -> Any:
    return getattr(made, field_of(model, key.name).name)


def meaning(model: type[Model], key: Key, value: Any) -> Any:
    """Return what a value on the wire has to become."""
    match key.kind:
        case "int" | "count":
            return int(value)
        case "flag":
            return True
        case "octets":
            return blob(value)
        case "section":
            return part_of(model, key.name).from_section(value)
    return value


def test_every_command_and_event_is_in_the_table() -> None:
    assert len(EVENT_NAMES) == 13
    assert len({*TOLD_BY, *OTHER_COMMANDS} - EVENT_NAMES) == 36


def test_every_class_is_in_the_table() -> None:
    found = {
        thing
        for module in MODULES
        for _, thing in inspect.getmembers(module, inspect.isclass)
        if issubclass(thing, Model) and thing.__module__ == module.__name__
    }
    assert found - {TypedEvent} == set(TABLE)


def test_every_event_knows_its_name() -> None:
    assert {name: model for name, model in TOLD_BY.items() if name in EVENTS} == EVENTS
    assert {model.event: model for model in EVENTS.values()} == EVENTS
    with pytest.raises(TypeError):
        EVENTS["new"] = TypedEvent  # type: ignore[index]


@by_model
def test_attributes_and_keys_are_the_same(model: type[Model]) -> None:
    attributes = {field.encode_name for field in msgspec.structs.fields(model)}
    listed = [*(key.name for key in keys(model)), *MADE.get(model, "").split()]
    assert len(set(listed)) == len(listed)
    assert attributes == {*listed, "raw", *(["name"] if issubclass(model, Named) else [])}
    for field in msgspec.structs.fields(model):
        assert field.name.isidentifier()
        assert field.name.rstrip("_") == field.encode_name.replace("-", "_")


@by_model
def test_with_all_keys(model: type[Model]) -> None:
    section = full(model)
    made = make(model, section)
    assert section.items() <= made.raw.items()
    assert not issubclass(model, Named) or made.name == section.get("name", NAME)
    for key in keys(model):
        expected = meaning(model, key, section[key.name])
        assert attribute(model, key, made) == expected
        assert type(attribute(model, key, made)) is type(expected) or key.kind == "text"
        assert isinstance(attribute(model, key, made), type(expected))


@by_model
def test_with_the_least_of_keys(model: type[Model]) -> None:
    made = make(model, least(model))
    for key in keys(model):
        if key.optional:
            absent = SUBSTITUTES.get((model, key.name), ABSENT.get(key.kind))
            assert attribute(model, key, made) == absent
            assert type(attribute(model, key, made)) is type(absent)


@by_key()
def test_without_one_key(model: type[Model], key: Key) -> None:
    section = full(model)
    del section[key.name]
    if key.optional:
        make(model, section)
    else:
        with pytest.raises(RemoteProtocolError, match=rf"{model.__name__}: .*\b{key.name}\b"):
            make(model, section)


@by_key()
def test_a_wrong_value_is_an_error_that_names_class_and_key(model: type[Model], key: Key) -> None:
    wrongs = WRONG[key.kind]
    if issubclass(model, TypedEvent):  # a section there is a connection of that name
        wrongs = [wrong for wrong in wrongs if wrong != {}]
    for wrong in wrongs:
        with pytest.raises(RemoteProtocolError) as caught:
            make(model, full(model) | {key.name: wrong})
        assert f"{model.__name__}: " in str(caught.value)
        assert key.name in str(caught.value)
        assert len(str(caught.value)) < 300


TEXTS = ["null", "Null", "None", "yes", "no", "true", "false", "1", "0", "", " ", "\u00fc", "{}"]


@by_key("text")
def test_texts_stay_what_they_are(model: type[Model], key: Key) -> None:
    for text in TEXTS:
        made = make(model, full(model) | {key.name: text})
        assert attribute(model, key, made) == text
        assert str(attribute(model, key, made)) == text


@by_key("list")
def test_lists_stay_what_they_are(model: type[Model], key: Key) -> None:
    for texts in [[], TEXTS, TEXTS * 2]:
        made = make(model, full(model) | {key.name: texts})
        assert attribute(model, key, made) == texts


@by_key("int", "count")
def test_numbers_of_64_bits_and_below_zero(model: type[Model], key: Key) -> None:
    for number in [0, -1, 2**63, 2**64 - 1]:
        made = make(model, full(model) | {key.name: str(number)})
        assert attribute(model, key, made) == number


@by_key("flag")
def test_a_flag_may_say_no(model: type[Model], key: Key) -> None:
    made = make(model, full(model) | {key.name: "no"})
    assert attribute(model, key, made) is False


@by_model
def test_keys_of_a_newer_daemon_are_in_raw(model: type[Model]) -> None:
    new: dict[str, Any] = {"a-new-value": "1", "a-new-list": ["2"], "raw": "3", "": "4"}
    if "name" not in full(model):
        new["name"] = "5"
    made = make(model, full(model) | new)
    assert made == make(model, full(model))
    assert new.items() <= made.raw.items()
