"""Messages made from the table of fields, and models made from messages."""

from types import UnionType
from typing import Any, get_args

import msgspec

from anyvici.models.conversion import Model, Named, Plain
from anyvici.models.daemon import Counters
from anyvici.models.events import (
    Alert,
    ChildRekey,
    ChildUpDown,
    IkeRekey,
    IkeUpdate,
    IkeUpDown,
    TypedEvent,
)
from anyvici.models.pools import Pool
from anyvici.models.sas import ChildSa, IkeSa
from anyvici.wire.message import Message, encode

from .fields import Key, keys

NAME = "a name"


def field_of(model: type[Model], key: str) -> msgspec.structs.FieldInfo:
    """Return the field of a class that has this key on the wire."""
    return next(field for field in msgspec.structs.fields(model) if field.encode_name == key)


def part_of(model: type[Model], key: str) -> type[Plain]:
    """Return the class of a section inside."""
    hint = field_of(model, key).type
    hints = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return next(hint for hint in hints if isinstance(hint, type) and issubclass(hint, Plain))


def value(model: type[Model], key: Key) -> Any:
    """Return something to stand under a key on the wire."""
    match key.kind:
        case "int" | "count":
            return str(1000 + len(key.name))
        case "flag":
            return "yes"
        case "list":
            return [f"{key.name} 1", "", f"{key.name} 2"]
        case "octets":
            return "0\udc82\x00\udcff"
        case "plugins":
            return {"ALGORITHM_1": "plugin", "null": "null", "": ""}
        case "section":
            return full(part_of(model, key.name))
    return f"the {key.name}"


def full(model: type[Model]) -> Message:
    """Return a section that has all keys of a class."""
    return {key.name: value(model, key) for key in keys(model)}


def least(model: type[Model]) -> Message:
    """Return a section that has only the keys that are always there."""
    message = {key.name: value(model, key) for key in keys(model) if not key.optional}
    sections = [key.name for key in keys(model) if key.kind == "section" and key.name in message]
    return message | {key: least(part_of(model, key)) for key in sections}


def make(model: type[Any], section: Message, name: str = NAME) -> Any:
    """Return what a class makes of a section, by way of octets if it is told in a message."""
    if issubclass(model, TypedEvent):
        return model.from_octets(encode(section) + encode(around(model, name)))
    if issubclass(model, Pool):
        return model.list_from_octets(encode({name: section}))[0]
    if issubclass(model, Counters):
        return model.list_from_octets(encode({"counters": {name: section}}))[0]
    if hasattr(model, "from_octets"):
        return model.from_octets(encode({name: section} if issubclass(model, Named) else section))
    if issubclass(model, Named):
        return model.from_section(name, section)
    return model.from_section(section)


def around(event: type[TypedEvent], name: str, child: str = "a child") -> Message:
    """Return the sections of an event about an IKE_SA of that name."""
    ike_sa, child_sa = least(IkeSa), least(ChildSa)
    if event in (IkeUpDown, IkeUpdate):
        return {name: ike_sa}
    if event is ChildUpDown:
        return {name: ike_sa | {"child-sas": {child: child_sa}}}
    pair = {"old": {"uniqueid": "1"}, "new": {"uniqueid": "2"}}
    if event is IkeRekey:
        return {name: {key: ike_sa | other for key, other in pair.items()}}
    if event is ChildRekey:
        both = {key: child_sa | other for key, other in pair.items()}
        return {name: ike_sa | {"child-sas": {child: both}}}
    return {"ike-sa": {name: ike_sa}} if event is Alert else {}
