"""Keys from octets, which come in any pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvici.cli.top.keys import Keys

KEYS = {
    b"q": ["q"],
    b"\x1b[A": ["up"],
    b"\x1bOA": ["up"],
    b"\x1b[1;5B": ["down"],
    b"\x1b[C": ["right"],
    b"\x1bOD": ["left"],
    b"\x1b[H": ["home"],
    b"\x1b[1~": ["home"],
    b"\x1b[7~": ["home"],
    b"\x1bOF": ["end"],
    b"\x1b[4~": ["end"],
    b"\x1b[5~": ["page up"],
    b"\x1b[6;2~": ["page down"],
    b"\x1b[3~": ["delete"],
    b"\r": ["enter"],
    b"\n": ["enter"],
    b"\x1bOM": ["enter"],
    b"\x7f": ["backspace"],
    b"\x08": ["backspace"],
    b"\t": ["tab"],
    b"\x0c": ["ctrl-l"],
    b"\x15": ["ctrl-u"],
    "ä€😀".encode(): ["ä", "€", "😀"],
    b"\x1bx": ["escape", "x"],  # Escape and x, or Alt-x: nobody can tell
    b"\x1b\x1b[A": ["escape", "up"],
    b"\x1b[15~": [],  # F5
    b"\x1b[[Ax": ["x"],  # F1 of the Linux console
    b"\x1b[<0;10;10Mx": ["x"],  # a mouse
    b"\xff\xfeq": ["q"],  # no UTF-8
    "\u202e\x9b".encode(): [],  # nothing that is printed as it is
    b"/sun\x1b[B\x1b[B\rq": ["/", "s", "u", "n", "down", "down", "enter", "q"],
}


def fed(*pieces: bytes) -> list[str]:
    keys = Keys()
    return [key for piece in pieces for key in keys.feed(piece)] + keys.end()


@pytest.mark.parametrize(("octets", "expected"), KEYS.items())
def test_a_key(octets, expected):
    assert fed(octets) == expected


@pytest.mark.parametrize(("octets", "expected"), KEYS.items())
def test_a_key_in_pieces(octets, expected):
    for first in range(len(octets) + 1):
        for second in range(first, len(octets) + 1):
            assert fed(octets[:first], octets[first:second], octets[second:]) == expected
    assert fed(*(bytes([octet]) for octet in octets)) == expected


def test_escape_alone():
    keys = Keys()
    assert keys.feed(b"\x1b") == []
    assert keys.waits
    assert keys.end() == ["escape"]
    assert not keys.waits
    assert keys.end() == []


def test_a_sequence_that_does_not_end():
    keys = Keys()
    assert keys.feed(b"\x1b[1;") == []
    assert keys.waits
    assert keys.end() == []
    assert keys.feed(b"q") == ["q"]


def test_a_sequence_of_any_length_is_given_up():
    keys = Keys()
    keys.feed(b"\x1b[" + b"1;" * 1000)
    assert len(keys._begun) <= 32


@given(st.lists(st.binary(max_size=20)))
def test_any_octets(pieces):
    """Nothing is an error; a key is something printable, or has a name."""
    found = fed(*pieces)
    assert found == fed(b"".join(pieces))
    assert all(key.isprintable() and key for key in found)
