"""A request on its way."""

from collections.abc import Callable, Mapping

import anyio

from anyvici.wire.message import Sendable
from anyvici.wire.packet import PacketType
from anyvici.wire.protocol import Reply, Request


class Pending(Request):
    """A request on its way, and who waits for its answer.

    `wanted` tells whether anybody still does. `on_answer` is called by the read loop when the
    answer is there, or when it is sure that none will come: then `reply` stays None.
    """

    __slots__ = ("answered", "on_answer", "reply", "wanted")

    def __init__(self, kind: PacketType, name: str, message: Mapping[str, Sendable] = {}) -> None:
        super().__init__(kind, name, message)
        self.answered: anyio.Event = anyio.Event()
        self.reply: Reply[Pending] | None = None
        self.wanted: bool = True
        self.on_answer: Callable[[], None] | None = None

    async def wait(self) -> None:
        """Wait until there is an answer, or none will come."""
        if not self.answered.is_set():
            await self.answered.wait()

    def settle(self, reply: "Reply[Pending] | None") -> None:
        """Wake whoever waits."""
        self.reply = reply
        self.answered.set()
        if self.on_answer is not None:
            self.on_answer()
