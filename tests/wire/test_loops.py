"""The two loops, which remember, against the ways that do not: whatever came before.

`message` is compared with the careful way, which tells the errors as well; `split` with packets().
"""

import sys
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from threading import Barrier, Thread
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from anyvici import Framer, Packet, PacketType, RemoteProtocolError, decode, encode, pack, unpack
from anyvici.wire import loops
from anyvici.wire.message import _build, outline

from . import samples
from .test_message import messages, pieces, trees, wire


def told(read: Callable[[bytes], Any], octets: bytes) -> Any:
    """Return what a way of reading makes of octets: a message, or the words of an error.

    As text, in which the order of names counts as well.
    """
    try:
        return repr(read(octets))
    except RemoteProtocolError as error:
        return str(error)


def with_sections(octets: bytes) -> Any:
    """What outline() does, with care."""
    sections: list[tuple[str, dict[str, Any]]] = []
    return _build(octets, sections), sections


def check(octets: bytes) -> None:
    """Check that the loop takes just what the careful way takes, for the same."""
    careful = told(lambda octets: _build(octets, None), octets)
    for _ in range(3):  # read and learned; by what was learned; and by what came of that
        assert told(decode, octets) == careful
        assert told(outline, octets) == told(with_sections, octets)
    if careful.startswith("malformed"):
        with pytest.raises(IndexError):
            loops.message(octets, None, None)
    else:
        assert repr(loops.message(octets, None, None)) == careful


@pytest.fixture(autouse=True)
def nothing_learned() -> Iterator[None]:
    loops._runs.clear()
    yield
    loops._runs.clear()


# Octets of every kind.

BODIES = [
    unpack(bytes.fromhex(packet["hex"])).body
    for name in samples.NAMES
    for packet in samples.load(name)["packets"]
]


@st.composite
def damaged(draw: st.DrawFn, bodies: Sequence[bytes] = BODIES) -> bytes:
    """Messages of a real charon with a part cut out, repeated, or other octets in its place."""
    octets = draw(st.sampled_from(bodies))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(octets)))
        end = draw(st.integers(start, min(len(octets), start + 40)))
        part = draw(st.just(b"") | st.just(octets[start:end] * 2) | st.binary(max_size=3))
        octets = octets[:start] + part + octets[end:]
    return octets


anything = st.one_of(
    st.binary(max_size=100),
    st.lists(pieces, max_size=12).map(b"".join),
    messages.map(encode),
    trees(repeated_names=True).map(wire),
    trees(repeated_names=False).map(wire),
    damaged(),
)


@given(anything)
@settings(deadline=None, max_examples=500)
def test_any_octets_are_what_the_careful_way_makes_of_them(octets):
    check(octets)


def test_every_message_of_a_real_charon_in_any_company():
    for octets in [*BODIES, *reversed(BODIES)]:
        check(octets)


# What was learned from others must not show. Few names and values, so that they meet again.


def pair(name: bytes, value: bytes, announced: int | None = None) -> bytes:
    length = len(value) if announced is None else announced
    return b"\x03" + bytes((len(name),)) + name + length.to_bytes(2, "big") + value


few_names = st.sampled_from([b"", b"a", b"b", b"c", b"\xc3\xbc", b"n" * 95, b"n" * 255])
inner = pair(b"a", b"1") + pair(b"c", b"")
long_values = st.sampled_from([90, 255, 256, 257, 65535]).map(lambda size: b"v" * size)
few_values = st.sampled_from([b"", b"1", b"2", b"\xff", b"\xc3\xbc", inner]) | long_values
few_pairs = st.builds(pair, few_names, few_values)
cut_pairs = st.builds(pair, few_names, few_values, st.integers(0, 300))
few_lists = st.builds(
    lambda name, values: b"\x04" + pair(name, b"")[1:-2] + b"".join(values) + b"\x06",
    few_names,
    st.lists(few_values.map(lambda value: b"\x05" + pair(b"", value)[2:]), max_size=3),
)
few_sections = st.recursive(
    st.lists(few_pairs | few_lists, max_size=6).map(b"".join),
    lambda inner: st.lists(
        few_pairs | st.builds(lambda body: b"\x01\x01s" + body + b"\x02", inner), max_size=4
    ).map(b"".join),
    max_leaves=6,
)


