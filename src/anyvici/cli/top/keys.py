"""Keys, from the octets that a terminal sends for them."""

from codecs import getincrementaldecoder
from collections.abc import Iterator

_ESCAPE = "\x1b"

_CONTROLS = {
    "\r": "enter",
    "\n": "enter",
    "\t": "tab",
    "\x7f": "backspace",
    "\x08": "backspace",
}

# What ends a sequence that begins with ESC [ or ESC O, and, where that is ~, the number before it.
_FINALS = {
    "A": "up",
    "B": "down",
    "C": "right",
    "D": "left",
    "H": "home",
    "F": "end",
    "M": "enter",
}
_NUMBERS = {
    "1": "home",
    "7": "home",
    "4": "end",
    "8": "end",
    "5": "page up",
    "6": "page down",
    "3": "delete",
}
_LONGEST = 32  # of a sequence; what is longer is none


class Keys:
    """Makes keys of octets, which may come in any pieces.

    A key is the character that it types, or a name: "up", "enter", "escape", "ctrl-l". What is not
    known is no key. With Shift, Control or Alt an arrow is just the arrow.
    """

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")("ignore")
        self._begun = ""  # a sequence of which more is to come

    @property
    def waits(self) -> bool:
        """Whether what was fed may be the key Escape, or the beginning of another one."""
        return bool(self._begun)

    def feed(self, octets: bytes) -> list[str]:
        """Return the keys that are complete."""
        return [key for character in self._decoder.decode(octets) for key in self._take(character)]

    def end(self) -> list[str]:
        """Return what is left when no more has come for some time: Escape alone is a key."""
        begun, self._begun = self._begun, ""
        return ["escape"] if begun == _ESCAPE else []

    def _take(self, character: str) -> Iterator[str]:
        if character == _ESCAPE:
            yield from self.end()
            self._begun = _ESCAPE
        elif self._begun == _ESCAPE and character not in "[O":
            yield from self.end()
            yield from _plain(character)
        elif self._begun:
            yield from self._go_on(character)
        else:
            yield from _plain(character)

    def _go_on(self, character: str) -> Iterator[str]:
        """Add a character to the sequence, which may be its last."""
        self._begun += character
        over = len(self._begun) > 2 and "@" <= character <= "~" and character != "["
        if over or len(self._begun) > _LONGEST:
            sequence, self._begun = self._begun, ""
            yield from _named(sequence[2:])


def _plain(character: str) -> Iterator[str]:
    if character in _CONTROLS:
        yield _CONTROLS[character]
    elif character < " ":
        yield f"ctrl-{chr(ord(character) + 0x40).lower()}"
    elif character.isprintable():
        yield character


def _named(sequence: str) -> Iterator[str]:
    numbers, final = sequence[:-1].split(";"), sequence[-1]
    if not all(number.isdecimal() or not number for number in numbers):
        return
    name = _NUMBERS.get(numbers[0]) if final == "~" else _FINALS.get(final)
    if name is not None:
        yield name
