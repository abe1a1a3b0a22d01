"""A list, as the daemon tells it: each item is printed when it comes."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TypeVar

import anyio

from anyvici.cli.records import record
from anyvici.cli.session import Session
from anyvici.cli.status import status
from anyvici.client.leased import Items
from anyvici.models.conversion import Model

M = TypeVar("M", bound=Model)


async def print_list(
    session: Session, items: Items[M], lines: Callable[[M], str], kind: str, *, header: str = ""
) -> None:
    """Print the items of a list command, which are of a `kind`: "IKE_SAs".

    `lines` returns what is printed of one, without the last line end; `header` comes before the
    first. Where what is printed does not go to the terminal, a count shows that it goes on.
    Interrupted, it tells how many there were; the daemon notices nothing.
    """
    output = session.output
    count = 0
    try:
        async with AsyncExitStack() as stack:
            told = stack.enter_context(status(output, f"asking for {kind}"))
            async for item in await stack.enter_async_context(items):
                if output.as_json:
                    await output.record(record(item))
                else:
                    await output.line(
                        lines(item) if count or not header else f"{header}\n{lines(item)}"
                    )
                count += 1
                told(f"{count} {kind}")
    except anyio.get_cancelled_exc_class():
        output.say(f"interrupted after {count} {kind}")
        raise
    if not count and output.is_terminal:
        output.say(f"no {kind}")
