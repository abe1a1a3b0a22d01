"""Completing names in the shell: the daemon is asked for them, if it answers at once."""

import os
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import anyio
import typer

import anyvici
from anyvici import Client, ViciError

_PATIENCE = 1.0  # seconds that somebody who has pressed Tab may have to wait

# What no shell takes for anything else: Typer's scripts for some of them evaluate what they get.
_HARMLESS = re.compile(r"[\w.:@%+,/=~-]+", re.ASCII)


def ike_names(context: typer.Context) -> list[str]:
    """Return the names of the connections that are loaded."""
    return _asked(context, Client.get_conns)


def child_names(context: typer.Context) -> list[str]:
    """Return the names of the children that are loaded, of the connection if that was given."""

    async def names(client: Client) -> list[str]:
        connections = await client.list_conns(ike=context.params.get("ike"))
        return [child.name for connection in connections for child in connection.children]

    return _asked(context, names)


def command_names() -> list[str]:
    """Return the names of the commands that there are."""
    from anyvici.testing.commands.table import COMMANDS

    return sorted(COMMANDS)


def event_names() -> list[str]:
    """Return the names of the events that there are."""
    from anyvici.testing.commands.table import EVENTS

    return sorted(EVENTS)


def _asked(
    context: typer.Context, names: Callable[[Client], Awaitable[Iterable[str]]]
) -> list[str]:
    """Return what the daemon knows; nothing where there is none."""
    found: set[str] = set()

    async def ask() -> None:
        with anyio.move_on_after(_PATIENCE), suppress(ViciError):
            async with anyvici.connect(_address(context)) as client:
                found.update(await names(client))

    anyio.run(ask)
    return sorted(filter(_HARMLESS.fullmatch, found))


def _address(context: typer.Context) -> str | None:
    """Return where the daemon is, by what was typed so far."""
    typed = context.params.get("uri") or context.find_root().params.get("uri")
    return typed or os.environ.get("ANYVICI_URI") or None
