"""DER as charon unwraps it: tags, lengths, contents, nothing of what they mean."""

from collections.abc import Iterator
from typing import NamedTuple

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06
UTF8_STRING, PRINTABLE_STRING, IA5_STRING = 0x0C, 0x13, 0x16
SEQUENCE, SET = 0x30, 0x31


class Element(NamedTuple):
    """One element: what it is, what is in it, and all its octets."""

    tag: int
    content: bytes
    whole: bytes


def element(data: bytes) -> Element:
    """Return the first element of some octets; raises ValueError if there is none."""
    if len(data) < 2:
        raise ValueError("no element")
    start, length = 2, data[1]
    if length & 0x80:
        start += length & 0x7F
        if start == 2 or start > min(len(data), 10):
            raise ValueError("no length")
        length = int.from_bytes(data[2:start], "big")
    end = start + length
    if end > len(data):
        raise ValueError("longer than the data")
    return Element(data[0], data[start:end], data[:end])


def elements(data: bytes) -> Iterator[Element]:
    """Iterate over elements that stand in a row; raises ValueError where it breaks."""
    while data:
        found = element(data)
        yield found
        data = data[len(found.whole) :]


def inside(data: bytes, *tags: int) -> list[Element]:
    """Return what is in the only element of some octets, which begins with these tags."""
    outer = element(data)
    if outer.tag not in (SEQUENCE, SET):
        raise ValueError("no sequence")
    inner = list(elements(outer.content))
    if [each.tag for each in inner[: len(tags)]] != list(tags):
        raise ValueError("other elements")
    return inner


def wrap(tag: int, *contents: bytes) -> bytes:
    """Return an element."""
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content
