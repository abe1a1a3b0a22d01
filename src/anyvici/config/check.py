"""What the load commands take, checked before it is sent.

Each function returns a section as anyvici.encode() takes it: text and octets, timedelta as
seconds, bool as yes or no. Each raises LocalProtocolError for the first thing that is wrong with
a value, a key or the shape, and TypeError for a value of a type that cannot stand there, None for
one; both name the path (gw.children.net.rekey_time) and what is wrong.
"""

# ruff: noqa: A002  (the parameters have VICI's names)

from collections.abc import Mapping
from typing import Any

from anyvici.config.options import (
    AUTHORITY,
    CERT,
    CONNECTION,
    KEY,
    POOL,
    SHARED,
    TOKEN,
    Layout,
)
from anyvici.config.sections import Path, name, section, where
from anyvici.config.types import AuthorityConfig, ConnConfig, PoolConfig
from anyvici.exceptions import LocalProtocolError
from anyvici.wire.message import MAX_NAME, Message, encode

_DIGITS_OF_AN_ID = 10


def check_conn(name: str, config: ConnConfig | Mapping[str, Any]) -> Message:
    """Return the section of a connection for load-conn: {name: check_conn(name, config)}."""
    return _sendable(name, check_conn_but_its_size(name, config))


def check_conn_but_its_size(name: str, config: ConnConfig | Mapping[str, Any]) -> Message:
    """Return the same, where encode() will see to what VICI cannot carry."""
    checked = _named(name, config, CONNECTION)
    for key in checked:
        if key.lower() == "children":
            for child in checked[key]:
                _check_lengths((name, key, child))
    return checked


def check_pool(name: str, config: PoolConfig | Mapping[str, Any]) -> Message:
    """Return the section of an address pool for load-pool: {name: check_pool(name, config)}."""
    return _sendable(name, _named(name, config, POOL))


def check_authority(name: str, config: AuthorityConfig | Mapping[str, Any]) -> Message:
    """Return the section of a certification authority for load-authority, under its name."""
    return _sendable(name, _named(name, config, AUTHORITY))


def check_cert(*, type: str, data: bytes | str, flag: str | None = None) -> Message:
    """Return the message of load-cert."""
    return _message({"type": type, "data": data}, CERT, flag=flag)


def check_key(*, type: str, data: bytes | str) -> Message:
    """Return the message of load-key."""
    return _message({"type": type, "data": data}, KEY)


def check_shared(
    *,
    type: str,
    data: bytes | str,
    owners: list[str] | tuple[str, ...] | None = None,
    id: str | None = None,
) -> Message:
    """Return the message of load-shared. Without owners (None) the secret is for everybody.

    The data is the secret itself: 0x... and 0s... of swanctl.conf mean nothing special here.
    """
    return _message({"type": type, "data": data}, SHARED, owners=owners, id=id)


def check_token(
    *,
    handle: str,
    slot: int | str | None = None,
    module: str | None = None,
    pin: str | None = None,
) -> Message:
    """Return the message of load-token."""
    return _message({"handle": handle}, TOKEN, slot=slot, module=module, pin=pin)


def _named(given: str, config: Any, layout: Layout) -> Message:
    """Return the section of something that has a name."""
    own = name((layout.noun,), given)
    return section((own,), config, layout)


def _sendable(name: str, checked: Message) -> Message:
    encode({name: checked})  # what VICI cannot carry: a certificate of 70 kB, for one
    return checked


def _check_lengths(path: Path) -> None:
    """Check that the names charon makes of these fit in an element: net-4711 and gw/net.

    Up to 6.0.3 it would cut them to their length modulo 256, from then on leave the event out.
    """
    connection, _, child = path
    longest = MAX_NAME - max(len(connection) + len("/"), len("-") + _DIGITS_OF_AN_ID)
    if len(child) > longest:
        raise LocalProtocolError(
            f"{where(path)}: the name has {len(child)} characters; as charon joins it with that "
            f"of the connection and with a number, {longest} have room"
        )


def _message(needed: dict[str, Any], layout: Layout, **given: Any) -> Message:
    """Return the message of a command; what may be left out is None then."""
    optional = {key: value for key, value in given.items() if value is not None}
    checked = section((layout.noun,), needed | optional, layout)
    encode({layout.noun: checked})
    return checked
