"""load-conn, unload-conn, get-conns: connections as they come in."""

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import fields

from anyvici.testing.commands.listing import list_conns
from anyvici.testing.commands.options import (
    CHILD,
    CHILD_LISTS,
    CONNECTION,
    CONNECTION_LISTS,
    Values,
    read,
)
from anyvici.testing.commands.readers import UNDEFINED
from anyvici.testing.commands.rounds import read_round
from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import SUCCESS, Refused
from anyvici.testing.requests import Request, Section
from anyvici.testing.state.configs import ChildConfig, Connection, Round
from anyvici.testing.values.proposals import defaults
from anyvici.testing.values.selectors import DYNAMIC
from anyvici.testing.values.texts import tokens
from anyvici.wire.message import Message

_IKE_REKEY_TIME = 4 * 60 * 60
_CHILD_REKEY_TIME = 60 * 60
_PORT = 500
_ADDRESSES = "local_addrs", "remote_addrs", "pools"
# What no command tells of, and its defaults; but connections that differ in it differ.
_UNSEEN: dict[str, object] = {
    "aggressive": False,
    "pull": True,
    "encap": False,
    "mobike": True,
    "fragmentation": "yes",
    "send_certreq": True,
    "send_cert": "ifasked",
    "ocsp": "reply",
    "keyingtries": 1,
    "mediation": False,
    "mediated_by": None,
    "mediation_peer": None,
}
_CHILD_UNSEEN: dict[str, object] = {
    "updown": None,
    "hostaccess": False,
    "policies": True,
    "policies_fwd_out": False,
    "replay_window": 32,
    "mark_in_sa": False,
    "set_mark_in": (0, 0),
    "set_mark_out": (0, 0),
    "tfc_padding": 0,
    "hw_offload": "no",
    "sha256_96": False,
    "copy_df": True,
    "copy_ecn": True,
    "copy_dscp": "out",
    "label_mode": "simple",
    "per_cpu_sas": "0",
    "icmp": False,
}
_CHILD_FIELDS = {field.name for field in fields(ChildConfig)}
_BOTH = "a mediation connection cannot be a mediated connection at the same time"
_NO_PEER = "mediation peer or remote identity missing for mediated connection"


def load_conn(gateway: Gateway, request: Request) -> Message:
    """Load each section as a connection. What was loaded before one is refused stays."""
    for entry in request.entries():
        if entry.section is not None:
            _merge(gateway, _read_connection(entry.name, entry.section, gateway))
    return SUCCESS


def unload_conn(gateway: Gateway, request: Request) -> Message:
    """Remove a connection; its SAs stay, but for what its start actions have begun."""
    name = request.text("name")
    if name is None:
        raise Refused("unload: missing connection name")
    connection = gateway.connections.pop(name, None)
    if connection is None:
        raise Refused(f"unload: connection '{name}' not found")
    if gateway.version >= (6, 0, 0):
        gateway.log("CFG", 1, f"removed vici connection: {name}")
    gateway.sas.unloaded(connection)
    return SUCCESS


def get_conns(gateway: Gateway, _: Request) -> Message:
    """Return the names of all connections."""
    return {"conns": list(gateway.connections)}


def _merge(gateway: Gateway, new: Connection) -> None:
    """Add a connection or let it take the place of its predecessor.

    One that has not changed itself is not replaced, for its SAs belong to it; it gets the new
    children. Then the predecessor that `Sas.loaded` is told of is equal to it.
    """
    found = gateway.connections.get(new.name)
    if found is not None and found == new:
        gateway.log("CFG", 1, f"updated vici connection: {new.name}")
        old = copy(found)
        found.children = new.children
        gateway.sas.loaded(found, old)
        return
    gateway.log("CFG", 1, f"{'replaced' if found else 'added'} vici connection: {new.name}")
    gateway.connections[new.name] = new
    gateway.sas.loaded(new, found)


def _read_connection(name: str, section: Section, gateway: Gateway) -> Connection:
    rounds: dict[str, list[Round]] = {"local": [], "remote": []}
    children: list[ChildConfig] = []

    def inner(name: str, section: Section) -> None:
        lower = name.lower()
        side = next((side for side in rounds if lower.startswith(side)), None)
        if lower == "children":
            children.extend(_read_children(section, gateway))
        elif side is not None:
            rounds[side].append(read_round(section, gateway))
        else:
            raise Refused(f"invalid section: {name}")

    found = read(section, gateway, CONNECTION, CONNECTION_LISTS, inner)
    connection = _connection(name, found, gateway)
    connection.local, connection.remote = (
        sorted(each, key=lambda each: each.order) or [Round()] for each in rounds.values()
    )
    connection.children = children
    _mediate(connection, gateway)
    return connection


