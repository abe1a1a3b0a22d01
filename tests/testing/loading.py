"""A gateway of what the handlers of connections and pools need of one."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from anyvici.testing.commands import connections, pools
from anyvici.testing.replies import Refused
from anyvici.testing.requests import Request
from anyvici.testing.state.configs import Connection
from anyvici.testing.state.credentials import Credentials
from anyvici.wire.message import decode, encode

COMMANDS = connections.COMMANDS | pools.COMMANDS


class Loading:
    """Answers commands; keeps what is logged, streamed, and told to the SAs."""

    def __init__(self, version: tuple[int, int, int] = (5, 9, 8)) -> None:
        self.logged: list[str] = []
        self.streamed: list[dict[str, Any]] = []
        self.told: list[tuple[Connection | None, Connection | None]] = []  # new and old
        self.gateway: Any = SimpleNamespace(
            version=version,
            connections={},
            pools={},
            credentials=Credentials(),
            sas=SimpleNamespace(
                loaded=lambda new, old: self.told.append((new, old)),
                unloaded=lambda old: self.told.append((None, old)),
            ),
            log=lambda group, level, text: self.logged.append(f"{level}[{group}] {text}"),
        )

    def __call__(self, command: str, message: Mapping[str, Any] | bytes = b"") -> dict[str, Any]:
        """Return the reply as a client reads it."""
        self.logged.clear()
        self.streamed.clear()
        body = message if isinstance(message, bytes) else encode(message)
        request = Request(command, body, lambda _, item: self.streamed.append(item))
        try:
            reply = COMMANDS[command](self.gateway, request)
        except Refused as refused:
            reply = refused.reply
        return decode(encode(reply))

    def refusal(self, command: str, message: Mapping[str, Any] | bytes) -> str | None:
        """Return the errmsg, or None for a success."""
        return self(command, message).get("errmsg")

    def listed(self) -> dict[str, Any]:
        """Return all that list-conns tells."""
        self("list-conns")
        return {name: section for item in self.streamed for name, section in item.items()}
