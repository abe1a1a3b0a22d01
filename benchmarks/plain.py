"""What is measured of anyvici without an event loop."""

import sys
from collections.abc import Callable

import anyvici
from benchmarks.data import ike_sa
from benchmarks.measuring import Quantities, Timer
from benchmarks.starting import program


def _decoded(read: Callable[[bytes], object], count: int) -> Quantities:
    octets = [anyvici.encode({f"gw{n}": ike_sa(n)}) for n in range(1, count + 1)]
    with Timer() as timer:
        for each in octets:
            read(each)
    return timer.told


def start_import(address: str, count: int) -> Quantities:
    """Python, and the library."""
    return program([sys.executable, "-c", "import anyvici"])


def start_version(address: str, count: int) -> Quantities:
    """The command line."""
    return program([sys.executable, "-m", "anyvici", "version", "--uri", address])


JOBS: dict[str, Callable[[str, int], Quantities]] = {
    "decode": lambda _, count: _decoded(anyvici.decode, count),
    "decode_typed": lambda _, count: _decoded(anyvici.IkeSa.from_octets, count),
    "start_import": start_import,
    "start_version": start_version,
}
