"""Which SAs are shown, and in what order."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from anyvici import ChildSa, IkeSa
from anyvici.cli.top.tracks import ChildTrack, IkeTrack, Track
from anyvici.watch.hearsay import Key

T = TypeVar("T", IkeTrack, ChildTrack)


class Row(NamedTuple):
    """An SA in its place."""

    track: Track
    parent: IkeTrack | None = None
    """The IKE_SA of a CHILD_SA."""
    folded: bool = False
    """Whether it has CHILD_SAs that are not shown."""

    @property
    def key(self) -> Key:
        """What tells it from the others."""
        return self.track.key


# The order.


@lru_cache(1 << 15)
def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """Return what puts site-2 before site-10."""
    return tuple(
        (int(part), "") if part.isdecimal() else (0, part.casefold())
        for part in re.split(r"(\d{1,18})", text)
    )


class Sort(NamedTuple):
    """What SAs can be sorted by."""

    letter: str
    """The key that chooses it."""
    words: str
    value: Callable[[Track, float], Any]
    """Of an SA at a time; None stands last."""
    largest_first: bool = False


SORTS: dict[str, Sort] = {
    "name": Sort("n", "name", lambda track, _: _natural(track.sa.name)),
    "id": Sort("d", "uniqueid", lambda track, _: track.sa.uniqueid),
    "state": Sort("t", "state", lambda track, _: track.sa.state),
    "remote": Sort("m", "remote end", lambda track, _: _natural(_remote(track.sa))),
    "age": Sort("a", "age", lambda track, now: age(track, now)),
    "rekey": Sort("y", "time to rekeying", lambda track, now: rekey(track, now)),
    "in": Sort("I", "octets in", lambda track, _: track.inward.octets, True),
    "out": Sort("O", "octets out", lambda track, _: track.outward.octets, True),
    "rate in": Sort("i", "rate in", lambda track, _: track.inward.rate, True),
    "rate out": Sort("o", "rate out", lambda track, _: track.outward.rate, True),
}


@dataclass(frozen=True)
class Order:
    """What the SAs are sorted by, and whether the other way round."""

    by: str = "name"
    reversed: bool = False

    @property
    def falls(self) -> bool:
        """Whether the largest comes first."""
        return SORTS[self.by].largest_first != self.reversed

    def next(self, step: int = 1) -> "Order":
        """Return the order by another column."""
        names = list(SORTS)
        return Order(names[(names.index(self.by) + step) % len(names)])

    def sorted(self, tracks: Iterable[T], now: float) -> list[T]:
        """Return SAs in order; where that says nothing, by their names and numbers."""
        value = SORTS[self.by].value
        known: list[tuple[Any, T]] = []
        unknown: list[T] = []
        for track in sorted(tracks, key=lambda each: (_natural(each.sa.name), each.sa.uniqueid)):
            if (found := value(track, now)) is None:
                unknown.append(track)
            else:
                known.append((found, track))
        known.sort(key=lambda each: each[0], reverse=self.falls)
        return [track for _, track in known] + unknown


def age(track: Track, now: float) -> float | None:
    """Return how long an SA has been there."""
    sa = track.sa
    return track.since(sa.established if isinstance(sa, IkeSa) else sa.install_time, now)


def rekey(track: Track, now: float) -> float | None:
    """Return in how long an SA is replaced."""
    sa = track.sa
    times = [sa.rekey_time, sa.reauth_time if isinstance(sa, IkeSa) else None]
    return track.until(min((time for time in times if time is not None), default=None), now)


def _remote(sa: IkeSa | ChildSa) -> str:
    if isinstance(sa, ChildSa):
        return " ".join(sa.remote_ts)
    return sa.remote_host if sa.remote_id == "%any" else sa.remote_id


# Which are shown.


@dataclass
class Folds:
    """Whether the CHILD_SAs of an IKE_SA are shown."""

    all: bool = False
    but: set[Key] = field(default_factory=set)

    def folded(self, key: Key) -> bool:
        """Return whether they are not."""
        return self.all != (key in self.but)

    def fold(self, key: Key, folded: bool) -> None:
        """Show them or not."""
        (self.but.discard if folded == self.all else self.but.add)(key)

    def fold_all(self) -> None:
        """Show none any more; or all."""
        self.all = not self.all
        self.but.clear()

    def rekeyed(self, old: Key, new: Key) -> None:
        """Treat the SA that has replaced another in the same way."""
        if old in self.but:
            self.but.remove(old)
            self.but.add(new)


def arranged(
    tracks: Iterable[IkeTrack], order: Order, words: str, folds: Folds, now: float
) -> list[Row]:
    """Return the SAs that are shown: IKE_SAs in order, each with its CHILD_SAs in order.

    With `words`, only those that have all of them somewhere: in the name, the state, an identity,
    an address or a traffic selector; and the IKE_SAs of such CHILD_SAs.
    """
    wanted = words.casefold().split()
    rows: list[Row] = []
    for track in order.sorted(tracks, now):
        children = [*_matching(track, wanted)] if wanted else track.children
        if not wanted or children or _has(_text(track.sa), wanted):
            folded = bool(children) and folds.folded(track.key)
            rows.append(Row(track, None, folded))
            if not folded:
                rows += (Row(each, track) for each in order.sorted(children, now))
    return rows


def _matching(track: IkeTrack, wanted: Sequence[str]) -> Iterator[ChildTrack]:
    text = _text(track.sa)
    return (child for child in track.children if _has(text + _text(child.sa), wanted))


def _has(text: str, wanted: Sequence[str]) -> bool:
    return all(word in text for word in wanted)


def _text(sa: IkeSa | ChildSa) -> str:
    """Return what is searched for words."""
    parts: list[str | None]
    if isinstance(sa, IkeSa):
        ids = [sa.local_id, sa.remote_id, sa.remote_eap_id, sa.remote_xauth_id]
        parts = [*ids, sa.local_host, sa.remote_host, *sa.local_vips, *sa.remote_vips]
    else:
        parts = [*sa.local_ts, *sa.remote_ts, sa.protocol, sa.spi_in, sa.spi_out]
    return "\n".join(["", sa.name, str(sa.uniqueid), sa.state, *filter(None, parts), ""]).casefold()
