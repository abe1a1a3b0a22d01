"""A simulated charon, for the tests of programs that talk to one.

charon        SimulatedCharon, what tests hold
listener, memory, session, requests, replies   its clients
faults        what goes wrong on demand
commands      the table of commands and events
gateway       everything that a restart takes away
agenda        what happens later
sas/          the SAs
"""

from anyvici.testing.charon import SimulatedCharon

__all__ = ["SimulatedCharon"]
