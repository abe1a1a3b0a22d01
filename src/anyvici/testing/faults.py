"""What goes wrong on demand, by the name of a command or of an event."""

import math
from dataclasses import dataclass, field

Times = float  # how often something is to happen; infinite if nobody says


@dataclass
class _Fault:
    value: str | float | bytes
    left: Times

    def take(self) -> str | float | bytes | None:
        """Return the value as long as it is to happen again."""
        if self.left <= 0:
            return None
        self.left -= 1
        return self.value


@dataclass
class Faults:
    """The faults that are wanted; each kind has at most one for a name."""

    split: int = 0  # octets that leave at a time, 0: as many as there are
    _kinds: dict[str, dict[str, _Fault]] = field(default_factory=dict)

    def want(
        self, kind: str, name: str, value: str | float | bytes, times: int | None = None
    ) -> None:
        """Let something happen to a command or event from now on, or so many times."""
        fault = _Fault(value, math.inf if times is None else times)
        self._kinds.setdefault(kind, {})[name] = fault

    def heal(self, names: tuple[str, ...]) -> None:
        """Forget what was wanted for these names; for all, and how to split, if there is none."""
        if not names:
            self._kinds.clear()
            self.split = 0
        for faults in self._kinds.values():
            for name in names:
                faults.pop(name, None)

    def delay(self, name: str) -> float:
        """Return for how many seconds this is to be held up."""
        return float(self._take("delay", name) or 0)

    def swallowed(self, name: str) -> bool:
        """Tell whether nobody is to hear of this."""
        return self._take("swallow", name) is not None

    def failure(self, name: str) -> str | None:
        """Return the errmsg that a command is to fail with."""
        errmsg = self._take("fail", name)
        return None if errmsg is None else str(errmsg)

    def garbled(self, name: str, body: bytes) -> bytes:
        """Return a message as it goes out: the same, or what it was replaced by."""
        octets = self._take("garble", name)
        return octets if isinstance(octets, bytes) else body

    def _take(self, kind: str, name: str) -> str | float | bytes | None:
        fault = self._kinds.get(kind, {}).get(name)
        return None if fault is None else fault.take()
