"""initiate and terminate: commands that hold a worker thread of the daemon while they run."""

import math
from collections.abc import Callable, Generator, Mapping
from datetime import timedelta
from typing import Any, Generic, TypeVar

import anyio

from anyvici.client.leased import Leased
from anyvici.client.pool import Pool
from anyvici.client.shared import Shared
from anyvici.connection.background import Background
from anyvici.exceptions import CommandError
from anyvici.models.enums import LogGroup
from anyvici.models.events import ControlLog
from anyvici.wire.message import Message, Sendable

R = TypeVar("R")

# What the daemon reads a timeout into is a C int of milliseconds.
_MOST_MILLISECONDS = 2**31 - 1

# The daemon begins to count when it comes to the command, which is later than we do.
_GRACE = 1.0

# Groups whose lines tell of packets, and not of what became of them.
_PACKETS = frozenset({LogGroup.NET, LogGroup.ENC})

# Seconds within which the daemon's time and that of its caller are over together.
_CLOSE = 0.1


class WorkerThreads:
    """How many worker threads of the daemon may be held at once.

    As many blocking commands as charon has idle workers freeze it, without a timeout for good:
    nothing is left to do what they wait for. A command whose caller has left still holds its
    thread, until it is answered or its timeout has passed, and counts until then.
    """

    def __init__(self, most: int, tasks: Background) -> None:
        self._free = anyio.Semaphore(most)
        self._tasks = tasks

    async def acquire(self) -> None:
        """Wait until one may be held, in a fair queue."""
        await self._free.acquire()

    def release(self) -> None:
        """One is free again."""
        self._free.release()

    def release_when_done(self, command: Leased[Any], deadline: float) -> None:
        """One is free when the daemon has answered, or at the deadline."""
        if command.done:
            self.release()
        else:
            self._tasks.start_soon(self._release_when_done, command, deadline)

    async def _release_when_done(self, command: Leased[Any], deadline: float) -> None:
        with anyio.CancelScope(deadline=deadline):
            await command.settled()
            if command.gave_up:  # on our side: the daemon knows nothing of it
                await anyio.sleep_until(deadline)
        self.release()


class Progress(Leased[ControlLog], Generic[R]):
    """What initiate() and terminate() return: awaited, the result; entered, the log as it comes.

        async with client.initiate(child="net") as lines:
            async for line in lines: ...
            lines.result

    Cancelled before it was sent, nothing has happened. Cancelled later, it leaves at once and the
    daemon goes on: the attempt is ended by terminate(), from here or by anybody.
    """

    def __init__(
        self,
        pool: Pool | Shared,
        workers: WorkerThreads,
        command: str,
        message: Mapping[str, Sendable],
        timeout: float | timedelta,
        decode: Callable[[Message], R],
    ) -> None:
        self._timeout = _seconds(timeout, command)
        super().__init__(pool, command, "control-log", message, ControlLog.from_octets)
        self._workers = workers if self._timeout > 0 else None  # answered at once, it holds none
        self._decode_result = decode
        self._deadline = math.inf
        self._callers_deadline = math.inf
        self._last_line = ""
        self._result: R | None = None

    def __await__(self) -> Generator[Any, None, R]:
        """Carry the command out and return its result.

        Raises CommandError with what the daemon said, and with the last line of the log if that
        is little; ConnectError, ConnectionLost, LocalProtocolError.
        """
        return self._run().__await__()

    async def _run(self) -> R:
        async with self:
            async for _ in self:
                pass
            return self.result

    async def __anext__(self) -> ControlLog:
        """Return the next line of the log; see Leased for the rest."""
        try:
            line = await super().__anext__()
        except StopAsyncIteration:
            assert self._stream is not None
            self._result = self._decode_result(self._stream.reply)
            raise
        except CommandError as error:
            await self._let_the_deadline_speak()
            detail = self._last_line if error.errmsg.endswith("failed") else ""
            raise CommandError(error.command, error.errmsg, error.reply, detail) from None
        if line.group not in _PACKETS:
            self._last_line = line.msg
        return line

    async def _let_the_deadline_speak(self) -> None:
        """If the daemon's time was that of the caller, it is the caller's deadline that has come.

        Without this, either could be first, and an error would come out of a move_on_after().
        """
        if anyio.current_time() > self._callers_deadline - _CLOSE:
            await anyio.sleep(2 * _CLOSE)

    @property
    def result(self) -> R:
        """What came of it, once the lines have ended; RuntimeError before."""
        if self._result is None:
            raise RuntimeError("the result is there only after the last line")
        return self._result

    async def _enter(self) -> None:
        if self._workers is None:
            return await super()._enter()
        await self._workers.acquire()
        try:
            await super()._enter()
        except BaseException:
            self._workers.release()
            raise

    async def _leave(self) -> None:
        if self._workers is not None:
            self._workers.release_when_done(self, self._deadline)
        await super()._leave()

    def _final_message(self) -> Mapping[str, Sendable]:
        """Add the timeout: what the caller asks for, but not more than the caller has left."""
        milliseconds = -1
        if self._timeout >= 0:
            self._callers_deadline = anyio.current_effective_deadline()
            left = self._callers_deadline - anyio.current_time()
            seconds = max(0.001, min(self._timeout, left))  # left is -inf in a cancelled scope
            milliseconds = min(int(seconds * 1000), _MOST_MILLISECONDS)
        self._deadline = anyio.current_time() + max(0, milliseconds) / 1000 + _GRACE
        return {**self._message, "timeout": milliseconds}


def _seconds(timeout: float | timedelta, command: str) -> float:
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    if not math.isfinite(seconds) or seconds == 0:
        raise ValueError(
            f"{command}: timeout={timeout} would hold a thread of the daemon without end; "
            "give seconds, or a negative number not to wait at all"
        )
    return seconds
