"""What has changed from one picture of the SAs to another, when what came in between was missed."""

from collections.abc import Iterator

from anyvici.watch.changes import Added, Change, Removed, Updated
from anyvici.watch.comparison import differ, is_same
from anyvici.watch.picture import Picture


def compare(before: Picture, after: Picture) -> list[Change]:
    """Return what has changed from one picture to another, which may be of another run."""
    return [*_removed(before, after), *_added_and_updated(before, after)]


def _removed(before: Picture, after: Picture) -> Iterator[Change]:
    for ike_id, ike_sa in before.ike_sas.items():
        if not is_same(ike_sa, after.ike_sas.get(ike_id)):
            yield Removed(ike_sa, ike_sa)
    for child_id, child_sa in before.child_sas.items():
        if not is_same(child_sa, after.child_sas.get(child_id)):
            yield Removed(child_sa, before.home(child_id))


def _added_and_updated(before: Picture, after: Picture) -> Iterator[Change]:
    for ike_id, ike_sa in after.ike_sas.items():
        old = before.ike_sas.get(ike_id)
        if old is None or not is_same(old, ike_sa):
            yield Added(ike_sa, ike_sa)
        elif differ(old, ike_sa):
            yield Updated(old, ike_sa, ike_sa)
    for child_id, child_sa in after.child_sas.items():
        was = before.child_sas.get(child_id)
        if was is None or not is_same(was, child_sa):
            yield Added(child_sa, after.home(child_id))
        elif differ(was, child_sa):
            yield Updated(was, child_sa, after.home(child_id))
