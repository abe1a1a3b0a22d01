"""A command that waits for what becomes of an SA, and shows the log lines of it meanwhile."""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any

import anyio

from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.wire.message import Message


class Fate(Enum):
    """What can become of an SA."""

    UP = auto()
    CHILD_UP = auto()  # of an IKE_SA: any child of it, as charon looks at it
    DOWN = auto()


class Watcher:
    """Waits until a `wanted` thing has happened to an SA, or cannot happen any more."""

    def __init__(
        self, wanted: Fate, level: int, emit: Callable[[str, Mapping[str, Any]], None]
    ) -> None:
        self.ike_sa: IkeSa | None = None
        self.child_sa: ChildSa | None = None  # the one waited for; None for an IKE_SA
        self.success: bool = False
        self.settled: anyio.Event = anyio.Event()
        self._wanted = wanted
        self._level = level
        self._emit = emit

    def settle(self, success: bool) -> None:
        """End the waiting; only the first time counts."""
        if not self.settled.is_set():
            self.success = success
            self.settled.set()

    def happened(self, fate: Fate, ike_sa: IkeSa, child_sa: ChildSa | None = None) -> None:
        """Take in what has become of an SA."""
        if ike_sa is not self.ike_sa:
            return
        if fate is self._wanted and child_sa is self.child_sa:
            self.settle(True)
        elif fate is Fate.DOWN and child_sa is None:
            self.settle(self._wanted is Fate.DOWN)

    def line(self, ike_sa: IkeSa | None, level: int, message: Message) -> None:
        """Show a line of the log, if it is about this IKE_SA."""
        if ike_sa is self.ike_sa and ike_sa is not None and level <= self._level:
            self._emit("control-log", message)
