"""Texts that come from elsewhere, made harmless.

A peer chooses its own identity, and it ends up in the terminals of those who look: nothing that a
terminal would obey, or that turns the direction of what follows, is printed as it is.
"""

import unicodedata
from collections import defaultdict

_HARMFUL = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, formats, what are no characters, line ends


class _Harmless(defaultdict[int, str]):
    """Finds what each character is printed as, once."""

    def __missing__(self, point: int) -> str:
        self[point] = shown = _shown(point)
        return shown


def _shown(point: int) -> str:
    if unicodedata.category(chr(point)) not in _HARMFUL:
        return chr(point)
    if 0xDC80 <= point <= 0xDCFF:  # an octet that is no UTF-8
        point -= 0xDC00
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


_harmless = _Harmless()


def safe(text: str) -> str:
    """Return a text as it can be printed, in one line."""
    return text if text.isascii() and text.isprintable() else text.translate(_harmless)


def joined(*parts: object, by: str = " ") -> str:
    """Return the parts that are there: None, False and what is empty are not."""
    return by.join(str(part) for part in parts if part)
