"""A request on its way."""

from collections.abc import Callable, Mapping

import anyio

from anyvici.wire.message import Sendable
from anyvici.wire.packet import PacketType
from anyvici.wire.protocol import NOTHING, Reply, Request


class Pending(Request):
    """A request on its way, and who waits for its answer.

    `wanted` tells whether anybody still does. `on_answer` is called by the read loop when the
    answer is there, or when it is sure that none will come: then `reply` stays None.
    """

    __slots__ = ("_event", "answered", "on_answer", "reply", "wanted")

    def __init__(
        self, kind: PacketType, name: str, message: Mapping[str, Sendable] = NOTHING
    ) -> None:
        super().__init__(kind, name, message)
        self.answered: bool = False
        self.reply: Reply[Pending] | None = None
        self.wanted: bool = True
        self.on_answer: Callable[[], None] | None = None
        self._event: anyio.Event | None = None  # made when somebody waits

    async def wait(self) -> None:
        """Wait until there is an answer, or none will come."""
        if not self.answered:
            if self._event is None:
                self._event = anyio.Event()
            await self._event.wait()

    def settle(self, reply: "Reply[Pending] | None") -> None:
        """Wake whoever waits."""
        self.reply = reply
        self.answered = True
        if self._event is not None:
            self._event.set()
        if self.on_answer is not None:
            self.on_answer()
