"""The way out, which remembers the heads of elements, against the one that does not."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyvici import LocalProtocolError, decode, encode
from anyvici.wire import loops
from anyvici.wire.message import MAX_PACKET, _encode_carefully, outline


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    loops._heads.clear()
    yield
    loops._heads.clear()


names = st.text(max_size=8) | st.sampled_from(["a", "b", "n" * 255, "n" * 256, "\udc80", "\ud800"])
numbers = st.integers() | st.sampled_from([1, 17_000]).map(lambda bits: 1 << bits)
sizes = st.sampled_from([255, 256, 65535, 65536])
texts = st.text() | sizes.map(lambda size: "x" * size) | st.sampled_from(["\udcff", "\ud800"])
values = st.one_of(texts, numbers, st.booleans(), st.binary(), st.none(), st.floats())
leaves = st.one_of(values, st.lists(values, max_size=3), st.tuples(values))
anything = st.recursive(
    st.dictionaries(names, leaves, max_size=4),
    lambda inner: st.dictionaries(names | st.integers(), inner | leaves, max_size=3),
    max_leaves=8,
)


def told(way: Any, message: Any) -> Any:
    try:
        return way(message)
    except (TypeError, LocalProtocolError) as error:
        return type(error), str(error)


@given(st.lists(anything, min_size=1, max_size=3))
@settings(deadline=None, max_examples=400)
def test_anything_becomes_the_same_octets_or_the_same_error(messages: list[Any]) -> None:
    for message in messages * 2:
        assert told(encode, message) == told(_encode_carefully, message)


def test_what_is_like_a_dict_is_taken_as_one() -> None:
    class Text(str): ...

    inner = MappingProxyType({"k": Text("v"), "l": [Text("a"), 1]})
    assert decode(encode({"s": inner})) == {"s": {"k": "v", "l": ["a", "1"]}}
    assert encode(MappingProxyType({"s": inner})) == encode({"s": dict(inner)})
    assert decode(encode(MappingProxyType({"y": True, "n": False}))) == {"y": "yes", "n": "no"}


def test_one_octet_too_much() -> None:
    full = {f"{number}": "x" * 65_000 for number in range(8)}
    room = MAX_PACKET - len(encode(full)) - len(encode({"rest": ""}))
    assert len(encode({**full, "rest": "x" * room})) == MAX_PACKET
    for more in ({**full, "rest": "x" * (room + 1)}, {"s": {**full, "rest": "x" * room}}):
        with pytest.raises(LocalProtocolError, match="above VICI's 524288 octets"):
            encode(more)


def test_what_contains_itself_has_an_end() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    with pytest.raises(LocalProtocolError, match="above VICI's"):
        encode(endless)


def test_names_are_not_remembered_without_end() -> None:
    for number in range(3000):
        assert decode(encode({f"key{number}": "v", f"gw{number}": {"l": []}}))
        assert len(loops._heads) <= loops._MOST_HEADS
    assert "gw2999" not in loops._heads


def test_sections_that_stand_twice_are_told() -> None:
    def section(name: bytes, inner: bytes = b"") -> bytes:
        return b"\x01" + bytes((len(name),)) + name + inner + b"\x02"

    twins: list[str] = []
    octets = section(b"gw", section(b"a") + section(b"b") + section(b"a")) + section(b"gw")
    _, sections = outline(octets, twins)
    assert twins == ["a"]  # the outermost are all in the list
    assert [name for name, _ in sections] == ["gw", "gw"]
