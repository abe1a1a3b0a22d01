"""Pools of virtual addresses: load-pool, unload-pool, get-pools, and leasing from them."""

from collections.abc import Callable

from anyvici.testing.commands.pool_values import attribute, span
from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import SUCCESS, Refused
from anyvici.testing.requests import Request, Section
from anyvici.testing.state.pools import Pool, Span
from anyvici.wire.message import Message


def load_pool(gateway: Gateway, request: Request) -> Message:
    """Load each section as a pool. What was loaded before one is refused stays."""
    for entry in request.entries():
        if entry.section is not None:
            _merge(gateway, _read(entry.name, entry.section, gateway))
    return SUCCESS


def unload_pool(gateway: Gateway, request: Request) -> Message:
    """Remove a pool that nobody uses; one that is used becomes the last."""
    name = request.text("name")
    if name is None:
        raise Refused("missing pool name to unload")
    pool = gateway.pools.pop(name, None)
    if pool is None:
        raise Refused(f"{name} not found")
    if pool.online:
        gateway.pools[name] = pool
        told = f"vici pool {name} has {pool.online} online leases, unable to unload"
        gateway.log("CFG", 1, told)
        raise Refused(f"{name} has online leases, unable to unload")
    gateway.log("CFG", 1, f"unloaded vici pool {name}")
    return SUCCESS


def get_pools(gateway: Gateway, request: Request) -> Message:
    """Tell of all pools, or of one, and of their leases if that is asked for."""
    name, leases = request.text("name"), request.flag("leases")
    return {
        pool.name: _section(pool, leases)
        for pool in gateway.pools.values()
        if name in (None, pool.name)
    }


def _section(pool: Pool, leases: bool) -> Message:
    section: Message = {
        "base": pool.base,
        "size": str(pool.size),
        "online": str(pool.online),
        "offline": str(pool.offline),
    }
    if leases:
        section["leases"] = {
            str(number): {
                "address": address,
                "identity": identity,
                "status": "online" if online else "offline",
            }
            for number, (address, identity, online) in enumerate(pool.listed())
        }
    return section


def _merge(gateway: Gateway, new: Pool) -> None:
    """Add a pool, or let it take the place of its predecessor: the last one."""
    old = gateway.pools.pop(new.name, None)
    what = "replaced" if old else "added"
    if old is not None and (old.base, old.size) == (new.base, new.size):
        new.span, new.leases, new.used, what = old.span, old.leases, old.used, "updated"
    elif old is not None and old.online:
        gateway.pools[old.name] = old
        told = f"vici pool {old.name} has {old.online} online leases, unable to replace"
        gateway.log("CFG", 1, told)
        raise Refused(f"vici pool {old.name} has online leases, unable to replace")
    gateway.pools[new.name] = new
    told = f"{what} vici pool {new.name}: {new.base}, {new.size} entries"
    gateway.log("CFG", 1, told)


def _read(name: str, section: Section, gateway: Gateway) -> Pool:
    addresses: Span | None = None
    attributes: list[tuple[str, str | bytes]] = []
    for key, value, item, _ in section:
        if item is not None:
            attributes.append((key, attribute(key, item, gateway)))
        elif value is not None and key != "addrs":
            raise Refused(f"invalid attribute: {key}")
        elif value is not None:
            if addresses is not None:
                raise Refused("multiple addrs defined")
            addresses = span(value, gateway)
    if addresses is None:
        raise Refused(f"missing addrs for pool '{name}'")
    return Pool(name, addresses, attributes)


COMMANDS: dict[str, Callable[[Gateway, Request], Message]] = {
    "load-pool": load_pool,
    "unload-pool": unload_pool,
    "get-pools": get_pools,
}
