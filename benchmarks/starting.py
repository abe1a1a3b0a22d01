"""Programs that are started, and waited for."""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.data import conns, swanctl_conf
from benchmarks.measuring import Quantities, Timer


def program(command: list[str]) -> Quantities:
    """Run a program to its end; its output is thrown away."""
    with Timer() as timer:
        ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if ended.returncode:
        raise RuntimeError(f"{command[0]}: {ended.stderr.decode(errors='replace').strip()}")
    return timer.told


def swanctl(address: str, *arguments: str) -> Quantities:
    """Run swanctl."""
    return program(["swanctl", *arguments, "--uri", f"unix://{address}"])


def load(address: str, count: int) -> Quantities:
    """Load connections out of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swanctl.conf"
        path.write_text(swanctl_conf({"connections": conns(count)}))
        return swanctl(address, "--load-conns", "--file", str(path))


# What swanctl is measured at.
JOBS: dict[str, Callable[[str, int], Quantities]] = {
    "sas_dicts": lambda address, _: swanctl(address, "--list-sas", "--raw"),
    "load": load,
    "start_version": lambda address, _: swanctl(address, "--version", "--daemon"),
}
