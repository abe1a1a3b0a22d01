"""Lists that are merged with the events around them: every moment of every list, one by one.

A list is asked for, looks at the SAs, and is taken in: at any three moments of a story. Whatever
the moments, the picture is right from there on, and nothing that an event tells counts as missed.
"""

import random
from collections.abc import Iterator
from itertools import combinations_with_replacement
from typing import Any

import pytest

from anyvici import Added, ChildSa, IkeSa, Removed
from anyvici.models.enums import IkeSaState
from anyvici.watch.comparison import was_missed
from anyvici.watch.difference import compare
from anyvici.watch.picture import Picture, SaEvent
from tests.watch.sas import (
    Daemon,
    child,
    child_down,
    child_rekey,
    child_up,
    ike,
    ike_down,
    ike_rekey,
    ike_up,
    ike_update,
    take_list,
)

STORY: list[tuple[Any, ...]] = [
    (Daemon.ike_up, 1),
    (Daemon.child_up, 1, 1),
    (Daemon.ike_up, 2),
    (Daemon.child_rekey, 1, 1, 2),
    (Daemon.child_up, 1, 3),
    (Daemon.ike_rekey, 1, 3),
    (Daemon.child_down, 3, 3),
    (Daemon.forget,),
    (Daemon.child_up, 2, 4),
    (Daemon.child_rekey, 3, 2, 5),
    (Daemon.ike_down, 2),
    (Daemon.ike_rekey, 3, 4),
    (Daemon.ike_down, 4),
]
MOMENTS = range(len(STORY) + 1)


class Told:
    """The story, told: at each moment the events so far, what is there, and what is listed."""

    def __init__(self) -> None:
        self.events: list[SaEvent] = []
        daemon = Daemon(self.events.append)
        self.heard, self.there, self.listed = [0], [{**daemon.there}], [daemon.listed()]
        for do, *whom in STORY:
            do(daemon, *whom)
            self.heard.append(len(self.events))
            self.there.append({**daemon.there})
            self.listed.append(daemon.listed())

    def between(self, one: int, other: int) -> list[SaEvent]:
        return self.events[self.heard[one] : self.heard[other]]

    def mixed(self, one: int, other: int) -> list[IkeSa]:
        """Return a list that looked at SAs of odd numbers at one moment, at the rest at another."""
        odd = [sa for sa in self.listed[one] if sa.uniqueid % 2]
        return odd + [sa for sa in self.listed[other] if not sa.uniqueid % 2]


TOLD = Told()


def right(picture: Picture, moment: int) -> bool:
    children = {each.uniqueid for sa in TOLD.there[moment].values() for each in sa.child_sas}
    return picture.ike_sas == TOLD.there[moment] and {*picture.child_sas} == children


def lists() -> Iterator[tuple[int, int, int, int]]:
    """Yield when a list is asked for, when it looks (twice), and when it is taken in."""
    for asked, one, other, taken in combinations_with_replacement(MOMENTS, 4):
        yield asked, one, other, taken
        yield asked, other, one, taken


def follow(picture: Picture, asked: int, one: int, other: int, taken: int) -> None:
    """Take one list in, from a picture that is right when it is asked for, to the end."""
    picture.expect_list()
    for event in TOLD.between(asked, taken):
        picture.hear(event)
    unseen = picture.take_unseen()
    looked_at = [sa for sa in TOLD.listed[taken] if sa.uniqueid in unseen]
    picture.merge([*TOLD.mixed(one, other), *looked_at])
    assert right(picture, taken), (asked, one, other, taken)
    for event in TOLD.between(taken, len(STORY)):
        picture.hear(event)
    assert right(picture, len(STORY)), (asked, one, other, taken)


def test_a_first_list() -> None:
    """It is asked for when the events of before are not known, and never will be."""
    for asked, looked, taken in combinations_with_replacement(MOMENTS, 3):
        follow(Picture(), asked, looked, looked, taken)


def test_a_first_list_that_takes_its_time() -> None:
    """CHILD_SAs may move from where it has not looked yet to where it has looked already."""
    for moments in lists():
        follow(Picture(), *moments)


