"""The options of load-conn: which keys there are in each of its sections, and what they take."""

from collections.abc import Callable
from typing import Any

from anyvici.testing.commands.readers import (
    Invalid,
    Reader,
    action,
    addresses,
    an_identity,
    dscp,
    if_id,
    label,
    mark,
    number,
    one_of,
    proposal,
    selector,
    since,
    string,
    tfc,
    time,
    virtual_ip,
    volume,
)
from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import Refused
from anyvici.testing.requests import Section

Values = dict[str, Any]
Readers = dict[str, Reader]
Sections = Callable[[str, Section], None]


def read(
    section: Section,
    gateway: Gateway,
    values: Readers,
    lists: Readers | None = None,
    sections: Sections | None = None,
) -> Values:
    """Read a section: of a value that stands twice the last counts, lists add up.

    Where no lists or sections belong, they are passed over.
    """
    found: Values = {}
    for name, value, item, inner in section:
        if inner is not None and sections is not None:
            sections(name, inner)
        elif item is not None and lists is not None:
            found[name] = found.get(name, []) + _read(name, item, gateway, lists)
        elif value is not None:
            new = _read(name, value, gateway, values)
            if name not in _STICKY or found.get(name) != _STICKY[name]:
                found[name] = new
    return found


def _read(name: str, octets: bytes, gateway: Gateway, readers: Readers) -> Any:
    reader = readers.get(name)
    if reader is None or gateway.version < _SINCE.get(name, (0, 0, 0)):
        raise Refused(f"unknown option: {name}, config discarded")
    try:
        return reader(octets, gateway)
    except Invalid as reason:
        if reason.text:
            gateway.log(reason.group, 1, reason.text)
        raise Refused(f"invalid value for: {name}, config discarded") from None


def _words(*words: str) -> dict[str, str]:
    return {word: word for word in words}


_boolean = one_of(
    {"yes": True, "true": True, "enabled": True, "1": True}
    | {"no": False, "false": False, "disabled": False, "0": False}
)
_uint32, _uint64, _time = number(32), number(64), time(64)

_CHILDLESS = _words("allow", "never", "force")
_MODES = {word: word.upper() for word in ("tunnel", "transport", "beet", "drop", "pass")}
_MODES |= {"transport_proxy": "TRANSPORT_PROXY"}
_OFFLOAD = {"no": "no", "yes": "crypto", "auto": "auto"}
_UNIQUE = {word: f"UNIQUE_{word.upper()}" for word in ("never", "no", "replace", "keep")}

# Once a child has been given such a flag, nothing takes it away again.
_STICKY = {
    "hostaccess": True,
    "policies": False,
    "policies_fwd_out": True,
    "ipcomp": True,
    "mark_in_sa": True,
    "sha256_96": True,
    "copy_df": False,
    "copy_ecn": False,
}
_SINCE = {"ocsp": (5, 9, 14), "per_cpu_sas": (6, 0, 2), "icmp": (6, 0, 5)}

CONNECTION: Readers = {
    "version": _uint32,
    "aggressive": _boolean,
    "pull": _boolean,
    "dscp": dscp,
    "encap": _boolean,
    "mobike": _boolean,
    "dpd_delay": _time,
    "dpd_timeout": _time,
    "fragmentation": one_of(_words("yes", "accept", "no", "force")),
    "childless": since(
        (5, 9, 10), one_of(_CHILDLESS | _words("prefer")), before=one_of(_CHILDLESS)
    ),
    "send_certreq": _boolean,
    "send_cert": one_of(_words("ifasked", "always", "never")),
    "ocsp": one_of(_words("reply", "request", "both", "never")),
    "keyingtries": _uint32,
    "unique": one_of(_UNIQUE),
    "local_port": _uint32,
    "remote_port": _uint32,
    "reauth_time": _time,
    "rekey_time": _time,
    "over_time": _time,
    "rand_time": _time,
    "ppk_id": an_identity,
    "ppk_required": _boolean,
    "if_id_in": if_id,
    "if_id_out": if_id,
    "mediation": _boolean,
    "mediated_by": string,
    "mediation_peer": an_identity,
}
CONNECTION_LISTS: Readers = {
    "local_addrs": addresses,
    "remote_addrs": addresses,
    "proposals": proposal("IKE"),
    "vips": virtual_ip,
    "pools": addresses,
}
CHILD: Readers = {
    "updown": string,
    "hostaccess": _boolean,
    "mode": since((6, 0, 2), one_of(_MODES | {"iptfs": "IPTFS"}), before=one_of(_MODES)),
    "policies": _boolean,
    "policies_fwd_out": _boolean,
    "replay_window": _uint32,
    "rekey_time": _time,
    "life_time": _time,
    "rand_time": _time,
    "rekey_bytes": volume,
    "life_bytes": volume,
    "rand_bytes": volume,
    "rekey_packets": _uint64,
    "life_packets": _uint64,
    "rand_packets": _uint64,
    "dpd_action": action,
    "start_action": action,
    "close_action": action,
    "ipcomp": _boolean,
    "inactivity": time(32),
    "reqid": _uint32,
    "mark_in": mark("%unique"),
    "mark_in_sa": _boolean,
    "mark_out": mark("%unique"),
    "set_mark_in": mark("%same"),
    "set_mark_out": mark("%same"),
    "tfc_padding": tfc,
    "priority": _uint32,
    "interface": string,
    "hw_offload": since(
        (5, 9, 10), one_of(_OFFLOAD | _words("crypto", "packet")), before=one_of(_OFFLOAD)
    ),
    "sha256_96": _boolean,
    "copy_df": _boolean,
    "copy_ecn": _boolean,
    "copy_dscp": one_of(_words("no", "in", "out", "yes")),
    "if_id_in": if_id,
    "if_id_out": if_id,
    "label": label,
    "label_mode": one_of({"system": "simple", "simple": "simple"}),
    "per_cpu_sas": one_of(
        {"yes": "1", "true": "1", "enabled": "1", "1": "1", "encap": "encap"}
        | {"no": "0", "false": "0", "disabled": "0", "0": "0"}
    ),
    "icmp": _boolean,
}
CHILD_LISTS: Readers = {
    "ah_proposals": proposal("AH"),
    "esp_proposals": proposal("ESP"),
    "local_ts": selector,
    "remote_ts": selector,
}
