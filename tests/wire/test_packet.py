"""Packets, and finding them in a byte stream."""

import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anyvici import (
    Framer,
    LocalProtocolError,
    Packet,
    PacketType,
    RemoteProtocolError,
    encode,
    pack,
    unpack,
)

NAMED = [
    PacketType.CMD_REQUEST,
    PacketType.EVENT_REGISTER,
    PacketType.EVENT_UNREGISTER,
    PacketType.EVENT,
]
NAMELESS = [kind for kind in PacketType if kind not in NAMED]
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))

packets = st.one_of(
    st.builds(
        Packet,
        st.sampled_from(NAMED),
        st.text(PRINTABLE, min_size=1, max_size=255),
        st.binary(max_size=40),
    ),
    st.builds(Packet, st.sampled_from(NAMELESS), st.just(""), st.binary(max_size=40)),
)


def framed(octets: bytes) -> list[bytes]:
    """Return the packets in a stream that has come in one piece."""
    framer = Framer()
    framer.feed(octets)
    return list(framer.packets())


# One packet.


@given(packets)
@settings(deadline=None)
def test_what_is_packed_can_be_unpacked(packet):
    octets = pack(*packet)
    assert octets[:4] == (len(octets) - 4).to_bytes(4, "big")
    assert unpack(octets[4:]) == packet


@pytest.mark.parametrize(
    ("octets", "packet"),
    [
        (b"\0\0\0\x09\x00\x07version", Packet(PacketType.CMD_REQUEST, "version", b"")),
        (b"\0\0\0\x01\x01", Packet(PacketType.CMD_RESPONSE, "", b"")),
        (b"\0\0\0\x01\x02", Packet(PacketType.CMD_UNKNOWN, "", b"")),
        (b"\0\0\0\x05\x03\x03log", Packet(PacketType.EVENT_REGISTER, "log", b"")),
        (b"\0\0\0\x05\x04\x03log", Packet(PacketType.EVENT_UNREGISTER, "log", b"")),
        (b"\0\0\0\x01\x05", Packet(PacketType.EVENT_CONFIRM, "", b"")),
        (b"\0\0\0\x01\x06", Packet(PacketType.EVENT_UNKNOWN, "", b"")),
        (b"\0\0\0\x0b\x07\x03log\x03\x01k\0\x01v", Packet(7, "log", encode({"k": "v"}))),
    ],
)
def test_the_octets_of_every_type(octets, packet):
    assert pack(*packet) == octets
    assert unpack(octets[4:]) == packet
    assert isinstance(unpack(octets[4:]).type, PacketType)


@pytest.mark.parametrize("kind", NAMED)
def test_names_of_1_to_255_printable_ascii_characters_pass(kind):
    for name in ["n", "n" * 255, PRINTABLE]:
        assert unpack(pack(kind, name)[4:]).name == name


BAD_NAMES = ["", "n" * 256, "tünnel", "ver\0sion", "version\n", "a\tb", "\x7f", "\xa0", "\udc80"]


@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_any_other_name_is_refused(kind, name):
    with pytest.raises(LocalProtocolError, match="1 to 255 printable ASCII characters") as caught:
        pack(kind, name)
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize("name", [b"version", None, 7])
def test_a_name_is_a_str(name):
    with pytest.raises(TypeError, match=f"is a str, not {type(name).__name__}"):
        pack(PacketType.CMD_REQUEST, name)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "an empty packet"),
        (b"\x08\x07version", "no packet type 8"),
        (b"\xff", "no packet type 255"),
        (b"\x00", "the name in a packet of type CMD_REQUEST is cut off"),
        (b"\x07", "the name in a packet of type EVENT is cut off"),
        (b"\x03\x01", "the name in a packet of type EVENT_REGISTER is cut off"),
        (b"\x00\x08version", "the name in a packet of type CMD_REQUEST is cut off"),
        (b"\x04\xfflog", "the name in a packet of type EVENT_UNREGISTER is cut off"),
    ],
)
def test_octets_that_are_no_packet_are_refused(octets, reason):
    with pytest.raises(RemoteProtocolError, match=reason):
        unpack(octets)


def test_a_name_that_comes_in_may_be_anything():
    assert unpack(b"\x07\x00").name == ""
    assert unpack(b"\x07\x04a\xc3\xbc\xffrest") == Packet(PacketType.EVENT, "aü\udcff", b"rest")


@given(st.binary(max_size=30))
@settings(deadline=None)
def test_any_octets_are_a_packet_or_a_remote_protocol_error(octets):
    try:
        kind, name, body = unpack(octets)
    except RemoteProtocolError:
        length = octets[1] if len(octets) > 1 else 1  # a name of 1 octet at least is missing
        assert not octets or octets[0] > 7 or (octets[0] in NAMED and 2 + length > len(octets))
        return
    head = bytes((kind,))
    if kind in NAMED:
        name_octets = name.encode("utf-8", "surrogateescape")
        head += bytes((len(name_octets),)) + name_octets
    assert head + body == octets


# The largest packet: charon takes 524288 octets, and closes the connection at one more.

LARGEST = 524288


