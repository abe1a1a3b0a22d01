"""Elements: what a message is made of, in the order of the wire.

SECTION_START name ... SECTION_END      sections nest without limit
KEY_VALUE name value
LIST_START name LIST_ITEM value ... LIST_END
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple

from anyvici.exceptions import RemoteProtocolError


class ElementType(IntEnum):
    """The first octet of an element."""

    SECTION_START = 1
    SECTION_END = 2
    KEY_VALUE = 3
    LIST_START = 4
    LIST_ITEM = 5
    LIST_END = 6


class Element(NamedTuple):
    """One element of a message; `name` and `value` are None where its type has none."""

    type: ElementType
    name: str | None
    value: str | None


# Plain numbers: an enum costs ten times as much in the loop below.
SECTION_START, SECTION_END, KEY_VALUE, LIST_START, LIST_ITEM, LIST_END = map(int, ElementType)
_NAMED = frozenset({SECTION_START, KEY_VALUE, LIST_START})
_VALUED = frozenset({KEY_VALUE, LIST_ITEM})
_ONLY_IN_LISTS = frozenset({LIST_ITEM, LIST_END})


def elements(octets: bytes) -> Iterator[Element]:
    """Iterate over every element of a message in the order of the wire, repeated names included.

    Raises RemoteProtocolError where the octets stop being a message.
    """
    for kind, name, value in scan(octets):
        yield Element(ElementType(kind), name, value)


def scan(octets: bytes) -> Iterator[tuple[int, Any, Any]]:
    """Take octets apart into (type, name or None, value or None), and check how they nest."""
    octets = bytes(octets)
    position = depth = 0
    in_list = False
    while position < len(octets):
        kind = octets[position]
        depth, in_list = _nest(kind, depth, in_list, position)
        name = value = None
        position += 1
        if kind in _NAMED:
            name, position = _take(octets, position, 1)
        if kind in _VALUED:
            value, position = _take(octets, position, 2)
        yield kind, name, value
    if in_list or depth:
        raise _malformed(position, "the message ends inside of a list or section")


def _nest(kind: int, depth: int, in_list: bool, position: int) -> tuple[int, bool]:
    """Return how many sections are open, and whether a list is, after this element."""
    if not SECTION_START <= kind <= LIST_END:
        raise _malformed(position, f"there is no element type {kind}")
    if (kind in _ONLY_IN_LISTS) is not in_list:
        place = "inside" if in_list else "outside"
        raise _malformed(position, f"{ElementType(kind).name} {place} of a list")
    if kind == SECTION_START:
        return depth + 1, False
    if kind == SECTION_END:
        if not depth:
            raise _malformed(position, "SECTION_END without a section")
        return depth - 1, False
    return depth, kind in (LIST_START, LIST_ITEM)


def _take(octets: bytes, position: int, width: int) -> tuple[str, int]:
    """Return the text whose length stands at `position` in `width` octets, and where it ends."""
    start = position + width
    end = start + int.from_bytes(octets[position:start], "big")
    if end > len(octets):
        raise _malformed(position, f"a text would end at octet {end} of {len(octets)}")
    return _text(octets[start:end]), end


def _malformed(position: int, what: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"malformed message at octet {position}: {what}")


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")
