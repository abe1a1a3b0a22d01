"""Lists, as the daemon tells them: each item is printed when it comes."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import anyio

from anyvici.cli.output import Output
from anyvici.cli.records import Record, record
from anyvici.cli.session import Session
from anyvici.cli.status import status
from anyvici.client.leased import Items
from anyvici.models.conversion import Model

M = TypeVar("M", bound=Model)


@dataclass
class Listing(Generic[M]):
    """What is printed of items of a `kind` ("IKE_SAs").

    `lines` returns what is printed of one, without the last line end; `header` comes before the
    first; `record` makes JSON of one.
    """

    kind: str
    lines: Callable[[M], str]
    header: str = ""
    record: Callable[[M], Record] = record
    count: int = 0

    async def print(self, output: Output, item: M) -> None:
        """Print an item."""
        if output.as_json:
            await output.record(self.record(item))
        else:
            header = f"{self.header}\n" if self.header and not self.count else ""
            await output.line(header + self.lines(item))
        self.count += 1

    def end(self, output: Output) -> None:
        """Tell of an empty list, to those who look."""
        if not self.count and output.is_terminal:
            output.say(f"no {self.kind}")


async def print_list(session: Session, items: Items[M], listing: Listing[M]) -> None:
    """Print the items of a list command, each when it comes.

    Where what is printed does not go to the terminal, a count shows that it goes on. Interrupted,
    it tells how many there were; the daemon notices nothing.
    """
    with _asking(session.output, listing) as told:
        async with items:
            async for item in items:
                await listing.print(session.output, item)
                told(f"{listing.count} {listing.kind}")


async def print_answer(
    session: Session, answer: Awaitable[Sequence[M]], listing: Listing[M]
) -> None:
    """Print a list that the daemon tells in one answer; else as print_list()."""
    with _asking(session.output, listing):
        for item in await answer:
            await listing.print(session.output, item)


@contextmanager
def _asking(output: Output, listing: Listing[M]) -> Generator[Callable[[str], None]]:
    try:
        with status(output, f"asking for {listing.kind}") as told:
            yield told
    except anyio.get_cancelled_exc_class():
        output.say(f"interrupted after {listing.count} {listing.kind}")
        raise
    listing.end(output)
