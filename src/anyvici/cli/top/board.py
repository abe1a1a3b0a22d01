"""What is known: of the SAs, of the daemon, and of what has happened."""

import math
from collections import Counter, deque
from datetime import datetime
from typing import NamedTuple

from anyvici import Alert, Change, Rekeyed, Resynced, SaTable, Version
from anyvici.cli.text import joined
from anyvici.cli.top.happenings import Happening, happening, told, warned
from anyvici.cli.top.tracks import Tracks
from anyvici.cli.units import counted, duration

_SLOW = 5.0  # seconds that a list of very many SAs may take
_REMEMBERED = 1000  # happenings


class Moment(NamedTuple):
    """A time, by a clock that only goes on, and by that of people."""

    seconds: float
    clock: datetime


class Board:
    """What is known of a daemon by its table, which lists every `interval` seconds."""

    def __init__(self, interval: float) -> None:
        self.interval: float = interval
        self.tracks: Tracks = Tracks(interval)
        self.log: deque[tuple[datetime, Happening]] = deque(maxlen=_REMEMBERED)
        self.version: Version | None = None
        self.uptime: str = ""
        self.trouble: str = ""
        """Why it could not be listed."""
        self.repairs: int = 0
        """How many SAs a list had to tell of, and not an event."""
        self.gone_since: float | None = None
        """Since when the daemon is not there."""
        self.stale_since: float | None = None
        """Since when the table is not right; what is known is what was known then."""
        self._missed: Counter[type] = Counter()

    def now(self, moment: Moment) -> float:
        """Return the time that ages are reckoned to."""
        return moment.seconds if self.stale_since is None else self.stale_since

    def silent_for(self, moment: Moment) -> float:
        """Return for how long no list has come that should have; 0 is what is usual."""
        silence = moment.seconds - self.tracks.told_at
        usual = max(_SLOW, 3 * self.interval)
        return silence if usual < silence < math.inf and self.tracks.ike_sas else 0.0

    def begin(self, table: SaTable, moment: Moment) -> None:
        """Take in what the table shows at first."""
        ikes, children = len(table.ike_sas), len(table.child_sas)
        found = f"{counted(ikes, 'IKE_SA')}, {counted(children, 'CHILD_SA')}"
        self._note(happening("watching", found), moment)
        self.look(table, moment)

    def look(self, table: SaTable, moment: Moment) -> None:
        """Take in what the table shows."""
        self.watch(table.connected, moment)
        self.tracks.look(table.ike_sas, table.child_sas, moment.seconds)
        self.trouble = str(table.trouble or "")
        self.repairs = table.repairs

    def watch(self, connected: bool, moment: Moment) -> None:
        """Take in whether the table follows what happens."""
        if connected:
            self._is_back(moment)
            self.stale_since = None
        elif self.stale_since is None:
            self.stale_since = moment.seconds
            self.tracks.interrupt()
            self._missed.clear()

    def lose(self, reason: str, moment: Moment) -> None:
        """The daemon is gone."""
        if self.gone_since is None:
            self.gone_since = moment.seconds
            self._note(happening("gone", f"charon is gone: {reason}"), moment)

    def regain(self, version: Version, moment: Moment) -> None:
        """The daemon is there again; or another one."""
        self._is_back(moment)
        self.version, self.uptime = version, ""

    def _is_back(self, moment: Moment) -> None:
        if self.gone_since is not None:
            away = duration(moment.seconds - self.gone_since)
            self.gone_since = None
            self._note(happening("back", f"charon is there again, after {away}"), moment)

    def hear(self, change: Change, moment: Moment) -> None:
        """Take in a change of the table."""
        if isinstance(change, Rekeyed):
            self.tracks.rekeyed(change.old, change.new, moment.seconds)
        found = told(change, self._missed)
        self._missed[type(change)] += 1
        if isinstance(change, Resynced):
            self._missed.clear()
        if found is not None:
            self._note(found, moment)

    def heed(self, alert: Alert, moment: Moment) -> None:
        """Take in an alert."""
        self._note(warned(alert), moment)

    @property
    def daemon(self) -> str:
        """Which daemon it is."""
        if self.version is None:
            return "charon"
        return joined(
            f"strongSwan {self.version.version}", self.uptime and f"up {self.uptime}", by=", "
        )

    def _note(self, found: Happening, moment: Moment) -> None:
        self.log.append((moment.clock, found))
