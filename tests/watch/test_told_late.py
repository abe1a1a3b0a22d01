"""A rekeying that a responder tells of when the old CHILD_SA is deleted (since charon 6.0.0)."""

from anyvici import ChildSaState
from anyvici.watch.picture import Picture
from tests.watch.sas import child, child_rekey, child_up, hear, ike, ike_up, shown, take_list

BOTH = ike(1, child(2, state=ChildSaState.REKEYED), child(3))


def known() -> Picture:
    picture = Picture()
    hear(picture, ike_up(ike(1)), child_up(ike(1), child(2)))
    take_list(picture, ike(1, child(2)))
    return picture


def test_until_then_it_is_as_it_was() -> None:
    picture = known()
    assert take_list(picture, BOTH) == []
    (change,) = hear(picture, child_rekey(ike(1), child(2), child(3)))
    assert (shown(change), [*picture.child_sas], picture.repairs) == ("Rekeyed net", [3], 0)


def test_the_second_list_counts() -> None:
    """If its event is lost, it does not stay so for ever."""
    picture = known()
    take_list(picture, BOTH)
    take_list(picture, BOTH)
    assert [*picture.child_sas] == [3]
    assert picture.repairs > 0
