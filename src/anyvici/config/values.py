"""Text, and what stands for a wrong value until its path is known.

A kind is a function that takes a value as a user writes it and returns it as it is sent: str, or
bytes for octets. It raises WrongValue or WrongType with what is wrong, in words that follow a path
and a colon.
"""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, TypeAlias

Kind: TypeAlias = Callable[[Any], str | bytes]

_PRINTABLE = re.compile("[ -~]*")  # isprint() in the C locale


class WrongValue(Exception):
    """The daemon would refuse, cut, misread or ignore the value."""


class WrongType(Exception):
    """A value of this Python type cannot stand there."""


def shown(text: str) -> str:
    """Return text so that a message stays one readable line."""
    return repr(text) if len(text) <= 60 else f"{text[:57]!r}..."


def not_this(wanted: str, value: object) -> WrongType:
    """Return the error for a value of a wrong type."""
    return WrongType(f"{wanted} belongs here, not {type(value).__name__}")


def is_printable(text: str) -> bool:
    """Tell whether charon takes the text at all."""
    return _PRINTABLE.fullmatch(text) is not None


def meant(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like this one, if any is like it."""
    spellings = {spelling.lower(): spelling for spelling in known}
    close = get_close_matches(word.lower().replace("-", "_"), spellings, n=1, cutoff=0.75)
    return spellings[close[0]] if close else None


def printable(value: Any) -> str:
    """Take text of any length."""
    if not isinstance(value, str):
        raise not_this("a str", value)
    if not is_printable(value):
        raise WrongValue(f"{shown(value)} is not all printable ASCII, as charon wants it")
    return value


def secret(value: Any) -> str:
    """Take text that no message may show."""
    if not isinstance(value, str):
        raise not_this("a str", value)
    if not is_printable(value):
        raise WrongValue("the text is not all printable ASCII, as charon wants it")
    return value


def limited(value: Any, limit: int) -> str:
    """Take text of 1 to `limit` characters; charon cuts the rest off without a word."""
    text = printable(value)
    if not text:
        raise WrongValue("an empty text")
    if len(text) > limit:
        raise WrongValue(
            f"a text of {len(text)} characters; charon keeps {limit} and cuts the rest"
        )
    return text


def text_up_to(limit: int) -> Kind:
    """Return the kind of a text that charon keeps in a buffer of `limit` characters."""
    return lambda value: limited(value, limit)