class Memory(RuleBasedStateMachine):
    """One message after the other, many of them like those before."""

    known = Bundle("known")

    @rule(target=known, octets=few_sections)
    def another_message(self, octets):
        check(octets)
        return octets

    @rule(target=known, octets=st.builds(bytes.__add__, few_sections, cut_pairs))
    def one_that_is_cut_off(self, octets):
        check(octets)
        return octets

    @rule(target=known, first=known, second=known)
    def one_behind_the_other(self, first, second):
        octets = (first + second)[-200_000:]  # so that they do not grow without end
        check(octets)
        return octets

    @rule(target=known, octets=known, data=st.data())
    def almost_the_same(self, octets, data):
        octets = data.draw(damaged([octets]))
        check(octets)
        return octets

    @rule(octets=known)
    def the_same(self, octets):
        check(octets)

    def teardown(self):
        check_bounds()
        loops._runs.clear()


TestMemory = Memory.TestCase
TestMemory.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)


def test_nothing_is_learned_from_a_value_that_is_cut_off():
    """Else the last message here would be {a: 1, b: abc, c: xy}."""
    for octets in [
        pair(b"a", b"1") + pair(b"b", b"abc", announced=12),
        pair(b"a", b"1") + pair(b"b", b"abc"),
        pair(b"a", b"1") + pair(b"b", b"abc" + pair(b"c", b"xyz")),
        pair(b"a", b"1") + pair(b"b", b"abc" + pair(b"c", b"xyz") + b"abcd"),
    ]:
        check(octets)


@pytest.mark.parametrize("first", [0, 1, 255, 256, 65535])
@pytest.mark.parametrize("second", [0, 1, 255, 256, 65535])
@pytest.mark.parametrize("text", [b"v", b"\xc3\xbc", b"\xff"], ids=ascii)
def test_values_that_grow_and_shrink(first, second, text):
    for size in (first, second, first):
        value = (text * size)[:size]
        check(pair(b"a", b"1") + pair(b"key", value) + pair(b"z", value[::-1]))


@pytest.mark.parametrize("value", [b"1", b"\xc3\xbc", b"\xff", b""], ids=ascii)
@pytest.mark.parametrize("varying", range(4))
def test_one_value_of_four_that_changes(value, varying):
    for other in [b"2", b"\xc3\xbc\xc3\xbc", b"2", value]:
        values = [value] * varying + [other] + [value] * (3 - varying)
        check(b"".join(map(pair, [b"a", b"b", b"c", b"d"], values)))


def test_depth_is_no_limit():
    depth = 100_000
    for start in (b"\x01\x00", b"\x01\x00\x03\x01k\x00\x01v"):
        octets = start * depth + b"\x02" * depth
        the_same = encode_without_limit(decode(octets)) == octets
        assert the_same


def encode_without_limit(message: dict[str, Any]) -> bytes:
    with patch("anyvici.wire.message.MAX_PACKET", 1 << 30):
        return encode(message)


def test_long_lists():
    check(encode({"empty": [], "long": [str(index) for index in range(20_000)], "end": ""}))


# Threads.


