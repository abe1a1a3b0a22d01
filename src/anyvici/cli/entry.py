"""The program `anyvici`: from its arguments to its exit code."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import TextIO

from anyvici.cli.exits import exit_code

MISSING = "anyvici: the command line needs more than the library: pip install 'anyvici[cli]'"


def main() -> None:
    """Run the program, as `anyvici` and as `python -m anyvici`."""
    _prepare_streams()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback of where we just were
    try:
        code = run(sys.argv[1:])
    except ModuleNotFoundError as error:
        if error.name not in ("rich", "typer"):
            raise
        sys.exit(MISSING)
    flushed = _flush()
    os._exit(code or flushed)  # all is done, and to take Python apart takes as long as a command


def _prepare_streams() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever has started us
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        getattr(sys, name).reconfigure(errors="backslashreplace")


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
        if told := error.format_message():  # with no arguments at all, it is the help
            session.output.say(f"anyvici: {told} ('anyvici --help' tells more)")
        return error.exit_code
    except OSError as error:  # help could not be written
        return session.tell_of(error)
    if session.output.is_stuck:
        os._exit(code)  # or its thread would be waited for
    return int(code or 0)


def _flush() -> int:
    """Write what Typer has printed; return the exit code for how that went."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return exit_code(error)
    return 0
