"""Pauses between attempts."""

import random
from collections.abc import Iterator


def growing(first: float, last: float) -> Iterator[float]:
    """Yield pauses in seconds, each about twice as long as the one before, up to `last`.

    Each is shortened by up to a half, at random: many clients of one daemon that comes back must
    not all ask at the same moment.
    """
    pause = first
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 (no secret)
        pause = min(2 * pause, last)
