"""Events as lines for people, and as JSON: one each."""

from anyvici import (
    Alert,
    ChildRekey,
    ChildSa,
    ChildUpDown,
    Connected,
    Disconnected,
    Gap,
    IkeRekey,
    IkeSa,
    IkeUpdate,
    IkeUpDown,
    Log,
    TypedEvent,
)
from anyvici.cli.columns import Paint
from anyvici.cli.happenings import Happening, Unreadable, What
from anyvici.cli.records import Record, record
from anyvici.cli.text import safe

_KIND = 11  # the width of the longest of them that is common
_STYLES = {
    **dict.fromkeys(("up", "connected"), "green"),
    **dict.fromkeys(("rekey", "moves"), "cyan"),
    "down": "yellow",
    "log": "dim",
}
_OTHER_STYLE = "bold red"


def event_line(happening: Happening, paint: Paint) -> str:
    """Return what has happened in a line: 14:03:22 child up    gw #2 net #5 ... (sun 10.99.0.2)."""
    kind, text = _told(happening.what)
    style = _STYLES.get(kind.split()[-1], _OTHER_STYLE)
    time = happening.time.astimezone().strftime("%H:%M:%S")
    return f"{time} {paint(f'{kind:<{_KIND}}', style)} {safe(text)}"


def event_record(happening: Happening) -> Record:
    """Return what has happened as JSON: its name, its time in UTC, and what it tells."""
    time = happening.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    name, told = _named(happening.what)
    return {"event": name, "time": time, **told}


def is_about(what: What, ike: str) -> bool:
    """Tell whether something is about a connection; what befalls the events themselves is."""
    match what:
        case IkeRekey():
            return ike in (what.old.name, what.new.name)
        case IkeUpDown() | ChildUpDown() | ChildRekey() | IkeUpdate():
            return what.ike_sa.name == ike
        case Alert():
            return what.ike_sa is not None and what.ike_sa.name == ike
        case Log():
            return what.ikesa_name == ike
    return True


def _named(what: What) -> tuple[str, Record]:
    match what:
        case TypedEvent():
            return what.event, record(what)
        case Connected(version):
            return "connected", {"version": version.version}
        case Disconnected(reason):
            return "disconnected", {"reason": reason}
        case Gap(lost):
            return "gap", {"lost": lost}
        case Unreadable(reason):
            return "unreadable", {"reason": reason}


def _told(what: What) -> tuple[str, str]:
    """Return the kind of it, and the rest."""
    match what:
        case IkeUpDown():
            return f"ike {_way(what.up)}", f"{_ike(what.ike_sa)} {_ends(what.ike_sa)}"
        case ChildUpDown():
            children = " ".join(_child(sa) for sa in what.ike_sa.child_sas)
            text = f"{_ike(what.ike_sa)} {children} {_peer(what.ike_sa)}"
            return f"child {_way(what.up)}", text
        case IkeRekey():
            return "ike rekey", f"{_ike(what.old)} -> #{what.new.uniqueid} {_peer(what.new)}"
        case ChildRekey():
            both = f"{what.old.name} #{what.old.uniqueid} -> #{what.new.uniqueid}"
            text = f"{_ike(what.ike_sa)} {both} {_selectors(what.new)} {_peer(what.ike_sa)}"
            return "child rekey", text
        case IkeUpdate():
            return "ike moves", f"{_ike(what.ike_sa)} {_moves(what)}"
        case Alert():
            about = f" {_ike(what.ike_sa)} {_peer(what.ike_sa)}" if what.ike_sa else ""
            return "alert", f"{what.type}{about}"
        case Log():
            return "log", _log(what)
    return _told_of_feed(what)


def _told_of_feed(what: What) -> tuple[str, str]:
    match what:
        case Connected(version):
            return "connected", f"strongSwan {version.version}"
        case Disconnected(reason):
            return "disconnected", reason
        case Gap(lost):
            return "gap", f"{lost} are missing here: what is printed was not taken fast enough"
        case Unreadable(reason):
            return "unreadable", reason
    return what.event, ""


def _way(up: bool) -> str:
    return "up" if up else "down"


def _ike(sa: IkeSa) -> str:
    return f"{sa.name} #{sa.uniqueid}"


def _child(sa: ChildSa) -> str:
    return f"{sa.name} #{sa.uniqueid} {_selectors(sa)}"


def _selectors(sa: ChildSa) -> str:
    return f"{' '.join(sa.local_ts)} === {' '.join(sa.remote_ts)}"


def _ends(sa: IkeSa) -> str:
    return f"{sa.local_id} {sa.local_host} === {sa.remote_id} {sa.remote_host}"


def _peer(sa: IkeSa) -> str:
    return f"({sa.remote_id} {sa.remote_host})"


def _moves(event: IkeUpdate) -> str:
    """Return which of the two ends change: remote 10.99.0.2[4500] -> 10.99.0.4[4500]."""
    sa = event.ike_sa
    ends = {
        "local": (sa.local_host, sa.local_port, event.local_host, event.local_port),
        "remote": (sa.remote_host, sa.remote_port, event.remote_host, event.remote_port),
    }
    return ", ".join(
        f"{side} {host}[{port}] -> {new_host}[{new_port}]"
        for side, (host, port, new_host, new_port) in ends.items()
        if (host, port) != (new_host, new_port)
    )


def _log(line: Log) -> str:
    """Return a line of the log, with what it is about: 13[IKE] <gw|2> ..."""
    about = f" <{line.ikesa_name}|{line.ikesa_uniqueid}>" if line.ikesa_name else ""
    return f"{line.thread:02d}[{line.group}]{about} {' '.join(line.msg.splitlines())}"
