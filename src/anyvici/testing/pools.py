"""Pools of virtual addresses: load-pool, unload-pool, get-pools, and leasing from them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anyvici.testing import hosts
from anyvici.testing.pool_values import Span, attribute, span
from anyvici.testing.replies import SUCCESS
from anyvici.testing.requests import Refused, Request, Section
from anyvici.wire.message import Message

if TYPE_CHECKING:
    from anyvici.testing.gateway import Gateway


@dataclass
class Leases:
    """The addresses of one identity, by their number in the pool, those leased first in front."""

    online: list[int] = field(default_factory=list)  # twice, if two SAs have it
    offline: list[int] = field(default_factory=list)


@dataclass
class Pool:
    """A pool as charon tells of it, and its leases by identity."""

    name: str
    span: Span
    attributes: list[tuple[str, str | bytes]] = field(default_factory=list)
    leases: dict[str, Leases] = field(default_factory=dict)
    used: int = 0  # addresses that have ever been leased

    @property
    def base(self) -> str:
        """Where it begins, as charon tells it."""
        return hosts.printed(self.span.base)

    @property
    def size(self) -> int:
        """How many addresses it has."""
        return self.span.size

    @property
    def online(self) -> int:
        """How many leases are in use."""
        return sum(len(each.online) for each in self.leases.values())

    @property
    def offline(self) -> int:
        """How many leases are kept for when their identity comes back."""
        return sum(len(each.offline) for each in self.leases.values())

    def acquire(self, identity: str, requested: str) -> str | None:
        """Lease an address; None if there is none, or none of the family that is asked for."""
        found = lease([self], identity, requested)
        return None if found is None else found[1]

    def release(self, address: str, identity: str) -> bool:
        """Take an address back, and tell whether it was leased to this identity."""
        host, leases = hosts.address(address), self.leases.get(identity)
        if host is None or leases is None or not self._fits(host):
            return False
        number = int.from_bytes(host, "big") - self._number(0)
        if number not in leases.online:
            return False
        leases.online.remove(number)
        if number not in leases.online:
            leases.offline.append(number)
        return True

    def listed(self) -> Iterable[tuple[str, str, bool]]:
        """Iterate over address, identity, and whether it is online."""
        for identity, leases in self.leases.items():
            for number in leases.online:
                yield self._address(number), identity, True
            for number in leases.offline:
                yield self._address(number), identity, False

    def existing(self, identity: str) -> int | None:
        """Lease again what the identity had."""
        leases = self.leases.get(identity)
        return leases.offline.pop(0) if leases and leases.offline else None

    def unused(self, _: str) -> int | None:
        """Lease an address that nobody has had."""
        if self.used >= self.size:
            return None
        self.used += 1
        return self.used - 1

    def reassigned(self, _: str) -> int | None:
        """Lease what another identity had."""
        for identity, leases in self.leases.items():
            if leases.offline:
                number = leases.offline.pop(0)
                if not leases.online and not leases.offline:
                    del self.leases[identity]
                return number
        return None

    def _fits(self, requested: bytes) -> bool:
        return len(requested) == len(self.span.base)

    def _address(self, number: int) -> str:
        width = len(self.span.base)
        address = self._number(number) % 2 ** (8 * width)
        return hosts.printed(address.to_bytes(width, "big"))

    def _number(self, number: int) -> int:
        return int.from_bytes(self.span.base, "big") + self.span.skipped + number

    def take(self, identity: str, requested: str, how: Callable[..., int | None]) -> str | None:
        """Lease an address in one of the three ways."""
        host = hosts.address(requested)
        if not self.size:
            return requested
        if host is None or not self._fits(host):
            return None
        number = how(self, identity)
        if number is None:
            return None
        self.leases.setdefault(identity, Leases()).online.append(number)
        return self._address(number)


def lease(pools: list[Pool], identity: str, requested: str) -> tuple[Pool, str] | None:
    """Lease an address from one of several pools: one of old, a new one, one of somebody else."""
    for how in (Pool.existing, Pool.unused, Pool.reassigned):
        for pool in pools:
            address = pool.take(identity, requested, how)
            if address is not None:
                return pool, address
    return None


def load_pool(gateway: "Gateway", request: Request) -> Message:
    """Load each section as a pool. What was loaded before one is refused stays."""
    for entry in request.entries():
        if entry.section is not None:
            _merge(gateway, _read(entry.name, entry.section, gateway))
    return SUCCESS


def unload_pool(gateway: "Gateway", request: Request) -> Message:
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


def get_pools(gateway: "Gateway", request: Request) -> Message:
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


def _merge(gateway: "Gateway", new: Pool) -> None:
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


def _read(name: str, section: Section, gateway: "Gateway") -> Pool:
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


COMMANDS: dict[str, Callable[["Gateway", Request], Message]] = {
    "load-pool": load_pool,
    "unload-pool": unload_pool,
    "get-pools": get_pools,
}
