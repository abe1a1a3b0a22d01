"""A command's message as charon reads it: as far as it is sound, and no further."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvici.testing.requests import Broken, Request
from anyvici.testing.values.texts import printable
from anyvici.wire.message import encode

SECTION_START, SECTION_END, KEY_VALUE, LIST_START, LIST_ITEM, LIST_END, END = range(1, 8)


def octets(kind: int, name: bytes = b"", value: bytes | None = None) -> bytes:
    """Return an element."""
    named = bytes((len(name),)) + name if kind in (SECTION_START, KEY_VALUE, LIST_START) else b""
    valued = b"" if value is None else len(value).to_bytes(2, "big") + value
    return bytes((kind,)) + named + valued


def asked(*elements: bytes) -> Request:
    return Request("any", b"".join(elements), lambda *_: None)


def told(message: Any) -> Request:
    return Request("any", encode(message), lambda *_: None)


def tree(section: Any) -> list[Any]:
    """Return all entries, sections as lists of theirs."""
    return [
        (entry.name, tree(entry.section))
        if entry.section is not None
        else (entry.name, entry.value if entry.value is not None else [entry.item])
        for entry in section
    ]


KEY = octets(KEY_VALUE, b"key", b"value")
LATER = octets(KEY_VALUE, b"later", b"too late")

# Everything after which nothing is read any more.
BREAKS = {
    "no element": b"\x00",
    "no element either": b"\x08",
    "an item outside of a list": octets(LIST_ITEM, value=b"x"),
    "the end of no list": octets(LIST_END),
    "the end of no section": octets(SECTION_END),
    "a list in a list": octets(LIST_START, b"a") + octets(LIST_START, b"b"),
    "a value in a list": octets(LIST_START, b"a") + KEY,
    "a section in a list": octets(LIST_START, b"a") + octets(SECTION_START, b"b"),
    "the end of a section in a list": octets(SECTION_START, b"s")
    + octets(LIST_START, b"a")
    + octets(SECTION_END),
    "a name that is not ASCII": octets(KEY_VALUE, "ü".encode(), b"x"),
    "a name with a NUL": octets(KEY_VALUE, b"a\0", b"x"),
    "the mark for the end in a list": octets(LIST_START, b"a") + bytes((END,)),
    "the mark for the end in a section": octets(SECTION_START, b"s") + bytes((END,)),
}
CUT = {
    "no length of a name": bytes((KEY_VALUE,)),
    "half a name": b"\x03\x05key",
    "no length of a value": b"\x03\x03key",
    "half a length": b"\x03\x03key\x00",
    "half a value": b"\x03\x03key\x00\x05val",
    "a list that stays open": octets(LIST_START, b"a"),
}

# Looking for single keys.


@pytest.mark.parametrize("broken", [*BREAKS.values(), *CUT.values()], ids=[*BREAKS, *CUT])
def test_what_stands_before_a_break_is_found(broken: bytes) -> None:
    request = asked(KEY, broken)
    assert request.text("key") == "value"
    assert request.text("nothing") is None


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_what_stands_behind_it_is_not(broken: bytes) -> None:
    assert asked(KEY, broken, LATER).text("later") is None
    assert asked(KEY, broken, LATER).items("later") == []


def test_the_mark_for_the_end_ends_it() -> None:
    request = asked(KEY, bytes((END,)), LATER)
    assert tree(request.entries()) == [("key", b"value")]


def test_a_section_may_stay_open() -> None:
    request = asked(octets(SECTION_START, b"s"), KEY)
    assert tree(request.entries()) == [("s", [("key", b"value")])]


def test_an_item_may_be_cut_off() -> None:
    """charon goes on with what it has read last; a list that stays open is no failure then."""
    request = asked(KEY, octets(LIST_START, b"a"), b"\x05\x00\x09half")
    assert request.text("key") == "value"
    assert len(request.items("a")) == 1


def test_the_first_of_a_name_is_taken() -> None:
    request = asked(octets(KEY_VALUE, b"a", b"1"), octets(KEY_VALUE, b"a", b"2"))
    assert request.text("a") == "1"


def test_the_lists_of_a_name_are_one() -> None:
    one, two = (
        octets(LIST_START, b"a") + octets(LIST_ITEM, value=item) + octets(LIST_END)
        for item in (b"1", b"2")
    )
    assert asked(one, KEY, two).items("a") == [b"1", b"2"]


def test_what_stands_in_a_section_is_not_found_but_what_is_behind_it_is() -> None:
    request = told(
        {"one": {"key": "inner", "two": {"key": "deeper", "list": ["x"]}}, "key": "outer"}
    )
    assert request.text("key") == "outer"
    assert request.items("list") == []


def test_kinds_are_not_mistaken() -> None:
    request = told({"list": ["x"], "section": {}, "value": "x"})
    assert request.octets("list") is None
    assert request.octets("section") is None
    assert request.items("value") == []


# What values mean.


@pytest.mark.parametrize("value", [b"\xc3\xbc", b"a\0", b"a\n", b"\x7f"])
def test_text_that_cannot_be_printed_is_absent(value: bytes) -> None:
    request = asked(octets(KEY_VALUE, b"key", value))
    assert request.octets("key") == value
    assert request.text("key") is None
    assert printable(value) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("010", 8), ("0x1f", 31), ("-1", -1), ("", 7), ("abc", 7), ("12x", 7)],
)
def test_numbers(text: str, number: int) -> None:
    assert told({"key": text}).number("key", 7) == number


def test_a_number_that_is_absent() -> None:
    assert told({}).number("key") == 0
    assert told({"key": ["1"]}).number("key", 3) == 3


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        *((word, True) for word in ("yes", "true", "enabled", "1", "YES", "True")),
        *((word, False) for word in ("no", "false", "disabled", "0", "NO")),
    ],
)
def test_flags(text: str, flag: bool) -> None:
    assert told({"key": text}).flag("key", default=not flag) is flag


@pytest.mark.parametrize("text", ["", "y", "on", "2", "yes "])
@pytest.mark.parametrize("default", [True, False])
def test_any_other_word_is_no_flag(text: str, default: bool) -> None:
    assert told({"key": text}).flag("key", default) is default


# Going through it in order.


def test_sections_in_their_order() -> None:
    message = {"a": {"b": "1", "c": {"d": ["2", "3"]}, "e": "4"}, "f": "5", "g": {}, "h": []}
    assert tree(told(message).entries()) == [
        ("a", [("b", b"1"), ("c", [("d", [b"2"]), ("d", [b"3"])]), ("e", b"4")]),
        ("f", b"5"),
        ("g", []),
    ]


def test_sections_that_nobody_looks_into() -> None:
    request = told({"a": {"b": {"c": "1"}}, "d": {"e": "2"}, "f": "3"})
    assert [entry.name for entry in request.entries()] == ["a", "d", "f"]


@pytest.mark.parametrize("broken", [*BREAKS.values(), *CUT.values()], ids=[*BREAKS, *CUT])
def test_it_goes_as_far_as_the_break(broken: bytes) -> None:
    entries = asked(KEY, broken, LATER if broken in BREAKS.values() else b"").entries()
    assert next(entries).name == "key"
    with pytest.raises(Broken) as caught:
        for entry in entries:
            tree(entry.section or [])
    assert caught.value.reply == {"success": "no", "errmsg": "parsing request failed"}


def test_sections_nest_for_ever() -> None:
    depth = 100_000
    request = asked(octets(SECTION_START, b"s") * depth, octets(SECTION_END) * depth, KEY)
    assert request.text("key") == "value"


@given(st.binary(max_size=60))
def test_any_octets(body: bytes) -> None:
    """Single keys are looked for without a failure; whatever breaks is Broken."""
    request = asked(body)
    assert request.number("key", 5) == 5 or b"key" in body
    assert request.items("key") == [] or b"key" in body
    with suppress(Broken):
        tree(request.entries())
