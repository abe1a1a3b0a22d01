"""call: any command, raw."""

import os
import sys
from contextlib import suppress
from typing import Annotated

import anyio
import typer

from anyvici import CommandError, Connection, Message, Sendable
from anyvici.cli.app import command
from anyvici.cli.completion import command_names, event_names
from anyvici.cli.exits import UsageError
from anyvici.cli.interrupts import interruption
from anyvici.cli.messages import from_arguments, from_json, to_text
from anyvici.cli.session import Session

PANEL = "Any command"

_STANDARD_INPUT = "-"

Command = Annotated[
    str,
    typer.Argument(
        metavar="COMMAND", help="Its name, as VICI has it.", autocompletion=command_names
    ),
]
Arguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUE | -",
        help="The message. A dot in a key makes a section, the same key again or KEY[] a list; "
        "@FILE is what a file holds. '-' reads a JSON object from standard input.",
        show_default=False,
    ),
]
StreamOf = Annotated[
    str | None,
    typer.Option(
        "--stream",
        metavar="EVENT",
        help="Print events of this name until the answer comes.",
        autocompletion=event_names,
    ),
]


@command("call", PANEL)
async def call(
    session: Session, *, command: Command, arguments: Arguments = None, stream: StreamOf = None
) -> None:
    """Carry out any command of the daemon, and print its answer as JSON.

    What is sent is what you write: an initiate without timeout=MILLISECONDS waits without end.
    """
    with interruption(session.output, "nothing was sent") as now:
        message = await _message(arguments or [])
        async with session.open_connection() as connection:
            now("the daemon carries the command out all the same")
            try:
                if stream is None:
                    reply = await connection.call(command, message)
                else:
                    reply = await _streamed(session, connection, command, stream, message)
            except CommandError as error:
                await _print(session, error.reply)
                raise
            await _print(session, reply)


async def _message(arguments: list[str]) -> dict[str, Sendable]:
    if arguments == [_STANDARD_INPUT]:
        return from_json(await _all_of_standard_input())
    if _STANDARD_INPUT in arguments:
        raise UsageError("a message is either '-' or arguments, not both")
    return from_arguments(arguments)


async def _streamed(
    session: Session, connection: Connection, command: str, event: str, message: dict[str, Sendable]
) -> Message:
    async with connection.stream(command, event, message) as events:
        async for item in events:
            await session.output.line(to_text(item, indent=False))
        return events.reply


async def _print(session: Session, reply: Message) -> None:
    await session.output.line(to_text(reply, indent=not session.output.as_json))


async def _all_of_standard_input() -> bytes:
    """Read to the end. A thread that reads could not be interrupted."""
    number = sys.stdin.fileno()
    octets = bytearray()
    while True:
        with suppress(PermissionError):  # of a file, which always is
            await anyio.wait_readable(number)
        chunk = os.read(number, 65536)
        if not chunk:
            return bytes(octets)
        octets += chunk
