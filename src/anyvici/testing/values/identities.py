"""Identities as charon reads them from text, prints them and compares them."""

from collections.abc import Callable
from typing import NamedTuple

from anyvici.testing.values import addresses, der, distinguished_names
from anyvici.testing.values.distinguished_names import ROOM
from anyvici.testing.values.distinguished_names import distinguished_name as distinguished_name
from anyvici.testing.values.numbers import leading

# The numbers that IKE has for them.
_ANY, _FQDN, _EMAIL, DN, _GENERAL_NAME, KEY_ID, _URI = 0, 2, 3, 9, 10, 11, 201

_PREFIXES = {
    "ipv4:": addresses.IPV4,
    "ipv6:": addresses.IPV6,
    "ipv4net:": addresses.IPV4_NET,
    "ipv6net:": addresses.IPV6_NET,
    "ipv4range:": addresses.IPV4_RANGE,
    "ipv6range:": addresses.IPV6_RANGE,
    "rfc822:": _EMAIL,
    "email:": _EMAIL,
    "userfqdn:": _EMAIL,
    "fqdn:": _FQDN,
    "dns:": _FQDN,
    "asn1dn:": DN,
    "asn1gn:": _GENERAL_NAME,
    "xmppaddr:": _GENERAL_NAME,
    "keyid:": KEY_ID,
}
_ANYBODY = ("", "%any", "%any6", "0.0.0.0", "*", "::", "0::0")  # noqa: S104
_SHA1_SIZE = 20

# How good a match is. A name with several wildcards is a little less than one with one.
NONE, ANY, ALL_WILDCARDS, ONE_WILDCARD, PERFECT = 0, 1, 2, 19, 20


class Identity(NamedTuple):
    """An identity: its type and its octets."""

    type: int
    encoding: bytes

    def __str__(self) -> str:
        return _PRINTERS.get(self.type, _print_unknown)(self)[:ROOM]


def identity(text: str) -> str:
    """Return an identity that is given as text the way charon prints it."""
    return str(parse(text))


def matches(pattern: str, identity: str) -> bool:
    """Tell whether an identity is the one that is configured, or one of those."""
    return match(parse(identity), parse(pattern)) > NONE


def is_host(text: str) -> bool:
    """Tell whether an identity is an address or a name of a host."""
    return parse(text).type in (addresses.IPV4, addresses.IPV6, _FQDN)


def parse(text: str) -> Identity:
    """Read an identity. Nothing is refused: what is nothing else is a FQDN or a key id."""
    text = text[:ROOM]
    found = _with_prefix(text) or _with_number(text)
    if found:
        return found
    if "=" in text:
        name = distinguished_names.encode(text)
        return Identity(KEY_ID, text.encode()) if name is None else Identity(DN, name)
    if "@" in text:
        return _with_at(text)
    if text in _ANYBODY:
        return Identity(_ANY, b"")
    return _address_or_name(text)


def _with_prefix(text: str) -> Identity | None:
    for prefix, kind in _PREFIXES.items():
        if text.lower().startswith(prefix):
            encoding = _octets(text[len(prefix) :])
            return Identity(kind, _xmpp(encoding) if prefix == "xmppaddr:" else encoding)
    return None


def _with_number(text: str) -> Identity | None:
    """Read {11}:abcd, which gives the type as a number."""
    number, rest = leading(text[1:]) or (_ANY, text[1:])
    if not text.startswith("{") or not rest.startswith("}:"):
        return None
    return Identity(number, _octets(rest[2:]))


def _octets(text: str) -> bytes:
    return from_hex(text[1:]) if text.startswith("#") else text.encode()


def from_hex(text: str) -> bytes:
    """Read hex digits as charon does: 0x before and colons between them, anything else is 0."""
    digits = text.removeprefix("0x").replace(":", "")
    digits = "".join(digit if digit in "0123456789abcdefABCDEF" else "0" for digit in digits)
    return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)


def _xmpp(address: bytes) -> bytes:
    oid = der.wrap(der.OID, bytes.fromhex("2b06010505070805"))
    return der.wrap(0xA0, oid, der.wrap(0xA0, der.wrap(der.UTF8_STRING, address)))


def _with_at(text: str) -> Identity:
    if text.startswith("@#"):
        return Identity(KEY_ID, from_hex(text[2:]))
    if text.startswith("@@"):
        return Identity(_EMAIL, text[2:].encode())
    if text.startswith("@"):
        return Identity(_FQDN, text[1:].encode())
    return Identity(_EMAIL, text.encode())


def _address_or_name(text: str) -> Identity:
    """Read an address; what has a colon cannot be a name."""
    found = addresses.read(text)
    if found:
        return Identity(*found)
    return Identity(KEY_ID if ":" in text else _FQDN, text.encode())


def match(one: Identity, pattern: Identity) -> int:
    """Return how well an identity matches a pattern: 0 is not at all, PERFECT is 20."""
    if pattern.type == _ANY:
        return ANY
    if one == pattern:
        return PERFECT
    if one.type in addresses.TYPES and pattern.type in addresses.TYPES:
        return _match_addresses(one, pattern)
    if one.type != pattern.type:
        return NONE
    if one.type == DN:
        wildcards = distinguished_names.wildcards(one.encoding, pattern.encoding)
        return NONE if wildcards is None else PERFECT - min(wildcards, ONE_WILDCARD - ALL_WILDCARDS)
    if one.type in (_FQDN, _EMAIL):
        return _match_names(one.encoding.lower(), pattern.encoding.lower())
    return NONE


def _match_addresses(one: Identity, pattern: Identity) -> int:
    """Match an address with a network or a range. Two of these match only if they are the same."""
    if not addresses.contains(pattern, one):
        return NONE
    return ALL_WILDCARDS if addresses.is_everything(pattern) else ONE_WILDCARD


def _match_names(name: bytes, pattern: bytes) -> int:
    if name == pattern:
        return PERFECT
    if not pattern.startswith(b"*") or len(name) < len(pattern):
        return NONE
    if pattern == b"*":
        return ANY
    return ONE_WILDCARD if name.endswith(pattern[1:]) else NONE


def _print_text(one: Identity) -> str:
    return "".join(chr(octet) if 0x20 <= octet < 0x7F else "?" for octet in one.encoding)


def _print_key_id(one: Identity) -> str:
    """Print a key id that is text and no hash as such."""
    text = _print_text(one)
    readable = text.encode() == one.encoding and len(text) != _SHA1_SIZE
    return text if readable else one.encoding.hex(":")


def _print_address(one: Identity) -> str:
    return addresses.printed(one)


def _print_unknown(one: Identity) -> str:
    return f"(unknown ID type: {one.type})"


_PRINTERS: dict[int, Callable[[Identity], str]] = {
    _ANY: lambda _: "%any",
    _FQDN: _print_text,
    _EMAIL: _print_text,
    _URI: _print_text,
    DN: lambda one: distinguished_name(one.encoding),
    _GENERAL_NAME: lambda _: "(ASN.1 general name)",
    KEY_ID: _print_key_id,
    **dict.fromkeys(addresses.TYPES, _print_address),
}
