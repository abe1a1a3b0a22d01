"""What the daemon told, as JSON: field names of Python, numbers as numbers, nothing left out.

A record has each field of its class that the daemon sent, and those that it always has (flags,
lists). What is absent is absent, never null. Octets are Base64. Keys that are not known here, from
a newer daemon, are there as the daemon sent them, with underscores for hyphens.
"""

import base64
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from anyvici.models.conversion import Model
from anyvici.models.events import TypedEvent

Record = dict[str, Any]


def record(model: Model) -> Record:
    """Return what a model tells, in the order of its fields."""
    found: Record = {}
    known = set()
    for key, name, shown in _fields(type(model)):
        known.add(key)
        value = getattr(model, name)
        if value is not None:
            found[shown] = plain(value)
    for key, value in model.raw.items():
        if key not in known and not _is_told(model, value):
            found.setdefault(key.replace("-", "_"), value == "yes" if key == "success" else value)
    return found


def _is_told(model: Model, value: object) -> bool:
    """Return whether a value is a section that is a field under another name: local-1, dh."""
    if not isinstance(value, dict):
        return False
    return isinstance(model, TypedEvent) or any(value == each for each in _sections(model))


@cache
def _fields(model: type[Model]) -> list[tuple[str, str, str]]:
    """Return the key, the name and the name in JSON of each field."""
    return [
        (field.encode_name, field.name, field.name.rstrip("_"))
        for field in msgspec.structs.fields(model)
        if field.name != "raw"
    ]


def _sections(model: Model) -> Iterator[object]:
    for _, name, _ in _fields(type(model)):
        value = getattr(model, name)
        for each in value if isinstance(value, list) else [value]:
            yield each.raw if isinstance(each, Model) else each


def plain(value: object) -> Any:
    """Return a value as JSON can have it."""
    if isinstance(value, Model):
        return record(value)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def to_json(found: object) -> str:
    """Return a record as one line; in ASCII, as what is no UTF-8 could not be printed else."""
    return json.dumps(found, separators=(",", ":"))
