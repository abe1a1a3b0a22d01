"""Terminals that are not there, for what is printed on one."""

import io
import re

from rich.console import Console

from anyvici.cli.output import Output

_CONTROL = re.compile(r"\x1b\[[0-9;]*m")


def terminal(width: int = 80, *, colours: bool = False) -> Output:
    """Return what prints on a terminal of so many columns."""
    output = Output(io.StringIO(), io.StringIO())
    output.console = Console(
        file=io.StringIO(),
        force_terminal=True,
        color_system="standard" if colours else None,
        no_color=False,
        width=width,
        highlight=False,
        markup=False,
    )
    return output


def plain() -> Output:
    """Return what prints into a file."""
    return Output(io.StringIO(), io.StringIO())


def bare(text: str) -> str:
    """Return a text without its colours."""
    return _CONTROL.sub("", text)
