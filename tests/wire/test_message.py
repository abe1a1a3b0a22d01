"""The codec: messages to octets and back.

wire() below writes a message down independently of encode(), from a tree that can hold what a
dict cannot: names that stand twice in one section.
"""

from collections import UserDict
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anyvici import (
    Element,
    ElementType,
    LocalProtocolError,
    RemoteProtocolError,
    blob,
    decode,
    elements,
    encode,
)
from anyvici.wire.message import MAX_PACKET, outline

from . import samples

# Messages a caller can give: every kind of value, list and section, with any text and octets.

text = st.text(
    st.characters(codec="utf-8")
    | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF, categories=["Cs"]),
    max_size=63,  # of up to four octets each: never above 255
)
names = text | st.just("n" * 255)
values = text | st.binary(max_size=300) | st.integers() | st.booleans()
lists = st.lists(values, max_size=4) | st.lists(values, max_size=4).map(tuple)
messages = st.recursive(
    st.dictionaries(names, values | lists, max_size=4),
    lambda sections: st.dictionaries(names, values | lists | sections, max_size=4),
    max_leaves=8,
)


def received(value: Any) -> Any:
    """Return what a message that was sent looks like where it arrives."""
    if isinstance(value, dict):
        return {received(name): received(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [received(item) for item in value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    octets = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    return octets.decode("utf-8", "surrogateescape")


# Messages as a daemon can write them: pairs in order, of octets only.


def trees(*, repeated_names: bool) -> st.SearchStrategy[list[tuple[bytes, Any]]]:
    def section(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[list[tuple[bytes, Any]]]:
        names = st.sampled_from([b"", b"a", b"b"]) if repeated_names else st.binary(max_size=255)
        unique = None if repeated_names else lambda pair: pair[0]
        return st.lists(st.tuples(names, inner), max_size=5, unique_by=unique)

    octets = st.binary(max_size=20)
    leaves = octets | st.lists(octets, max_size=3).map(tuple)  # a tuple stands for a list here
    return st.recursive(section(leaves), lambda inner: section(leaves | inner), max_leaves=8)


def sized(width: int, octets: bytes) -> bytes:
    return len(octets).to_bytes(width, "big") + octets


def wire(tree: list[tuple[bytes, Any]]) -> bytes:
    octets = b""
    for name, node in tree:
        if isinstance(node, bytes):
            octets += b"\x03" + sized(1, name) + sized(2, node)
        elif isinstance(node, tuple):
            items = [b"\x05" + sized(2, item) for item in node]
            octets += b"\x04" + sized(1, name) + b"".join(items) + b"\x06"
        else:
            octets += b"\x01" + sized(1, name) + wire(node) + b"\x02"
    return octets


def as_dict(tree: list[tuple[bytes, Any]]) -> dict[str, Any]:
    return {
        received(name): as_dict(node) if isinstance(node, list) else received(node)
        for name, node in tree
    }


def as_elements(tree: list[tuple[bytes, Any]]) -> list[Element]:
    flat = []
    for octets, node in tree:
        name = received(octets)
        if isinstance(node, bytes):
            flat += [Element(ElementType.KEY_VALUE, name, received(node))]
        elif isinstance(node, tuple):
            flat += [Element(ElementType.LIST_START, name, None)]
            flat += [Element(ElementType.LIST_ITEM, None, received(item)) for item in node]
            flat += [Element(ElementType.LIST_END, None, None)]
        else:
            flat += [Element(ElementType.SECTION_START, name, None), *as_elements(node)]
            flat += [Element(ElementType.SECTION_END, None, None)]
    return flat


def written_back(items: list[Element]) -> bytes:
    octets = b""
    for kind, name, value in items:
        octets += bytes((kind,))
        octets += b"" if name is None else sized(1, blob(name))
        octets += b"" if value is None else sized(2, blob(value))
    return octets


# There and back.


@given(messages)
@settings(deadline=None)
def test_what_is_sent_arrives_as_text(message):
    assert decode(encode(message)) == received(message)


@given(trees(repeated_names=False))
@settings(deadline=None)
def test_a_received_message_encodes_to_the_same_octets(tree):
    octets = wire(tree)
    message = decode(octets)
    assert message == as_dict(tree)
    assert encode(message) == octets


@given(trees(repeated_names=True))
@settings(deadline=None)
def test_of_repeated_names_elements_has_all_and_the_dict_the_last(tree):
    octets = wire(tree)
    assert list(elements(octets)) == as_elements(tree)
    assert decode(octets) == as_dict(tree)


def test_the_octets_of_every_element():
    section = b"\x01\x01s" + b"\x03\x01k\x00\x01v" + b"\x02"
    listed = b"\x04\x01l" + b"\x05\x00\x01a" + b"\x05\x00\x02bc" + b"\x06"
    message = {"s": {"k": "v"}, "l": ["a", "bc"], "": ""}
    assert encode(message) == section + listed + b"\x03\x00\x00\x00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (-1, "-1"),
        (ElementType.LIST_END, "6"),
        (b"octets", "octets"),
        ("tünnel", "tünnel"),
        (("a", b"b", 3, True), ["a", "b", "3", "yes"]),
        ([], []),
        (UserDict({"k": "v"}), {"k": "v"}),
    ],
)
def test_what_can_be_sent(value, text):
    assert decode(encode({"k": value})) == {"k": text}


def test_an_empty_message_is_no_octets():
    assert encode({}) == b""
    assert decode(b"") == {}
    assert list(elements(b"")) == []


def test_a_repeated_name_may_be_of_another_kind():
    octets = b"\x04\x01a\x05\x00\x01x\x06\x01\x01a\x03\x01k\x00\x01v\x02"
    assert decode(octets) == {"a": {"k": "v"}}
    assert decode(octets + b"\x03\x01a\x00\x01w") == {"a": "w"}
    assert [element.name for element in elements(octets)] == ["a", None, None, "a", "k", None]


def test_blob_gives_the_octets_back():
    octets = bytes(range(256)) + "tünnel".encode()
    value = decode(encode({"data": octets}))["data"]
    assert isinstance(value, str)
    assert blob(value) == octets


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_any_octets_can_be_decoded(kind):
    octets = encode({"gw": {"local_addrs": ["10.77.0.1"]}})
    assert decode(kind(octets)) == {"gw": {"local_addrs": ["10.77.0.1"]}}
    assert list(elements(kind(octets))) == list(elements(octets))


@pytest.mark.parametrize("name", ["n" * 255, "ü" * 127])
def test_the_longest_names_pass(name):
    message = {name: {name: "value", "list": ["item"]}}
    assert decode(encode(message)) == message


def test_the_longest_values_pass():
    message = {"key": "v" * 65535, "list": ["i" * 65535, "ü" * 32767]}
    assert decode(encode(message)) == message


def test_the_longest_message_passes():
    message = {f"{index}": b"v" * 65530 for index in range(8)}  # 8 x (1 + 1+1 + 2+65530), and
    message["rest"] = b"v" * (MAX_PACKET - 8 * 65535 - 8)  # 1 + 1+4 + 2 + the value
    assert len(encode(message)) == 524288
    message["rest"] += b"v"
    with pytest.raises(LocalProtocolError, match="message is above VICI's 524288 octets"):
        encode(message)


# outline() keeps the outermost sections apart from what stands beside them.


def test_outline_tells_a_section_from_a_value_of_the_same_name():
    octets = b"\x03\x02up\x00\x03yes" + encode({"up": {"uniqueid": "1", "ids": {"a": "b"}}})
    assert outline(octets) == ({"up": "yes"}, [("up", {"uniqueid": "1", "ids": {"a": "b"}})])
    assert decode(octets) == {"up": {"uniqueid": "1", "ids": {"a": "b"}}}


@given(trees(repeated_names=True))
@settings(deadline=None)
def test_outline_has_every_outermost_section_in_order(tree):
    leaves = [(name, node) for name, node in tree if not isinstance(node, list)]
    inner = [(received(name), as_dict(node)) for name, node in tree if isinstance(node, list)]
    assert outline(wire(tree)) == (as_dict(leaves), inner)


# What must not be sent is refused, with the path to it.

WRONG_TYPES = [
    ({"gw": {"children": {"net": {"rekey_time": None}}}}, "gw.children.net.rekey_time", "NoneType"),
    ({"version": 2.0}, "version", "float"),
    ({"gw": {"local_addrs": {"10.77.0.1"}}}, "gw.local_addrs", "set"),
    ({"data": bytearray(b"secret")}, "data", "bytearray"),
    ({"gw": {"local_addrs": ["a", "b", ["c"]]}}, "gw.local_addrs[2]", "list"),
    ({"gw": {"local_addrs": [{"a": "b"}]}}, "gw.local_addrs[0]", "dict"),
    ({"gw": {"local_addrs": ["a", None]}}, "gw.local_addrs[1]", "NoneType"),
    ({"gw": {"children": {"net": {}}, "version": 2.0}}, "gw.version", "float"),
    ({"gw": {"children": {}}, "rw": None}, "rw", "NoneType"),
    ({"gw": {1: "value"}}, "gw.1", "int"),
    ({"gw": {1: ["item"]}}, "gw.1", "int"),
    ({"gw": {1: {}}}, "gw.1", "int"),
    ({"gw": {b"version": "2"}}, "gw.b'version'", "bytes"),
    ({None: "value"}, "None", "NoneType"),
    (["version"], "a message is a mapping", "list"),
    (None, "a message is a mapping", "NoneType"),
]


@pytest.mark.parametrize(("message", "path", "kind"), WRONG_TYPES)
def test_a_wrong_type_is_refused_with_its_path(message, path, kind):
    with pytest.raises(TypeError) as caught:
        encode(message)
    assert str(caught.value).startswith((f"{path}: ", f"{path}, "))
    assert str(caught.value).endswith(f"not {kind}")


LONG = "n" * 256
UNSENDABLE = [
    ({"gw": {LONG: "value"}}, f"gw.{LONG}", "a name of 256 octets"),
    ({"gw": {LONG: ["item"]}}, f"gw.{LONG}", "a name of 256 octets"),
    ({"gw": {LONG: {}}}, f"gw.{LONG}", "a name of 256 octets"),
    ({"ü" * 128: "value"}, "ü" * 128, "a name of 256 octets"),
    ({"gw": {"id": "v" * 65536}}, "gw.id", "a value of 65536 octets"),
    ({"gw": {"id": "ü" * 32768}}, "gw.id", "a value of 65536 octets"),
    ({"gw": {"certs": ["c", b"c" * 65536]}}, "gw.certs[1]", "a value of 65536 octets"),
    ({"gw": {"id": "\ud800"}}, "gw.id", "surrogates not allowed"),
    ({"gw": {"ids": ["\udc7f"]}}, "gw.ids[0]", "surrogates not allowed"),
    ({"gw": {"\udfff": "value"}}, "gw.\udfff", "surrogates not allowed"),
    ({"gw": {"\udd00": {}}}, "gw.\udd00", "surrogates not allowed"),
    ({"gw": {"version": 10**4999}}, "gw.version", "digits"),
    ({"gw": {"versions": [-(10**4999)]}}, "gw.versions[0]", "digits"),
    ({str(index): b"v" * 65535 for index in range(8)}, "message", "above VICI's 524288 octets"),
]


@pytest.mark.parametrize(
    ("message", "path", "reason"), UNSENDABLE, ids=[f"{path[:20]!a}" for _, path, _ in UNSENDABLE]
)
def test_what_vici_cannot_carry_is_refused_with_its_path(message, path, reason):
    with pytest.raises(LocalProtocolError) as caught:
        encode(message)
    assert str(caught.value).startswith(f"{path}: ")
    assert reason in str(caught.value)


def test_a_section_that_contains_itself_is_refused():
    section: dict[str, Any] = {}
    section["loop"] = {"inner": section}
    with pytest.raises(LocalProtocolError, match=r"^loop\.inner\.loop\..*: the message is above"):
        encode(section)


def nested(depth: int) -> dict[str, Any]:
    """Return sections named 0, 1, 2 and so on inside each other, the last with a wrong value."""
    message: dict[str, Any] = {"last": None}
    for index in reversed(range(depth)):
        message = {str(index): message}
    return message


def test_a_long_path_is_shortened_in_its_middle():
    whole = r"^0\.1\.2\.3\.4\.5\.6\.7\.8\.9\.10\.11\.12\.13\.14\.last: "
    with pytest.raises(TypeError, match=whole):
        encode(nested(15))
    shortened = r"^0\.1\.2\.3\.4\.5\.6\.7\.\.\.\.\.9\.10\.11\.12\.13\.14\.15\.last: "
    with pytest.raises(TypeError, match=shortened):
        encode(nested(16))


# What is no message is refused on its way in.

MALFORMED = {
    "element type 0": (b"\x00", 0, "no element type 0"),
    "element type 7 at the beginning": (b"\x07\x01\x01s\x02", 0, "no element type 7"),
    "element type 7 at the end": (b"\x01\x01s\x02\x07", 4, "no element type 7"),
    "element type 9 in a section": (b"\x01\x01s\x09\x02", 3, "no element type 9"),
    "element type 255 in a list": (b"\x04\x01l\xff\x06", 3, "no element type 255"),
    "item outside of a list": (b"\x05\x00\x01x", 0, "LIST_ITEM outside of a list"),
    "item in a section": (b"\x01\x01s\x05\x00\x01x\x02", 3, "LIST_ITEM outside of a list"),
    "item after a list": (b"\x04\x01l\x06\x05\x00\x01x", 4, "LIST_ITEM outside of a list"),
    "list end outside of a list": (b"\x01\x01s\x06\x02", 3, "LIST_END outside of a list"),
    "list end too many": (b"\x04\x01l\x06\x06", 4, "LIST_END outside of a list"),
    "section end alone": (b"\x02", 0, "SECTION_END without a section"),
    "section end too many": (b"\x01\x01s\x02\x02", 4, "SECTION_END without a section"),
    "unclosed section": (b"\x01\x01s", 3, "ends inside of a list or section"),
    "unclosed outer section": (b"\x01\x01s\x01\x01t\x02", 7, "ends inside of a list or section"),
    "unclosed list": (b"\x04\x01l\x05\x00\x01x", 7, "ends inside of a list or section"),
    "unclosed empty list": (b"\x04\x01l", 3, "ends inside of a list or section"),
    "unclosed list in a section": (b"\x01\x01s\x04\x01l\x02", 6, "SECTION_END inside of a list"),
    "section in a list": (b"\x04\x01l\x01\x01s\x02\x06", 3, "SECTION_START inside of a list"),
    "key/value in a list": (b"\x04\x01l\x03\x01k\x00\x01v\x06", 3, "KEY_VALUE inside of a list"),
    "list in a list": (b"\x04\x01l\x05\x00\x01x\x04\x01m\x06\x06", 7, "LIST_START inside"),
    "no length of a name": (b"\x03", 1, "would end"),
    "name cut off": (b"\x03\xffkey", 1, "a text would end at octet 257 of 5"),
    "no length of a value": (b"\x03\x01k", 3, "would end"),
    "half a length of a value": (b"\x03\x01k\x00", 3, "would end"),
    "value cut off": (b"\x03\x01k\x00\x02v", 3, "a text would end at octet 7 of 6"),
    "item cut off": (b"\x04\x01l\x05\x01\x00x", 4, "a text would end at octet 262 of 7"),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "position", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_message_is_refused_with_the_place(octets, position, reason):
    for read in (decode, outline, lambda octets: list(elements(octets))):
        with pytest.raises(RemoteProtocolError) as caught:
            read(octets)
        assert str(caught.value).startswith(f"malformed message at octet {position}: ")
        assert reason in str(caught.value)


def test_a_message_cut_off_anywhere_is_refused():
    event = next(p for p in samples.load("list-sas")["packets"] if p["type"] == "EVENT")
    octets = bytes.fromhex(event["hex"])[len("\x07\x07list-sa") :]
    assert list(decode(octets)) == ["gw"]  # one section around it all: no cut leaves a message
    for end in range(1, len(octets)):
        with pytest.raises(RemoteProtocolError, match=r"^malformed message at octet"):
            decode(octets[:end])


def test_elements_gives_what_stands_before_the_break():
    read = elements(b"\x03\x01k\x00\x01v\x09")
    assert next(read) == (ElementType.KEY_VALUE, "k", "v")
    with pytest.raises(RemoteProtocolError, match="at octet 6"):
        next(read)


pieces = st.sampled_from(
    [b"\x01\x01s", b"\x02", b"\x03\x01k\x00\x01v", b"\x04\x01l", b"\x05\x00\x01i", b"\x06"]
) | st.binary(max_size=2)


@given(st.binary(max_size=100) | st.lists(pieces, max_size=12).map(b"".join))
@example(b"\x01\x01s\x02")
@example(b"\x01\x01s\x02\x02")
@settings(deadline=None, max_examples=500)
def test_any_octets_are_a_message_or_a_remote_protocol_error(octets):
    try:
        items = list(elements(octets))
    except RemoteProtocolError:
        with pytest.raises(RemoteProtocolError):
            decode(octets)
    else:
        assert written_back(items) == octets
        assert isinstance(decode(octets), dict)


# Depth is no limit. A dict this deep must not be compared or printed: Python recurses there.

DEPTH = 60_000


def test_sections_nest_without_limit():
    octets = b"\x01\x00" * DEPTH + b"\x02" * DEPTH
    message = decode(octets)
    the_same = encode(message) == octets
    assert the_same

    depth = 0
    while message:
        message = message[""]
        depth += 1
    assert depth == DEPTH
    assert sum(1 for _ in elements(octets)) == 2 * DEPTH


def test_what_is_wrong_deep_inside_is_an_error_like_any_other():
    with pytest.raises(RemoteProtocolError, match="ends inside of a list or section"):
        decode(b"\x01\x00" * DEPTH)
    message: dict[str, Any] = {"last": None}
    for _ in range(DEPTH):
        message = {"s": message}
    with pytest.raises(TypeError, match=r"^s\.s\..*\.s\.last: "):
        encode(message)
