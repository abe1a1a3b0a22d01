"""Where a key stands, and what has to stand beside it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from anyvici.config import options
from anyvici.config.check import check_authority, check_conn, check_pool
from anyvici.config.options import Layout

from . import keys
from .keys import Key

BESIDE: dict[str, dict[str, Any]] = {
    "mediated_by": {"mediation_peer": "sun"},
    "slot": {"handle": "ab"},
    "module": {"handle": "ab"},
}


class Place(NamedTuple):
    """A kind of section: `whole` makes of one a connection, pool or authority."""

    keys: Mapping[str, Key]
    layout: Layout
    command: str
    path: str
    check: Callable[[str, Any], dict[str, Any]]
    whole: Callable[[dict[str, Any]], dict[str, Any]] = lambda section: section
    needs: tuple[str, Any] | None = None
    unless: tuple[str, ...] = ()

    def config(self, key: str, value: Any) -> dict[str, Any]:
        """Return a connection, pool or authority called x that has this key, and all it needs."""
        section = {key: value} | BESIDE.get(key, {})
        if self.needs is not None and not any(name in section for name in self.unless):
            section |= dict([self.needs])
        return self.whole(section)

    def section(self, checked: dict[str, Any]) -> dict[str, Any]:
        """Return out of what has been checked the section where the key stands."""
        for name in self.path.split(".")[1:]:
            checked = checked[name]
        return checked


SOURCES = ("cacert", "file", "handle")

PLACES = {
    "connection": Place(keys.CONNECTION, options.CONNECTION, "load-conn", "x", check_conn),
    "round": Place(
        keys.ROUND,
        options.ROUND,
        "load-conn",
        "x.remote",
        check_conn,
        lambda section: {"remote": section},
    ),
    "certificate": Place(
        keys.CERTIFICATE,
        options.CERTIFICATE,
        "load-conn",
        "x.local.cert",
        check_conn,
        lambda section: {"local": {"cert": section}},
        ("file", "x.pem"),
        SOURCES,
    ),
    "child": Place(
        keys.CHILD,
        options.CHILD,
        "load-conn",
        "x.children.net",
        check_conn,
        lambda section: {"children": {"net": section}},
    ),
    "pool": Place(
        keys.POOL,
        options.POOL,
        "load-pool",
        "x",
        check_pool,
        needs=("addrs", "10.3.0.0/24"),
        unless=("addrs",),
    ),
    "authority": Place(
        keys.AUTHORITY,
        options.AUTHORITY,
        "load-authority",
        "x",
        check_authority,
        needs=("file", "x.pem"),
        unless=SOURCES,
    ),
}

ALL = [
    (place, name, key, f"{title}-{name}")
    for title, place in PLACES.items()
    for name, key in place.keys.items()
]
