"""Numbers as charon reads them: what it would cut, wrap round or take for octal is refused.

It reads the digits as C does: 0x10 is sixteen, and 010 is eight. It looks at 15 characters (since
6.0.2 at 31 of volumes and packets, but an older one would still cut them).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from anyvici.config.values import Kind, WrongValue, not_this, printable, shown

UINT32 = 2**32 - 1
UINT64 = 2**64 - 1

_LOOKED_AT = 15
_NUMBER = re.compile(r" *\+?(0[xX][0-9a-fA-F]+|[1-9][0-9]*|0+[0-7]?)")  # 07 is 7 in octal, too
_OCTAL = re.compile(r" *\+?0[0-9]")


@dataclass(frozen=True)
class Quantity:
    """The kind of a number up to `maximum`, with one of its `units` behind it or none."""

    maximum: int = UINT32
    units: Mapping[str, int] = field(default_factory=dict)
    form: str = "a number"

    def __call__(self, value: Any) -> str:
        """Take an int, or text."""
        text = _digits(value)
        self.read(text)
        return text

    def read(self, text: str) -> int:
        """Return the number that charon reads."""
        if len(text) > _LOOKED_AT:
            raise WrongValue(f"charon cuts {shown(text)} after {_LOOKED_AT} characters")
        match = _NUMBER.match(text)
        factor = self._factor(text[match.end() :]) if match else None
        if match is None or factor is None:
            raise WrongValue(self._why_not(text))
        number = _whole(match[1]) * factor
        if number > self.maximum:
            raise WrongValue(f"{text} is above {self.maximum}")
        return number

    def _factor(self, rest: str) -> int | None:
        if self.units:
            rest = rest.lstrip(" ").lower()
        return self.units.get(rest) if rest else 1

    def _why_not(self, text: str) -> str:
        if not text:
            return f"an empty text, which charon reads as 0, is not {self.form}"
        if text.lstrip(" ").startswith("-"):
            return f"{shown(text)} is negative"
        if _OCTAL.match(text):
            return f"{shown(text)} is octal to charon, as it begins with 0"
        return f"{shown(text)} is not {self.form}"


class Time(Quantity):
    """The kind of a time: a number of seconds, a number with its unit, or a timedelta."""

    def __call__(self, value: Any) -> str:
        """Take an int, a timedelta or text."""
        return super().__call__(_seconds(value) if isinstance(value, timedelta) else value)


_TIME = "a time: a number and at most one unit s, m, h or d"
_VOLUME = "a volume: a number and at most one unit k, m or g"
_TIMES = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_VOLUMES = {"k": 2**10, "m": 2**20, "g": 2**30}

number: Quantity = Quantity()
count: Quantity = Quantity(UINT64)
port: Quantity = Quantity(65535)
time32: Time = Time(UINT32, _TIMES, _TIME)
time64: Time = Time(UINT64, _TIMES, _TIME)
volume: Quantity = Quantity(UINT64, _VOLUMES, _VOLUME)

# The two highest numbers are what %unique and %unique-dir (%same) become inside of charon.
_mark = Quantity(UINT32 - 2)
_interface = Quantity(UINT32 - 2)
_padding = Quantity(UINT32 - 1)  # likewise, what mtu becomes


def is_number(text: str) -> bool:
    """Tell whether charon reads all of the text as a number."""
    return _NUMBER.fullmatch(text) is not None


def padding(value: Any) -> str:
    """Take a number or the word mtu, in lower case."""
    return "mtu" if value == "mtu" else _padding(value)


def interface_id(value: Any) -> str:
    """Take the id of an XFRM interface, or %unique or %unique-dir."""
    text = _digits(value)
    return text if text.lower() in ("%unique", "%unique-dir") else _interface(text)


def mark_or(*words: str) -> Kind:
    """Return the kind of a mark: a number or one of the words, and perhaps a mask."""

    def mark(value: Any) -> str:
        text = _digits(value)
        head, slash, mask = text.partition("/")
        bits = number.read(mask) if slash else UINT32
        if head.lower() not in words and _mark.read(head) & ~bits:
            raise WrongValue(f"{shown(text)} has bits outside of its mask, which charon drops")
        return text

    return mark


def binary_digits(value: Any) -> str:
    """Take six binary digits as text: an int, 10, would become the digits of two."""
    text = printable(value)
    if not re.fullmatch(r" *\+?[01]+", text):
        raise WrongValue(f"{shown(text)} is not binary digits, like 101110")
    if len(text) > _LOOKED_AT or int(text, 2) > 0b111111:
        raise WrongValue(f"{shown(text)} has more than six binary digits")
    return text


def _digits(value: Any) -> str:
    """Return a number as it is written."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise not_this("an int or a str", value)
    if isinstance(value, str):
        return printable(value)
    if abs(value) > UINT64:  # before Python refuses to write down one of 5,000 digits
        raise WrongValue("an int of more than 64 bits")
    return f"{value:d}"


def _whole(digits: str) -> int:
    return int(digits, 16 if digits[1:2] in ("x", "X") else 10)


def _seconds(time: timedelta) -> int:
    if time.microseconds:
        raise WrongValue(f"{time} is not whole seconds")
    return time // timedelta(seconds=1)
