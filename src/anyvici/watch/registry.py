"""The SAs by their uniqueids, and which CHILD_SA is in which IKE_SA."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from anyvici.models.sas import ChildSa, IkeSa
from anyvici.watch.changes import Added, Change, Rekeyed, Removed, Updated
from anyvici.watch.comparison import differ


class Step(NamedTuple):
    """A change, whose IKE_SA may still change by those that come with it."""

    old: IkeSa | ChildSa | None
    new: IkeSa | ChildSa | None
    ike_sa: IkeSa
    rekeyed: bool = False


class Registry:
    """IKE_SAs and CHILD_SAs. The `child_sas` of an IKE_SA are right when done() has been called."""

    def __init__(self) -> None:
        self.ike_sas: dict[int, IkeSa] = {}
        self.child_sas: dict[int, ChildSa] = {}
        self._parents: dict[int, int] = {}  # the IKE_SA of each CHILD_SA,
        self._children: dict[int, set[int]] = {}  # and the other way round
        self._lone: dict[int, IkeSa] = {}  # gone, though CHILD_SAs are left
        self._stale: set[int] = set()  # IKE_SAs whose list of CHILD_SAs is to be made anew

    @property
    def orphans(self) -> bool:
        """Whether there are CHILD_SAs whose IKE_SA is gone."""
        return bool(self._lone)

    def home(self, child_id: int) -> IkeSa:
        """Return the IKE_SA of a CHILD_SA; if that is gone, as it was."""
        parent = self._parents[child_id]
        return self._lone[parent] if parent in self._lone else self.ike_sas[parent]

    def put_ike(self, ike_sa: IkeSa) -> Iterator[Step]:
        """Have an IKE_SA, new or as it is now; its CHILD_SAs are put by themselves."""
        before = self.ike_sas.get(ike_sa.uniqueid)
        after = replace(ike_sa, child_sas=[] if before is None else before.child_sas)
        self.ike_sas[ike_sa.uniqueid] = after
        if before is None or differ(before, after):
            yield Step(before, after, after)

    def drop_ike(self, number: int) -> Iterator[Step]:
        """Have it no more. Its CHILD_SAs stay, until they are dropped or put elsewhere."""
        before = self.ike_sas.pop(number, None)
        if before is not None:
            if number in self._children:
                self._lone[number] = before
            yield Step(before, None, before)

    def put_child(self, child_sa: ChildSa, ike_id: int) -> Iterator[Step]:
        """Have a CHILD_SA in this IKE_SA, new or as it is now."""
        before = self.child_sas.get(child_sa.uniqueid)
        self.child_sas[child_sa.uniqueid] = child_sa
        self.place(child_sa.uniqueid, ike_id)
        if before is None or differ(before, child_sa):
            yield Step(before, child_sa, self.home(child_sa.uniqueid))

    def drop_child(self, number: int) -> Iterator[Step]:
        """Have it no more."""
        if number in self.child_sas:
            home = self.home(number)
            self.place(number, None)
            yield Step(self.child_sas.pop(number), None, home)

    def hand_on(self, old: int, new: int) -> set[int]:
        """Move the CHILD_SAs of an IKE_SA to another one, which is put next; return which."""
        moved = {*self._children.get(old, ())}
        for child_id in moved:
            self.place(child_id, new)
        return moved

    def place(self, child_id: int, ike_id: int | None) -> None:
        """Let a CHILD_SA be in this IKE_SA, and in no other."""
        before = self._parents.pop(child_id, None)
        if before is not None:
            self._children[before].remove(child_id)
            self._stale.add(before)
            if not self._children[before]:
                del self._children[before]
                self._lone.pop(before, None)
        if ike_id is not None:
            self._parents[child_id] = ike_id
            self._children.setdefault(ike_id, set()).add(child_id)
            self._stale.add(ike_id)

    def done(self, steps: Iterator[Step]) -> list[Change]:
        """Carry the steps out, and return them as changes of what is there then."""
        carried_out = [*steps]
        for ike_id in self._stale & self.ike_sas.keys():
            children = sorted(self._children.get(ike_id, ()))
            child_sas = [self.child_sas[child_id] for child_id in children]
            self.ike_sas[ike_id] = replace(self.ike_sas[ike_id], child_sas=child_sas)
        self._stale.clear()
        return [self._change(step) for step in carried_out]

    def _change(self, step: Step) -> Change:
        old, new = step.old, step.new
        ike_sa = self.ike_sas.get(step.ike_sa.uniqueid, step.ike_sa)
        if isinstance(new, IkeSa):
            new = ike_sa
        if new is None:
            assert old is not None
            return Removed(old, ike_sa)
        if old is None:
            return Added(new, ike_sa)
        return Rekeyed(old, new, ike_sa) if step.rekeyed else Updated(old, new, ike_sa)
