"""list-conns: connections as charon tells of them."""

from typing import Any

from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import Pairs
from anyvici.testing.requests import Request
from anyvici.testing.state.configs import ChildConfig, Connection, Round
from anyvici.testing.values.selectors import distinct
from anyvici.wire.message import Message

_VERSIONS = {0: "IKEv1/2", 1: "IKEv1", 2: "IKEv2"}


def list_conns(gateway: Gateway, request: Request) -> Message:
    """Tell of every connection, or of one."""
    name = request.text("ike")
    for connection in list(gateway.connections.values()):
        if name in (None, connection.name):
            ports = gateway.version >= (6, 0, 3)
            request.emit("list-conn", {connection.name: _connection(connection, ports)})
    return {}


def _connection(connection: Connection, ports: bool) -> Pairs:
    signed = (connection.version + 2**31) % 2**32 - 2**31
    section: dict[str, Any] = {
        "local_addrs": connection.local_addrs,
        "remote_addrs": connection.remote_addrs,
        "local_port": str(connection.local_port) if ports else None,
        "remote_port": str(connection.remote_port) if ports else None,
        "version": _VERSIONS.get(signed, f"({signed})"),
        "reauth_time": str(connection.reauth_time),
        "rekey_time": str(connection.rekey_time),
        "unique": connection.unique,
        "dpd_delay": _unless_zero(connection.dpd_delay),
        "dpd_timeout": _unless_zero(connection.dpd_timeout),
        "ppk_id": connection.ppk_id,
        "ppk_required": "yes" if connection.ppk_required else None,
    }
    for side, rounds in (("local", connection.local), ("remote", connection.remote)):
        section |= {f"{side}-{n}": _round(each) for n, each in enumerate(rounds, 1)}
    section["children"] = Pairs(*((child.name, _child(child)) for child in connection.children))
    return _present(section)


def _round(each: Round) -> Pairs:
    return Pairs(
        *each.listed,
        ("groups", each.groups),
        ("cert_policy", each.cert_policy),
        ("certs", [certificate.subject for certificate in each.certs]),
        ("cacerts", [certificate.subject for certificate in each.cacerts]),
    )


def _child(child: ChildConfig) -> Pairs:
    return _present(
        {
            "mode": child.mode,
            "label": child.label or None,
            "rekey_time": str(child.rekey_time),
            "rekey_bytes": str(child.rekey_bytes),
            "rekey_packets": str(child.rekey_packets),
            "dpd_action": child.dpd_action,
            "close_action": child.close_action,
            "local-ts": [str(selector) for selector in distinct(child.local_ts)],
            "remote-ts": [str(selector) for selector in distinct(child.remote_ts)],
            "interface": child.interface,
            "priority": _unless_zero(child.priority),
        }
    )


def _present(section: dict[str, Any]) -> Pairs:
    return Pairs(*((key, value) for key, value in section.items() if value is not None))


def _unless_zero(number: int) -> str | None:
    return str(number) if number else None
