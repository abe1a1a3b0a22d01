"""Texts of others: no terminal obeys them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvici.cli.text import joined, safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("moon.example.com", "moon.example.com"),
        ("C=CH, O=Zürich, CN=日本", "C=CH, O=Zürich, CN=日本"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("\x1b[2J\x9b31m", "\\x1b[2J\\x9b31m"),
        ("two\nlines\r\tand", "two\\x0alines\\x0d\\x09and"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("no\u200bwidth\ufeff\u2028", "no\\u200bwidth\\ufeff\\u2028"),
        ("octets \udcff\udc80\ud800", "octets \\xff\\x80\\ud800"),
        ("tag \U000e0041", "tag \\ue0041"),
        ("", ""),
    ],
)
def test_hostile_texts(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text())
def test_nothing_is_obeyed_and_nothing_that_is_safe_is_changed(text: str) -> None:
    shown = safe(text)
    kinds = {unicodedata.category(character) for character in shown}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert safe(shown) == shown
    assert shown.encode().decode() == shown


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_words_are_left_alone(text: str) -> None:
    assert safe(text) == text


def test_an_octet_is_not_taken_for_a_letter() -> None:
    assert safe("\udcff\xff") == "\\xff\xff"


def test_parts_are_joined_where_they_are_there() -> None:
    assert joined("a", None, "", False, "b", 5) == "a b 5"
    assert joined("a", "b", by=", ") == "a, b"
    assert joined() == ""
