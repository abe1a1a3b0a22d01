"""What load-pool says: which addresses a pool has, and its attributes."""

from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import Refused
from anyvici.testing.state.pools import Span
from anyvici.testing.values import hosts
from anyvici.testing.values.numbers import leading
from anyvici.testing.values.texts import cut

_HOST_BITS = 31  # a pool has at most so many
_ATTRIBUTES = {"address", "dns", "nbns", "dhcp", "netmask", "server", "subnet"}
_ATTRIBUTES |= {"split_include", "split_exclude"}
_P_CSCF = (6, 0, 3)
_FIRST_TOLD = (6, 0, 0)  # since when the base of a subnet is its first address to be leased


def attribute(name: str, item: bytes, gateway: Gateway) -> str | bytes:
    """Return an attribute: an address or a network, or octets, if it has a number for a name."""
    known = name in _ATTRIBUTES or (name == "p_cscf" and gateway.version >= _P_CSCF)
    number, _ = leading(name, 10) or (0, "")
    if not known and not number % 2**32:
        raise Refused(f"invalid attribute: {name}")
    text = cut(item, 256) or ""
    if (hosts.subnet(text) if "/" in text else hosts.address(text)) is not None:
        return text
    if known:
        raise Refused(f"invalid attribute value for {name}")
    return item


def span(value: bytes, gateway: Gateway) -> Span:
    """Read the addresses of a pool: a range, a network, or one address."""
    text = cut(value, 128)
    if text is None:
        raise Refused("invalid addrs value")
    ends, network = hosts.address_range(text), hosts.subnet(text)
    found = None
    if ends is not None:
        found = _range(ends, gateway)
    elif network is not None:
        found = _subnet(*network, gateway)
    if found is None:
        raise Refused(f"invalid addrs value: {text}")
    return found


def _range(ends: tuple[bytes, bytes], gateway: Gateway) -> Span | None:
    start, end = ends
    both = "-".join(map(hosts.printed, ends))
    if start > end:
        gateway.log("CFG", 1, f"invalid IP address range: {both}")
        return None
    if start[:-4] != end[:-4]:
        gateway.log("CFG", 1, f"IP address range too large: {both}")
        return None
    size = int.from_bytes(end, "big") - int.from_bytes(start, "big") + 1
    return Span(start, size % 2**32)


def _subnet(base: bytes, bits: int, gateway: Gateway) -> Span | None:
    width = 8 * len(base)
    host_bits = width - max(0, min(bits, width))
    shown = f"{hosts.printed(base)}/{width - min(host_bits, _HOST_BITS)}"
    if host_bits > _HOST_BITS:
        gateway.log("CFG", 1, f"virtual IP pool too large, limiting to {shown}")
        host_bits = _HOST_BITS
    skipped = int.from_bytes(base, "big") % (1 << host_bits)
    size = (1 << host_bits) - skipped
    if host_bits < 2:
        return Span(base, size)
    first = 0 if skipped else 1
    size -= first + 1  # nor is the last address of a network leased
    if gateway.version < _FIRST_TOLD:
        return Span(base, size, first)
    if not size:
        gateway.log("CFG", 1, f"virtual IP pool {shown} is empty")
        return None
    return Span((int.from_bytes(base, "big") + first).to_bytes(len(base), "big"), size)
