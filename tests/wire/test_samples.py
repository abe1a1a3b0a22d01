"""What a real charon was sent and what it answered, packet for packet."""

from typing import Any

import pytest

from anyvici import (
    ClientProtocol,
    Event,
    Framer,
    LocalProtocolError,
    Packet,
    PacketType,
    RemoteProtocolError,
    Reply,
    Request,
    decode,
    elements,
    encode,
    pack,
    unpack,
)

from . import samples


def check(sample: dict[str, Any]) -> Packet:
    """Check one packet of a sample against what is said of it there."""
    packet = unpack(bytes.fromhex(sample["hex"]))
    assert packet.type.name == sample["type"]
    assert packet.name == sample.get("name", "")
    assert decode(packet.body) == samples.as_received(sample.get("message", {}))
    flat = [(kind.name, name, value) for kind, name, value in elements(packet.body)]
    without_gaps = [[part for part in element if part is not None] for element in flat]
    assert without_gaps == samples.as_received(sample.get("elements", []))
    return packet


# Conversations that went well.


def test_there_are_samples():
    assert len(samples.NAMES) > 90
    assert {"version", "list-sas", "log-events", "load-shared-binary"} < set(samples.NAMES)


@pytest.mark.parametrize("name", samples.NAMES)
def test_every_packet_is_what_the_sample_says(name):
    for sample in samples.load(name)["packets"]:
        packet = check(sample)
        octets = bytes.fromhex(sample["hex"])
        framed = len(octets).to_bytes(4, "big") + octets
        assert pack(packet.type, packet.name, encode(decode(packet.body))) == framed
        assert pack(packet.type, packet.name, encode(sample.get("message", {}))) == framed


@pytest.mark.parametrize("name", samples.NAMES)
def test_the_conversation_can_be_replayed(name):
    protocol = ClientProtocol[Request]()
    asked = None
    for sample in samples.load(name)["packets"]:
        octets = bytes.fromhex(sample["hex"])
        framed = len(octets).to_bytes(4, "big") + octets
        kind = PacketType[sample["type"]]
        if sample["dir"] == "client>daemon":
            asked = Request(kind, sample["name"], sample.get("message", {}))
            protocol.send(asked)
            assert protocol.data_to_send() == framed
            continue
        protocol.receive_data(framed)
        [occurrence] = protocol.occurrences()
        message = samples.as_received(sample.get("message", {}))
        if kind is PacketType.EVENT:
            assert isinstance(occurrence, Event)
            assert (occurrence.name, occurrence.message) == (sample["name"], message)
        else:
            assert isinstance(occurrence, Reply)
            assert (occurrence.request, occurrence.type) == (asked, kind)
            assert decode(occurrence.body) == message
    assert protocol.unanswered == ()
    protocol.receive_eof()


# Requests that are broken on purpose, and what charon did with them.

CASES = {case["label"]: case for case in samples.load(samples.MALFORMED)["cases"]}

TOO_LARGE = {"oversize 512K+1 header only", "oversize 0xffffffff header", "text HTTP"}
LARGEST = "exact 512K version"  # too large for a file: only its beginning is in there

NO_PACKET = {
    "zero-length packet",
    "type only 0",
    "type 3 only",
    "name len beyond",
    "client sends type 8",
    "client sends type 48",
    "client sends type 255",
}
BAD_NAME = {"name with NUL", "name version\\0", "name utf8"}
EMPTY_NAME = {"empty command name", "empty event name"}
TYPE_OF_THE_DAEMON = {f"client sends type {kind}" for kind in (1, 2, 5, 6, 7)}

# charon overlooks much of this, because it reads no further than it needs to.
MALFORMED = {
    "register with trailing bytes",
    "load-conn unclosed section",
    "load-conn extra section end",
    "load-conn nested list",
    "load-conn section in list",
    "load-conn kv in list",
    "load-conn item outside list",
    "load-conn list end outside",
    "load-conn unclosed list",
    "load-conn elem type 0",
    "load-conn elem type 7 in section",
    "load-conn elem type 7 at root end",
    "load-conn elem type 7 at root begin",
    "load-conn elem type 9",
    "load-conn truncated kv value",
    "load-conn truncated kv name",
    "load-conn truncated list item",
    "list-sas garbage msg",
    "list-conns garbage msg",
    "get-pools garbage",
    "terminate garbage",
}
REPEATED_NAMES = {
    "load-conn dup key version=1,2",
    "load-conn dup sections",
    "load-pool 2 addrs",
}
OTHERS = (
    CASES.keys()
    - {LARGEST}
    - TOO_LARGE
    - NO_PACKET
    - BAD_NAME
    - EMPTY_NAME
    - TYPE_OF_THE_DAEMON
    - MALFORMED
    - REPEATED_NAMES
)


