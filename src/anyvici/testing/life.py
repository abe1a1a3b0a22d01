"""The parts of a simulated charon, from the entering of its `async with` to the leaving."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from random import Random

import anyio
from anyio.abc import AnyByteStream

from anyvici.connection.background import Background, EnteredOnce, background
from anyvici.exceptions import ConnectError
from anyvici.testing.agenda import Agenda
from anyvici.testing.commands.table import BOUNDED, COMMANDS, EVENTS, Handler
from anyvici.testing.faults import Faults
from anyvici.testing.gateway import Gateway, Settings
from anyvici.testing.listener import Listener
from anyvici.testing.memory import stream_pair
from anyvici.testing.requests import Request
from anyvici.testing.session import Carry, Clients
from anyvici.wire.message import Message, Sendable

_FAREWELL = 0.005  # seconds that a charon takes to stop


class Life(EnteredOnce):
    """Runs the clock, the listener and the clients; a restart changes the gateway alone."""

    def __init__(
        self,
        address: str | None,
        version: tuple[int, int, int],
        settings: Settings,
        faults: Faults,
        random: Random,
    ) -> None:
        self.agenda: Agenda = Agenda()
        self.listener: Listener = Listener(address, self.welcome)
        self.clients: Clients = Clients(version, faults, self._command, self._has_event)
        self.failure: Exception | None = None
        self._version = version
        self._settings = settings
        self._faults = faults
        self.random = random
        self._refusing = False
        self._ending = False  # it is shutting down,
        self._again = False  # and is to start after that
        self.others: list[Life] = []
        self.gateway: Gateway = self._new_gateway()

    async def _enter(self, stack: AsyncExitStack) -> None:
        stack.callback(self._tell_of_failure)
        stack.callback(self.listener.remove)
        self._tasks: Background = await stack.enter_async_context(background())
        self._listen()
        self._tasks.start_soon(self._guarded, self.agenda.run)
        self._tasks.start_soon(self._guarded, self.listener.run)
        stack.callback(self.stop)

    def _tell_of_failure(self) -> None:
        if self.failure is not None:
            raise self.failure

    def connect(self) -> AnyByteStream:
        """Return our end of a stream in memory, as a new client has it."""
        if not self.listener.is_open:
            why = "the simulated charon is stopped, or refuses connections"
            raise ConnectError(self.listener.address, "Connection refused", why)
        ours, theirs = stream_pair()
        self.welcome(theirs)
        return ours

    def welcome(self, stream: AnyByteStream) -> None:
        """Serve a new client."""
        session = self.clients.welcome(stream)
        self._tasks.start_soon(self._guarded, partial(self.clients.serve, session))

    # Being there, and not.

    def refuse(self, refusing: bool) -> None:
        """Let no more clients connect, or let them again."""
        self._refusing = refusing
        self._listen()

    def stop(self) -> None:
        """Be gone."""
        self._ending = self._again = False
        self.gateway.sas.running = False
        self._listen()
        self.clients.kill()
        self.agenda.clear()

    def shut_down(self) -> None:
        """End every SA, and be gone when that is told."""
        if self.gateway.sas.running and not self._ending:
            self._ending = True
            self.gateway.sas.shut_down()
            self.agenda.after(_FAREWELL, self._end)

    def start(self) -> None:
        """Be there again, if it is gone; while it is shutting down, as soon as it is."""
        self._again = self._ending
        if not self.gateway.sas.running:
            self.gateway = self._new_gateway()
            for one in (self, *self.others):
                one.meet()
            self._listen()

    def restart(self, after: float) -> None:
        """Be gone for so many seconds."""
        self.stop()
        if after:
            self.agenda.after(after, self.start)
        else:
            self.start()

    def _end(self) -> None:
        again = self._again
        self.stop()
        if again:
            self.start()

    def _listen(self) -> None:
        if self.gateway.sas.running and not self._refusing:
            self.listener.open()
        else:
            self.listener.close()

    async def _guarded(self, run: Callable[[], Awaitable[None]]) -> None:
        """Run a task. A bug in it takes charon down, and is raised where the `async with` ends.

        To raise it here would cancel the test, which pytest's plugins do not expect of a fixture.
        """
        try:
            await run()
        except Exception as error:
            self.failure = self.failure or _innermost(error)
            self.stop()

    # Commands and events.

    def emit(self, event: str, message: Mapping[str, Sendable]) -> None:
        """Send an event to all that have registered for it, at once or after its delay."""
        seconds = self._faults.delay(event)
        if seconds:
            self.agenda.after(seconds, lambda: self.clients.emit(event, message))
        else:
            self.clients.emit(event, message)

    def _command(self, name: str) -> Carry | None:
        handler = COMMANDS.get(name)
        return None if handler is None else partial(self._carry_out, handler)

    async def _carry_out(self, handler: Handler, request: Request) -> Message:
        if request.name not in BOUNDED:
            await anyio.sleep(request.delay)
        answer = handler(self.gateway, request)
        return await answer if isinstance(answer, Awaitable) else answer

    def _has_event(self, name: str) -> bool:
        return name in EVENTS and self._version >= EVENTS[name]

    # The state of it, and that of the peers.

    def join(self, other: "Life") -> None:
        """Be peers from now on, after restarts, too."""
        for one, another in ((self, other), (other, self)):
            if another not in one.others:
                one.others.append(another)
            one.meet()
        other.random.seed(self.random.random())  # or both would have the same SPIs

    def meet(self) -> None:
        """Have the gateways as peers that the others have now."""
        self.gateway.peers = [other.gateway for other in self.others]

    def _new_gateway(self) -> Gateway:
        return Gateway(self._version, self._settings, self.agenda, self.random, self.emit)


def _innermost(error: Exception) -> Exception:
    """Return what is in an ExceptionGroup of one."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        (error,) = error.exceptions
    return error
