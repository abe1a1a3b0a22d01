"""Addresses, subnets, ranges and traffic selectors.

charon reads what is no length of a prefix as 0: to it, 10.0.0.0/x is the whole Internet.
"""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Any, TypeAlias

from anyvici.config.numbers import Quantity, is_number
from anyvici.config.texts import any_octets
from anyvici.config.values import WrongValue, limited, printable, shown

Address: TypeAlias = IPv4Address | IPv6Address

_ANY = ("%any", "%any4", "%any6")
# Most are of this form, and need no closer look: 192.0.2.1, 10.1.0.0/16.
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PLAIN = re.compile(rf"{_OCTET}(?:[.]{_OCTET}){{3}}(?:/(?:3[0-2]|[12]?[0-9]))?")
_BITS = re.compile(r" *\+?([0-9]{1,4}) *")
_SELECTOR = re.compile(r"([^\[]*)(?:\[(.*)\])?")
_NAME = re.compile("(?!0[xX])[0-9]*[a-zA-Z][a-zA-Z0-9_.+-]*")  # ipv6-icmp, 3com-tsmux
_protocol = Quantity(255)
_port = Quantity(65535)


def address(value: Any) -> str:
    """Take one address, or %any, %any4 or %any6."""
    text = limited(value, 63)
    if text not in _ANY:
        _address(text)
    return text


def pool_range(value: Any) -> str:
    """Take the addresses of a pool: a subnet, a range, or a single one."""
    text = limited(value, 127)
    _check_network(text)
    return text


def attribute(value: Any) -> str:
    """Take an attribute of a pool: an address or a subnet."""
    text = limited(value, 255)
    if text not in _ANY:
        _check_subnet(text)
    return text


def numbered_attribute(value: Any) -> str | bytes:
    """Take an attribute by its number: what looks like a subnet is one, all else is octets."""
    data = any_octets(value)
    text = data if isinstance(data, str) else data.decode("latin-1")
    if _is_address(text.partition("/")[0]):
        attribute(text)
    return data


def hosts(value: Any) -> str:
    """Take addresses of a peer: names, addresses, subnets and ranges, several if joined by `,`."""
    text = printable(value)
    if _PLAIN.fullmatch(text):
        return text
    names = [name for name in text.split(",") if name.strip(" ")]
    if not names:
        raise WrongValue(f"{shown(text)} is no address; charon would match none at all")
    for name in names:
        _check_host(name.strip(" "))
    return text


def names(value: Any) -> str:
    """Take names of pools, several if joined by a comma."""
    text = printable(value)
    if not text.strip(" ,"):
        raise WrongValue(f"{shown(text)} is no name")
    return text


def selector(value: Any) -> str:
    """Take a traffic selector: dynamic, a subnet or a range, and perhaps [protocol/port]."""
    text = limited(value, 511)
    match = _SELECTOR.fullmatch(text)
    if match is None:
        raise WrongValue(f"{shown(text)} is not a traffic selector, like 10.1.0.0/16[tcp/http]")
    network, ports = match.groups()
    if network != "dynamic" and network not in [f"{word}/0" for word in _ANY]:
        _check_network(network)
    if ports is not None:
        _check_protocol(*ports.partition("/"))
    return text


def _check_host(text: str) -> None:
    if "/" in text:
        _check_subnet(text)
    elif _is_address(text.partition("-")[0].rstrip(" ")):
        _check_network(text)
    elif " " in text:
        raise WrongValue(f"{shown(text)} is not the name of a host")


def _check_network(text: str) -> None:
    """Check a subnet, a range or an address."""
    if _PLAIN.fullmatch(text):
        return
    if "," in text:
        raise WrongValue(f"{shown(text)} is several: charon would take the first")
    low, dash, high = text.partition("-")
    if not dash:
        _check_subnet(text)
        return
    first, last = _address(low.rstrip(" ")), _address(high.lstrip(" "))
    if first.version != last.version or int(first) > int(last):
        raise WrongValue(f"{shown(text)} is no range: it has no address in it")


def _check_subnet(text: str) -> None:
    """Check a subnet or an address."""
    head, slash, tail = text.partition("/")
    longest = _address(head).max_prefixlen
    bits = _BITS.fullmatch(tail)
    if slash and (bits is None or int(bits[1]) > longest):
        raise WrongValue(f"{shown(text)} has no length of 0 to {longest} bits behind the /")


def _address(text: str) -> Address:
    """Return an address; one with a dot is IPv4 to charon, also ::ffff:10.0.0.1."""
    try:
        found = IPv4Address(text) if "." in text else IPv6Address(text)
    except ValueError:
        raise WrongValue(f"{shown(text)} is not an IP address") from None
    if "%" in text:
        raise WrongValue(f"{shown(text)} has a zone, which charon does not know")
    return found


def _is_address(text: str) -> bool:
    try:
        _address(text)
    except WrongValue:
        return False
    return True


def _check_protocol(protocol: str, slash: str, port: str) -> None:
    """Check what stands in the brackets: tcp, tcp/80, /80, any/1024-65535, udp/opaque."""
    if not (port if slash else protocol):
        raise WrongValue("[] and a / with nothing behind it are any to charon: write any")
    if protocol not in ("", "any") and not _NAME.fullmatch(protocol):
        _protocol.read(protocol)
    if slash and port not in ("any", "opaque"):
        _check_port(port)


def _check_port(port: str) -> None:
    low, dash, high = port.partition("-")
    if dash and is_number(low):
        if _port.read(low) > _port.read(high):
            raise WrongValue(f"{shown(port)} is no range of ports: it has none in it")
    elif not _NAME.fullmatch(port):
        _port.read(port)
