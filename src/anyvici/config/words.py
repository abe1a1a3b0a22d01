"""Yes and no, and the words of enumerations. charon takes them in upper and lower case."""

from typing import Any

from anyvici.config.values import WrongValue, meant, printable, shown

_YES = ("yes", "true", "enabled", "1")
_NO = ("no", "false", "disabled", "0")
_BOTH_ACTIONS = ("trap|start", "start|trap", "trap | start", "start | trap")


class Words:
    """The kind of a value that is one of some words; `since` has the release that brought each.

    Those that came later than their key are given with their release: Words("in out", both="6.0").
    """

    def __init__(self, words: str, **later: str) -> None:
        self.since: dict[str, str] = dict.fromkeys(words.split(), "") | later

    def __call__(self, value: Any) -> str:
        """Take one of the words; a bool where yes and no are among them."""
        if isinstance(value, bool):
            value = _spoken(value)
        text = printable(value)
        if text.lower() not in map(str.lower, self.since):
            hint = meant(text, self.since)
            ask = f", did you mean {hint}?" if hint else ""
            raise WrongValue(f"{shown(text)} is none of {', '.join(self.since)}{ask}")
        return text


class Actions(Words):
    """The kind of an action; trap and start can be joined since 5.9.6."""

    def __call__(self, value: Any) -> str:
        """Take one of the words, or both that can be joined."""
        if isinstance(value, str) and value.lower() in _BOTH_ACTIONS:
            return value
        return super().__call__(value)


def yes_no(value: Any) -> str:
    """Take a bool, or one of charon's words for it; on and off are none."""
    if isinstance(value, int):
        if value not in (0, 1):
            raise WrongValue("an int here is 1 for yes or 0 for no")
        return _spoken(bool(value))
    text = printable(value)
    if text.lower() not in _YES + _NO:
        raise WrongValue(f"{shown(text)} is neither {', '.join(_YES)} nor {', '.join(_NO)}")
    return text


def _spoken(value: bool) -> str:
    return "yes" if value else "no"