@pytest.mark.parametrize(
    ("kind", "name", "head"),
    [
        (PacketType.CMD_RESPONSE, "", 1),
        (PacketType.CMD_REQUEST, "version", 9),
        (PacketType.EVENT, "n" * 255, 257),
    ],
)
def test_the_largest_packet_passes_and_one_octet_more_is_refused(kind, name, head):
    body = b"x" * (LARGEST - head)
    octets = pack(kind, name, body)
    assert len(octets) == 4 + LARGEST
    assert [unpack(packet).body == body for packet in framed(octets)] == [True]
    with pytest.raises(LocalProtocolError, match=f"{name or kind.name}: a packet of 524289 octets"):
        pack(kind, name, body + b"x")


def test_a_packet_that_is_too_large_is_refused_as_soon_as_its_length_is_there():
    framer = Framer()
    framer.feed((LARGEST + 1).to_bytes(4, "big")[:3])
    assert list(framer.packets()) == []
    framer.feed((LARGEST + 1).to_bytes(4, "big")[3:])
    with pytest.raises(RemoteProtocolError, match="a packet of 524289 octets is announced"):
        list(framer.packets())


def test_a_length_of_4_gib_allocates_nothing():
    framer = Framer()
    framer.feed(b"\xff\xff\xff\xff\x01")
    tracemalloc.start()
    try:
        with pytest.raises(RemoteProtocolError, match="a packet of 4294967295 octets"):
            list(framer.packets())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000


def test_another_protocol_is_refused():
    with pytest.raises(RemoteProtocolError, match="is announced"):
        framed(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_what_came_before_a_broken_length_is_delivered_and_the_error_stays():
    framer = Framer()
    framer.feed(b"\0\0\0\x01\x05" + b"\xff\xff\xff\xff" + b"\0\0\0\x01\x05")
    found = framer.packets()
    assert next(found) == b"\x05"
    for again in (found, framer.packets(), framer.packets()):
        with pytest.raises(RemoteProtocolError, match="is announced"):
            next(again)


# Streams: however they are cut, the same packets come out, each as soon as it is whole.

STREAM = [
    pack(PacketType.EVENT_CONFIRM),
    pack(PacketType.EVENT, "list-sa", encode({"gw": {"version": "2", "ids": ["a", "b"]}})),
    pack(PacketType.CMD_RESPONSE),
    b"\0\0\0\0",  # an empty packet: found, and then refused by unpack()
    pack(PacketType.CMD_RESPONSE, body=encode({"data": bytes(range(256)) * 2})),
    pack(PacketType.CMD_UNKNOWN),
]


def check_cuts(cuts: list[int]) -> None:
    """Feed the stream cut at these places, and look after every piece."""
    octets = b"".join(STREAM)
    ends = [sum(map(len, STREAM[: index + 1])) for index in range(len(STREAM))]
    framer = Framer()
    found: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
        framer.feed(octets[start:end])
        found += framer.packets()
        whole = [packet_end for packet_end in ends if packet_end <= end]
        assert found == [packet[4:] for packet in STREAM[: len(whole)]]
        assert framer.held == end - max(whole, default=0)
    assert len(found) == len(STREAM)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100_000])
def test_pieces_of_any_size_give_the_same_packets(size):
    check_cuts(list(range(size, len(b"".join(STREAM)), size)))


@given(st.lists(st.integers(0, len(b"".join(STREAM)))).map(sorted))
@settings(deadline=None)
def test_cuts_anywhere_give_the_same_packets(cuts):
    check_cuts(cuts)


@given(st.lists(packets), st.binary(max_size=3))
@settings(deadline=None)
def test_the_packets_of_any_stream_are_found(sent, rest):
    framer = Framer()
    framer.feed(b"".join(pack(*packet) for packet in sent) + rest)
    assert [unpack(octets) for octets in framer.packets()] == sent
    assert framer.held == len(rest)


@given(st.binary(max_size=100))
@example(b"\0\0\0\x01\x05\0\0\0\x02\x05")
@example(b"\0\x08\0\x01")
@settings(deadline=None)
def test_any_octets_are_framed_or_a_remote_protocol_error(octets):
    framer = Framer()
    framer.feed(octets)
    read = b""
    broken = False
    try:
        for packet in framer.packets():
            read += len(packet).to_bytes(4, "big") + packet
    except RemoteProtocolError:
        broken = True
    rest = octets[len(read) :]
    assert octets.startswith(read)
    assert framer.held == len(rest)
    announced = int.from_bytes(rest[:4], "big") if len(rest) >= 4 else LARGEST
    assert broken is (announced > LARGEST)
    assert len(rest) < 4 + announced  # nothing that is whole is held back


def test_an_iteration_given_up_goes_on_where_it_stopped():
    framer = Framer()
    framer.feed(b"\0\0\0\x01\x05" + b"\0\0\0\x01\x06" + b"\0\0\0\x01\x01" + b"\0")
    first, second = framer.packets(), framer.packets()
    assert next(first) == b"\x05"
    assert framer.held == 11
    assert next(second) == b"\x06"
    framer.feed(b"\0\0\x01\x02")
    assert list(first) == [b"\x01", b"\x02"]
    assert list(second) == []
