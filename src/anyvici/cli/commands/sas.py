"""list-sas and list-pols: what SAs and policies there are."""

from typing import Annotated

import typer

from anyvici.cli.app import command
from anyvici.cli.listing import print_list
from anyvici.cli.options import Child, ChildId, Ike, IkeId
from anyvici.cli.session import Session
from anyvici.cli.show.sas import SaLines

PANEL = "SAs and policies"

Noblock = Annotated[bool, typer.Option("--noblock", "-n", help="Do not wait for SAs in use.")]
Long = Annotated[bool, typer.Option("--long", "-l", help="Tell everything.")]


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
        await print_list(session, sas, lines.of, "IKE_SAs", header=lines.header())
