"""Finding the sections of a message: those of a fixed name, and those named after something.

`model` is the class for which a section is wanted; the errors name it.
"""

import reprlib
from collections.abc import Sequence
from typing import TypeAlias

from anyvici.exceptions import RemoteProtocolError
from anyvici.wire.elements import ElementType, elements
from anyvici.wire.message import Message

Sections: TypeAlias = Sequence[tuple[str, Message]]
"""Sections with their names, which may repeat."""


def section(model: type, value: object) -> Message:
    """Return the value, which must be a section: RemoteProtocolError if it is none."""
    if not isinstance(value, dict):
        raise RemoteProtocolError(
            f"{model.__name__}: {reprlib.repr(value)} where a section belongs"
        )
    return value


def subsections(model: type, outer: Message, key: str) -> Sections:
    """Return the sections in the section under `key`; none if there is no such key.

    Raises RemoteProtocolError for anything else than sections.
    """
    inner = section(model, outer.get(key, {}))
    return [(name, section(model, value)) for name, value in inner.items()]


def first(model: type, sections: Sections) -> tuple[str, Message]:
    """Return the first of these sections with its name: RemoteProtocolError if there is none."""
    if not sections:
        raise RemoteProtocolError(f"{model.__name__}: its section is missing")
    return sections[0]


def repeated(octets: bytes, *path: str) -> Sections:
    """Return all sections at `path` in the outermost sections, also those of the same name.

    A dict keeps only the last of these. Raises RemoteProtocolError for octets that are no message.
    """
    found: list[tuple[str, Message]] = []
    names: list[str] = []
    opened: list[Message] = [{}]
    items: list[str] = []
    for kind, name, value in elements(octets):
        if kind is ElementType.SECTION_END:
            opened.pop()
            names.pop()
        elif kind is ElementType.LIST_ITEM:
            items.append(value or "")
        elif kind is ElementType.KEY_VALUE:
            opened[-1][name or ""] = value
        elif kind is ElementType.LIST_START:
            items = opened[-1][name or ""] = []
        elif kind is ElementType.SECTION_START:
            inner: Message = {}
            if len(names) == len(path) + 1 and names[1:] == [*path]:
                found.append((name or "", inner))
            opened[-1][name or ""] = inner
            opened.append(inner)
            names.append(name or "")
    return found
