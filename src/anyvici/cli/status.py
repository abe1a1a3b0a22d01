"""One line at the bottom of the terminal that tells what is going on, and vanishes."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from anyvici.cli.output import Output
from anyvici.cli.text import safe


@contextmanager
def status(output: Output, first: str) -> Generator[Callable[[str], None]]:
    """Show a spinner and a text while the body runs, on standard error; the text can be changed.

    Only where a terminal is looked at, and nothing else is printed on it meanwhile.
    """
    if not output.errors.is_terminal or output.is_terminal:
        yield lambda _: None
        return
    with output.errors.status(safe(first)) as shown:
        yield lambda text: shown.update(safe(text))
