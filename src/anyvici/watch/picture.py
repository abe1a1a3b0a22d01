"""What SAs there are, put together from events and lists. Pure: no I/O, nothing async.

A list is a look at each SA at some time between its request and its answer, while events go on. It
is merged when all events are in that the daemon had raised before its answer. By then, whatever
was told of since the request is known better than from the list; of all else the list is right.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from anyvici.models.enums import ChildSaState
from anyvici.models.events import ChildRekey, ChildUpDown, IkeRekey, IkeUpdate, IkeUpDown
from anyvici.models.sas import ChildSa, IkeSa
from anyvici.watch.changes import Change, Removed
from anyvici.watch.comparison import is_coming, is_ending, is_over, was_missed
from anyvici.watch.hearsay import Hearsay, Key, key
from anyvici.watch.registry import Registry, Step

SaEvent = IkeUpDown | ChildUpDown | IkeRekey | ChildRekey | IkeUpdate


class Picture:
    """The SAs of one run of the daemon."""

    def __init__(self) -> None:
        self.repairs: int = 0
        self._sas = Registry()
        self._heard = Hearsay()
        self._unseen: set[int] = set()  # IKE_SAs of which it is not known what is in them
        self._awaited: set[int] = set()  # CHILD_SAs that are REKEYED, though no event has told it
        self._complete = False

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
        self._heard.expect_list()
        self._unseen = set()

    def take_unseen(self) -> set[int]:
        """Return which IKE_SAs have to be listed one by one, so that the list is whole.

        They have replaced others meanwhile. Their CHILD_SAs may be in no list, if it looked at the
        old one afterwards and for the new one before. (With rekeying, that matters only if they
        were not known before.)
        """
        unseen, self._unseen = self._unseen, set()
        return unseen

    def merge(self, listed: Sequence[IkeSa]) -> list[Change]:
        """Take in the list that was expected, and return what it changed.

        What an event should have told is counted as repairs, unless it is the first list.
        """
        changes = self._sas.done(self._merge(listed))
        there = {key(sa) for sa in _all(listed)}
        if self._complete:
            untold = [each for each in changes if was_missed(each)]
            self.repairs += sum(not self._is_told_by_others(each, there) for each in untold)
        self._heard.forget(there)
        self._complete = True
        return changes

    # Events.

    def _hear(self, event: SaEvent) -> Iterator[Step]:
        match event:
            case IkeUpDown(up=True):
                yield from self._ike_is_up(event.ike_sa)
                self._may_take_over(event.ike_sa)
            case IkeUpDown():
                self._heard.is_gone(event.ike_sa)
                yield from self._sas.drop_ike(event.ike_sa.uniqueid)
            case ChildUpDown(up=True):
                yield from self._ike_is_up(event.ike_sa)
                for child_sa in event.ike_sa.child_sas:
                    yield from self._child_is_up(child_sa, event.ike_sa)
            case ChildUpDown():
                for child_sa in event.ike_sa.child_sas:
                    self._heard.is_gone(child_sa)
                    yield from self._sas.drop_child(child_sa.uniqueid)
            case IkeRekey():
                yield from self._ike_is_rekeyed(event)
            case ChildRekey():
                yield from self._ike_is_up(event.ike_sa)
                yield from self._child_is_rekeyed(event)
            case IkeUpdate():
                yield from self._ike_moves(event)

    def _ike_is_up(self, ike_sa: IkeSa) -> Iterator[Step]:
        if key(ike_sa) not in self._heard.gone:
            self._heard.is_told(key(ike_sa))
            yield from self._sas.put_ike(ike_sa)

    def _may_take_over(self, ike_sa: IkeSa) -> None:
        """With IKEv1, CHILD_SAs may move to it without a word while a list is made."""
        if self._heard.expecting and ike_sa.version == 1:
            self._unseen.add(ike_sa.uniqueid)

    def _child_is_up(self, child_sa: ChildSa, ike_sa: IkeSa) -> Iterator[Step]:
        if key(child_sa) not in self._heard.gone and ike_sa.uniqueid in self.ike_sas:
            self._heard.is_told(key(child_sa))
            yield from self._sas.put_child(child_sa, ike_sa.uniqueid)

    def _ike_is_rekeyed(self, event: IkeRekey) -> Iterator[Step]:
        old, new = event.old.uniqueid, event.new.uniqueid
        self._heard.is_gone(event.old, heir=event.new)
        put = [*self._ike_is_up(event.new)]
        if new in self.ike_sas:
            self._heard.is_told(*((ChildSa, child_id) for child_id in self._sas.hand_on(old, new)))
            if self._heard.expecting and not self._complete:
                self._unseen = self._unseen - {old} | {new}
        dropped = [*self._sas.drop_ike(old)]
        yield from _rekeyed(dropped, put, self.ike_sas.get(new), event.new)

    def _child_is_rekeyed(self, event: ChildRekey) -> Iterator[Step]:
        """Replace a CHILD_SA; or what has replaced it, when both ends have begun at once.

        Then the one that is told of last counts, and of the other there is no more word (5.9.8).
        """
        old, new = event.old.uniqueid, event.new.uniqueid
        former = self.child_sas.get(self._heard.gone.get(key(event.old)) or old, event.old)
        self._heard.is_gone(event.old, heir=event.new)
        if former.uniqueid != new:
            self._heard.is_gone(former, heir=event.new)
        put = [*self._child_is_up(event.new, event.ike_sa)]
        dropped = [] if former.uniqueid == new else [*self._sas.drop_child(former.uniqueid)]
        yield from _rekeyed(dropped, put, self.child_sas.get(new), event.ike_sa)

    def _ike_moves(self, event: IkeUpdate) -> Iterator[Step]:
        """Note the new addresses; a responder tells of them also of what is not up yet."""
        if event.ike_sa.uniqueid in self.ike_sas or not is_coming(event.ike_sa):
            moved = replace(
                event.ike_sa,
                local_host=event.local_host,
                local_port=event.local_port,
                remote_host=event.remote_host,
                remote_port=event.remote_port,
            )
            yield from self._ike_is_up(moved)

    # Lists.

    def _merge(self, listed: Sequence[IkeSa]) -> Iterator[Step]:
        there: set[Key] = set()
        awaited: set[int] = set()
        for ike_sa in listed:
            if not is_over(ike_sa):
                there.add(key(ike_sa))
                if self._is_news(ike_sa):
                    yield from self._sas.put_ike(ike_sa)
            rekeyed = self._being_replaced(ike_sa)
            awaited |= {sa.uniqueid for sa in rekeyed}
            replacing = {sa.reqid for sa in rekeyed if sa.uniqueid not in self._awaited}
            for child_sa in ike_sa.child_sas:
                if not is_over(child_sa) or child_sa.reqid in replacing:
                    there.add(key(child_sa))
                    yield from self._merge_child(child_sa, ike_sa, replacing)
        self._awaited = awaited
        yield from self._drop_all_but(there | self._heard.told)

    def _merge_child(self, child_sa: ChildSa, ike_sa: IkeSa, replacing: set[int]) -> Iterator[Step]:
        home = self._heard.heir(ike_sa.uniqueid)
        if self._is_news(child_sa) and home in self.ike_sas and child_sa.reqid not in replacing:
            yield from self._sas.put_child(child_sa, home)

    def _being_replaced(self, ike_sa: IkeSa) -> list[ChildSa]:
        """Return the CHILD_SAs that stay as they are until an event tells of their heirs.

        Since charon 6.0.0 a responder has both for some time before it tells of the rekeying. If
        the next list shows that again, the event was lost. With IKEv1 the one that was replaced is
        REKEYED for the rest of its life.
        """
        if ike_sa.version == 1:
            return []
        rekeyed = [sa for sa in ike_sa.child_sas if sa.state == ChildSaState.REKEYED]
        return [sa for sa in rekeyed if sa.uniqueid in self.child_sas and self._is_news(sa)]

    def _is_news(self, sa: IkeSa | ChildSa) -> bool:
        """Tell whether the list knows better; what goes away need not be known any more."""
        if self._heard.knows(sa):
            return False
        known = self.ike_sas if isinstance(sa, IkeSa) else self.child_sas
        return sa.uniqueid in known or not is_ending(sa)

    def _is_told_by_others(self, change: Change, listed: set[Key]) -> bool:
        """Tell whether no event is due: it is listed as deleted, or its IKE_SA was told to be gone.

        Then charon (5.9.8) tells of the end of its CHILD_SAs, but for those that are REKEYED, as
        one may be that two rekeyings at once have made in vain.
        """
        if not isinstance(change, Removed):
            return False
        return key(change.old) in listed or key(change.ike_sa) in self._heard.gone

    def _drop_all_but(self, there: set[Key]) -> Iterator[Step]:
        for child_id in [*self.child_sas]:
            if (ChildSa, child_id) not in there:
                yield from self._sas.drop_child(child_id)
        for ike_id in [*self.ike_sas]:
            if (IkeSa, ike_id) not in there:
                yield from self._sas.drop_ike(ike_id)


def _rekeyed(
    dropped: list[Step], put: list[Step], new: IkeSa | ChildSa | None, ike_sa: IkeSa
) -> list[Step]:
    """Return as one step that one SA has gone and another one come, if so it is."""
    if not dropped or new is None:
        return dropped + put
    return [Step(dropped[0].old, new, ike_sa, rekeyed=True)]


def _all(ike_sas: Sequence[IkeSa]) -> Iterator[IkeSa | ChildSa]:
    for ike_sa in ike_sas:
        yield ike_sa
        yield from ike_sa.child_sas
