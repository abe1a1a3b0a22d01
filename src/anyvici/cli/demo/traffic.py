"""How much passes through a tunnel: around a mean, now more, now less, and at times much more."""

from math import exp
from random import Random

TICK = 0.25  # seconds
_PULL, _SPREAD = 0.06, 0.22  # of a tick: back to the mean, and away from it
_BURST, _LOUD = 0.004, 2.0  # how likely it is, and how loud: e to that power


class Flow:
    """What passes in one direction."""

    def __init__(self, random: Random, rate: float) -> None:
        self._random = random
        self._rate = rate
        self._level = random.gauss(0, 0.6)  # the logarithm of how much more than usual it is

    def octets(self) -> int:
        """Return how many octets pass in the next tick."""
        loud = _LOUD if self._random.random() < _BURST else 0.0
        self._level += loud + self._random.gauss(0, _SPREAD) - _PULL * self._level
        return int(self._rate * exp(self._level) * TICK)
