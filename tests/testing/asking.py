"""Asking the handlers of commands, without a wire and without a charon around them."""

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from anyvici.testing.commands.table import COMMANDS
from anyvici.testing.replies import Refused
from anyvici.testing.requests import Request
from anyvici.testing.state.counters import Counters
from anyvici.testing.state.credentials import Credentials
from anyvici.wire.message import decode, encode


class Asked:
    """A gateway of what these handlers need of one; it keeps what was logged and streamed."""

    def __init__(self, version: tuple[int, int, int] = (5, 9, 8)) -> None:
        self.logged: list[str] = []
        self.streamed: list[dict[str, Any]] = []
        self.gateway: Any = SimpleNamespace(
            authorities={},
            credentials=Credentials(),
            counters=Counters(),
            version=version,
            busy=0,
            started=datetime(2026, 11, 2, 9, 3, 20),
            uptime=lambda: 0.0,
            sas=SimpleNamespace(count=lambda: (3, 1)),
            log=lambda group, level, text: self.logged.append(f"{level}[{group}] {text}"),
        )

    def __call__(self, command: str, message: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the reply as a client reads it."""
        self.logged.clear()
        self.streamed.clear()
        request = Request(command, encode(message or {}), self._keep)
        try:
            reply: Any = COMMANDS[command](self.gateway, request)
        except Refused as refused:
            reply = refused.reply
        return decode(encode(reply))

    def refusal(self, command: str, message: Mapping[str, Any]) -> str | None:
        """Return the errmsg, or None for a success."""
        reply = self(command, message)
        assert reply["success"] == ("no" if "errmsg" in reply else "yes")
        return reply.get("errmsg")

    def _keep(self, _event: str, message: dict[str, Any]) -> None:
        encode(message)
        self.streamed.append(message)
