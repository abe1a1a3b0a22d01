"""The one queue between tasks."""

import anyio
import pytest

from anyvici import EventsLost
from anyvici.connection.mailbox import Mailbox
from tests.sweep import cancel_at, every_way

pytestmark = pytest.mark.anyio


async def test_items_come_in_order() -> None:
    mailbox = Mailbox[int]()
    for number in range(100):
        mailbox.put(number)
    assert [await mailbox.get() for _ in range(100)] == list(range(100))


async def test_a_reader_waits_for_an_item() -> None:
    mailbox = Mailbox[str]()
    got = []

    async def read() -> None:
        got.append(await mailbox.get())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        tasks.start_soon(read)  # two readers share the items
        await anyio.wait_all_tasks_blocked()
        mailbox.put("a")
        await anyio.wait_all_tasks_blocked()
        assert got == ["a"]
        mailbox.put("b")
    assert got == ["a", "b"]


@every_way
async def test_a_cancelled_reader_loses_no_item(way: str) -> None:
    """Cancelled at each suspension, with the item put at that very moment or not."""
    for put_first in (True, False):
        reached, at = True, 0
        while reached:
            at += 1
            mailbox = Mailbox[int]()
            got = []

            async def read(mailbox: Mailbox[int] = mailbox, got: list[int] = got) -> None:
                for _ in range(70):
                    got.append(await mailbox.get())

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(fill, mailbox, put_first)
                reached = await cancel_at(read(), at, way)
            got += [await mailbox.get() for _ in range(70 - len(got))]
            assert got == list(range(70))
        assert at > 2


async def fill(mailbox: Mailbox[int], at_once: bool) -> None:
    for number in range(70):
        mailbox.put(number)
        if not at_once:
            await anyio.lowlevel.checkpoint()


async def test_what_is_held_comes_before_the_end() -> None:
    mailbox = Mailbox[int](1)
    mailbox.put(1)
    mailbox.put(2)
    mailbox.close(anyio.EndOfStream)
    assert await mailbox.get() == 1
    with pytest.raises(EventsLost):
        await mailbox.get()
    errors = []
    for _ in range(2):
        with pytest.raises(anyio.EndOfStream) as caught:
            await mailbox.get()
        errors.append(caught.value)
    assert errors[0] is not errors[1]


async def test_what_is_discarded_is_gone() -> None:
    mailbox = Mailbox[int]()
    mailbox.put(1)
    mailbox.discard()
    with pytest.raises(anyio.ClosedResourceError):
        await mailbox.get()