def test_threads_that_read_different_messages_at_once():
    """They share what is learned; and one of them forgets all of it, again and again."""
    shapes = [[name for name in "abcdefgh" if number >> "abcdefgh".index(name) & 1]
              for number in range(1, 256, 7)]  # fmt: skip
    bodies = [
        encode({"s": {name: f"{name}{value}" for name in shape} | {"t": {"a": value % 3}}})
        for shape in shapes
        for value in range(4)
    ]
    expected = [_build(octets, None) for octets in bodies]
    wrong: list[Any] = []
    start = Barrier(4)

    def reader(number: int) -> None:
        try:
            start.wait(60)
            for turn in range(40):
                for octets, right in list(zip(bodies, expected, strict=True))[number::2]:
                    if decode(octets) != right:
                        wrong.append(octets)
                if number == 3 and turn % 5 == 0:
                    loops._runs.clear()
        except BaseException as error:
            wrong.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [Thread(target=reader, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_what_another_thread_has_changed_meanwhile_is_left_to_it():
    entry = (pair(b"a", b"1"), 7, "a", {"a": "1"})
    run: loops.Run = []
    assert loops._learn(run, entry, b"\x03\x01a", pair(b"a", b"2"), "a", "2") is None
    assert run == []


# What is remembered is bounded.


def check_bounds() -> None:
    assert len(loops._runs) <= loops._MOST_RUNS
    for run in loops._runs.values():
        assert sum(1 if same is None else len(same) for *_, same in run) <= loops._MOST_PAIRS
        for octets, size, _, same in run:
            assert len(octets) == size <= loops._LARGEST_PAIR * len(same or " ") + 1


def many_lists(count: int, between: bytes) -> Iterator[bytes]:
    """Messages with lists of many names, and pairs behind each of them."""
    for number in range(count):
        yield b"\x04\xff" + f"{number:06}".encode().ljust(251, b"n") + b"\xf0\x9f\x98\x80" + b"\x06"
        yield between


def test_many_names_are_forgotten():
    for octets in (b"".join(many_lists(1000, pair(b"a", b"1"))), BODIES[0]):
        check(octets)
        check_bounds()


@pytest.mark.parametrize("varying", [False, True])
def test_a_section_of_many_names(varying):
    for turn in range(3):
        names = [f"{index:05}" for index in range(40_000)]
        octets = encode(dict.fromkeys(names, str(turn * varying)))
        assert list(decode(octets)) == names
        check_bounds()


def test_what_is_remembered_at_worst():
    """Pairs that are not made one, of text that takes four octets a character in memory."""
    face = "\N{GRINNING FACE}".encode()
    worst = pair(face + b"x" * 42, face + b"y" * 42)
    assert len(worst) == 96
    tracemalloc.start()
    try:
        listed = many_lists(127, worst * 64)
        for head, pairs in zip(listed, listed, strict=True):
            decode(head + pairs)
        check_bounds()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    learned = [entry for run in loops._runs.values() for entry in run]
    assert len(learned) >= 127 * 64
    assert held < 8 << 20


# Packets.

packets = st.builds(
    Packet,
    st.sampled_from(list(PacketType)),
    st.text("abc", min_size=1, max_size=8),
    st.binary(max_size=60),
).map(lambda packet: pack(*packet))
sized = st.binary(max_size=70).map(lambda octets: len(octets).to_bytes(4, "big") + octets)
streams = st.lists(packets | sized | st.binary(max_size=6), max_size=8).map(b"".join)


def by_split(framer: Framer) -> Iterator[bytes]:
    for kind, name, body in framer.split():
        head = bytes((kind, len(name))) + name if kind == PacketType.EVENT else bytes((kind,))
        yield head + body
    yield from framer.packets()


def everything(cut: list[bytes], take: Callable[[Framer], Iterator[bytes]]) -> list[Any]:
    """Return, for each piece of a stream, the packets that are there then, and what is held."""
    framer = Framer()
    given: list[Any] = []
    for piece in cut:
        framer.feed(piece)
        try:
            given.extend(take(framer))
        except RemoteProtocolError as error:
            given.append(str(error))
        given.append(framer.held)
    return given


@given(streams, st.lists(st.integers(0, 600)).map(sorted))
@example(pack(PacketType.EVENT_CONFIRM) + (65).to_bytes(4, "big") + b"\x01" + b"x" * 64, [])
@example(b"\0\0\0\x01\x07" + pack(PacketType.EVENT, "log"), [])
@settings(deadline=None, max_examples=500)
def test_split_finds_the_packets_that_packets_finds(stream, cuts):
    """With 64 octets in the place of 512 KiB as the largest packet."""
    cut = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    with patch("anyvici.wire.packet.MAX_PACKET", 64):
        assert everything(cut, by_split) == everything(cut, Framer.packets)


@pytest.mark.parametrize("other", [b"", b"\x08", b"\xff\x00", b"\x07", b"\x07\x04log"], ids=ascii)
def test_split_ends_before_what_no_client_gets(other):
    framer = Framer()
    event = pack(PacketType.EVENT, "log", encode({"msg": "a"}))
    response = pack(PacketType.CMD_RESPONSE, body=b"x")
    framer.feed(event + response + len(other).to_bytes(4, "big") + other + event)
    assert framer.split() == [(7, b"log", encode({"msg": "a"})), (1, b"", b"x")]
    assert framer.split() == []
    assert framer.held == 4 + len(other) + len(event)
    assert list(framer.packets()) == [other, event[4:]]
