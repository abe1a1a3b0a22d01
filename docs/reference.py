"""Writes reference.md from the docstrings: python docs/reference.py."""

import inspect
import re
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
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
    "Watching": [
        "follow", "Feed", "Disconnected", "Connected", "Gap", "watch_sas", "SaTable", "Added",
        "Removed", "Rekeyed", "Updated", "Resynced", "Change", "wait_established",
    ],
    "Connection": ["open_connection", "Connection", "Stream", "Subscription"],
    "The protocol alone": [
        "encode", "decode", "elements", "blob", "Element", "ElementType", "ClientProtocol",
        "Request", "Reply", "Event", "Framer", "Packet", "PacketType", "pack", "unpack", "compiled",
    ],
}  # fmt: skip


def chapters() -> Iterator[tuple[str, list[str]]]:
    """Iterate over the headings and what belongs under them."""
    rest = [name for name in anyvici.__all__ if not any(name in c for c in CHAPTERS.values())]
    kinds: dict[str, list[str]] = {"Events": [], "Models": [], "Words": []}
    kinds |= {"Configuration": [], "Types": [], "Errors": []}
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
    if hasattr(item, "__struct_fields__"):
        return "Models"
    return "Configuration" if hasattr(item, "__total__") else "Types"


def entry(name: str) -> Iterator[str]:
    """Iterate over the paragraphs about something."""
    item = getattr(anyvici, name)
    yield f"### {name}"
    if signature(item):
        yield f"{name}{signature(item)}"
    if text(item):
        yield text(item)
    if said_of(name):
        yield said_of(name)
    if inspect.isclass(item):
        yield from members(item)


def members(cls: type) -> Iterator[str]:
    """Iterate over the paragraphs about what a class has: members of an enum, fields, methods."""
    if issubclass(cls, Enum):
        yield ", ".join(f"`{member.value}`" for member in cls)
        return
    fields = list(fields_of(cls))
    if fields:
        yield "\n".join(fields)
    for name, member in inspect.getmembers(cls):
        if name.startswith("_") or name in getattr(cls, "__struct_fields__", ()):
            continue
        if (inspect.isroutine(member) or isinstance(member, property)) and own(cls, name):
            yield f"**{name}**{signature(member)}: {text(member)}"


def own(cls: type, name: str) -> bool:
    """Tell whether a class of ours, and not one that it builds upon, has this."""
    (home,) = [base for base in cls.__mro__ if name in vars(base)][:1]
    return home.__module__.startswith("anyvici")


def fields_of(cls: type) -> Iterator[str]:
    """Iterate over the fields of a model, dataclass or TypedDict, with what is said of them."""
    if not any(hasattr(cls, mark) for mark in ("__struct_fields__", "__match_args__", "__total__")):
        return
    said = {name: line for base in reversed(cls.__mro__) for name, line in said_in(base)}
    hints = {
        k: v for base in reversed(cls.__mro__) for k, v in inspect.get_annotations(base).items()
    }
    own_fields = getattr(cls, "__dataclass_fields__", hints)
    for name in getattr(cls, "__struct_fields__", own_fields):
        yield f"- `{name}`: {type_text(hints[name])}{'. ' + said[name] if name in said else ''}"


def said_of(name: str) -> str:
    """Return the docstring below a value or an alias, in whichever module it is."""
    modules = [module for key, module in sys.modules.items() if key.startswith("anyvici.wire.")]
    return next((line for each in modules for key, line in said_in(each) if key == name), "")


def said_in(home: type | ModuleType) -> Iterator[tuple[str, str]]:
    """Iterate over what has a docstring below it: fields of a class, values of a module."""
    try:
        source = inspect.getsource(home)
    except (OSError, TypeError):
        return
    for name, line in re.findall(
        r'^(?: {4})?(\w+): [^\n]*\n(?: {4})?"""(.*?)"""', source, re.MULTILINE | re.DOTALL
    ):
        yield name, " ".join(line.split())


def signature(item: Any) -> str:
    """Return the parameters of a function, and what a type alias stands for."""
    if isinstance(item, bool):
        return ": `bool`"
    if not (inspect.isclass(item) or inspect.isroutine(item) or isinstance(item, property)):
        return f" = {type_text(item)}"
    if inspect.isclass(item) or isinstance(item, property):
        return ""
    shown = str(inspect.signature(item)).replace("typing.", "")
    shown = shown.replace(str(anyvici.Address).replace("typing.", ""), "Address")
    shown = re.sub(r"\(self(, )?", "(", shown.replace("anyvici.", ""))
    shown = re.sub(r"AsyncGenerator\[(.*)\]", r"\1, by async with", shown)
    for noise in (r"\w+(\.\w+)+\.(?=\w)", "<factory>", "'"):
        shown = re.sub(noise, "", shown)
    return f"`{shown}`"


def type_text(hint: Any) -> str:
    """Return a type as it would be written."""
    shown = hint.__name__ if inspect.isclass(hint) and not hasattr(hint, "__args__") else str(hint)
    return "`" + re.sub(r"\w+(\.\w+)+\.(?=\w)|typing\.", "", shown) + "`"


def text(item: Any) -> str:
    """Return a docstring."""
    is_ours = inspect.isclass(item) or inspect.isroutine(item) or isinstance(item, property)
    return (inspect.getdoc(item) or "") if is_ours else ""


def page() -> str:
    """Return the page."""
    paragraphs = [HEAD.rstrip()]
    for heading, names in chapters():
        paragraphs.append(f"## {heading}")
        for name in names:
            paragraphs += entry(name)
    return "\n\n".join(paragraphs) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
