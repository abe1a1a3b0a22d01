"""Writes reference.md from the docstrings: python docs/reference.py (a test holds it up to date)."""

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import anyvici

PAGE = Path(__file__).parent / "reference.md"

HEAD = """# Reference

Written by `python docs/reference.py` from the docstrings. Everything is imported from `anyvici`.
What cancelling does and what is raised is said once for all methods of
[Client](#client) and of [Connection](#connection), and with a method where it has more to say.
"""

# The order of the page; what is exported and not named here comes under the last heading.
CHAPTERS = {
    "Client": ["connect", "Client", "Items", "Progress", "Events", "Tunnel"],
    "Connection": ["open_connection", "Connection", "Stream", "Subscription"],
    "The protocol alone": [
        "encode", "decode", "elements", "blob", "Element", "ElementType", "ClientProtocol",
        "Request", "Reply", "Event", "Framer", "Packet", "PacketType", "pack", "unpack",
    ],
}  # fmt: skip


def chapters() -> Iterator[tuple[str, list[str]]]:
    """Iterate over the headings and what belongs under them."""
    rest = [name for name in anyvici.__all__ if not any(name in c for c in CHAPTERS.values())]
    kinds: dict[str, list[str]] = {"Events": [], "Models": [], "Words": [], "Configuration": []}
    kinds["Errors"] = []
    for name in rest:
        kinds[kind_of(getattr(anyvici, name))].append(name)
    yield from CHAPTERS.items()
    yield from kinds.items()


def kind_of(item: Any) -> str:
    """Return under which heading something belongs."""
    if inspect.isclass(item) and issubclass(item, BaseException):
        return "Errors"
    if inspect.isclass(item) and issubclass(item, anyvici.TypedEvent):
        return "Events"
    if inspect.isclass(item) and issubclass(item, Enum):
        return "Words"
    return "Models" if hasattr(item, "__struct_fields__") else "Configuration"
