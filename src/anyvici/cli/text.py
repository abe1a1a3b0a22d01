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
        character = chr(point)
        if unicodedata.category(character) in _HARMFUL:
            if 0xDC80 <= point <= 0xDCFF:  # an octet that is no UTF-8
                point -= 0xDC00
            character = f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"
        self[point] = character
        return character


_harmless = _Harmless()


def safe(text: str) -> str:
    """Return a text as it can be printed, in one line."""
    return text if text.isascii() and text.isprintable() else text.translate(_harmless)
