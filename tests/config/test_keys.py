"""Every key is known, takes what charon understands, and nothing that it does not."""

from datetime import timedelta
from typing import Any

import pytest

from anyvici import LocalProtocolError, blob, encode
from anyvici.config.check import check_pool
from anyvici.config.words import Words

from .keys import NUMBERED, Key
from .places import ALL, PLACES, Place

every_key = pytest.mark.parametrize(
    ("place", "name", "key"), [row[:3] for row in ALL], ids=[row[3] for row in ALL]
)


def given(key: Key, value: Any) -> Any:
    return [value] if key.many else value


def as_sent(value: Any) -> str | bytes:
    """Return what a value is on the wire."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return str(int(value.total_seconds()))
    return value if isinstance(value, str | bytes) else str(value)


@pytest.mark.parametrize("title", PLACES)
def test_no_key_is_forgotten_and_none_too_many(title):
    place = PLACES[title]
    assert place.layout.options.keys() == place.keys.keys()


@every_key
def test_a_list_is_a_list_and_known_since_when(place: Place, name: str, key: Key):
    option = place.layout.options[name]
    assert (option.many, option.since) == (key.many, key.since)


@every_key
def test_what_is_right_is_taken_and_sent_as_it_is(place: Place, name: str, key: Key):
    for value in key.right:
        checked = place.check("x", place.config(name, given(key, value)))
        assert encode(checked)
        [sent] = place.section(checked)[name] if key.many else [place.section(checked)[name]]
        assert sent in (as_sent(value), "yes" if value == 1 else "no")


@every_key
def test_what_is_wrong_is_refused_with_its_path(place: Place, name: str, key: Key):
    for value in key.wrong:
        with pytest.raises(LocalProtocolError) as caught:
            place.check("x", place.config(name, given(key, value)))
        message = str(caught.value)
        assert message.startswith(f"{place.path}.{name}{'[0]' if key.many else ''}: "), value
        assert message.isprintable()
        assert len(message) < 200


@every_key
def test_a_wrong_type_is_a_type_error_with_its_path(place: Place, name: str, key: Key):
    for value in (None, 1.5, object(), {1}, 5 if key.right[0] == b"DER" else b"x"):
        with pytest.raises(TypeError, match=rf"^{place.path}\.{name}") as caught:
            place.check("x", place.config(name, given(key, value)))
        assert str(caught.value).endswith(f"belongs here, not {type(value).__name__}")


@every_key
def test_a_list_for_a_value_and_a_value_for_a_list_are_refused(place: Place, name, key: Key):
    value = key.right[0]
    shape = "a list belongs here" if key.many else "a single value belongs here, not a list"
    with pytest.raises(LocalProtocolError, match=rf"^{place.path}\.{name}: {shape}"):
        place.check("x", place.config(name, value if key.many else [value]))


@every_key
def test_a_section_for_a_value_or_a_list_is_refused(place: Place, name: str, key: Key):
    shape = "a list" if key.many else "a value"
    with pytest.raises(LocalProtocolError, match=f"{shape} belongs here, not a section"):
        place.check("x", place.config(name, {"a": "b"}))


@every_key
def test_lists_can_be_empty_and_tuples(place: Place, name: str, key: Key):
    if key.many:
        for values in ([], (), tuple(key.right[:2]), key.right[:2]):
            checked = place.section(place.check("x", place.config(name, values)))[name]
            assert checked == [as_sent(value) for value in values]


@every_key
def test_what_is_no_list_is_a_type_error(place: Place, name: str, key: Key):
    if key.many:
        for value in (None, 1.5, {"a"}, iter(["a"])):
            with pytest.raises(TypeError) as caught:
                place.check("x", place.config(name, value))
            kind = type(value).__name__
            assert str(caught.value) == f"{place.path}.{name}: a list belongs here, not {kind}"


@every_key
def test_in_a_list_stand_values_only(place: Place, name: str, key: Key):
    if key.many:
        for value in (["a"], ("a",)):
            with pytest.raises(LocalProtocolError, match=r"\[1\]: a single value"):
                place.check("x", place.config(name, [key.right[0], value]))
        with pytest.raises(LocalProtocolError, match=r"\[0\]: a value belongs here, not a section"):
            place.check("x", place.config(name, [{}]))


@every_key
def test_every_word_of_an_enumeration_is_known(place: Place, name: str, key: Key):
    kind = place.layout.options[name].kind
    if isinstance(kind, Words):
        words = {word for word in key.right if isinstance(word, str) and "|" not in word}
        assert kind.since.keys() == {word for word in words if word.lower() == word}


def test_words_know_since_when_they_are():
    modes = PLACES["child"].layout.options["mode"].kind
    assert isinstance(modes, Words)
    assert modes.since["tunnel"] == ""
    assert modes.since["iptfs"] == "6.0.2"


# Attributes of pools under numbers.


@pytest.mark.parametrize("key", ["1", "25", "28673", "32767", "010"])
def test_attributes_can_have_numbers(key):
    for value in NUMBERED.right:
        checked = check_pool("rw", {"addrs": "10.3.0.1", key: [value]})
        assert checked[key] == [value]
    for value in NUMBERED.wrong:
        with pytest.raises(LocalProtocolError, match=rf"^rw\.{key}\[0\]: "):
            check_pool("rw", {"addrs": "10.3.0.1", key: [value]})


@pytest.mark.parametrize(
    "key", ["0", "32768", "99999", "-5", "25x", "0x10", " 25", "+25", "100000"]
)
def test_other_numbers_are_no_attributes(key):
    with pytest.raises(LocalProtocolError, match="unknown key in a pool"):
        check_pool("rw", {"addrs": "10.3.0.1", key: ["10.0.0.1"]})


def test_an_attribute_of_octets_is_octets():
    with pytest.raises(TypeError, match=r"^rw\.25\[0\]: bytes or str belongs here, not int"):
        check_pool("rw", {"addrs": "10.3.0.1", "25": [5]})
    checked = check_pool("rw", {"addrs": "10.3.0.1", "25": ["\udcff"]})
    assert blob(checked["25"][0]) == b"\xff"
