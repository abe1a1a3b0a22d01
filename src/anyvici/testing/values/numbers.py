"""Numbers as C's strtol reads them: 0x10 is sixteen, 010 is eight, -1 wraps round."""

import re

_NUMBER = re.compile(r"[ \t-\r]*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)")


def leading(text: str, base: int = 0) -> tuple[int, str] | None:
    """Return the number at the beginning of a text, and what follows; None if there is none."""
    match = _NUMBER.match(text)
    if match is None:
        return None
    digits = match[2]
    if base:
        valid = "01234567"[:base] if base <= 8 else "0123456789"
    else:
        base, valid = _base_of(digits)
    used = len(digits) - len(digits.lstrip(valid))
    number = int(digits[:used] or "0", base)
    end = match.start(2) + used
    return (-number if match[1] == "-" else number), text[end:]


def _base_of(digits: str) -> tuple[int, str]:
    if digits[:2] in ("0x", "0X"):
        return 16, "0123456789abcdefABCDEFxX"
    return (8, "01234567") if digits[0] == "0" else (10, "0123456789")


def strtol(text: str) -> int | None:
    """Return a text that is a number and nothing else, cut to 32 bits with a sign, or None."""
    found = leading(text)
    if found is None or found[1]:
        return None
    return (found[0] + 2**31) % 2**32 - 2**31


def strtoul(text: str, base: int = 0) -> tuple[int, str]:
    """Return the number at the beginning of a text, in 64 bits without a sign, and what follows."""
    number, rest = leading(text, base) or (0, text)
    return (2**64 - 1 if abs(number) >= 2**64 else number % 2**64), rest
