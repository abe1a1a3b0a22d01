"""What is to happen later, by the running clock: Trio's MockClock makes days pass at once."""

import heapq
import math
from collections.abc import Callable
from typing import NamedTuple

import anyio

_FEW = 1000  # appointments: of so many nobody needs to know which were cancelled


class Appointment:
    """Something that is going to happen, unless it is cancelled."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Let it not happen."""
        self._action = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to happen."""
        return self._action is not None

    def keep(self) -> None:
        """Do it, unless it was cancelled."""
        action, self._action = self._action, None
        if action is not None:
            action()


class _Entry(NamedTuple):
    when: float
    order: int  # of two at the same moment the first that was made comes first
    appointment: Appointment


class Agenda:
    """Appointments in their order; one task keeps them all."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._made = 0
        self._enough = _FEW  # entries, at which it is looked for cancelled ones
        self._changed = anyio.Event()

    def now(self) -> float:
        """Return the time in seconds, by the clock of the event loop."""
        return anyio.current_time()

    def after(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Do something in so many seconds: at the next opportunity if that is 0."""
        if len(self._entries) >= self._enough:
            self._forget_cancelled()
        appointment = Appointment(action)
        self._made += 1
        heapq.heappush(self._entries, _Entry(self.now() + seconds, self._made, appointment))
        self._changed.set()
        return appointment

    def _forget_cancelled(self) -> None:
        """Let go of what was cancelled, or it would be kept until it were due, hours from now."""
        self._entries = [entry for entry in self._entries if entry.appointment.is_open]
        heapq.heapify(self._entries)
        self._enough = max(_FEW, 2 * len(self._entries))

    def clear(self) -> None:
        """Cancel every appointment."""
        self._entries.clear()

    async def run(self) -> None:
        """Keep the appointments, for ever."""
        while True:
            self._changed = anyio.Event()
            self._keep_what_is_due()
            next_one = self._entries[0].when if self._entries else math.inf
            with anyio.CancelScope(deadline=next_one):
                await self._changed.wait()

    def _keep_what_is_due(self) -> None:
        """Keep appointments, but none that is made meanwhile: others want their turn, too."""
        made = self._made
        while self._entries and self._entries[0].when <= self.now():
            if self._entries[0].order > made:
                self._changed.set()
                return
            heapq.heappop(self._entries).appointment.keep()
