"""What becomes of a picture of the SAs by each event, without a daemon."""

import pytest

from anyvici import Added, ChildSa, Rekeyed, Removed, Updated
from anyvici.watch.picture import Picture
from tests.watch.sas import (
    child,
    child_down,
    child_rekey,
    child_up,
    hear,
    ike,
    ike_down,
    ike_rekey,
    ike_up,
    ike_update,
    shown,
    take_list,
)


@pytest.fixture
def picture() -> Picture:
    """A picture that has a list of nothing."""
    picture = Picture()
    assert take_list(picture) == []
    return picture


@pytest.fixture
def up(picture: Picture) -> Picture:
    """A picture of IKE_SA 1 with CHILD_SA 2."""
    hear(picture, ike_up(ike(1)), child_up(ike(1), child(2)))
    return picture


def has(picture: Picture, **ike_sas: list[int]) -> bool:
    """Tell whether these are the IKE_SAs (by `ike1`), each with the numbers of its CHILD_SAs."""
    found = {f"ike{n}": [c.uniqueid for c in sa.child_sas] for n, sa in picture.ike_sas.items()}
    numbers = sorted(number for children in ike_sas.values() for number in children)
    return found == ike_sas and sorted(picture.child_sas) == numbers


# Up and down.


def test_up(picture: Picture) -> None:
    assert hear(picture, ike_up(ike(1))) == [Added(ike(1), ike(1))]
    whole = ike(1, child(2))
    assert hear(picture, child_up(ike(1), child(2))) == [Added(child(2), whole)]
    assert picture.ike_sas == {1: whole}
    assert picture.child_sas == {2: child(2)}


def test_a_child_tells_of_its_ike_sa_as_well(picture: Picture) -> None:
    """Both changes show the IKE_SA as it is then."""
    whole = ike(1, child(2))
    changes = hear(picture, child_up(ike(1), child(2)))
    assert changes == [Added(whole, whole), Added(child(2), whole)]


def test_a_child_goes(up: Picture) -> None:
    (change,) = hear(up, child_down(ike(1), child(2, state="DELETED")))
    assert change == Removed(child(2), ike(1))  # as it was last known
    assert has(up, ike1=[])


def test_an_ike_sa_goes_and_then_its_children(up: Picture) -> None:
    whole = ike(1, child(2))
    assert hear(up, ike_down(ike(1, state="DELETING"))) == [Removed(whole, whole)]
    assert up.unsure
    assert up.ike_sas == {}
    assert [*up.child_sas] == [2]
    assert up.home(2) == whole
    (change,) = hear(up, child_down(ike(1, state="DELETING"), child(2)))
    assert change == Removed(child(2), whole)
    assert not up.unsure
    assert has(up)


def test_the_end_of_what_never_was_there_is_no_change(picture: Picture) -> None:
    events = ike_down(ike(1, state="CONNECTING")), child_down(ike(1), child(2))
    assert hear(picture, *events) == []
    assert not picture.unsure
    assert has(picture)


def test_nothing_comes_up_that_is_gone(up: Picture) -> None:
    """Of two events that crossed each other the end counts: no uniqueid is used twice."""
    hear(up, ike_down(ike(1)), child_down(ike(1), child(2)))
    assert hear(up, ike_up(ike(1)), child_up(ike(1), child(2))) == []
    assert has(up)


def test_an_event_brings_what_has_changed(up: Picture) -> None:
    """A second child does not touch the first one."""
    told = ike(1, remote_vips=["10.3.0.1"])
    first, second = hear(up, child_up(told, child(3)))
    now = ike(1, child(2), child(3), remote_vips=["10.3.0.1"])
    assert first == Updated(ike(1, child(2)), now, now)
    assert second == Added(child(3), now)
    assert has(up, ike1=[2, 3])


def test_times_and_tasks_are_no_change(up: Picture) -> None:
    later = ike(1, established=60, rekey_time=100, tasks_active=["IKE_DPD"])
    older = child(2, install_time=60, use_in=1, rekey_time=100, life_time=200)
    assert hear(up, ike_up(later), child_up(later, older)) == []
    assert up.ike_sas[1].established == 60  # though the table has them
    assert up.child_sas[2].install_time == 60


# Rekeying.


def test_a_child_is_rekeyed(up: Picture) -> None:
    (change,) = hear(up, child_rekey(ike(1), child(2, state="REKEYING"), child(3)))
    assert change == Rekeyed(child(2), child(3), ike(1, child(3)))
    assert has(up, ike1=[3])


def test_an_ike_sa_is_rekeyed(up: Picture) -> None:
    """Its children are handed on, which is no change of theirs."""
    (change,) = hear(up, ike_rekey(ike(1, state="REKEYING"), ike(4)))
    now = ike(4, child(2))
    assert change == Rekeyed(ike(1, child(2)), now, now)
    assert has(up, ike4=[2])
    assert up.home(2) == now


def test_what_nobody_knew_is_not_rekeyed_but_there(picture: Picture) -> None:
    (change,) = hear(picture, ike_rekey(ike(1), ike(4)))
    assert change == Added(ike(4), ike(4))
    (change,) = hear(picture, child_rekey(ike(4), child(2), child(3)))
    assert change == Added(child(3), ike(4, child(3)))
    assert has(picture, ike4=[3])


