"""What SAs there are, put together from events and lists. Pure: no I/O, nothing async.

A list is a look at each SA at some time between its request and its answer, while events go on. It
is merged when all events are in that the daemon had raised before its answer. By then, whatever
was told of since the request is known better than from the list; of all else the list is right.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from anyvici.models.events import ChildRekey, ChildUpDown, IkeRekey, IkeUpdate, IkeUpDown
from anyvici.models.sas import ChildSa, IkeSa
from anyvici.watch.changes import Added, Change, Removed, Updated
from anyvici.watch.comparison import differ, is_over, is_over_in, is_same
from anyvici.watch.registry import Registry, Step

SaEvent = IkeUpDown | ChildUpDown | IkeRekey | ChildRekey | IkeUpdate

Key = tuple[type, int]
"""Of an SA: uniqueids of IKE_SAs and of CHILD_SAs are numbers of their own."""

# Of so many SAs it is remembered that they are gone, if there is no list to forget them after.
_MOST_GONE = 10_000


class Picture:
    """The SAs of one run of the daemon."""

    def __init__(self) -> None:
        self._sas = Registry()
        self._gone: dict[Key, None] = {}  # told to be gone, and perhaps still listed; in order
        self._told: set[Key] = set()  # told of since a list was asked for
        self._expecting = False

    @property
    def ike_sas(self) -> dict[int, IkeSa]:
        """The IKE_SAs by uniqueid, with their CHILD_SAs."""
        return self._sas.ike_sas

    @property
    def child_sas(self) -> dict[int, ChildSa]:
        """The CHILD_SAs by uniqueid."""
        return self._sas.child_sas

    def home(self, child_id: int) -> IkeSa:
        """Return the IKE_SA of a CHILD_SA; if that is gone, as it was."""
        return self._sas.home(child_id)

    @property
    def unsure(self) -> bool:
        """Whether there are CHILD_SAs without an IKE_SA: only a list tells where they are.

        When an IKE_SA ends, events of its CHILD_SAs follow. Those that none comes for have moved,
        without a word, to an IKE_SA that replaced it (IKEv1; charon 5.9.8, adopt_children_job).
        """
        return self._sas.orphans

    def hear(self, event: SaEvent) -> list[Change]:
        """Take an event in, and return what it changed."""
        return self._sas.done(self._hear(event))

    def expect_list(self) -> None:
        """A list is asked for, from now on."""
        self._told = set()
        self._expecting = True

    def merge(self, listed: Sequence[IkeSa]) -> list[Change]:
        """Take in the list that was expected, and return what it changed."""
        changes = self._sas.done(self._merge(listed))
        still = {_key(sa) for sa in _all(listed)} | self._told
        self._gone = {key: None for key in self._gone if key in still}
        self._told, self._expecting = set(), False
        return changes

    # Events.

    def _hear(self, event: SaEvent) -> Iterator[Step]:
        match event:
            case IkeUpDown(up=True):
                yield from self._ike_is_up(event.ike_sa)
            case IkeUpDown():
                self._is_gone(event.ike_sa)
                yield from self._sas.drop_ike(event.ike_sa.uniqueid)
            case ChildUpDown(up=True):
                yield from self._ike_is_up(event.ike_sa)
                for child_sa in event.ike_sa.child_sas:
                    yield from self._child_is_up(child_sa, event.ike_sa)
            case ChildUpDown():
                for child_sa in event.ike_sa.child_sas:
                    self._is_gone(child_sa)
                    yield from self._sas.drop_child(child_sa.uniqueid)
            case IkeRekey():
                yield from self._ike_is_rekeyed(event)
            case ChildRekey():
                yield from self._ike_is_up(event.ike_sa)
                yield from self._child_is_rekeyed(event)
            case IkeUpdate():
                yield from self._ike_moves(event)

    def _is_told(self, *keys: Key) -> None:
        if self._expecting:
            self._told.update(keys)

    def _is_gone(self, sa: IkeSa | ChildSa) -> None:
        self._is_told(_key(sa))
        self._gone[_key(sa)] = None
        if len(self._gone) > _MOST_GONE:
            del self._gone[next(iter(self._gone))]

    def _ike_is_up(self, ike_sa: IkeSa) -> Iterator[Step]:
        if _key(ike_sa) not in self._gone:
            self._is_told(_key(ike_sa))
            yield from self._sas.put_ike(ike_sa)

    def _child_is_up(self, child_sa: ChildSa, ike_sa: IkeSa) -> Iterator[Step]:
        if _key(child_sa) not in self._gone and ike_sa.uniqueid in self.ike_sas:
            self._is_told(_key(child_sa))
            yield from self._sas.put_child(child_sa, ike_sa.uniqueid)

    def _ike_is_rekeyed(self, event: IkeRekey) -> Iterator[Step]:
        self._is_gone(event.old)
        before = self.ike_sas.get(event.old.uniqueid)
        moved = self._sas.hand_on(event.old.uniqueid, event.new.uniqueid)
        self._is_told(*((ChildSa, child_id) for child_id in moved))
        gone = [*self._sas.drop_ike(event.old.uniqueid)]
        for step in self._ike_is_up(event.new):
            yield step._replace(old=before, rekeyed=True) if gone else step

    def _child_is_rekeyed(self, event: ChildRekey) -> Iterator[Step]:
        self._is_gone(event.old)
        before = self.child_sas.get(event.old.uniqueid)
        gone = [*self._sas.drop_child(event.old.uniqueid)]
        for step in self._child_is_up(event.new, event.ike_sa):
            yield step._replace(old=before, rekeyed=True) if gone else step

    def _ike_moves(self, event: IkeUpdate) -> Iterator[Step]:
        known = self.ike_sas.get(event.ike_sa.uniqueid)
        if known is not None:
            moved = replace(
                known,
                local_host=event.local_host,
                local_port=event.local_port,
                remote_host=event.remote_host,
                remote_port=event.remote_port,
            )
            yield from self._ike_is_up(moved)

    # Lists.

    def _merge(self, listed: Sequence[IkeSa]) -> Iterator[Step]:
        there: set[Key] = set()
        for ike_sa in listed:
            if not is_over(ike_sa):
                there.add(_key(ike_sa))
                if self._is_news(ike_sa):
                    yield from self._sas.put_ike(ike_sa)
            for child_sa in ike_sa.child_sas:
                if not is_over_in(ike_sa, child_sa):
                    there.add(_key(child_sa))
                    # An IKE_SA that is not here was rekeyed meanwhile, and handed it on.
                    if self._is_news(child_sa) and ike_sa.uniqueid in self.ike_sas:
                        yield from self._sas.put_child(child_sa, ike_sa.uniqueid)
        yield from self._drop_all_but(there | self._told)

    def _is_news(self, sa: IkeSa | ChildSa) -> bool:
        return _key(sa) not in self._told and _key(sa) not in self._gone

    def _drop_all_but(self, there: set[Key]) -> Iterator[Step]:
        for child_id in [*self.child_sas]:
            if (ChildSa, child_id) not in there:
                yield from self._sas.drop_child(child_id)
        for ike_id in [*self.ike_sas]:
            if (IkeSa, ike_id) not in there:
                yield from self._sas.drop_ike(ike_id)


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


def _key(sa: IkeSa | ChildSa) -> Key:
    return type(sa), sa.uniqueid


def _all(ike_sas: Sequence[IkeSa]) -> Iterator[IkeSa | ChildSa]:
    for ike_sa in ike_sas:
        yield ike_sa
        yield from ike_sa.child_sas
