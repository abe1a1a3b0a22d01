"""A simulated charon, for the tests of programs that talk to one.

values/        how charon reads and prints values
requests       a command's message as charon reads it
replies        what a handler answers with
loaded/        what is loaded
told/          what charon tells of itself
agenda         what happens later, by the running clock
sas/           the SAs, and what becomes of them
gateway        everything that a restart takes away
commands       the table of commands and events
faults         what goes wrong on demand
session        one client
memory, listener   how clients connect
charon         SimulatedCharon, what tests hold
plugin         the fixture `charon` for pytest
"""

from anyvici.testing.charon import SimulatedCharon

__all__ = ["SimulatedCharon"]
