"""Appointments: their order, their cancelling, and that nobody is kept from anything."""

from collections.abc import AsyncGenerator

import anyio
import pytest
from anyio.lowlevel import checkpoint

from anyvici.testing.agenda import Agenda

pytestmark = pytest.mark.anyio


class Diary:
    """An agenda, and what has happened by it."""

    def __init__(self, agenda: Agenda) -> None:
        self.agenda = agenda
        self.kept: list[str] = []
        self._changed = anyio.Event()

    def note(self, name: str) -> None:
        self.kept.append(name)
        self._changed.set()

    async def until(self, name: str) -> list[str]:
        """Wait until something has happened, and return all that has."""
        with anyio.fail_after(5):
            while name not in self.kept:
                self._changed = anyio.Event()
                await self._changed.wait()
        return self.kept


@pytest.fixture
async def diary(anyio_backend: str) -> AsyncGenerator[Diary]:
    agenda = Agenda()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(agenda.run)
        yield Diary(agenda)
        tasks.cancel_scope.cancel()


async def test_the_sooner_comes_first(diary: Diary) -> None:
    for seconds in (0.03, 0.01, 0.02, 0.0):
        diary.agenda.after(seconds, lambda seconds=seconds: diary.note(f"{seconds}"))
    assert await diary.until("0.03") == ["0.0", "0.01", "0.02", "0.03"]


async def test_of_two_at_once_the_older_one_comes_first(diary: Diary) -> None:
    for number in range(100):
        diary.agenda.after(0, lambda number=number: diary.note(f"{number}"))
    assert await diary.until("99") == [f"{number}" for number in range(100)]


async def test_one_that_comes_before_the_next(diary: Diary) -> None:
    """It is taken note of though the next is waited for already."""
    diary.agenda.after(3600, lambda: diary.note("late"))
    await anyio.wait_all_tasks_blocked()
    diary.agenda.after(0.001, lambda: diary.note("soon"))
    assert await diary.until("soon") == ["soon"]


async def test_none_too_soon(diary: Diary) -> None:
    moments: list[float] = []
    for number in range(1, 20):
        due = anyio.current_time() + number / 1000
        diary.agenda.after(
            number / 1000, lambda due=due: moments.append(anyio.current_time() - due)
        )
    diary.agenda.after(0.025, lambda: diary.note("all"))
    await diary.until("all")
    assert len(moments) == 19
    assert min(moments) >= 0


async def test_cancelling(diary: Diary) -> None:
    first = diary.agenda.after(0, lambda: diary.note("first"))
    second = diary.agenda.after(0, lambda: diary.note("second"))
    diary.agenda.after(0, lambda: diary.note("third"))
    second.cancel()
    assert await diary.until("third") == ["first", "third"]
    first.cancel()  # that is over
    assert diary.kept == ["first", "third"]


async def test_one_cancels_another_of_the_same_moment(diary: Diary) -> None:
    def cancel() -> None:
        second.cancel()
        diary.note("first")

    diary.agenda.after(0, cancel)
    second = diary.agenda.after(0, lambda: diary.note("second"))
    diary.agenda.after(0, lambda: diary.note("third"))
    assert await diary.until("third") == ["first", "third"]


async def test_one_clears_everything(diary: Diary) -> None:
    def clear() -> None:
        diary.agenda.clear()
        diary.agenda.after(0, lambda: diary.note("new"))

    diary.agenda.after(0, clear)
    diary.agenda.after(0, lambda: diary.note("old"))
    assert await diary.until("new") == ["new"]


async def test_what_has_no_end_is_in_nobodys_way(diary: Diary) -> None:
    """At 0 seconds comes one after the other; others have their turn, and can end it."""

    def again() -> None:
        diary.note("again")
        diary.agenda.after(0, again)

    diary.agenda.after(0, again)
    for _ in range(50):
        await checkpoint()
    diary.agenda.clear()
    count = len(diary.kept)
    assert 1 <= count <= 50
    await anyio.wait_all_tasks_blocked()
    assert len(diary.kept) == count


async def test_each_is_kept_once(diary: Diary) -> None:
    appointment = diary.agenda.after(0, lambda: diary.note("once"))
    await diary.until("once")
    appointment.keep()
    assert diary.kept == ["once"]


async def test_what_was_cancelled_is_not_kept(diary: Diary) -> None:
    """Of SAs that come and go for hours, each leaves appointments hours ahead behind."""
    kept = [diary.agenda.after(3600, lambda: None) for _ in range(10)]
    for _ in range(10_000):
        diary.agenda.after(3600, lambda: None).cancel()
    assert len(diary.agenda._entries) <= 1000
    assert all(appointment.is_open for appointment in kept)
    diary.agenda.after(0.02, lambda: diary.note("second"))
    diary.agenda.after(0.01, lambda: diary.note("first"))
    assert await diary.until("second") == ["first", "second"]


async def test_what_is_to_come_is_kept_however_much_it_is(diary: Diary) -> None:
    for number in range(3000):
        diary.agenda.after(0.01, lambda number=number: diary.note(f"{number}"))
    assert await diary.until("2999") == [f"{number}" for number in range(3000)]