def octets_of(label: str) -> bytes:
    return bytes.fromhex(CASES[label]["wire_hex"])


def packet_of(label: str) -> bytes:
    """Return the one packet that was sent, without its length."""
    framer = Framer()
    framer.feed(octets_of(label))
    [octets] = framer.packets()
    assert framer.held == 0
    return octets


def test_every_reply_parses():
    replies = [check(reply) for case in CASES.values() for reply in case["replies"]]
    assert len(replies) > 100
    assert {reply.type for reply in replies} == {
        PacketType.CMD_RESPONSE,
        PacketType.CMD_UNKNOWN,
        PacketType.EVENT_CONFIRM,
        PacketType.EVENT_UNKNOWN,
    }


@pytest.mark.parametrize("label", sorted(TOO_LARGE))
def test_at_what_charon_closes_the_connection_the_framer_breaks(label):
    framer = Framer()
    framer.feed(octets_of(label))
    with pytest.raises(RemoteProtocolError, match="is announced"):
        list(framer.packets())


def test_nothing_else_closed_a_connection():
    closed = {label for label, case in CASES.items() if case["connection_after"] != "open"}
    assert closed == TOO_LARGE


def test_what_charon_left_unanswered_is_in_the_tables():
    unanswered = {label for label, case in CASES.items() if not case["replies"]}
    assert unanswered == TOO_LARGE | NO_PACKET | BAD_NAME | TYPE_OF_THE_DAEMON


@pytest.mark.parametrize("label", sorted(NO_PACKET))
def test_what_is_no_packet_is_refused(label):
    with pytest.raises(RemoteProtocolError):
        unpack(packet_of(label))


@pytest.mark.parametrize("label", sorted(BAD_NAME | EMPTY_NAME))
def test_a_name_that_charon_does_not_answer_cannot_be_packed(label):
    kind, name, body = unpack(packet_of(label))
    with pytest.raises(LocalProtocolError, match="1 to 255 printable ASCII characters"):
        pack(kind, name, body)


@pytest.mark.parametrize("label", sorted(TYPE_OF_THE_DAEMON))
def test_a_type_that_charon_does_not_answer_cannot_be_requested(label):
    kind, name, _ = unpack(packet_of(label))
    with pytest.raises(LocalProtocolError, match="not for a client to send"):
        Request(kind, name)


@pytest.mark.parametrize("label", sorted(MALFORMED))
def test_what_is_malformed_is_refused(label):
    body = unpack(packet_of(label)).body
    with pytest.raises(RemoteProtocolError, match="malformed message at octet"):
        decode(body)


def test_what_charon_cannot_parse_is_malformed_here_too():
    unparsed = {
        label
        for label, case in CASES.items()
        for reply in case["replies"]
        if reply.get("message", {}).get("errmsg") == "parsing request failed"
    }
    # The name of a section may be any octets on the wire; it is load-conn that wants ASCII.
    assert unparsed - MALFORMED == {"load-conn section name utf8"}
    assert len(unparsed) > 10


@pytest.mark.parametrize("label", sorted(REPEATED_NAMES))
def test_repeated_names_are_legal_but_a_dict_holds_one(label):
    body = unpack(packet_of(label)).body
    assert len(encode(decode(body))) < len(body)
    names = [element.name for element in elements(body) if element.name is not None]
    assert len(set(names)) < len(names)


@pytest.mark.parametrize("label", sorted(OTHERS))
def test_everything_else_is_legal(label):
    kind, name, body = unpack(packet_of(label))
    assert Request(kind, name, decode(body)).packet == octets_of(label)


def test_the_largest_packet_that_charon_takes_can_be_made():
    full = encode({"a": b"x" * 65535})
    body = 7 * full + encode({"a": b"x" * (524288 - 9 - 7 * len(full) - 5)})
    octets = pack(PacketType.CMD_REQUEST, "version", body)
    recorded = CASES[LARGEST]["wire_hex"]
    assert len(octets) == recorded["len"]
    assert octets[:64].hex() == recorded["first_64"]
    [packet] = CASES[LARGEST]["replies"]
    assert check(packet).type is PacketType.CMD_RESPONSE
