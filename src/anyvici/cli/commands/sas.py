"""list-sas and list-pols: what SAs and policies there are."""

from typing import Annotated

import typer

from anyvici.cli.app import command
from anyvici.cli.listing import Listing, print_list
from anyvici.cli.options import Child, ChildId, Ike, IkeId
from anyvici.cli.session import Session
from anyvici.cli.show.policies import PolicyLines
from anyvici.cli.show.sas import SaLines

PANEL = "SAs and policies"

Noblock = Annotated[bool, typer.Option("--noblock", "-n", help="Do not wait for SAs in use.")]
Long = Annotated[bool, typer.Option("--long", "-l", help="Tell everything.")]
Trap = Annotated[bool, typer.Option("--trap", "-t", help="Those that bring up a CHILD_SA.")]
Drop = Annotated[bool, typer.Option("--drop", "-d", help="Those that drop traffic.")]
Pass = Annotated[bool, typer.Option("--pass", "-p", help="Those that let traffic pass.")]


@command("list-sas", PANEL)
async def list_sas(
    session: Session,
    *,
    ike: Ike = None,
    ike_id: IkeId = None,
    child: Child = None,
    child_id: ChildId = None,
    noblock: Noblock = False,
    long: Long = False,
) -> None:
    """List the IKE_SAs that there are, each with its CHILD_SAs, as the daemon tells of them."""
    lines = SaLines(session.output, long=long)
    async with session.connect() as client:
        sas = client.list_sas(
            ike=ike, ike_id=ike_id, child=child, child_id=child_id, noblock=noblock
        )
        await print_list(session, sas, Listing("IKE_SAs", lines.of, lines.header()))


@command("list-pols", PANEL)
async def list_pols(
    session: Session,
    *,
    child: Child = None,
    ike: Ike = None,
    trap: Trap = False,
    drop: Drop = False,
    pass_: Pass = False,
    long: Long = False,
) -> None:
    """List the policies that are installed, of all three kinds unless asked else."""
    if not (trap or drop or pass_):
        trap = drop = pass_ = True
    lines = PolicyLines(session.output, long=long)
    async with session.connect() as client:
        policies = client.list_policies(ike=ike, child=child, trap=trap, drop=drop, pass_=pass_)
        await print_list(session, policies, Listing("policies", lines.of, lines.header()))
