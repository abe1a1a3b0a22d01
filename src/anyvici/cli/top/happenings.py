"""What happens to the SAs, in words."""

from collections import Counter
from dataclasses import dataclass

from anyvici import Added, Alert, Change, ChildSa, IkeSa, Rekeyed, Removed, Resynced, Updated
from anyvici.cli.text import joined, safe
from anyvici.cli.units import counted
from anyvici.watch.comparison import is_coming


@dataclass(frozen=True)
class Happening:
    """Something that happened."""

    word: str
    """up, down, rekeyed."""
    style: str
    what: str
    """To whom."""


_STYLES = {
    "up": "green",
    "down": "yellow",
    "failed": "red",
    "rekeyed": "cyan",
    "back": "green",
    "gone": "bold red",
    "resynced": "yellow",
    "alert": "bold red",
}


def happening(word: str, what: str) -> Happening:
    """Return a happening in its colour."""
    return Happening(safe(word), _STYLES.get(word, ""), safe(what))


def told(change: Change, missed: Counter[type]) -> Happening | None:
    """Return what a change is in words; octets that passed are none.

    `missed` are the changes that were found by looking, before Resynced tells of that.
    """
    match change:
        case Resynced():
            return happening("resynced", _resynced(change, missed))
        case Added(new=sa):
            return None if is_coming(sa) else happening("up", _name(sa, change.ike_sa))
        case Removed(old=sa):
            return happening("failed" if is_coming(sa) else "down", _name(sa, change.ike_sa))
        case Rekeyed(old=old, new=new):
            return happening("rekeyed", _rekeyed(old, new, change.ike_sa))
        case _:
            return _updated(change)


def warned(alert: Alert) -> Happening:
    """Return what an alert is in words."""
    whose = alert.ike_sa and f"{called(alert.ike_sa)}  {_peer(alert.ike_sa)}"
    return happening("alert", joined(alert.type, whose, by="  "))


def _updated(change: Updated) -> Happening | None:
    old, new = change.old, change.new
    if is_coming(old) and not is_coming(new):
        return happening("up", _name(new, change.ike_sa))
    if isinstance(old, IkeSa) and isinstance(new, IkeSa) and _ends(old) != _ends(new):
        return happening("moved", f"{called(new)}  from {_remote(old)} to {_remote(new)}")
    return None


def _rekeyed(old: IkeSa | ChildSa, new: IkeSa | ChildSa, ike_sa: IkeSa) -> str:
    if isinstance(new, IkeSa):
        return f"{called(old)} → {called(new)}  {_peer(new)}"
    return f"{called(ike_sa)} {called(old)} → {called(new)}"


def _name(sa: IkeSa | ChildSa, ike_sa: IkeSa) -> str:
    """Return an SA, and who or what is at the other end."""
    if isinstance(sa, IkeSa):
        return f"{called(sa)}  {_peer(sa)}"
    return f"{called(ike_sa)} {called(sa)}  {' '.join(sa.remote_ts)}"


def called(sa: IkeSa | ChildSa) -> str:
    """Return an SA as charon's log calls it."""
    number = f"[{sa.uniqueid}]" if isinstance(sa, IkeSa) else f"{{{sa.uniqueid}}}"
    return safe(f"{sa.name}{number}")


def _peer(sa: IkeSa) -> str:
    return joined(sa.remote_id != sa.remote_host and sa.remote_id, _remote(sa))


def _remote(sa: IkeSa) -> str:
    return sa.remote_host if sa.remote_port is None else f"{sa.remote_host}[{sa.remote_port}]"


def _ends(sa: IkeSa) -> tuple[str, int | None, str, int | None]:
    return sa.local_host, sa.local_port, sa.remote_host, sa.remote_port


def _resynced(change: Resynced, missed: Counter[type]) -> str:
    """Return what the look was for, and what it found."""
    if change.lost:
        return f"{counted(change.lost, 'change')} not told here: {change.reason}"
    found = joined(
        missed[Removed] and f"{counted(missed[Removed], 'SA')} gone",
        missed[Added] and f"{counted(missed[Added], 'SA')} new",
        missed[Updated] and f"{counted(missed[Updated], 'SA')} changed",
        by=", ",
    )
    return f"{found or 'nothing has changed'} ({change.reason})"
