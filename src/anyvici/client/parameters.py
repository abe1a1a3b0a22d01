"""Parameters of commands, so written that the daemon cannot misread them.

Commands take a key whose value they cannot read for one that is absent, without a word:
terminate(ike="ü") would be a terminate without a selector, list-sas with ike-id=abc lists all.
"""

from typing import Any

from anyvici.exceptions import LocalProtocolError
from anyvici.wire.message import Sendable


def request(command: str, /, **parameters: Any) -> dict[str, Sendable]:
    """Return the message of a command: what is None is left out, `_` becomes `-`.

    Raises LocalProtocolError for text that is not printable ASCII and TypeError for a wrong type.
    """
    return {
        name.strip("_").replace("_", "-"): checked(f"{command}: {name.strip('_')}", value)
        for name, value in parameters.items()
        if value is not None
    }


def flags(**parameters: bool) -> dict[str, Sendable]:
    """Return those that are true: these count when present, whatever their value."""
    return {name.strip("_"): True for name, present in parameters.items() if present}


def checked(where: str, value: Any) -> Sendable:
    """Return a single value that the daemon understands as it is meant."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{where} is a str, int or bool, not {type(value).__name__}")
    if not (value.isascii() and (value.isprintable() or not value)):
        raise LocalProtocolError(
            f"{where} is printable ASCII, not {value!r}: the daemon would take it as absent"
        )
    return value


def uniqueid(command: str, name: str, value: int | None) -> int | None:
    """Return the number of an SA; 0 and what is no number would be read as none at all."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{command}: {name} is an int, not {type(value).__name__}")
    if value < 1:
        raise LocalProtocolError(f"{command}: {name} is a uniqueid, from 1 up, not {value}")
    return value


def selector(
    command: str,
    *,
    ike: str | None,
    ike_id: int | None,
    child: str | None,
    child_id: int | None,
) -> dict[str, Sendable]:
    """Return which SAs are meant, for terminate and rekey.

    Raises LocalProtocolError for none at all, and for ike with ike_id and no child: with one of
    the child selectors all have to match, but with these two alone either is enough, so ike="gw"
    with ike_id=5 would end every IKE_SA that is called gw (charon 5.9.8 and 6.0.6).
    """
    if ike is None and ike_id is None and child is None and child_id is None:
        raise LocalProtocolError(f"{command} needs one of ike, ike_id, child and child_id")
    if ike is not None and ike_id is not None and child is None and child_id is None:
        raise LocalProtocolError(
            f"{command} would take ike={ike!r} OR ike_id={ike_id}, not both: give one of them"
        )
    return request(
        command,
        ike=ike,
        ike_id=uniqueid(command, "ike_id", ike_id),
        child=child,
        child_id=uniqueid(command, "child_id", child_id),
    )


def one_of(where: str, value: str, words: frozenset[str]) -> str:
    """Return a word in the daemon's spelling; a word it does not know, it takes for none."""
    known = {word.lower(): word for word in words}
    if not isinstance(value, str):
        raise TypeError(f"{where} is a str, not {type(value).__name__}")
    if value.lower() not in known:
        raise LocalProtocolError(f"{where} is one of {', '.join(sorted(words))}, not {value!r}")
    return known[value.lower()]


def all_or_name(command: str, name: str | None, everything: bool) -> dict[str, Sendable]:
    """Return the choice of get-counters and reset-counters: `all` would make them ignore a name."""
    if name is not None and everything:
        raise LocalProtocolError(f"{command} takes name={name!r} or all=True, not both")
    return request(command, name=name, **({"all": True} if everything else {}))
