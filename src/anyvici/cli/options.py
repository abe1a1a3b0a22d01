"""Options that several commands have, under the names that swanctl has for them."""

from typing import Annotated

import typer

Ike = Annotated[str | None, typer.Option("--ike", "-i", metavar="NAME", help="Of this connection.")]
IkeId = Annotated[
    int | None, typer.Option("--ike-id", "-I", metavar="ID", help="The IKE_SA of this uniqueid.")
]
Child = Annotated[
    str | None, typer.Option("--child", "-c", metavar="NAME", help="CHILD_SAs of this name.")
]
ChildId = Annotated[
    int | None,
    typer.Option("--child-id", "-C", metavar="ID", help="The CHILD_SA of this uniqueid."),
]
Name = Annotated[str | None, typer.Option("--name", "-n", metavar="NAME", help="Of this name.")]
