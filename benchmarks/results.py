"""What was measured, and what follows from it."""

from dataclasses import dataclass, field
from statistics import median

from benchmarks.measuring import Quantities
from benchmarks.works import Work


@dataclass(frozen=True)
class Spread:
    """The median of several values, and between what they are."""

    low: float
    middle: float
    high: float


def spread(values: list[float]) -> Spread:
    """Return median, least and greatest; ValueError if there are no values."""
    if not values:
        raise ValueError("there are no values")
    return Spread(min(values), median(values), max(values))


@dataclass
class Outcome:
    """What came of one work: by the name of who did it, what was measured in each round."""

    work: Work
    count: int
    times: int = 1
    measured: dict[str, list[Quantities]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, quantities: Quantities) -> None:
        """Add the next round of somebody."""
        self.measured.setdefault(name, []).append(quantities)

    @property
    def title(self) -> str:
        """What the work is, with its number, for tables."""
        return self.work.title.format(f"{self.count:,}")

    def values(self, name: str, quantity: str) -> list[float]:
        """Return one quantity of every round of somebody."""
        return [each[quantity] for each in self.measured.get(name, [])]

    def each(self, name: str, quantity: str = "seconds") -> float:
        """Return the median of what one of the work's items takes."""
        return median(self.values(name, quantity)) / (self.count * self.times)

    def ratios(self, name: str, peer: str, quantity: str = "seconds") -> Spread | None:
        """Return how many times as much as somebody a peer takes in the same round."""
        if name in self.errors:
            return None
        pairs = zip(self.values(peer, quantity), self.values(name, quantity), strict=False)
        ratios = [theirs / ours for theirs, ours in pairs if ours]
        return spread(ratios) if ratios else None
