"""Traffic selectors: dynamic, subnets and ranges, with protocol and ports."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from anyvici.testing.values import hosts
from anyvici.testing.values.numbers import leading
from anyvici.testing.values.services import (
    protocol_name,
    protocol_number,
    service_name,
    service_port,
)

_LAST = 65535
_ICMP = 1, 58
_ANY = 0, _LAST
_OPAQUE = _LAST, 0
_EVERYTHING = bytes(hosts.V4), b"\xff" * hosts.V4


@dataclass(frozen=True)
class Selector:
    """Which packets an SA is for. Ends and ports stand as they were given, reversed ones, too."""

    start: bytes
    end: bytes
    protocol: int = 0
    from_port: int = 0
    to_port: int = _LAST
    dynamic: bool = False  # the address is not known yet

    @classmethod
    def parse(cls, text: str) -> "Selector | None":
        """Read a selector of load-conn, as leniently as charon; None for what it refuses."""
        addresses, bracket, rest = text.partition("[")
        span = _addresses(addresses)
        limits = _protocol_and_ports(rest) if bracket else (0, *_ANY)
        if span is None or limits is None:
            return None
        protocol, *ports = limits
        return cls(*span, protocol, *_icmp(protocol, *ports), dynamic=addresses == "dynamic")

    def resolve(self, host: str) -> "Selector":
        """Return it for a host, if it is dynamic; of any host it takes everything."""
        address = hosts.address(host)
        if not self.dynamic or address is None:
            return self
        end = address if any(address) else b"\xff" * len(address)
        return replace(self, start=address, end=end, dynamic=False)

    def within(self, other: "Selector") -> bool:
        """Tell whether the other one has all of this one."""
        return _subset(self, other) == self

    def __str__(self) -> str:
        addresses = "dynamic" if self.dynamic else _print_addresses(self.start, self.end)
        ports = self.from_port, self.to_port
        if not self.protocol and ports == _ANY:
            return addresses
        protocol = protocol_name(self.protocol) if self.protocol else "0"
        if ports == _ANY:
            return f"{addresses}[{protocol}]"
        return f"{addresses}[{protocol}/{_print_ports(self.protocol, *ports)}]"


DYNAMIC = Selector(*_EVERYTHING, dynamic=True)


def distinct(selectors: Iterable[Selector]) -> list[Selector]:
    """Leave out those that are within another one."""
    kept: list[Selector] = []
    for one in selectors:
        if not any(one.within(other) for other in kept):
            kept = [other for other in kept if not other.within(one)]
            kept.append(one)
    return kept


def narrow(ours: list[Selector], theirs: list[Selector]) -> list[Selector]:
    """Return what both have, as a responder does, in the order of an SA."""
    pairs = ((one, other) for one in ours for other in theirs)
    return ordered(distinct(both for one, other in pairs if (both := _subset(one, other))))


def ordered(selectors: Iterable[Selector]) -> list[Selector]:
    """Return them as an SA has them: by address and ports, of equal beginnings the larger first."""
    return sorted(selectors, key=_place)


def _place(one: Selector) -> tuple[int, bytes, int, int, int, int]:
    end = int.from_bytes(one.end, "big")
    return len(one.start), one.start, -end, one.protocol, one.from_port, -one.to_port


def _subset(one: Selector, other: Selector) -> Selector | None:
    if one.dynamic or other.dynamic or len(one.start) != len(other.start):
        return None
    if one.protocol and other.protocol and one.protocol != other.protocol:
        return None
    protocol = max(one.protocol, other.protocol)
    start, end = max(one.start, other.start), min(one.end, other.end)
    ports = _common_ports((one.from_port, one.to_port), (other.from_port, other.to_port))
    if ports is None or start > end:
        return None
    return Selector(start, end, protocol, *_icmp(protocol, *ports))


def _common_ports(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int] | None:
    if _OPAQUE in (one, other) and {one, other} <= {_OPAQUE, _ANY}:
        return _OPAQUE
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return None if first > last else (first, last)


def _icmp(protocol: int, *ports: int) -> tuple[int, int]:
    """Return the ports; of ICMP they are types, which stand in the upper octet."""
    first, last = (port << 8 if protocol in _ICMP and port < 256 else port for port in ports)
    return first, last


def _addresses(text: str) -> tuple[bytes, bytes] | None:
    if text == "dynamic":
        return _EVERYTHING
    if "-" in text:
        return hosts.address_range(text)
    found = hosts.subnet(text)
    if found is None:
        return None
    address, bits = found
    width = 8 * len(address)
    mask = (1 << width - min(bits % 256, width)) - 1
    number = int.from_bytes(address, "big")
    first, last = (each.to_bytes(len(address), "big") for each in (number & ~mask, number | mask))
    return first, last


def _protocol_and_ports(text: str) -> tuple[int, int, int] | None:
    """Read what stands behind the bracket; of what is behind the last one, nothing."""
    inner, bracket, _ = text.rpartition("]")
    name, _, port = inner.partition("/")
    protocol, ports = _protocol(name), _ports(port)
    return (protocol, *ports) if bracket and protocol is not None and ports else None


def _protocol(text: str) -> int | None:
    if text in ("any", ""):
        return 0
    number = protocol_number(text)
    if number is None:
        number, rest = leading(text) or (0, text)
        number = -1 if rest else number
    return number if 0 <= number <= 255 else None


def _ports(text: str) -> tuple[int, int] | None:
    if text in ("", "any"):
        return _ANY
    if text == "opaque":
        return _OPAQUE
    port = service_port(text)
    if port is not None:
        return port, port
    first, rest = leading(text) or (0, text)
    last = first
    if rest.startswith("-"):
        last, rest = leading(rest[1:]) or (0, rest[1:])
    valid = not rest and 0 <= first <= _LAST and 0 <= last <= _LAST
    return (first, last) if valid else None


def _print_addresses(start: bytes, end: bytes) -> str:
    first, last = int.from_bytes(start, "big"), int.from_bytes(end, "big")
    differing = (first ^ last).bit_length()
    # charon does not look at the first bit that differs: 10.0.0.1-10.0.0.0 is a subnet to it.
    mask = (1 << max(differing - 1, 0)) - 1
    if first & mask or last & mask != mask:
        return f"{hosts.numeric(start)}..{hosts.numeric(end)}"
    return f"{hosts.numeric(start)}/{8 * len(start) - differing}"


def _print_ports(protocol: int, first: int, last: int) -> str:
    if first != last and (first, last) == _OPAQUE:
        return "OPAQUE"
    if protocol in _ICMP:
        return "-".join(_print_icmp(port) for port in dict.fromkeys((first, last)))
    return service_name(first, protocol) if first == last else f"{first}-{last}"


def _print_icmp(port: int) -> str:
    kind, code = divmod(port, 256)
    return f"{kind}({code})" if code else str(kind)
