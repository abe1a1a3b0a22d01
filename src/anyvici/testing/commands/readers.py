"""How charon reads the values of load-conn.

A reader takes octets and returns what they mean, or raises Invalid. Next to nothing is checked:
text is cut, numbers wrap round, and a unit without a number is zero.
"""

from collections.abc import Callable
from typing import Any

from anyvici.testing.gateway import Gateway
from anyvici.testing.values import hosts, proposals
from anyvici.testing.values.identities import identity
from anyvici.testing.values.numbers import strtoul
from anyvici.testing.values.selectors import Selector
from anyvici.testing.values.texts import cut, printable, tokens

Reader = Callable[[bytes, Gateway], Any]

UNDEFINED = 2**64 - 1  # charon's own mark; a time of -1 is none, therefore
_32_BITS = 2**32 - 1
_TIMES = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_VOLUMES = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_CHOSEN = {"": _32_BITS, "-dir": _32_BITS - 1}  # by charon: one number, or one for each direction


class Invalid(Exception):
    """A value that charon does not take, and what it logs of it, if it does."""

    def __init__(self, text: str = "", group: str = "CFG") -> None:
        super().__init__(text)
        self.text = text
        self.group = group


def text(octets: bytes, size: int = 512) -> str:
    """Return what charon keeps of a text."""
    found = cut(octets, size)
    if found is None:
        raise Invalid
    return found


def string(octets: bytes, _: object) -> str:
    """Read a text of any length."""
    found = printable(octets)
    if found is None:
        raise Invalid
    return found


def one_of(words: dict[str, Any]) -> Reader:
    """Return a reader of words, in whatever case."""

    def word(octets: bytes, _: object) -> Any:
        found = text(octets).lower()
        if found not in words:
            raise Invalid
        return words[found]

    return word


def since(version: proposals.Version, more: Reader, before: Reader) -> Reader:
    """Return a reader that takes more from a version on."""
    return lambda octets, gateway: (more if gateway.version >= version else before)(octets, gateway)


def number(bits: int, base: int = 0) -> Reader:
    """Return a reader of numbers of so many bits."""

    def read_number(octets: bytes, gateway: Gateway) -> int:
        found, rest = strtoul(text(octets, _digits(gateway) if bits == 64 else 16), base)
        if rest:
            raise Invalid
        return found & (1 << bits) - 1

    return read_number


def _digits(gateway: Gateway) -> int:
    return 32 if gateway.version >= (6, 0, 2) else 16


def time(bits: int) -> Reader:
    """Return a reader of seconds, or of minutes, hours or days with their letter."""
    return lambda octets, _: _with_unit(text(octets, 16), _TIMES)[1] % 2**bits


def volume(octets: bytes, gateway: Gateway) -> int:
    """Read octets, or kibibytes and so on with their letter."""
    found, product = _with_unit(text(octets, _digits(gateway)), _VOLUMES)
    return UNDEFINED if product < found and gateway.version >= (6, 0, 2) else product


def _with_unit(value: str, units: dict[str, int]) -> tuple[int, int]:
    """Return the number alone, and in units; it has 64 bits."""
    found, rest = strtoul(value)
    unit = rest.lstrip(" ").lower()
    if unit not in units:
        raise Invalid
    return found, found * units[unit] % 2**64


def mark(word: str) -> Reader:
    """Return a reader of marks and their masks that knows this word, and no other."""
    words = {"%unique": _CHOSEN, "%same": {"": _32_BITS}}

    def read_mark(octets: bytes, _: object) -> tuple[int, int]:
        value, slash, digits = text(octets, 32).partition("/")
        for other in words:
            if value.lower().startswith(other) and other != word:
                raise Invalid(f"unexpected use of {other} mark", "APP")
        number = _chosen(value, word, words[word], "invalid mark value")
        mask, rest = strtoul(digits) if slash else (_32_BITS, "")
        if rest:
            raise Invalid(f"invalid mark mask: {rest}", "LIB")
        mask %= 2**32
        return (number if value.startswith("%") else number & mask), mask

    return read_mark


def if_id(octets: bytes, _: object) -> int:
    """Read the number of an XFRM interface, or that charon is to choose one."""
    return _chosen(text(octets, 32), "%unique", _CHOSEN, "invalid interface ID")


def _chosen(value: str, word: str, values: dict[str, int], complaint: str) -> int:
    lower = value.lower()
    if lower.startswith(word):
        found, rest = values.get(lower.removeprefix(word)), ""
    else:
        found, rest = strtoul(value)
    if found is None or rest:
        raise Invalid(f"{complaint}: {value}", "APP")
    return found & _32_BITS


def action(octets: bytes, _: object) -> str:
    """Read what is to be done: one word, or several with a bar between."""
    words = {"restart": "start", "route": "trap", "clear": "none"}
    found = text(octets).lower()
    parts = {words[found]} if found in words else set(tokens(found, "|"))
    if parts - {"none", "trap", "start"}:
        raise Invalid
    return " | ".join(each for each in ("trap", "start") if each in parts) or "none"


def tfc(octets: bytes, gateway: Gateway) -> int:
    """Read a length of padding."""
    return _32_BITS if octets == b"mtu" else int(number(32)(octets, gateway))


def dscp(octets: bytes, gateway: Gateway) -> int:
    """Read six binary digits."""
    return int(number(32, base=2)(octets, gateway)) & 0x3F


def label(octets: bytes, _: object) -> str:
    """Read a security label; it ends with a zero octet."""
    found = text(octets)
    if not found:
        raise Invalid("invalid empty security label", "LIB")
    return (found.encode() + b"\0").hex()


def an_identity(octets: bytes, _: object) -> str:
    """Read an identity; nothing is refused."""
    return identity(text(octets))


def addresses(octets: bytes, gateway: Gateway) -> list[str]:
    """Read addresses, separated by commas."""
    return [string(octets, gateway)]


def virtual_ip(octets: bytes, _: object) -> list[str]:
    """Read an address."""
    found = hosts.address(text(octets, 64))
    if found is None:
        raise Invalid
    return [hosts.printed(found)]


def selector(octets: bytes, _: object) -> list[Selector]:
    """Read a traffic selector."""
    found = Selector.parse(text(octets))
    if found is None:
        raise Invalid
    return [found]


def proposal(protocol: str) -> Reader:
    """Return a reader of proposals; "default" is two of them."""

    def read_proposal(octets: bytes, gateway: Gateway) -> list[proposals.Proposal]:
        recent = gateway.version >= (6, 0, 0)
        found = text(octets, 2048 if recent else 512)
        if found.lower() == "default":
            usual = proposals.defaults(protocol, gateway.version)
            return usual if recent else usual[::-1]
        try:
            return [proposals.parse(protocol, found, gateway.version)]
        except proposals.Unacceptable as reason:
            raise Invalid(str(reason)) from None

    return read_proposal
