"""Options that several commands have, under the names that swanctl has for them."""

from typing import Annotated, Any

import typer

from anyvici.cli.completion import child_names, ike_names

Ike = Annotated[
    str | None,
    typer.Option(
        "--ike", "-i", metavar="NAME", help="Of this connection.", autocompletion=ike_names
    ),
]
IkeId = Annotated[
    int | None, typer.Option("--ike-id", "-I", metavar="ID", help="The IKE_SA of this uniqueid.")
]
Child = Annotated[
    str | None,
    typer.Option(
        "--child",
        "-c",
        metavar="NAME",
        help="CHILD_SAs of this name.",
        autocompletion=child_names,
    ),
]
ChildId = Annotated[
    int | None,
    typer.Option("--child-id", "-C", metavar="ID", help="The CHILD_SA of this uniqueid."),
]
Name = Annotated[str | None, typer.Option("--name", "-n", metavar="NAME", help="Of this name.")]
Timeout: Any = typer.Option(
    "--timeout",
    "-t",
    metavar="SECONDS",
    help="How long the daemon waits for the end of it, for each SA; below 0: not at all.",
)
Loglevel = Annotated[
    int | None,
    typer.Option(
        "--loglevel",
        "-l",
        metavar="N",
        min=-1,
        max=4,
        show_default="1",
        help="Show the daemon's log up to this level.",
    ),
]
