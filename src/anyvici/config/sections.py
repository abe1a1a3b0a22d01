"""A section against its table: key by key, and the path of the first that is wrong."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from anyvici.config.options import CHILD, CONNECTION, ROUND, Layout, Option
from anyvici.config.values import (
    Kind,
    WrongType,
    WrongValue,
    is_printable,
    meant,
    printable,
    shown,
)
from anyvici.exceptions import LocalProtocolError
from anyvici.wire.message import Message

Path: TypeAlias = tuple[str, ...]

_HIGHEST_ATTRIBUTE = 2**15 - 1  # what an IKEv2 packet has room for; charon cuts the rest
_NO_SECTION = "a section (a dict) belongs here"
_SENDABLE = (str, bytes, int, timedelta, list, tuple)
_OF_CONNECTIONS = (CONNECTION, ROUND, CHILD)


def section(path: Path, config: Any, layout: Layout) -> Message:
    """Return a section as it is sent; `path` is the names of the sections around it and its own.

    Raises LocalProtocolError and TypeError for the first entry that is wrong.
    """
    if type(config) is not dict and not isinstance(config, Mapping):
        raise TypeError(f"{where(path)}: {_NO_SECTION}, not {type(config).__name__}")
    checked: Message = {}
    for key, given in config.items():
        option = layout.options.get(key)
        try:
            if option is not None:
                checked[key] = _at_once(given, option)
                continue
        except (WrongValue, WrongType):  # what it is, and where, is told by those who have the time
            pass
        checked[key] = _entry((*path, name(path, key)), given, layout)
    try:
        layout.agree(checked)
    except WrongValue as error:
        raise LocalProtocolError(f"{where(path)}: {error}") from None
    return checked


def _at_once(given: Any, option: Option) -> str | bytes | list[str | bytes]:
    """Return a value or a list as it is sent, if it is as it should be."""
    if not option.many:
        return option.taken(given)
    if not isinstance(given, list | tuple):
        raise WrongType
    return [option.taken(item) for item in given]


def where(path: Path) -> str:
    """Return a path for people: gw.children.net.rekey_time."""
    return ".".join(_readable(name) for name in path)


def _readable(name: str) -> str:
    return name if name and len(name) <= 60 and is_printable(name) else shown(name)


def value(path: Path, given: Any, kind: Kind) -> str | bytes:
    """Return a single value as it is sent."""
    if isinstance(given, list | tuple):
        raise LocalProtocolError(f"{where(path)}: a single value belongs here, not a list")
    if isinstance(given, Mapping):
        raise LocalProtocolError(f"{where(path)}: a value belongs here, not a section")
    try:
        return kind(given)
    except WrongValue as error:
        raise LocalProtocolError(f"{where(path)}: {error}") from None
    except WrongType as error:
        raise TypeError(f"{where(path)}: {error}") from None


def name(path: Path, given: Any) -> str:
    """Return the name of an entry of a section; charon wants printable ASCII there as well."""
    try:
        return printable(given)
    except WrongType:
        raise TypeError(f"{where(path)}: a name is a str, not {type(given).__name__}") from None
    except WrongValue as error:
        raise LocalProtocolError(f"{where(path)}: the name {error}") from None


def _entry(path: Path, given: Any, layout: Layout) -> Any:
    key = path[-1]
    option = layout.options.get(key)
    if option is None and layout.numbered is not None:
        option = _numbered(key, layout)
    if option is not None:
        return _list(path, given, option) if option.many else value(path, given, option.kind)
    inner = _inner(key, layout)
    if inner is not None and isinstance(given, Mapping):
        return section(path, given, inner)
    raise _misfit(path, given, layout, inner)


def _list(path: Path, given: Any, option: Option) -> list[str | bytes]:
    *outer, key = path
    if isinstance(given, list | tuple):
        items = enumerate(given)
        return [value((*outer, f"{key}[{index}]"), item, option.kind) for index, item in items]
    if isinstance(given, Mapping):
        raise LocalProtocolError(f"{where(path)}: a list belongs here, not a section")
    if isinstance(given, str) and len(given) < 100:
        remedy = [item.strip() for item in given.split(",")]
        raise LocalProtocolError(f"{where(path)}: a list belongs here: {remedy}")
    if isinstance(given, _SENDABLE):
        raise LocalProtocolError(f"{where(path)}: a list belongs here, not a single value")
    raise TypeError(f"{where(path)}: a list belongs here, not {type(given).__name__}")


def _numbered(key: str, layout: Layout) -> Option | None:
    """Return the option under a number, which charon reads in decimal, up to what is no digit."""
    if re.fullmatch("0*[1-9][0-9]{0,4}", key) and int(key) <= _HIGHEST_ATTRIBUTE:
        return layout.numbered
    return None


def _inner(key: str, layout: Layout) -> Layout | None:
    """Return the layout of the section of this name."""
    lowered = key.lower()
    for prefix, inner in layout.prefixed.items():
        if lowered.startswith(prefix):
            return inner
    return layout.named.get(lowered, layout.each)


def _misfit(path: Path, given: Any, layout: Layout, inner: Layout | None) -> Exception:
    """Return what is wrong with an entry that has no place in its section."""
    key, place = path[-1], where(path)
    hint = meant(key, [*layout.options, *layout.named, *layout.prefixed])
    if inner is not None and hint not in layout.options:
        if isinstance(given, _SENDABLE):
            return LocalProtocolError(f"{place}: {_NO_SECTION}, not a value or a list")
        return TypeError(f"{place}: {_NO_SECTION}, not {type(given).__name__}")
    what = "section" if isinstance(given, Mapping) else "key"
    home = _home(key, layout)
    if home is not None:
        return LocalProtocolError(f"{place}: unknown {what}, it belongs in {home.noun}")
    ask = f", did you mean {hint}?" if hint else f" in {layout.noun}"
    return LocalProtocolError(f"{place}: unknown {what}{ask}")


def _home(key: str, layout: Layout) -> Layout | None:
    """Return where a key of load-conn belongs that has been put elsewhere."""
    if not any(layout is known for known in _OF_CONNECTIONS):
        return None
    return next((home for home in _OF_CONNECTIONS if key in home.options), None)
