"""Pools of virtual addresses, and leasing from them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from anyvici.testing.values import hosts


class Span(NamedTuple):
    """The addresses of a pool."""

    base: bytes
    size: int
    skipped: int = 0  # 1 where the base is that of a network, which is leased to nobody


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
