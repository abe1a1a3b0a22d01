"""Rates of octets, from counters that are read now and then; and small pictures of them."""

from collections import deque
from collections.abc import Iterable

HISTORY = 120  # rates that are remembered
_FLOOR = 1024.0  # octets per second that fill a bar at least: one packet is no storm
_BARS = "▁▂▃▄▅▆▇"


class Flow:
    """Octets in one direction: how many, how many in a second now, and lately."""

    def __init__(self) -> None:
        self.octets: int | None = None
        self.rate: float | None = None
        """Octets in a second; None as long as it is not known."""
        self.history: deque[float] = deque(maxlen=HISTORY)

    def put(self, rate: float) -> None:
        """Note what the rate is now."""
        self.rate = rate
        self.history.append(rate)


class Meter(Flow):
    """Finds the rate of a counter that only grows, but may start anew.

    Two readings make a rate if they are at least `pause` seconds apart: what comes sooner says
    nothing. A counter that has become smaller was begun anew in between, at 0: what it shows is
    the least that has passed.
    """

    def __init__(self, pause: float) -> None:
        super().__init__()
        self._pause = pause
        self._base: tuple[float, int] | None = None

    def read(self, at: float, octets: int | None) -> bool:
        """Take in what the counter shows at a time; return whether there is a new rate."""
        self.octets = octets
        if octets is None or self._base is None or at < self._base[0]:
            self._base = None if octets is None else (at, octets)
            return False
        since, before = self._base
        if at - since < self._pause:
            return False
        self._base = at, octets
        self.put((octets - before if octets >= before else octets) / (at - since))
        return True

    def begin_anew(self) -> None:
        """The next reading is of another counter, or long after; the rates so far stay."""
        self._base = None


def bars(rates: Iterable[float], width: int) -> str:
    """Return the last rates as a line of bars, the newest on the right, in so many cells.

    The highest of those that are seen is the measure; nothing is a blank.
    """
    seen = list(rates)[-width:] if width > 0 else []
    top = max(_FLOOR, *seen) if seen else _FLOOR
    return "".join(_bar(rate / top) for rate in seen).rjust(max(width, 0))


def _bar(part: float) -> str:
    return _BARS[min(int(part * len(_BARS)), len(_BARS) - 1)] if part > 0 else " "
