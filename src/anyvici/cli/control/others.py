"""The SAs that are not those of an initiate: what was there before."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Self

from anyvici import ChildRekey, ChildSa, ChildSaState, Client, Events, IkeRekey, IkeSa, Task

_CAPACITY = 65536  # rekeyings that may wait to be looked at
_MAKES_A_CHILD = (Task.CHILD_CREATE, Task.QUICK_MODE)


class Others:
    """The uniqueids of the SAs that were there before, kept right when these are rekeyed."""

    def __init__(self, events: Events[IkeRekey | ChildRekey]) -> None:
        self._events = events
        self._ike_sas: set[int] = set()
        self._child_sas: set[int] = set()

    @classmethod
    @asynccontextmanager
    async def noted(cls, client: Client) -> AsyncGenerator[Self]:
        """Take note of what there is; from then on, of its rekeyings."""
        async with client.subscribe(IkeRekey, ChildRekey, capacity=_CAPACITY) as events:
            others = cls(events)
            async with client.list_sas() as ike_sas:
                async for ike_sa in ike_sas:
                    others._ike_sas.add(ike_sa.uniqueid)
                    others._child_sas.update(sa.uniqueid for sa in ike_sa.child_sas)
            yield others

    async def catch_up(self, ike_sas: set[int]) -> None:
        """Take note of the rekeyings so far, also of those of other IKE_SAs."""
        await self._events.sync()
        for _ in range(self._events.waiting):
            event = await anext(self._events)
            followed = [self._child_sas]
            if isinstance(event, IkeRekey):
                followed = [self._ike_sas, ike_sas]
            for each in followed:
                if event.old.uniqueid in each:
                    each.add(event.new.uniqueid)

    def has(self, ike_sa: IkeSa) -> bool:
        """Tell whether an IKE_SA was there before."""
        return ike_sa.uniqueid in self._ike_sas

    def without(self, child_sas: list[ChildSa], name: str | None) -> list[ChildSa]:
        """Return the CHILD_SAs of a name that were not there before."""
        return [
            sa
            for sa in child_sas
            if sa.name == name
            and sa.uniqueid not in self._child_sas
            and sa.state != ChildSaState.DELETED
        ]


def is_shared(ike_sa: IkeSa, own: list[ChildSa], *, under_way: bool) -> bool:
    """Tell whether an IKE_SA carries, or is about to carry, more than our own CHILD_SAs.

    While ours is `under_way`, one of those that it is about to carry may be that.
    """
    there = [sa for sa in ike_sa.child_sas if sa.state != ChildSaState.DELETED]
    return len(there) > len(own) or coming_children(ike_sa) > under_way


def coming_children(ike_sa: IkeSa) -> int:
    """Return how many CHILD_SAs an IKE_SA is asking for, or is about to."""
    tasks = [*ike_sa.tasks_active, *ike_sa.tasks_queued]
    return sum(task in _MAKES_A_CHILD for task in tasks)
