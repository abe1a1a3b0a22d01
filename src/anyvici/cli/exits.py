"""How a command ends: exit codes that scripts rely on, and one readable line for each error."""

from enum import IntEnum

from anyvici import (
    CommandError,
    ConnectError,
    ConnectionLost,
    EventsLost,
    LocalProtocolError,
    RemoteProtocolError,
    UnknownCommand,
    UnknownEvent,
)


class Exit(IntEnum):
    """The exit codes; above 128 it is 128 and the number of the signal that ended the command."""

    DONE = 0
    REFUSED = 1  # by the daemon: nothing matched, the peer did not answer, too old a daemon
    USAGE = 2  # wrong arguments; nothing was sent
    NO_DAEMON = 3  # it could not be reached
    LOST = 4  # the connection, or events: whether a command was carried out is not known
    PROTOCOL = 5  # what the daemon said could not be understood
    BUG = 70  # of ours
    FILE = 74  # a file, or what is printed, could not be read or written
    INTERRUPTED = 130  # by Ctrl-C
    BROKEN_PIPE = 141  # whoever read what is printed has gone


class UsageError(Exception):
    """Arguments that make no sense, or none together."""


CODES: dict[type[Exception], Exit] = {
    UsageError: Exit.USAGE,
    LocalProtocolError: Exit.USAGE,
    CommandError: Exit.REFUSED,
    UnknownCommand: Exit.REFUSED,
    UnknownEvent: Exit.REFUSED,
    ConnectError: Exit.NO_DAEMON,
    ConnectionLost: Exit.LOST,
    EventsLost: Exit.LOST,
    RemoteProtocolError: Exit.PROTOCOL,
    BrokenPipeError: Exit.BROKEN_PIPE,
    TimeoutError: Exit.BUG,  # is an OSError; nobody is to see one
    OSError: Exit.FILE,
}


def only_one(error: Exception) -> Exception:
    """Return what is in an ExceptionGroup of one, as a task group makes it of any error."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        (error,) = error.exceptions
    return error


def exit_code(error: Exception) -> Exit:
    """Return the code for an error; what is not known here should not have happened."""
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), Exit.BUG)


def explain(error: Exception) -> str:
    """Return an error as a line."""
    if exit_code(error) is Exit.BUG:
        told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return f"this should not have happened: {told} (--debug tells where)"
    return str(error)
