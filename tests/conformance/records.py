"""Comparing what swanctl dumps with what the command line prints as JSON, key by key."""

import base64
import re
from typing import Any, TypeAlias

from tests.conformance.raw import Section

Record: TypeAlias = dict[str, Any]

# What is text although it may look like a number.
HEX = re.compile(r"(initiator|responder)_spi|(spi|cpi|mark|mark_mask|if_id)_(in|out)|label")
# Sections that are a list in JSON: their own sections are named after the things they tell of.
NAMED = {"child-sas", "children"}
NUMBERED = {"leases"}
ROUND = re.compile(r"(local|remote)-[0-9]+")
# What may be anything from one moment to the next.
RESTLESS = {"mallinfo", "workers", "queues", "scheduled", "running"}
RENAMED = {"dh": "ke"}


def shaped(section: Section, name: str | None = None) -> Record:
    """Return what a section tells, under the names of JSON; its values are texts still."""
    found: Record = {} if name is None else {"name": name}
    for key, value in section:
        shown = RENAMED.get(key, key.replace("-", "_"))
        if not isinstance(value, tuple):
            found[shown] = value
        elif key in NAMED | NUMBERED:
            titled = key in NAMED
            found[shown] = [shaped(inner, each if titled else None) for each, inner in value]
        elif side := ROUND.fullmatch(key):
            found.setdefault(side[1], []).append(shaped(value, key))
        else:
            found[shown] = shaped(value)
    return found


def assert_same(told: Any, before: Any, after: Any, key: str = "", restless: bool = False) -> None:
    """Assert that JSON, from before and after it, has what swanctl was told, and no more."""
    restless = restless or key in RESTLESS
    if isinstance(told, str):
        assert_same_value(told, before, after, key, restless)
    elif isinstance(told, list):
        assert len(told) == len(before) == len(after), key
        for each, first, last in zip(told, before, after, strict=True):
            assert_same(each, first, last, key, restless)
    else:
        assert told.keys() <= before.keys() == after.keys(), key
        for inner, value in told.items():
            assert_same(value, before[inner], after[inner], inner, restless)
        added = {inner: value for inner, value in before.items() if inner not in told}
        assert all(value in (False, [], {}) for value in added.values()), (key, added)


def assert_same_value(text: str, before: Any, after: Any, key: str, restless: bool) -> None:
    """Assert that a text of the wire is told, and with the type that it should have."""
    where = (key, text, before, after)
    if key == "data":
        octets = bytes.fromhex(text.removeprefix("0x"))
        assert before == after == base64.b64encode(octets).decode()
    elif HEX.fullmatch(key):
        assert before == after == text, where
    elif text in ("yes", "no"):
        assert before is after is (text == "yes"), where
    elif re.fullmatch(r"-?[0-9]+", text):
        assert type(before) is type(after) is int, where
        assert restless or min(before, after) <= int(text) <= max(before, after), where
    else:
        assert type(before) is type(after) is str, where
        assert restless or text in (before, after), where
