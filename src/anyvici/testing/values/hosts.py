"""Addresses as charon reads and prints them; here they are their octets, 4 or 16."""

import socket

from anyvici.testing.values.numbers import leading

V4, V6 = 4, 16
_ANY = {"%any": bytes(V4), "%any4": bytes(V4), "%any6": bytes(V6)}
_FAMILIES = {V4: socket.AF_INET, V6: socket.AF_INET6}
_LONGEST = 63  # characters of an address before the slash


def address(text: str) -> bytes | None:
    """Return an address, or None for what is none; names are not looked up."""
    if text in _ANY:
        return _ANY[text]
    try:
        # A dot decides: ::ffff:10.0.0.1 is no address to charon.
        return socket.inet_pton(_FAMILIES[V4 if "." in text else V6], text)
    except OSError:
        return None


def subnet(text: str) -> tuple[bytes, int] | None:
    """Return an address and the number behind the slash, whatever it is; without one, all bits."""
    host, slash, bits = text.partition("/")
    found = address(host) if len(host) <= _LONGEST else None
    if found is None:
        return None
    number, _ = leading(bits, 10) or (0, "")
    return found, number if slash else 8 * len(found)


def address_range(text: str) -> tuple[bytes, bytes] | None:
    """Return the two ends of a range, in the order they are given."""
    first, dash, last = text.partition("-")
    end = address(last.lstrip(" ")) if dash else None
    if end is None:
        return None
    first = first.rstrip(" ")
    start = bytes(len(end)) if first == "%any" else address(first)
    return None if start is None or len(start) != len(end) else (start, end)


def numeric(host: bytes) -> str:
    """Return an address in digits."""
    return socket.inet_ntop(_FAMILIES[len(host)], host)


def printed(host: bytes) -> str:
    """Return an address as charon prints it."""
    return numeric(host) if any(host) else {V4: "%any", V6: "%any6"}[len(host)]
