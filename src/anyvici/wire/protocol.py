"""The conversation of one client with the daemon, without any I/O.

Replies carry neither a name nor a number; the daemon answers strictly in order. So the queue of
unanswered requests is the whole state of a conversation.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Generic, Self, TypeVar

from anyvici.exceptions import (
    CommandError,
    LocalProtocolError,
    RemoteProtocolError,
    UnknownCommand,
    UnknownEvent,
)
from anyvici.wire.message import Message, Sendable, decode, encode
from anyvici.wire.packet import Framer, PacketType, pack, unpack

# Which answers a request can have, by its type. All else that is not an event breaks the protocol.
_CONFIRMATION = (PacketType.EVENT_CONFIRM, PacketType.EVENT_UNKNOWN)
_ANSWERS: tuple[tuple[PacketType, ...], ...] = (
    (PacketType.CMD_RESPONSE, PacketType.CMD_UNKNOWN),  # of CMD_REQUEST
    (),
    (),
    _CONFIRMATION,  # of EVENT_REGISTER
    _CONFIRMATION,  # of EVENT_UNREGISTER
    (),
    (),
    (),
)

# A number, and tuples: enums cost ten times as much where every packet passes.
_EVENT = int(PacketType.EVENT)
_TYPES = tuple(PacketType)
_MOST_NAMES = 64

NOTHING: Mapping[str, Sendable] = {}


class Request:
    """Something the daemon will answer. Subclass it to keep what you need when the answer comes.

    `name` is the name of a command or of an event; `packet` the octets to be sent.

    Raises LocalProtocolError or TypeError for what cannot be sent.
    """

    __slots__ = ("name", "packet", "type")

    def __init__(
        self, kind: PacketType, name: str, message: Mapping[str, Sendable] = NOTHING
    ) -> None:
        if not _ANSWERS[kind]:  # charon swallows it, and every later answer would be mistaken
            raise LocalProtocolError(f"a {kind.name} is not for a client to send")
        self.type: PacketType = kind
        self.name: str = name
        self.packet: bytes = pack(kind, name, b"" if message is NOTHING else encode(message))

    @classmethod
    def command(cls, name: str, message: Mapping[str, Sendable] | None = None) -> Self:
        """Return a request to carry out a command.

        Raises LocalProtocolError or TypeError for what cannot be sent.
        """
        return cls(PacketType.CMD_REQUEST, name, NOTHING if message is None else message)

    @classmethod
    def register(cls, event: str) -> Self:
        """Return a request to be told of an event. Registered twice, it is delivered twice."""
        return cls(PacketType.EVENT_REGISTER, event)

    @classmethod
    def unregister(cls, event: str) -> Self:
        """Return a request to take one registration back."""
        return cls(PacketType.EVENT_UNREGISTER, event)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.type.name} {self.name}>"


R = TypeVar("R", bound=Request)


class Reply(Generic[R]):
    """The daemon's answer to `request`; `body` is its message, undecoded."""

    __slots__ = ("body", "request", "type")

    def __init__(self, request: R, kind: PacketType, body: bytes) -> None:
        self.request: R = request
        self.type: PacketType = kind
        self.body: bytes = body

    def outcome(self) -> Message:
        """Return the message of the answer; an empty one for a confirmed registration.

        Raises CommandError for success=no, UnknownCommand, UnknownEvent, and RemoteProtocolError
        for a message that does not parse.
        """
        name = self.request.name
        if self.type is PacketType.CMD_UNKNOWN:
            raise UnknownCommand(name)
        if self.type is PacketType.EVENT_UNKNOWN:
            raise UnknownEvent(name)
        message = decode(self.body)
        if message.get("success") == "no":
            raise CommandError(name, str(message.get("errmsg", "")), message)
        return message


class Event:
    """Something the daemon tells: its `name`, its `message` as a dict, `body` its octets."""

    __slots__ = ("_message", "body", "name")

    def __init__(self, name: str, body: bytes) -> None:
        self.name: str = name
        self.body: bytes = body
        self._message: Message | None = None

    @property
    def message(self) -> Message:
        """The message, decoded when first asked for; RemoteProtocolError if it does not parse."""
        if self._message is None:
            self._message = decode(self.body)
        return self._message

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, {len(self.body)} octets>"


class ClientProtocol(Generic[R]):
    """One conversation with the daemon: octets in, occurrences out.

    Feed what the socket gives to receive_data() and iterate over occurrences(); what has to be
    written is in data_to_send(). It does no I/O, waits for nothing and knows no clock.
    """

    def __init__(self) -> None:
        self._framer = Framer()
        self._unanswered: deque[R] = deque()
        self._outgoing: list[bytes] = []
        self._arrived: deque[tuple[int, bytes, bytes]] = deque()
        self._names: dict[bytes, str] = {}
        self._broken = ""

    @property
    def unanswered(self) -> tuple[R, ...]:
        """The requests that have no answer yet, in the order in which the answers will come."""
        return tuple(self._unanswered)

    @property
    def next_answered(self) -> R | None:
        """The request whose answer comes next."""
        return self._unanswered[0] if self._unanswered else None

    def send(self, *requests: R) -> None:
        """Queue requests. The daemon carries them out, and answers them, one after the other."""
        for request in requests:
            self._outgoing.append(request.packet)
            self._unanswered.append(request)

    @property
    def has_data_to_send(self) -> bool:
        """Whether something is to be written to the socket."""
        return bool(self._outgoing)

    def data_to_send(self) -> bytes:
        """Return the octets to be written to the socket, and forget them."""
        data = b"".join(self._outgoing)
        self._outgoing.clear()
        return data

    def receive_data(self, data: bytes) -> None:
        """Take in what the socket gave, cut anyhow."""
        self._framer.feed(data)

    def receive_eof(self) -> None:
        """Take in that nothing will follow.

        Raises RemoteProtocolError if that cuts a packet in two.
        """
        if self._framer.held:
            raise RemoteProtocolError(
                f"the stream ended inside of a packet, {self._framer.held} octets into it"
            )

    def occurrences(self) -> Iterator[Reply[R] | Event]:
        """Iterate over the replies and events that have arrived whole, in order.

        Raises RemoteProtocolError, after everything that came before it, for a packet that breaks
        the protocol; it cannot be known what the next reply would answer, so this is the end.
        """
        if self._broken:
            raise RemoteProtocolError(self._broken)
        try:
            while self._arrived or (self._framer.held and self._split()):
                kind, name, body = self._arrived.popleft()
                yield Event(self._name(name), body) if kind == _EVENT else self._reply(kind, body)
            if self._framer.held:
                for octets in self._framer.packets():  # whole, and yet not split off:
                    unpack(octets)  # this tells what is wrong with it
        except RemoteProtocolError as error:
            self._broken = str(error)
            raise

    def _split(self) -> bool:
        self._arrived.extend(self._framer.split())
        return bool(self._arrived)

    def _name(self, octets: bytes) -> str:
        """Return the name of an event; those that have come are remembered."""
        name = self._names.get(octets)
        if name is None:
            name = octets.decode("utf-8", "surrogateescape")
            if len(self._names) < _MOST_NAMES:
                self._names[octets] = name
        return name

    def _reply(self, number: int, body: bytes) -> Reply[R]:
        kind = _TYPES[number]
        if not self._unanswered:
            raise RemoteProtocolError(f"a {kind.name} that answers nothing")
        request = self._unanswered[0]
        if kind not in _ANSWERS[request.type]:
            raise RemoteProtocolError(f"a {kind.name} where {request!r} is to be answered")
        return Reply(self._unanswered.popleft(), kind, body)
