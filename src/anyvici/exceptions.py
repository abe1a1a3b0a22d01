"""The error tree: everything anyvici raises on its own account.

    ViciError
    +- ConnectError            could not connect
    +- ConnectionLost          the conversation ended
    +- ProtocolError
    |  +- LocalProtocolError   we were asked to send what must not be sent
    |  +- RemoteProtocolError  the daemon sent what it must not
    +- CommandError            the daemon answered success=no
    |  +- BatchError           at least one command of a batch failed
    |     +- LoadError         the same, by the names of what was to be loaded
    +- UnknownCommand          this daemon does not have the command
    +- UnknownEvent            this daemon does not have the event
    +- EventsLost              a subscriber was too slow

A wrong type (None where a text belongs) is a TypeError, as everywhere in Python.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class ViciError(Exception):
    """The root of every error of this library."""


class ConnectError(ViciError):
    """The daemon could not be reached.

    `address` is the address as it was given, `reason` what went wrong and `hint` what to check.
    The error of the operating system, if there was one, is in `__cause__`.
    """

    def __init__(self, address: str, reason: str, hint: str) -> None:
        super().__init__(address, reason, hint)
        self.address = address
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"cannot connect to {self.address}: {self.reason} ({self.hint})"


class ConnectionLost(ViciError):
    """The conversation with the daemon has ended; what ended it is in `__cause__`.

    Whether a command that was under way has been carried out is not known. Every task that
    waits gets an instance of its own.
    """


class ProtocolError(ViciError):
    """Somebody does not keep to VICI: this side or the daemon."""


class LocalProtocolError(ProtocolError):
    """We were asked to send what must not be sent. Nothing was sent."""


class RemoteProtocolError(ProtocolError):
    """The daemon sent what it must not."""


class CommandError(ViciError):
    """The daemon carried a command out and answered `success=no`.

    `command` is the command's name, `errmsg` the daemon's reason in English (may be empty),
    `reply` the whole answer and `detail` the last line of the log, where errmsg says little.
    """

    def __init__(self, command: str, errmsg: str, reply: dict[str, Any], detail: str = "") -> None:
        super().__init__(command, errmsg, reply, detail)
        self.command = command
        self.errmsg = errmsg
        self.reply = reply
        self.detail = detail

    @property
    def matches(self) -> int | None:
        """How many SAs were found; None if this command does not tell."""
        return _number(self.reply.get("matches"))

    @property
    def terminated(self) -> int | None:
        """How many SAs were ended; None if this command does not tell."""
        return _number(self.reply.get("terminated"))

    def __str__(self) -> str:
        reason = self.errmsg or "the daemon gave no reason"
        return f"{self.command}: {reason}" + (f" ({self.detail})" if self.detail else "")


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isdecimal() else None


class BatchError(CommandError):
    """Some commands of a batch failed; all were sent and all were answered.

    `errors` maps the index of each failed entry to its error (CommandError, UnknownCommand or
    RemoteProtocolError). `replies` has the answer to every entry in order, an empty one where
    there is none that can be read. `command`, `errmsg` and `reply` are those of the first that
    failed.
    """

    def __init__(
        self,
        commands: Sequence[str],
        errors: Mapping[int, ViciError],
        replies: Sequence[dict[str, Any]],
    ) -> None:
        index, first = next(iter(errors.items()))
        errmsg = first.errmsg if isinstance(first, CommandError) else str(first)
        super().__init__(commands[index], errmsg, replies[index])
        Exception.__init__(self, commands, errors, replies)  # what copying and pickling go by
        self.commands: Sequence[str] = commands
        self.errors: Mapping[int, ViciError] = errors
        self.replies: Sequence[dict[str, Any]] = replies

    def __str__(self) -> str:
        failures = "; ".join(f"[{index}] {error}" for index, error in self.errors.items())
        return f"{len(self.errors)} of {len(self.commands)} commands failed: {failures}"


class LoadError(BatchError):
    """Some of many connections could not be loaded; the others are.

    `failed` maps the name of each that is not to its error. The rest is as in BatchError.
    """

    def __init__(self, names: Sequence[str], error: BatchError) -> None:
        super().__init__(error.commands, error.errors, error.replies)
        Exception.__init__(self, names, error)  # what copying and pickling go by
        self.names: Sequence[str] = names
        self.failed: dict[str, ViciError] = {names[i]: e for i, e in error.errors.items()}

    def __str__(self) -> str:
        failures = "; ".join(f"{name}: {error}" for name, error in self.failed.items())
        return f"{len(self.failed)} of {len(self.names)} were not loaded: {failures}"


class UnknownCommand(ViciError):
    """This daemon does not have the command `name`: an older release, or a misspelt name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"this daemon does not have the command {self.name!r}"


class UnknownEvent(ViciError):
    """This daemon does not have the event `name`: an older release, or a misspelt name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"this daemon does not have the event {self.name!r}"


class EventsLost(ViciError):
    """A subscriber was too slow: its mailbox was full and `lost` events were thrown away.

    The loss lies exactly here, between the event before and the one after. Iterating again
    goes on after it.
    """

    def __init__(self, lost: int) -> None:
        super().__init__(lost)
        self.lost = lost

    def __str__(self) -> str:
        return f"{self.lost} events were lost here: their reader was too slow"
