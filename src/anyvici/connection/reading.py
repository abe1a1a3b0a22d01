"""Who reads from the stream: a loop, for everybody; or a caller, while it waits for its answer.

A caller that reads for itself has its answer two hops between tasks earlier, and they are most of
what a short command costs. So when the loop has brought somebody an answer it lets the others run
before it reads again, and if the next caller has begun to read meanwhile, it waits for that one.
Either way everything that comes is taken in, for whomever it is.

Nobody waits for those who take what was read. But one who keeps up, while the daemon sends faster
than octets can be decoded, must be let run often enough to do so.
"""

from collections.abc import Callable

import anyio
from anyio.abc import AnyByteStream
from anyio.lowlevel import checkpoint

from anyvici.connection.pending import Pending
from anyvici.connection.unix import UnixStream

# A reader takes 32 items each time it runs, and 64 KiB are some 80 SAs.
_MOST_ROUNDS = 8


class Reading:
    """Reads a stream.

    `take_in` is given what comes, and tells whether there was an answer; `someone_is_behind` tells
    whether there is still much to be taken by somebody.
    """

    def __init__(
        self,
        stream: AnyByteStream,
        take_in: Callable[[bytes], bool],
        someone_is_behind: Callable[[], bool],
    ) -> None:
        self._stream = stream
        self._take_in = take_in
        self._someone_is_behind = someone_is_behind
        # A caller may be cancelled, and only of our own stream we know that it loses nothing then.
        self._is_open_to_callers = isinstance(stream, UnixStream)
        self._loop_reads = True
        self._caller_reads = False
        self._caller_left = anyio.Event()
        self._failure: Exception | None = None

    async def loop(self) -> None:
        """Read whenever nobody else does, and raise what the stream ends with."""
        while True:
            while self._caller_reads:
                self._caller_left = anyio.Event()
                await self._caller_left.wait()
            if self._failure is not None:
                raise self._failure
            self._loop_reads = True
            brought_an_answer = await self._read()
            if brought_an_answer and self._is_open_to_callers:
                self._loop_reads = False
                await checkpoint()
                await checkpoint()  # Trio runs tasks in any order: only the second comes after all

    async def _read(self) -> bool:
        brought_an_answer = self._take_in(await self._stream.receive())
        for _ in range(_MOST_ROUNDS):
            if not self._someone_is_behind():
                break
            await checkpoint()
        return brought_an_answer

    async def wait_for(self, request: Pending) -> None:
        """Wait until there is an answer, or none will come."""
        if not (self._loop_reads or self._caller_reads):
            await self._read_for(request)
        await request.wait()

    async def _read_for(self, request: Pending) -> None:
        self._caller_reads = True
        try:
            while not request.answered:
                await self._read()
        except Exception as error:
            self._failure = error  # it ends the conversation, which is the loop's affair
        finally:
            self._caller_reads = False
            self._caller_left.set()
