"""list-sas, list-policies."""

from collections.abc import Callable

from anyvici.testing.gateway import Gateway
from anyvici.testing.requests import Request
from anyvici.testing.sas.policies import Policy
from anyvici.testing.sas.sa import IkeSa, child_section, ike_section
from anyvici.wire.message import Message


def list_sas(gateway: Gateway, request: Request) -> Message:
    """Tell of every IKE_SA; the filters for children leave out children only."""
    ike, ike_id = request.text("ike"), request.number("ike-id")
    for sa in list(gateway.sas.ike_sas):
        if ike in (None, sa.name) and ike_id in (0, sa.uniqueid):
            children = _children(sa, request, gateway.sas.now())
            section = ike_section(sa, gateway.sas.now()) | {"child-sas": children}
            request.emit("list-sa", {sa.name: section})
    return {}


def _children(sa: IkeSa, request: Request, now: float) -> Message:
    child, child_id = request.text("child"), request.number("child-id")
    return {
        f"{each.name}-{each.uniqueid}": child_section(each, now)
        for each in sa.children
        if child in (None, each.name) and child_id in (0, each.uniqueid)
    }


def list_policies(gateway: Gateway, request: Request) -> Message:
    """Tell of the policies of the kinds that are asked for."""
    kinds = {kind for kind in ("trap", "pass", "drop") if request.text(kind) is not None}
    child, ike = request.text("child"), request.text("ike")
    for policy in sorted(gateway.sas.policies.values(), key=lambda each: each.kind != "trap"):
        names = policy.config.name, policy.connection.name
        if policy.kind in kinds and child in (None, names[0]) and ike in (None, names[1]):
            request.emit("list-policy", {f"{names[1]}/{names[0]}": _section(policy)})
    return {}


def _section(policy: Policy) -> Message:
    config = policy.config
    section = {"child": config.name, "ike": policy.connection.name, "mode": config.mode}
    label = {"label": config.label} if config.label else {}
    selectors = {
        "local-ts": [str(ts) for ts in policy.local_ts],
        "remote-ts": [str(ts) for ts in policy.remote_ts],
    }
    return section | label | selectors


COMMANDS: dict[str, Callable[[Gateway, Request], Message]] = {
    "list-sas": list_sas,
    "list-policies": list_policies,
}
