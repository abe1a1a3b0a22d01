"""Messages of VICI as people write them: key=value, or JSON; and answers as JSON.

Octets that are no UTF-8 are {"base64": "..."} in JSON, both ways: so nothing is lost, and what was
printed can be sent.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from anyvici import Message, Sendable, blob
from anyvici.cli.exits import UsageError
from anyvici.cli.records import to_json

_OCTETS = "base64"


# From arguments.


def from_arguments(arguments: Iterable[str]) -> dict[str, Sendable]:
    """Return the message of arguments: key=value, section.key=value, list[]=item.

    The same key again makes a list. @FILE as a value is what the file holds, and @@ an @.
    Raises UsageError.
    """
    message: dict[str, Any] = {}
    for argument in arguments:
        path, is_given, value = argument.partition("=")
        *sections, key = path.split(".")
        if not is_given or not all([*sections, key.removesuffix("[]")]):
            raise UsageError(f"{argument!r} is not key=value")
        _add(_section(message, sections, argument), key, _value(value), argument)
    return message


def _section(message: dict[str, Any], path: list[str], argument: str) -> dict[str, Any]:
    for name in path:
        message = message.setdefault(name, {})
        if not isinstance(message, dict):
            raise UsageError(f"{argument!r}: {name} is a value already, and no section")
    return message


def _add(section: dict[str, Any], key: str, value: str | bytes, argument: str) -> None:
    is_list = key.endswith("[]")
    key = key.removesuffix("[]")
    there = section.get(key)
    if isinstance(there, dict):
        raise UsageError(f"{argument!r}: {key} is a section already, and no value")
    if isinstance(there, list):
        there.append(value)
    elif there is not None:
        section[key] = [there, value]
    else:
        section[key] = [value] if is_list else value


def _value(text: str) -> str | bytes:
    if text.startswith("@@"):
        return text[1:]
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise UsageError(f"{text[1:]}: {error.strerror}") from None


# From JSON.


def from_json(octets: bytes) -> dict[str, Sendable]:
    """Return the message that a JSON object is.

    Numbers are sent as they are written, true and false as yes and no. Raises UsageError, which
    tells where.
    """
    try:
        found = _parsed(octets)
        if not isinstance(found, dict):
            raise UsageError(f"a message is a JSON object, not {_kind(found)}")
        return {key: _sendable(key, value) for key, value in found.items()}
    except RecursionError:
        raise UsageError("standard input is nested too deeply") from None


def _parsed(octets: bytes) -> Any:
    try:
        return json.loads(
            octets.decode("utf-8-sig"),  # some editors put a mark in front
            object_pairs_hook=_without_doubles,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is no UTF-8 at octet {error.start}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"standard input is no JSON: {where}: {error.msg}") from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UsageError(f"{key!r} stands twice in one object")
        found[key] = value
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise UsageError(f"{text} cannot be sent")


def _sendable(path: str, value: Any) -> Sendable:
    if isinstance(value, dict):
        if value.keys() == {_OCTETS} and isinstance(value[_OCTETS], str):
            return _octets(path, value[_OCTETS])
        return {key: _sendable(f"{path}.{key}", each) for key, each in value.items()}
    if isinstance(value, list):
        return [_item(f"{path}[{index}]", each) for index, each in enumerate(value)]
    if value is None:
        raise UsageError(f"{path} is null, which cannot be sent: leave it out")
    text: str | bool = value
    return text


def _item(path: str, value: Any) -> str | bytes | bool:
    found = _sendable(path, value)
    if not isinstance(found, str | bytes | bool):
        raise UsageError(f"{path} is {_kind(value)}: items of a list are values")
    return found


def _octets(path: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else "a value"


# To JSON.


def to_text(message: Message, *, indent: bool) -> str:
    """Return a message as JSON, in one line or as people read it."""
    plain = _plain(message)
    return to_json(plain) if not indent else json.dumps(plain, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    try:
        value.encode()
    except UnicodeEncodeError:
        return {_OCTETS: base64.b64encode(blob(value)).decode()}
    return value
