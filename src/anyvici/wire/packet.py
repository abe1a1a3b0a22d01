"""Packets: a type, a name for some, a message for some; and their framing in a byte stream.

Works for both ends of a conversation: pack() and unpack() know all eight types.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from anyvici.exceptions import LocalProtocolError, RemoteProtocolError
from anyvici.wire import loops
from anyvici.wire.message import MAX_NAME, MAX_PACKET

_HEADER = 4  # octets of the length in front of every packet, big endian, not counting itself


class PacketType(IntEnum):
    """The first octet of a packet."""

    CMD_REQUEST = 0
    CMD_RESPONSE = 1
    CMD_UNKNOWN = 2
    EVENT_REGISTER = 3
    EVENT_UNREGISTER = 4
    EVENT_CONFIRM = 5
    EVENT_UNKNOWN = 6
    EVENT = 7


# By type; looking an enum up in a set costs more than all the rest of pack().
_NAMED = tuple(
    kind.name in ("CMD_REQUEST", "EVENT_REGISTER", "EVENT_UNREGISTER", "EVENT")
    for kind in PacketType
)


class Packet(NamedTuple):
    """A packet taken apart; `name` is empty where its type has none, `body` is the message."""

    type: PacketType
    name: str
    body: bytes


def pack(kind: PacketType, name: str = "", body: bytes = b"") -> bytes:
    """Return a packet as it goes on the wire, its length in front.

    Raises LocalProtocolError for a name that is not 1 to 255 printable ASCII characters (charon
    answers such a packet with nothing at all, and every later answer would be matched to the
    wrong request) and for a packet above 524288 octets (charon closes the connection).
    """
    octets = bytes((kind,))
    if _NAMED[kind]:
        if not isinstance(name, str):
            raise TypeError(f"a command or event name is a str, not {type(name).__name__}")
        if not (0 < len(name) <= MAX_NAME and name.isascii() and name.isprintable()):
            raise LocalProtocolError(
                f"the name of a command or event is 1 to {MAX_NAME} printable ASCII characters, "
                f"not {name!r}"
            )
        octets += bytes((len(name),)) + name.encode("ascii")
    octets += body
    if len(octets) > MAX_PACKET:
        raise LocalProtocolError(
            f"{name or kind.name}: a packet of {len(octets)} octets; VICI takes up to {MAX_PACKET}"
        )
    return len(octets).to_bytes(_HEADER, "big") + octets


def unpack(octets: bytes) -> Packet:
    """Take a packet apart, without its length in front. The message stays undecoded.

    Raises RemoteProtocolError for octets that are no packet.
    """
    if not octets:
        raise RemoteProtocolError("an empty packet")
    if octets[0] > PacketType.EVENT:
        raise RemoteProtocolError(f"there is no packet type {octets[0]}")
    kind = PacketType(octets[0])
    if not _NAMED[kind]:
        return Packet(kind, "", octets[1:])
    end = 2 + octets[1] if len(octets) > 1 else 2
    if end > len(octets):
        raise RemoteProtocolError(f"the name in a packet of type {kind.name} is cut off")
    return Packet(kind, octets[2:end].decode("utf-8", "surrogateescape"), octets[end:])


class Framer:
    """Finds the packets in a byte stream, however it is cut into pieces."""

    def __init__(self) -> None:
        self._data = b""
        self._position = 0
        self._pieces: list[bytes] = []  # what has come since
        self.held: int = 0  # octets of unfinished packets
        self._needed = _HEADER  # with less it is not worth looking

    def feed(self, data: bytes) -> None:
        """Take in the next piece of the stream."""
        self._pieces.append(bytes(data))
        self.held += len(data)

    def packets(self) -> Iterator[bytes]:
        """Take out every whole packet, without its length.

        Raises RemoteProtocolError where a length is above 524288 octets, without allocating any.
        """
        while self._gather():
            start = self._position + _HEADER
            end = self._position + self._needed
            self._go_to(end)  # before the yield: an iteration given up must not give it again
            yield self._data[start:end]

    def split(self) -> list[tuple[int, bytes, bytes]]:
        """Take out the whole packets at once, as type, name (of events) and message.

        It ends before what is not one that a client can get; packets() goes on from there.
        """
        if not self._gather():
            return []
        found, position = loops.packets(self._data, self._position, MAX_PACKET)
        self._go_to(position)
        return found

    def _go_to(self, position: int) -> None:
        self.held -= position - self._position
        self._position = position
        self._needed = _HEADER

    def _gather(self) -> bool:
        """Tell whether there is a whole packet; the pieces are joined when there can be one."""
        if self.held < self._needed:
            return False
        if self._pieces:
            rest = self._data[self._position :]
            self._data = b"".join((rest, *self._pieces))
            self._pieces.clear()
            self._position = 0
        start = self._position
        length = int.from_bytes(self._data[start : start + _HEADER], "big")
        if length > MAX_PACKET:
            raise RemoteProtocolError(
                f"a packet of {length} octets is announced; VICI has up to {MAX_PACKET}"
            )
        self._needed = _HEADER + length
        return self.held >= self._needed