def _connection(name: str, found: Values, gateway: Gateway) -> Connection:
    # The addresses are kept as one text, and compared so.
    texts = {key: ", ".join(found[key]) for key in _ADDRESSES if key in found}
    local_addrs, remote_addrs = (tokens(texts.get(key, "%any"), ",") for key in _ADDRESSES[:2])
    return Connection(
        name,
        version=found.get("version", 0),
        local_addrs=local_addrs,
        remote_addrs=remote_addrs,
        local_port=(found.get("local_port") or _PORT) % 2**16,
        remote_port=found.get("remote_port", _PORT) % 2**16,
        proposals=found.get("proposals") or defaults("IKE", gateway.version),
        vips=found.get("vips", []),
        pools=tokens(texts.get("pools", ""), ","),
        unique="UNIQUE_REPLACE" if found.get("mediation") else found.get("unique", "UNIQUE_NO"),
        if_id_in=found.get("if_id_in", 0),
        if_id_out=found.get("if_id_out", 0),
        ppk_id=found.get("ppk_id"),
        ppk_required=found.get("ppk_required", False),
        childless=found.get("childless", "allow"),
        others=_UNSEEN
        | {key: value for key, value in found.items() if key in _UNSEEN}
        | {key: texts.get(key, "%any") for key in _ADDRESSES[:2]},
        **_ike_times(found),
    )


def _ike_times(found: Values) -> Values:
    """Return the times of a connection, in the 32 bits that they are kept in."""
    given = {key: value for key, value in found.items() if value != UNDEFINED}
    if "rekey_time" not in given and "reauth_time" not in given:
        given["rekey_time"] = _IKE_REKEY_TIME
    times = [given.get(key, 0) for key in ("rekey_time", "reauth_time")]
    over = given.get("over_time", max(times) // 10)
    shorter = min(times) if all(times) else max(times)
    rand = given.get("rand_time", min(over, shorter // 2))
    rekey, reauth, over, rand = (value % 2**32 for value in (*times, over, rand))
    delay, timeout = (found.get(key, 0) % 2**32 for key in ("dpd_delay", "dpd_timeout"))
    return {
        "rekey_time": rekey,
        "reauth_time": reauth,
        "over_time": over,
        "rand_time": min(filter(None, (rekey, reauth, rand)), default=0) if rand else 0,
        "dpd_delay": delay,
        "dpd_timeout": max(delay, timeout) if timeout else 0,
    }


def _mediate(connection: Connection, gateway: Gateway) -> None:
    """Check a connection that is, or has, a mediation."""
    others = connection.others
    if others["mediated_by"] is None:
        return
    others["mediation_peer"] = others["mediation_peer"] or connection.remote[0].id
    recent = gateway.version >= (6, 0, 0)
    if others["mediation"]:
        if not recent:
            gateway.log("CFG", 1, f"{_BOTH}, config discarded")
        raise Refused(_BOTH if recent else "parsing request failed")
    if others["mediation_peer"] is None:  # this makes 5.9.8 crash
        raise Refused(_NO_PEER)


def _read_children(section: Section, gateway: Gateway) -> Iterable[ChildConfig]:
    for entry in section:
        if entry.section is not None:
            found = read(entry.section, gateway, CHILD, CHILD_LISTS)
            yield _child(entry.name, found, gateway)


def _child(name: str, found: Values, gateway: Gateway) -> ChildConfig:
    proposals = [each for key in found if key.endswith("_proposals") for each in found[key]]
    given: Values = {"local_ts": [DYNAMIC], "remote_ts": [DYNAMIC]}
    given |= {"rekey_time": _CHILD_REKEY_TIME}
    given |= {key: value for key, value in found.items() if not key.endswith("_proposals")}
    for unit in ("time", "bytes", "packets"):
        given |= _lifetimes(given, unit)
    seen = {key: value for key, value in given.items() if key in _CHILD_FIELDS}
    unseen = {key: value for key, value in given.items() if key not in _CHILD_FIELDS}
    return ChildConfig(
        name,
        proposals=proposals or defaults("ESP", gateway.version),
        others=_CHILD_UNSEEN | unseen,
        **seen,
    )


def _lifetimes(given: Values, unit: str) -> Values:
    """Return the soft and hard limit of a CHILD_SA in one unit, and the random part."""
    rekey = given.get(f"rekey_{unit}", 0)
    life = given.get(f"life_{unit}", UNDEFINED)
    rand = given.get(f"rand_{unit}", UNDEFINED)
    if life == UNDEFINED:
        life = rekey * 110 % 2**64 // 100
    if rand == UNDEFINED:
        rand = max(life - rekey, 0)
    return {f"rekey_{unit}": rekey, f"life_{unit}": life, f"rand_{unit}": rand}


COMMANDS: dict[str, Callable[[Gateway, Request], Message]] = {
    "load-conn": load_conn,
    "unload-conn": unload_conn,
    "get-conns": get_conns,
    "list-conns": list_conns,
}