@pytest.mark.parametrize("state", ["REKEYED", "DELETED", "DELETING"])
def test_an_old_child_that_is_listed_does_not_come_back(up: Picture, state: str) -> None:
    hear(up, child_rekey(ike(1), child(2), child(3)))
    for _ in range(3):
        assert take_list(up, ike(1, child(2, state=state), child(3))) == []
    assert take_list(up, ike(1, child(3))) == []
    assert has(up, ike1=[3])


@pytest.mark.parametrize("state", ["REKEYED", "DELETING", "ESTABLISHED"])
def test_an_old_ike_sa_that_is_listed_does_not_come_back(up: Picture, state: str) -> None:
    hear(up, ike_rekey(ike(1), ike(4)))
    for _ in range(3):
        assert take_list(up, ike(1, state=state), ike(4, child(2))) == []
    assert has(up, ike4=[2])


def test_a_rekeying_to_what_a_list_has_told_of_already(up: Picture) -> None:
    """Whatever the order, nothing goes without being told of."""
    take_list(up, ike(1, child(2), child(3)), ike(4))
    (change,) = hear(up, child_rekey(ike(1), child(2), child(3)))
    assert change.old == child(2)
    (change,) = hear(up, ike_rekey(ike(1), ike(4)))
    assert change.old == ike(1, child(3))
    assert has(up, ike4=[3])


# Addresses.


def test_an_ike_sa_moves(up: Picture) -> None:
    (change,) = hear(up, ike_update(ike(1), "192.0.2.8", 1234))
    now = ike(1, child(2), remote_host="192.0.2.8", remote_port=1234)
    assert change == Updated(ike(1, child(2)), now, now)
    assert up.ike_sas == {1: now}


def test_who_never_was_there_does_not_move(picture: Picture) -> None:
    """A responder tells of it for every IKE_SA that changes to port 4500, up or not."""
    assert hear(picture, ike_update(ike(1, state="CONNECTING"), "192.0.2.8")) == []
    assert has(picture)


def test_who_is_gone_does_not_move(up: Picture) -> None:
    hear(up, ike_down(ike(1)), child_down(ike(1), child(2)), ike_update(ike(1), "192.0.2.8"))
    assert has(up)


# IKEv1, where CHILD_SAs move without a word.


def test_children_without_an_ike_sa_are_looked_for(up: Picture) -> None:
    hear(up, ike_up(ike(4)), ike_down(ike(1)))
    assert up.unsure
    assert take_list(up, ike(4, child(2))) == []
    assert not up.unsure
    assert has(up, ike4=[2])


def test_a_list_sees_them_move_before_the_old_one_goes(up: Picture) -> None:
    hear(up, ike_up(ike(4)))
    assert take_list(up, ike(1), ike(4, child(2))) == []
    assert has(up, ike1=[], ike4=[2])
    assert [shown(change) for change in hear(up, ike_down(ike(1)))] == ["Removed gw"]
    assert not up.unsure


def test_children_that_are_nowhere_are_gone(up: Picture) -> None:
    hear(up, ike_down(ike(1)))
    (change,) = take_list(up)
    assert change == Removed(child(2), ike(1, child(2)))
    assert not up.unsure


# What is known.


def test_uniqueids_of_both_kinds_are_numbers_of_their_own(picture: Picture) -> None:
    hear(picture, ike_up(ike(1)), child_up(ike(1), child(1)), child_down(ike(1), child(1)))
    assert has(picture, ike1=[])
    hear(picture, ike_up(ike(1)))
    assert has(picture, ike1=[])


def test_what_was_told_to_be_gone_is_forgotten_when_it_is_not_listed_any_more(up: Picture) -> None:
    """A daemon that runs for years is not to fill the memory."""
    hear(up, child_rekey(ike(1), child(2), child(3)))
    take_list(up, ike(1, child(2, state="DELETED"), child(3)))
    assert [*up._heard.gone] == [(ChildSa, 2)]
    take_list(up, ike(1, child(3)))
    assert not up._heard.gone


def test_without_lists_the_last_ones_are_remembered(
    up: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anyvici.watch.hearsay._MOST_GONE", 3)
    for number in range(10, 20):
        hear(up, child_up(ike(1), child(number)), child_down(ike(1), child(number)))
    assert [*up._heard.gone] == [(ChildSa, number) for number in (17, 18, 19)]
    assert has(up, ike1=[2])


def test_what_two_rekeyings_at_once_have_made_in_vain(up: Picture) -> None:
    """charon does not tell of its end, not even when its IKE_SA goes; that is nothing missed."""
    take_list(up, ike(1, child(2)))
    hear(up, child_rekey(ike(1), child(2), child(3)), ike_down(ike(1)))
    (change,) = take_list(up)
    assert isinstance(change, Removed)
    assert (shown(change), change.ike_sa.uniqueid, up.repairs) == ("Removed net", 1, 0)


def test_a_child_sa_that_vanishes_is_missed(up: Picture) -> None:
    """It should have been told of."""
    take_list(up, ike(1, child(2)))
    (change,) = take_list(up, ike(1))
    assert (shown(change), up.repairs) == ("Removed net", 1)
