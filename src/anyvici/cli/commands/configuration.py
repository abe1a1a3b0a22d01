"""list-conns, list-pools, list-authorities: what is loaded into the daemon."""

from typing import Annotated

import typer

from anyvici.cli.app import command
from anyvici.cli.listing import Listing, print_answer, print_list
from anyvici.cli.options import Ike, Name
from anyvici.cli.session import Session
from anyvici.cli.show.authorities import authority_lines
from anyvici.cli.show.conns import ConnLines
from anyvici.cli.show.pools import PoolLines

PANEL = "Configuration"

Leases = Annotated[bool, typer.Option("--leases", "-l", help="Tell who has which address.")]


@command("list-conns", PANEL)
async def list_conns(session: Session, *, ike: Ike = None) -> None:
    """List the connections that are loaded, with their children."""
    async with session.connect() as client:
        lines = ConnLines(session.output)
        await print_list(session, client.list_conns(ike=ike), Listing("connections", lines.of))


@command("list-pools", PANEL)
async def list_pools(session: Session, *, name: Name = None, leases: Leases = False) -> None:
    """List the pools of addresses that are loaded.

    Above 512 KiB of leases, charon up to 5.9.8 never answers: ask for one pool then, by its name.
    """
    async with session.connect() as client:
        lines = PoolLines(session.output)
        answer = client.get_pools(name=name, leases=leases)
        await print_answer(session, answer, Listing("pools", lines.of, lines.header()))


@command("list-authorities", PANEL)
async def list_authorities(session: Session, *, name: Name = None) -> None:
    """List the certification authorities that are loaded."""
    async with session.connect() as client:
        lines = authority_lines(session.output)
        await print_list(session, client.list_authorities(name=name), Listing("authorities", lines))
