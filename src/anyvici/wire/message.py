"""Messages: from a dict to octets and back.

A message is a sequence of elements: key/values, lists and sections, the latter nested without
limit. In Python a section is a dict, a list a list and a value a str. Values are octets on the
wire; they become str as os.fsdecode does it on a UTF-8 system (surrogateescape), so that nothing
is lost: blob() gives the octets back.

Nothing here recurses: a message may hold 100,000 sections inside each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from anyvici.exceptions import LocalProtocolError
from anyvici.wire import loops
from anyvici.wire.elements import (
    KEY_VALUE,
    LIST_END,
    LIST_ITEM,
    LIST_START,
    SECTION_END,
    SECTION_START,
    scan,
)

MAX_NAME = 255
MAX_VALUE = 65535
MAX_PACKET = 524288  # type, name and message; VICI_MESSAGE_SIZE_MAX since strongSwan 5.9.0

Message: TypeAlias = dict[str, Any]
"""What comes in: str for a value, list[str] for a list, a Message for a section."""

Value: TypeAlias = str | bytes | int
"""What can be sent as one value: bool becomes yes or no, int its decimal digits."""

Sendable: TypeAlias = "Value | Sequence[Value] | Mapping[str, Sendable]"
"""What can be sent under a name: a value, a list of values, or a section."""

compiled: bool = not hasattr(loops.message, "__code__")
"""Whether the codec was compiled when anyvici was built. It is faster then, and no different."""


def blob(value: str) -> bytes:
    """Return the octets of a received value (a certificate, a key) as they were on the wire."""
    return value.encode("utf-8", "surrogateescape")


# Out: a dict becomes octets.


def encode(message: Mapping[str, Sendable]) -> bytes:
    """Return the octets of a message.

    Sections are mappings, lists are lists or tuples, values are str, bytes, int or bool.

    Raises TypeError for anything else and LocalProtocolError for what VICI cannot carry (a name
    over 255 octets, a value over 65535, a message over 524288); both name the path of the key.
    """
    try:
        if type(message) is dict:
            return loops.octets_of(message, MAX_PACKET)
    except ValueError:  # what it is, and where, is told by those who have the time
        pass
    return _encode_carefully(message)


def _encode_carefully(message: Mapping[str, Sendable]) -> bytes:
    if not isinstance(message, Mapping):
        raise TypeError(f"a message is a mapping, not {type(message).__name__}")
    octets = bytearray()
    path: list[str] = []
    sections = [iter(message.items())]
    while sections:
        for name, value in sections[-1]:
            if isinstance(value, Mapping):
                octets += _head(SECTION_START, path, name)
                path.append(name)
                sections.append(iter(value.items()))
                break
            octets += _leaf(path, name, value)
        else:
            sections.pop()
            if sections:
                path.pop()
                octets.append(SECTION_END)
        if len(octets) > MAX_PACKET:  # here, because a mapping that contains itself has no end
            raise LocalProtocolError(
                f"{_where(path)}: the message is above VICI's {MAX_PACKET} octets"
            )
    return bytes(octets)


def _leaf(path: Sequence[str], name: str, value: Any) -> bytes:
    """Return a key/value or a whole list."""
    if not isinstance(value, list | tuple):
        return _head(KEY_VALUE, path, name) + _tail(value, path, name)
    octets = bytearray(_head(LIST_START, path, name))
    for index, item in enumerate(value):
        octets.append(LIST_ITEM)
        octets += _tail(item, path, f"{name}[{index}]")
    octets.append(LIST_END)
    return bytes(octets)


def _head(kind: int, path: Sequence[str], name: Any) -> bytes:
    """Return an element's type and name."""
    if not isinstance(name, str):
        raise TypeError(f"{_where(path, repr(name))}: a name is a str, not {type(name).__name__}")
    octets = _encodable(name, path, name)
    if len(octets) > MAX_NAME:
        raise LocalProtocolError(
            f"{_where(path, name)}: a name of {len(octets)} octets; VICI takes up to {MAX_NAME}"
        )
    return bytes((kind, len(octets))) + octets


def _tail(value: Any, path: Sequence[str], name: str) -> bytes:
    """Return an element's value, with its length in front."""
    octets = _encodable(value, path, name)
    if len(octets) > MAX_VALUE:
        raise LocalProtocolError(
            f"{_where(path, name)}: a value of {len(octets)} octets; VICI takes up to {MAX_VALUE}"
        )
    return len(octets).to_bytes(2, "big") + octets


def _encodable(value: Any, path: Sequence[str], name: str) -> bytes:
    try:
        if isinstance(value, str):
            return blob(value)
        if isinstance(value, bytes):
            return value
        if isinstance(value, bool):
            return b"yes" if value else b"no"
        if isinstance(value, int):
            return b"%d" % value
    except ValueError as error:  # a surrogate that stands for no octet, a number of 5,000 digits
        raise LocalProtocolError(f"{_where(path, name)}: {error}") from None
    raise TypeError(
        f"{_where(path, name)}: a value is str, bytes, int or bool, not {type(value).__name__}"
    )


def _where(path: Sequence[str], *names: str) -> str:
    """Return the path of a key for people: gw.children.net.mode."""
    parts = [*path, *names]
    if len(parts) > 16:
        parts = [*parts[:8], "...", *parts[-8:]]
    return ".".join(parts) or "message"


# In: octets become a dict, or one element after the other.


def decode(octets: bytes) -> Message:
    """Return the message that these octets are.

    Of names that stand twice in one section the dict keeps the last; elements() has them all.
    Raises RemoteProtocolError for octets that are no message.
    """
    try:
        return loops.message(octets if type(octets) is bytes else bytes(octets), None, None)
    except IndexError:  # which it is, and where, is told by those who have the time
        return _build(octets, None)


def outline(
    octets: bytes, twins: list[str] | None = None
) -> tuple[Message, list[tuple[str, Message]]]:
    """Return a message as its values and lists, and beside them its sections with their names.

    Names of inner sections that stand twice, of which the dict keeps the last, go into `twins`.

    Names of connections stand beside fixed keys in many events: in an ike-updown of a connection
    that is named `up`, decode() would keep only one of the two.
    Raises RemoteProtocolError for octets that are no message.
    """
    sections: list[tuple[str, Message]] = []
    try:
        whole = octets if type(octets) is bytes else bytes(octets)
        return loops.message(whole, sections, twins), sections
    except IndexError:
        sections = []
        return _build(octets, sections), sections


def _build(octets: bytes, sections: list[tuple[str, Message]] | None) -> Message:
    """Return the message; its outermost sections go into the list, if there is one."""
    section: Message = {}
    parents: list[Message] = []
    items: list[str] = []
    for kind, name, value in scan(octets):
        if kind == KEY_VALUE:
            section[name] = value
        elif kind == LIST_ITEM:
            items.append(value)
        elif kind == LIST_START:
            items = section[name] = []
        elif kind == SECTION_START:
            inner: Message = {}
            if sections is None or parents:
                section[name] = inner
            else:
                sections.append((name, inner))
            parents.append(section)
            section = inner
        elif kind == SECTION_END:
            section = parents.pop()
    return section
