"""The program `anyvici`: from its arguments to its exit code."""

import os
import sys
from collections.abc import Sequence
from typing import TextIO

MISSING = "anyvici: the command line needs more than the library: pip install 'anyvici[cli]'"


def main() -> None:
    """Run the program, as `anyvici` and as `python -m anyvici`."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anything to interrupt
        code = 130
    except ModuleNotFoundError as error:
        if error.name not in ("rich", "typer"):
            raise
        sys.exit(MISSING)
    _flush()
    sys.exit(code)


def run(arguments: Sequence[str], out: TextIO | None = None, errors: TextIO | None = None) -> int:
    """Run one command, and return its exit code.

    From a thread that is not the first, signals are left to others.
    """
    import typer

    from anyvici.cli.every import app
    from anyvici.cli.output import Output
    from anyvici.cli.session import Session, Settings

    session = Session(Settings(uri=os.environ.get("ANYVICI_URI") or None), Output(out, errors))
    try:
        code = app(arguments, prog_name="anyvici", standalone_mode=False, obj=session)
    except typer.TyperException as error:
        session.output.say(f"anyvici: {error.format_message()} ('anyvici --help' tells more)")
        return error.exit_code
    return int(code or 0)


def _flush() -> None:
    """Flush standard output, into nothing where its reader has gone."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