def test_a_list_of_what_is_known() -> None:
    """It brings nothing that an event does not tell."""
    for asked, one, other, taken in lists():
        picture = Picture()
        for event in TOLD.between(0, asked):
            picture.hear(event)
        picture.expect_list()
        for event in TOLD.between(asked, taken):
            picture.hear(event)
        changes = picture.merge(TOLD.mixed(one, other))
        assert not any(map(was_missed, changes)), (asked, one, other, taken, changes)
        assert right(picture, taken), (asked, one, other, taken)


def test_events_that_are_known_already() -> None:
    """Those from before a list was asked for may come after that."""
    for heard, asked in combinations_with_replacement(MOMENTS, 2):
        picture = Picture()
        for event in TOLD.between(0, heard):
            picture.hear(event)
        follow(picture, heard, asked, asked, asked)


def test_two_lists() -> None:
    for first, asked in combinations_with_replacement(MOMENTS, 2):
        picture = Picture()
        take_list(picture, *TOLD.listed[first])
        for event in TOLD.between(first, asked):
            picture.hear(event)
        assert not any(map(was_missed, take_list(picture, *TOLD.listed[asked])))
        assert right(picture, asked)


def test_a_comparison() -> None:
    """Carried out on what was there before, the changes give what is there after."""
    for one, other in combinations_with_replacement(MOMENTS, 2):
        before, after = Picture(), Picture()
        take_list(before, *TOLD.listed[one])
        take_list(after, *TOLD.listed[other])
        sas = {key(sa) for sa in (*before.ike_sas.values(), *before.child_sas.values())}
        for change in compare(before, after):
            match change:
                case Removed(old=sa):
                    sas.remove(key(sa))
                case Added(new=sa):
                    assert key(sa) not in sas
                    sas.add(key(sa))
        assert sas == {key(sa) for sa in (*after.ike_sas.values(), *after.child_sas.values())}


def key(sa: IkeSa | ChildSa) -> tuple[type, int]:
    return type(sa), sa.uniqueid


# Addresses.


@pytest.mark.parametrize("known", [True, False], ids=["known", "first"])
def test_who_moves_while_a_list_is_under_way(known: bool) -> None:
    """The list may have looked before that."""
    picture = Picture()
    if known:
        take_list(picture, ike(1))
    picture.expect_list()
    picture.hear(ike_update(ike(1), "192.0.2.8"))
    picture.merge([ike(1)])
    assert picture.ike_sas[1].remote_host == "192.0.2.8"


# What no daemon tells.


@pytest.mark.parametrize("seed", range(300))
def test_nonsense_breaks_nothing(seed: int) -> None:
    """Events and lists in any order, of any SA: the picture is some picture, and never raises."""
    chosen = random.Random(seed)
    picture = Picture()
    for _ in range(60):
        a, b = chosen.sample(range(1, 5), 2)
        x, y = chosen.sample(range(1, 5), 2)
        state = chosen.choice([*IkeSaState])
        events: list[SaEvent] = [
            ike_up(ike(a)),
            ike_down(ike(a)),
            child_up(ike(a), child(x)),
            child_down(ike(a), child(x)),
            ike_rekey(ike(a), ike(b)),
            child_rekey(ike(a), child(x), child(y)),
            ike_update(ike(a), "192.0.2.8"),
        ]
        match chosen.randrange(10):
            case 0:
                picture.merge([ike(a, child(x), state=state), ike(b, child(y))])
            case 1:
                picture.expect_list()
            case _:
                picture.hear(chosen.choice(events))
        assert_consistent(picture)


def assert_consistent(picture: Picture) -> None:
    listed = [each for sa in picture.ike_sas.values() for each in sa.child_sas]
    numbers = [each.uniqueid for each in listed]
    assert len(numbers) == len({*numbers})
    assert all(picture.child_sas[each.uniqueid] == each for each in listed)
    for number in picture.child_sas.keys() - {*numbers}:
        assert picture.home(number) is not None
