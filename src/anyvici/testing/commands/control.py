"""initiate, terminate, rekey, redirect, install, uninstall."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio

from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import SUCCESS, Refused
from anyvici.testing.requests import Request
from anyvici.testing.sas import policies
from anyvici.testing.sas.agreement import includes
from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.testing.sas.watching import Fate, Watcher
from anyvici.testing.state.configs import ChildConfig, Connection
from anyvici.testing.values.identities import is_host, matches
from anyvici.testing.values.selectors import Selector
from anyvici.wire.message import Message

_MISSING = "missing configuration name"


async def initiate(gateway: Gateway, request: Request) -> Message:
    """Bring a connection up, or a child of it, and wait for it unless the timeout is negative."""
    child, ike = request.text("child"), request.text("ike")
    if child is None and ike is None:
        raise Refused(_MISSING)
    what = f"IKE_SA '{ike}'" if child is None else f"CHILD_SA '{child}'"
    gateway.log("CFG", 1, f"vici initiate {what}")
    found = _find(gateway, child, ike)
    if found is None:
        kind, _, name = what.partition(" ")
        raise Refused(f"{kind} config {name} not found")
    timeout = request.number("timeout")
    wanted = Fate.UP if child is None else Fate.CHILD_UP
    watcher = Watcher(wanted, request.number("loglevel", 1), request.emit)
    gateway.agenda.after(request.delay, lambda: gateway.sas.initiate(*found, watcher))
    if timeout < 0:
        return SUCCESS
    if not await _wait(gateway, watcher, timeout):
        raise Refused(f"{what} not established after {timeout}ms")
    if not watcher.success:
        raise Refused(f"establishing {what} failed")
    return SUCCESS


async def terminate(gateway: Gateway, request: Request) -> Message:
    """End the SAs that match, one after the other, each within the timeout."""
    found = list(_selected(gateway, request, "terminate"))
    done = 0
    for sa, child in found:
        done += await _end(gateway, request, sa, child)
    errmsg = ""
    if not found:
        errmsg = "no matching SAs to terminate found"
    elif done < len(found):
        one = len(found) == 1
        errmsg = "terminating SA failed" if one else "not all matching SAs could be terminated"
    counts = {"matches": str(len(found)), "terminated": str(done)}
    if errmsg:
        raise Refused(errmsg, **counts)
    return SUCCESS | counts


def rekey(gateway: Gateway, request: Request) -> Message:
    """Begin to replace the SAs that match."""
    found = list(_selected(gateway, request, "rekey"))
    reauth = request.flag("reauth")
    for sa, child in found:
        if child is None:
            gateway.sas.rekey_ike(sa, reauth=reauth)
        else:
            gateway.sas.rekey_child(sa, child)
    return _matched(found, "rekey")


def redirect(gateway: Gateway, request: Request) -> Message:
    """Ask the peers of IKEv2 SAs to go to another gateway."""
    target = request.text("gateway")
    if target is None:
        raise Refused("missing target gateway")
    if not is_host(target):
        raise Refused("unsupported gateway identity")
    network = request.text("peer-ip")
    if network is not None and Selector.parse(network) is None:
        raise Refused("invalid peer IP selector")
    keys = ("peer-ip", "peer-id", "ike")
    if not request.number("ike-id") and all(request.text(key) is None for key in keys):
        raise Refused("missing redirect selector")
    found = [sa for sa in gateway.sas.ike_sas if _to_redirect(sa, request)]
    for sa in found:
        gateway.sas.redirect(sa, target)
    return _matched(found, "redirect")


def install(gateway: Gateway, request: Request) -> Message:
    """Install the policy of a child."""
    child = request.text("child")
    if child is None:
        raise Refused(_MISSING)
    gateway.log("CFG", 1, f"vici install '{child}'")
    found = _find(gateway, child, request.text("ike"))
    if found is None or found[1] is None:
        raise Refused("configuration name not found")
    if not policies.install(gateway.sas, found[0], found[1]):
        raise Refused(f"installing policy '{child}' failed")
    return SUCCESS


def uninstall(gateway: Gateway, request: Request) -> Message:
    """Remove the policy of a child."""
    child = request.text("child")
    if child is None:
        raise Refused(_MISSING)
    gateway.log("CFG", 1, f"vici uninstall '{child}'")
    if not policies.uninstall(gateway.sas, request.text("ike"), child):
        raise Refused(f"policy '{child}' not found")
    return SUCCESS


def _find(
    gateway: Gateway, child: str | None, ike: str | None
) -> tuple[Connection, ChildConfig | None] | None:
    """Return the first child of this name, in the connection of that name if one is given."""
    named = [gateway.connections[ike]] if ike in gateway.connections else []
    for connection in named if ike is not None else gateway.connections.values():
        config = None if child is None else connection.child(child)
        if child is None or config is not None:
            return connection, config
    return None


def _selected(
    gateway: Gateway, request: Request, verb: str
) -> Iterator[tuple[IkeSa, ChildSa | None]]:
    """Find SAs: with a child all that is given must match, of IKE_SAs name or number will do."""
    ike, child = request.text("ike"), request.text("child")
    ike_id, child_id = request.number("ike-id"), request.number("child-id")
    if ike is None and child is None and not ike_id and not child_id:
        raise Refused(f"missing {verb} selector")
    _log_selectors(gateway, verb, {"IKE_SA": (ike, ike_id), "CHILD_SA": (child, child_id)})
    of_children = child is not None or child_id
    for sa in list(gateway.sas.ike_sas):
        named, numbered = sa.name == ike, sa.uniqueid == ike_id
        if not of_children and (named or numbered):
            yield sa, None
        if of_children and (ike is None or named) and (not ike_id or numbered):
            for each in list(sa.children):
                if child in (None, each.name) and child_id in (0, each.uniqueid):
                    yield sa, each


def _log_selectors(
    gateway: Gateway, verb: str, selectors: dict[str, tuple[str | None, int]]
) -> None:
    for kind, (_, number) in selectors.items():
        if number:
            gateway.log("CFG", 1, f"vici {verb} {kind} #{number}")
    for kind, (name, _) in selectors.items():
        if name is not None:
            gateway.log("CFG", 1, f"vici {verb} {kind} '{name}'")


async def _end(gateway: Gateway, request: Request, sa: IkeSa, child: ChildSa | None) -> bool:
    """End one SA; by force it is gone in the end, but only counts if it was in time."""
    timeout, force = request.number("timeout"), request.flag("force")
    watcher = Watcher(Fate.DOWN, request.number("loglevel", 1), request.emit)
    watcher.ike_sa, watcher.child_sa = sa, child
    at_once = force and timeout <= 0

    def begin() -> None:
        if child is None and sa in gateway.sas.ike_sas:
            gateway.sas.terminate(sa, force=at_once)
        elif child is not None and (owner := gateway.sas.owner(child)) is not None:
            watcher.ike_sa = owner  # it may have been rekeyed while others were ended
            gateway.sas.terminate_child(owner, child)
        else:
            watcher.settle(False)

    gateway.agenda.after(request.delay, begin)
    if timeout < 0:
        return True
    in_time = await _wait(gateway, watcher, timeout)
    if not in_time and force and child is None:
        gateway.sas.terminate(sa, force=True)
    return in_time and watcher.success


async def _wait(gateway: Gateway, watcher: Watcher, milliseconds: int) -> bool:
    """Wait for so long, for ever if that is 0; return whether that was enough."""
    gateway.sas.watchers.add(watcher)
    gateway.busy += 1
    try:
        with anyio.move_on_after(milliseconds / 1000 if milliseconds else None):
            await watcher.settled.wait()
    finally:
        gateway.busy -= 1
        gateway.sas.watchers.discard(watcher)
    return watcher.settled.is_set()


def _matched(found: list[Any], verb: str) -> Message:
    if not found:
        raise Refused(f"no matching SAs to {verb} found", matches="0")
    return SUCCESS | {"matches": str(len(found))}


def _to_redirect(sa: IkeSa, request: Request) -> bool:
    """Tell whether an IKE_SA has everything that is asked for."""
    ike, ike_id = request.text("ike"), request.number("ike-id")
    network, identity = request.text("peer-ip"), request.text("peer-id")
    return (
        sa.version == 2
        and ike in (None, sa.name)
        and ike_id in (0, sa.uniqueid)
        and (network is None or includes([network], sa.remote.host))
        and (identity is None or matches(identity, sa.remote_eap_id or sa.remote.id))
    )


COMMANDS: dict[str, Callable[[Gateway, Request], Message | Awaitable[Message]]] = {
    "initiate": initiate,
    "terminate": terminate,
    "rekey": rekey,
    "redirect": redirect,
    "install": install,
    "uninstall": uninstall,
}
