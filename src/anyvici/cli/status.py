"""One line at the bottom of the terminal that tells what is going on, and vanishes."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

from rich.text import Text

from anyvici.cli.output import Output
from anyvici.cli.text import safe

_SPINNER = 2  # cells, with the blank behind it


@contextmanager
def status(output: Output, first: str, *, alone: bool = False) -> Generator[Callable[[str], None]]:
    """Show a spinner and a text while the body runs, on standard error; the text can be changed.

    Only where a terminal is looked at, and where nothing else is printed on it meanwhile: `alone`
    says that nothing will be.
    """
    errors = output.errors
    if not errors.is_terminal or (output.is_terminal and not alone):
        yield lambda _: None
        return

    def fitting(text: str) -> Text:
        found = Text(safe(text))
        found.truncate(errors.width - _SPINNER, overflow="ellipsis")
        return found

    shown = errors.status(fitting(first))
    with suppress(OSError):  # the terminal is gone
        shown.start()
    try:
        yield lambda text: shown.update(fitting(text))
    finally:
        with suppress(OSError):
            shown.stop()
