"""What a job measures, by name: seconds, cpu, MiB, ..."""

import os
import resource
import time
from pathlib import Path
from typing import Self

Quantities = dict[str, float]
ROOT = Path(__file__).parents[1]  # where `python -m benchmarks...` works


class Timer:
    """The time in its `with`: on the clock, and of the processor, with that of ended children."""

    def __init__(self) -> None:
        self.told: Quantities = {}

    def __enter__(self) -> Self:
        self._cpu = _processor_time()
        self._began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        seconds = time.perf_counter() - self._began
        self.told = {"seconds": seconds, "cpu": _processor_time() - self._cpu}


def _processor_time() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def resident() -> float:
    """Return how many MiB of memory this process has (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


class Memory:
    """How much more memory there is than in the beginning."""

    def __init__(self) -> None:
        self._idle = resident()
        self._grown: list[float] = []

    def look(self) -> None:
        """Look now; to be done again and again."""
        self._grown.append(resident() - self._idle)

    @property
    def told(self) -> Quantities:
        """The most there was, and how much more than in the first half there was in the second."""
        middle = len(self._grown) // 2
        first, second = self._grown[: middle or 1], self._grown[middle:]
        return {"most": max(self._grown), "second_half": max(second) - max(first)}


def checked(count: int, wanted: int) -> None:
    """See to it that no client is fast because it leaves something out."""
    if count != wanted:
        raise RuntimeError(f"there are {count} items, not {wanted}")
