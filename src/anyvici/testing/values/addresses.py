"""Identities that are IP addresses, networks of them, or ranges."""

import socket
from itertools import takewhile

from anyvici.testing.values.numbers import leading

# The numbers that IKE has for them.
IPV4, IPV4_NET, IPV6, IPV6_NET, IPV4_RANGE, IPV6_RANGE = 1, 4, 5, 6, 7, 8
TYPES = {
    IPV4: "ID_IPV4_ADDR",
    IPV4_NET: "ID_IPV4_ADDR_SUBNET",
    IPV6: "ID_IPV6_ADDR",
    IPV6_NET: "ID_IPV6_ADDR_SUBNET",
    IPV4_RANGE: "ID_IPV4_ADDR_RANGE",
    IPV6_RANGE: "ID_IPV6_ADDR_RANGE",
}
_SINGLE, _NETWORKS = (IPV4, IPV6), (IPV4_NET, IPV6_NET)

_Address = tuple[int, bytes]  # the type, and one or two addresses: a network has a mask


def _is_ipv4(kind: int) -> bool:
    return kind in (IPV4, IPV4_NET, IPV4_RANGE)


def _size(kind: int) -> int:
    return 4 if _is_ipv4(kind) else 16


def _octets(text: str, ipv4: bool) -> bytes:
    return socket.inet_pton(socket.AF_INET if ipv4 else socket.AF_INET6, text)


def read(text: str) -> _Address | None:
    """Read an address; None if it is none."""
    ipv4 = ":" not in text
    single, network, span = (IPV4, IPV4_NET, IPV4_RANGE) if ipv4 else (IPV6, IPV6_NET, IPV6_RANGE)
    try:
        if "/" in text:
            address, _, width = text.partition("/")
            return network, _network(_octets(address, ipv4), width)
        ends = [_octets(end, ipv4) for end in text.split("-", 1)]
        return (single if len(ends) == 1 else span, _row(ends))
    except (OSError, ValueError):
        return None


def _row(ends: list[bytes]) -> bytes:
    if ends != sorted(ends):
        raise ValueError("the wrong way round")
    return b"".join(ends)


def _network(octets: bytes, text: str) -> bytes:
    """Return the first address of a network and its mask; a width that is no number is 0."""
    bits = 8 * len(octets)
    width, _ = leading(text, 10) or (0, "")
    if not 0 <= width <= bits:
        raise ValueError("no such width")
    mask = ((1 << width) - 1) << (bits - width)
    first = int.from_bytes(octets, "big") & mask
    return first.to_bytes(len(octets), "big") + mask.to_bytes(len(octets), "big")


def printed(address: _Address) -> str:
    """Return an address as text. Any octets can come in by a prefix of the type."""
    kind, encoding = address
    size = _size(kind)
    if len(encoding) < (size if kind in _SINGLE else 2 * size):
        return f"(invalid {TYPES[kind]})"
    first, second = encoding[:size], encoding[size : 2 * size]
    if kind in _SINGLE:
        return _text(first)
    rest = f"/{_width(second)}" if kind in _NETWORKS else f"-{_text(second)}"
    return _text(first) + rest


def _text(octets: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(octets) == 4 else socket.AF_INET6, octets)


def _width(mask: bytes) -> int:
    """Count the bits of a mask as charon does, whatever octets it is of."""
    octets = [f"{octet:08b}" for octet in takewhile(bool, mask)]
    return sum(len(bits) - len(bits.lstrip("1")) for bits in octets)


def contains(span: _Address, address: _Address) -> bool:
    """Tell whether an address is in a network or a range."""
    if address[0] not in _SINGLE or _is_ipv4(address[0]) is not _is_ipv4(span[0]):
        return False
    first, last = _ends(span)
    return first <= address[1] <= last


def is_everything(span: _Address) -> bool:
    """Tell whether every address is in a network or a range."""
    size = _size(span[0])
    return _ends(span) == (bytes(size), b"\xff" * size)


def _ends(span: _Address) -> tuple[bytes, bytes]:
    kind, encoding = span
    size = _size(kind)
    first, second = encoding[:size], encoding[size:]
    if kind in _SINGLE:
        return first, first
    if kind not in _NETWORKS:
        return first, second
    return first, bytes(one | (255 - its) for one, its in zip(first, second, strict=False))
