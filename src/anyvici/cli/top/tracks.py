"""What is kept of each SA while it is watched: what was told of it, when, and how octets ran."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

from anyvici import ChildSa, IkeSa
from anyvici.cli.top.rates import Flow, Meter
from anyvici.watch.comparison import is_same
from anyvici.watch.hearsay import Key, key

S = TypeVar("S", IkeSa, ChildSa)


class _Track(Generic[S]):
    """What is kept of one SA. All times are those of one clock, in seconds."""

    def __init__(self, sa: S, at: float, inward: Flow, outward: Flow) -> None:
        self.sa: S = sa
        self.told_at: float = at
        self.inward = inward
        self.outward = outward

    @property
    def key(self) -> Key:
        """What tells it from the others that there are at one time."""
        return key(self.sa)

    @property
    def flows(self) -> tuple[Flow, Flow]:
        """Both directions."""
        return self.inward, self.outward

    def tell(self, sa: S, at: float) -> bool:
        """Take in what it is now; return whether that was told anew."""
        anew = sa.raw is not self.sa.raw  # the table makes copies, with other CHILD_SAs
        self.sa = sa
        if anew:
            self.told_at = at
        return anew

    def since(self, seconds: float | None, now: float) -> float | None:
        """Return how long something is ago that was so long ago when it was told."""
        return None if seconds is None else seconds + max(0.0, now - self.told_at)

    def until(self, seconds: float | None, now: float) -> float | None:
        """Return in how long something will be; negative if it should have been."""
        return None if seconds is None else seconds - max(0.0, now - self.told_at)


class ChildTrack(_Track[ChildSa]):
    """What is kept of a CHILD_SA."""

    inward: Meter
    outward: Meter

    def __init__(self, sa: ChildSa, at: float, pause: float) -> None:
        super().__init__(sa, at, Meter(pause), Meter(pause))
        self._read(at)

    def tell(self, sa: ChildSa, at: float) -> bool:
        """Take in what it is now; return whether there are new rates."""
        return super().tell(sa, at) and self._read(at)

    def replace(self, sa: ChildSa, at: float) -> None:
        """Go on with the SA that has replaced it, whose counters are others."""
        self.begin_anew()
        self.tell(sa, at)

    def begin_anew(self) -> None:
        """What is told next is no continuation of what was told before."""
        self.inward.begin_anew()
        self.outward.begin_anew()

    def _read(self, at: float) -> bool:
        both = self.inward.read(at, self.sa.bytes_in), self.outward.read(at, self.sa.bytes_out)
        return any(both)


class IkeTrack(_Track[IkeSa]):
    """What is kept of an IKE_SA; its octets are those of its CHILD_SAs."""

    def __init__(self, sa: IkeSa, at: float) -> None:
        super().__init__(sa, at, Flow(), Flow())
        self.children: list[ChildTrack] = []


Track: TypeAlias = IkeTrack | ChildTrack


class Tracks:
    """What is kept of all SAs, of a table that lists them every `interval` seconds."""

    def __init__(self, interval: float) -> None:
        self.ike_sas: dict[int, IkeTrack] = {}
        self.child_sas: dict[int, ChildTrack] = {}
        self.total: tuple[Flow, Flow] = Flow(), Flow()
        self.states: tuple[Counter[str], Counter[str]] = Counter(), Counter()
        """How many IKE_SAs, and CHILD_SAs, are in which state."""
        self._interval = interval
        self.told_at: float = -math.inf
        """When the daemon has told of any SA last."""
        self._summed_at = 0.0
        self._gone: dict[Key, Track] = {}  # since the last look: a rekeying may be heard of late

    def look(
        self, ike_sas: Mapping[int, IkeSa], child_sas: Mapping[int, ChildSa], now: float
    ) -> None:
        """Take in what the table shows."""
        ikes, children = self.ike_sas, self.child_sas
        advanced = self._look_at_children(child_sas, now)
        self.ike_sas = {number: self._ike(sa, now) for number, sa in ike_sas.items()}
        for track in self.ike_sas.values():
            track.children = [
                self.child_sas[sa.uniqueid]
                for sa in track.sa.child_sas
                if sa.uniqueid in self.child_sas
            ]
            _sum(track.flows, track.children, advanced)
        self._sum_up(advanced, now)
        self.states = _states(ike_sas), _states(child_sas)
        self._gone = {
            **{(IkeSa, number): ikes[number] for number in ikes.keys() - self.ike_sas.keys()},
            **{
                (ChildSa, number): children[number]
                for number in children.keys() - self.child_sas.keys()
            },
        }

    def rekeyed(self, old: IkeSa | ChildSa, new: IkeSa | ChildSa, now: float) -> None:
        """Go on with the SA that has replaced another."""
        mine = self.ike_sas if isinstance(old, IkeSa) else self.child_sas
        track = mine.pop(old.uniqueid, None) or self._gone.pop(key(old), None)
        if isinstance(track, ChildTrack) and isinstance(new, ChildSa):
            track.replace(new, now)
            self.child_sas[new.uniqueid] = track
        elif isinstance(track, IkeTrack) and isinstance(new, IkeSa):
            track.tell(new, now)
            self.ike_sas[new.uniqueid] = track

    def interrupt(self) -> None:
        """The daemon is gone: nobody knows what passes in all, what was last known stays."""
        for track in self.child_sas.values():
            track.begin_anew()
        for flow in self.total:
            flow.rate = None

    def find(self, wanted: Key | None) -> Track | None:
        """Return what is kept of an SA, if it is there."""
        if wanted is None:
            return None
        kind, number = wanted
        return self.ike_sas.get(number) if kind is IkeSa else self.child_sas.get(number)

    def _look_at_children(self, child_sas: Mapping[int, ChildSa], now: float) -> bool:
        found, advanced = {}, False
        for number, sa in child_sas.items():
            track = self.child_sas.get(number)
            if track is None or not is_same(track.sa, sa):
                track = ChildTrack(sa, now, self._interval / 2)
            else:
                advanced |= track.tell(sa, now)
            found[number] = track
        self.child_sas = found
        return advanced

    def _ike(self, sa: IkeSa, now: float) -> IkeTrack:
        track = self.ike_sas.get(sa.uniqueid)
        if track is None or not is_same(track.sa, sa):
            track = IkeTrack(sa, now)
        else:
            track.tell(sa, now)
        self.told_at = max(self.told_at, track.told_at)
        return track

    def _sum_up(self, advanced: bool, now: float) -> None:
        """Sum up all; where nothing can pass, that is told every interval."""
        if self.child_sas:
            _sum(self.total, [*self.child_sas.values()], advanced)
        elif now - self._summed_at >= self._interval:
            self._summed_at = now
            for flow in self.total:
                flow.put(0.0)


def _sum(flows: tuple[Flow, Flow], parts: Sequence[ChildTrack], advanced: bool) -> None:
    for index, whole in enumerate(flows):
        each = [part.flows[index] for part in parts]
        octets = [flow.octets for flow in each if flow.octets is not None]
        rates = [flow.rate for flow in each if flow.rate is not None]
        whole.octets = sum(octets) if octets else None
        if not rates:
            whole.rate = None
        elif advanced:
            whole.put(sum(rates))


def _states(sas: Mapping[int, IkeSa] | Mapping[int, ChildSa]) -> Counter[str]:
    return Counter(sa.state for sa in sas.values())
