"""What the daemon told, as JSON: field names of Python, numbers as numbers, nothing left out.

A record has each field of its class that the daemon sent, and those that it always has (flags,
lists). What is absent is absent, never null. Octets are Base64. Keys that are not known here, from
a newer daemon, are there as the daemon sent them, with underscores for hyphens.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from anyvici.models.conversion import Model

Record = dict[str, Any]


def record(model: Model) -> Record:
    """Return what a model tells, in the order of its fields."""
    found: Record = {}
    known = set()
    for field in msgspec.structs.fields(type(model)):
        value = getattr(model, field.name)
        known.add(field.encode_name)
        if field.name != "raw" and value is not None:
            found[field.name.rstrip("_")] = plain(value)
    for key, value in model.raw.items():
        if key not in known and not isinstance(value, dict):
            found.setdefault(key.replace("-", "_"), plain(value))
    return found


def plain(value: object) -> Any:
    """Return a value as JSON can have it."""
    if isinstance(value, Model):
        return record(value)
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def to_json(found: object) -> str:
    """Return a record as one line; in ASCII, as what is no UTF-8 could not be printed else."""
    return json.dumps(found, separators=(",", ":"))
