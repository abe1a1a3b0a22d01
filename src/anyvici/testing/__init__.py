"""A simulated charon, for the tests of programs that talk to one.

values/        how charon reads and prints values
requests       a command's message as charon reads it
replies        what a handler answers with
agenda         what happens later, by the running clock
state/         what is loaded
sas/           the SAs, and what becomes of them
gateway        everything that a restart takes away
commands/      the commands and events
faults         what goes wrong on demand
session        the clients
memory, listener   how they connect
charon         SimulatedCharon, what tests hold
plugin         the fixture `charon` for pytest
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anyvici.testing.charon import SimulatedCharon

__all__ = ["SimulatedCharon"]


def __getattr__(name: str) -> object:
    """Import the simulation once it is wanted: every pytest loads this package for the plugin."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from anyvici.testing.charon import SimulatedCharon

    return SimulatedCharon
