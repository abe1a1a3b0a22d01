"""The lines of the log of a command, as they come."""

from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from anyvici import ControlLog, LogGroup, Progress
from anyvici.cli.output import Output
from anyvici.cli.records import record
from anyvici.cli.show.log import control_line
from anyvici.cli.status import status

_TOLD = 6  # how many of the last lines say why a command has failed
_PACKETS = frozenset({LogGroup.NET, LogGroup.ENC})  # groups that do not say why


class LogLines:
    """Shows the log of one command.

    On a terminal that is the last line, next to a spinner, unless a level was asked for; elsewhere
    all lines, as swanctl prints them, or as JSON.
    """

    def __init__(self, output: Output, loglevel: int | None) -> None:
        self.ike_sas: set[int] = set()
        """The uniqueids of the IKE_SAs that the log is about."""
        self._output = output
        self._level = 1 if loglevel is None else loglevel
        self._prints = output.as_json or not output.is_terminal or loglevel is not None
        self._last: deque[str] = deque(maxlen=_TOLD)
        self._tell: Callable[[str], None] = lambda _: None

    @property
    def asked(self) -> int:
        """The level to ask for: from 1 up the lines name their IKE_SAs."""
        return max(1, self._level)

    @contextmanager
    def shown(self, first: str) -> Generator[None]:
        """Show lines inside of this block; the first text stands where there is none yet."""
        with status(self._output, first, alone=not self._prints) as self._tell:
            yield

    async def read(self, progress: Progress[Any]) -> None:
        """Take the lines up to the end; raises CommandError as they do."""
        async for line in progress:
            await self.take(line)

    async def take(self, line: ControlLog) -> None:
        """Take note of a line, and show it."""
        if line.ikesa_uniqueid is not None:
            self.ike_sas.add(line.ikesa_uniqueid)
        if line.level > self._level:
            return
        text = control_line(line)
        count = len(self.ike_sas)
        self._tell(f"{count} IKE_SAs so far: {text}" if count > 1 else text)
        if self._output.as_json:
            await self._output.record({"event": line.event, **record(line)})
        elif self._prints:
            await self._output.line(text)
        elif line.group not in _PACKETS:
            self._last.append(text)

    def explain(self) -> None:
        """Tell the last lines, where they were not printed."""
        for text in self._last:
            self._output.say(text)
