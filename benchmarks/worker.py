"""A process that does jobs: python -m benchmarks.worker KIND. A line of JSON in, a line out.

KIND is official, socket, swanctl, plain (anyvici without an event loop), trio, asyncio or uvloop.
First it says which codec its anyvici has.
"""

import importlib
import json
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from benchmarks.measuring import Quantities

MODULES = {"official": "official", "socket": "bare", "swanctl": "starting", "plain": "plain"}
BACKENDS: dict[str, dict[str, Any]] = {
    "trio": {"backend": "trio"},
    "asyncio": {"backend": "asyncio"},
    "uvloop": {"backend": "asyncio", "backend_options": {"use_uvloop": True}},
}

Job = Callable[[str, int], Quantities]


def jobs(kind: str) -> dict[str, Job]:
    """Return what a kind of worker can do."""
    if kind in MODULES:
        return dict(importlib.import_module(f"benchmarks.{MODULES[kind]}").JOBS)
    if kind not in BACKENDS:
        raise ValueError(f"there is no kind of worker called {kind}")
    import anyio

    from benchmarks import ours

    def run(job: Callable[[str, int], Awaitable[Quantities]], address: str, n: int) -> Quantities:
        return anyio.run(job, address, n, **BACKENDS[kind])

    return {name: partial(run, job) for name, job in ours.JOBS.items()}


def codec() -> str:
    """Return which codec is measured: pure, or compiled."""
    from anyvici.wire import loops

    return "pure" if str(loops.__file__).endswith(".py") else "compiled"


def done(job: Job, address: str, count: int, times: int) -> Quantities:
    """Do a job so many times; return the sums of what was measured."""
    sums: Quantities = {}
    for _ in range(times):
        for name, quantity in job(address, count).items():
            sums[name] = sums.get(name, 0.0) + quantity
    return sums


def tell(what: object) -> None:
    """Say something to whoever has started us."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(kind: str) -> None:
    """Do what is asked for until standard input ends."""
    able = jobs(kind)
    tell({"codec": codec()})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            tell(done(able[asked["job"]], asked["address"], asked["count"], asked["times"]))
        except Exception as error:
            tell({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main(*sys.argv[1:])
