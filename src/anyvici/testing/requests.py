"""A command's message as charon reads it: key by key, as far as it is sound.

charon never checks a message as a whole. A look-up stops where the message breaks, so the key is
just not there; what loads a configuration goes through it in order, so all that stands before the
break is loaded (observed on 5.9.8; docs/testing.md has the cases).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from anyvici.testing.replies import Refused
from anyvici.testing.values.numbers import strtol
from anyvici.testing.values.texts import printable
from anyvici.wire.elements import (
    KEY_VALUE,
    LIST_END,
    LIST_ITEM,
    LIST_START,
    SECTION_END,
    SECTION_START,
)

_END = 7  # charon's own mark for the end of a message; it takes it for one that comes in, too
_STALE = b"\0\0"  # known by identity: octets that are sliced out are never this object
_WORDS = {"yes": True, "true": True, "enabled": True, "1": True}
_WORDS |= {"no": False, "false": False, "disabled": False, "0": False}


class Broken(Refused):
    """The message ends to be one here."""

    def __init__(self) -> None:
        super().__init__("parsing request failed")


class Entry(NamedTuple):
    """What stands in a section: exactly one of the last three is not None."""

    name: str
    value: bytes | None = None
    item: bytes | None = None  # of the list `name`; a list without items is no entry at all
    section: "Section | None" = None


class Section:
    """The entries of a section, in order.

    Iterate to its end before the next entry after it is asked for, or never.
    """

    def __init__(self, tokens: "Iterator[_Token]") -> None:
        self._tokens = tokens
        self._entered = False

    def __iter__(self) -> Iterator[Entry]:
        self._entered = True
        for kind, name, value in self._tokens:
            if kind == SECTION_END:
                return
            if kind == SECTION_START:
                inner = Section(self._tokens)
                yield Entry(name, section=inner)
                inner.pass_over()
            elif kind == KEY_VALUE:
                yield Entry(name, value=value)
            elif kind == LIST_ITEM:
                yield Entry(name, item=value)

    def pass_over(self) -> None:
        """Leave it behind if nobody wanted it. Nothing here recurses: sections nest for ever."""
        depth = 0 if self._entered else 1
        while depth:
            kind, _, _ = next(self._tokens, (0, "", b""))
            depth = 0 if not kind else depth + (kind == SECTION_START) - (kind == SECTION_END)


class Request:
    """A command of a client: its name, and its message to be looked into."""

    def __init__(
        self,
        name: str,
        body: bytes,
        emit: Callable[[str, Mapping[str, Any]], None],
        delay: float = 0,
    ) -> None:
        self.name = name
        self.emit = emit  # sends an event to this client alone, if it has registered for it
        self.delay = delay  # seconds that the command is to take longer
        self._body = body

    def entries(self) -> Iterator[Entry]:
        """Iterate over the whole message in order; raises Broken where it stops being one."""
        return iter(Section(_tokens(self._body)))

    def octets(self, key: str) -> bytes | None:
        """Return the first value of this name, or None; what stands in sections does not count."""
        for entry in self._readable():
            if entry.name == key and entry.value is not None:
                return entry.value
        return None

    def items(self, key: str) -> list[bytes]:
        """Return the items of the lists of this name."""
        return [e.item for e in self._readable() if e.name == key and e.item is not None]

    def text(self, key: str) -> str | None:
        """Return a value; one that is not all printable ASCII counts as absent."""
        value = self.octets(key)
        return None if value is None else printable(value)

    def number(self, key: str, default: int = 0) -> int:
        """Return a number, as C reads it; what is none counts as absent."""
        text = self.text(key)
        number = None if not text else strtol(text)
        return default if number is None else number

    def flag(self, key: str, default: bool = False) -> bool:
        """Return yes or no; any other word counts as absent."""
        return _WORDS.get((self.text(key) or "").lower(), default)

    def _readable(self) -> Iterator[Entry]:
        """Iterate over the entries up to where the message breaks."""
        try:
            yield from self.entries()
        except Broken:
            return


_Token = tuple[int, str, bytes]


def _tokens(body: bytes) -> Iterator[_Token]:
    """Take a message apart as far as it goes; a section may stay open, a list may not."""
    position, depth, in_list, name = 0, 0, False, ""
    while position < len(body):
        kind = body[position]
        position += 1
        if kind == _END and not depth and not in_list:
            return
        if not SECTION_START <= kind <= LIST_END or in_list is not (kind in (LIST_ITEM, LIST_END)):
            raise Broken
        value = b""
        if kind in (SECTION_START, KEY_VALUE, LIST_START):
            octets, position = _take(body, position, 1)
            name = _name(octets)
        if kind in (KEY_VALUE, LIST_ITEM):
            value, position = _value(body, position, kind)
        depth += (kind == SECTION_START) - (kind == SECTION_END)
        if depth < 0:
            raise Broken
        in_list = kind in (LIST_START, LIST_ITEM) and value is not _STALE
        yield kind, name, value
    if in_list:
        raise Broken


def _take(body: bytes, position: int, width: int) -> tuple[bytes, int]:
    start = position + width
    end = start + int.from_bytes(body[position:start], "big")
    if end > len(body):
        raise Broken
    return body[start:end], end


def _value(body: bytes, position: int, kind: int) -> tuple[bytes, int]:
    try:
        return _take(body, position, 2)
    except Broken:
        if kind == LIST_ITEM:  # charon goes on with what it has read last: never anything useful
            return _STALE, len(body)
        raise


def _name(octets: bytes) -> str:
    name = printable(octets)
    if name is None:
        raise Broken
    return name
