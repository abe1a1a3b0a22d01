"""A tunnel as a block of code: up on entering, down on leaving."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import anyio

from anyvici.client.events import EventCommands, Events
from anyvici.client.progress import Progress
from anyvici.client.sas import SaCommands
from anyvici.exceptions import CommandError, EventsLost, ViciError
from anyvici.models.enums import ChildSaState
from anyvici.models.events import ChildRekey, IkeRekey
from anyvici.models.results import InitiateResult
from anyvici.models.sas import ChildSa, IkeSa

_PAUSE = 0.05  # seconds between two looks at whether an SA is gone
_UP = frozenset({ChildSaState.INSTALLED, ChildSaState.REKEYING, ChildSaState.REKEYED})


@dataclass(frozen=True)
class Tunnel:
    """The SAs of a tunnel as they were when it came up; rekeying replaces both in time."""

    ike_sa: IkeSa
    child_sa: ChildSa


@dataclass
class _Others:
    """The uniqueids of SAs that are not the tunnel's, kept up to date as they are rekeyed.

    What has the tunnel's names and is not among these is the tunnel's, rekeyed or not.
    """

    ike_sas: set[int] = field(default_factory=set)
    hosts: set[int] = field(default_factory=set)  # those of other connections that it may share
    child_sas: set[int] = field(default_factory=set)

    async def follow(self, events: Events[IkeRekey | ChildRekey]) -> None:
        """Take note of rekeyings until the subscription or the connection ends."""
        while True:
            try:
                async for event in events:
                    for ids in self._ids(event):
                        if event.old.uniqueid in ids:
                            ids.add(event.new.uniqueid)
            except EventsLost:
                continue
            except (ViciError, anyio.ClosedResourceError):
                return

    def _ids(self, event: IkeRekey | ChildRekey) -> list[set[int]]:
        return [self.ike_sas, self.hosts] if isinstance(event, IkeRekey) else [self.child_sas]


class TunnelCommands(SaCommands, EventCommands):
    """Several commands as one: a tunnel."""

    @asynccontextmanager
    async def tunnel(
        self,
        *,
        ike: str,
        child: str,
        timeout: float | timedelta = 60.0,
        existing: Literal["refuse", "adopt"] = "refuse",
        leave_timeout: float = 10.0,
    ) -> AsyncGenerator[Tunnel]:
        """Have a tunnel up for as long as the body of `async with` runs.

        Entering initiates `child` of the connection `ike` as initiate() does. A CHILD_SA of this
        name that is up already is refused (CommandError), or adopted: then it is as if it had been
        brought up here. Cancelled, or failed, while it comes up, the attempt is ended.

        charon shares an IKE_SA between connections that are alike in all but their names; the
        CHILD_SA is found there, too. It tells of no link between an IKE_SA and the one that
        replaces it by reauthentication (with IKEv1, by rekeying): if somebody else's IKE_SA of this
        connection is replaced in this way meanwhile, it is taken for the tunnel's on leaving.

        Leaving, however it comes about, ends the CHILD_SA, and its IKE_SA if it was not there
        before and carries nothing else. It waits until they are gone, in a shielded scope: for
        `leave_timeout` seconds that the peer be told, and then they are destroyed. If the daemon
        cannot be reached, that is raised, or a note on what the body raised.
        """
        async with self.subscribe(IkeRekey, ChildRekey) as events:
            keeper = _Keeper(self, ike, child)
            self._tasks.start_soon(keeper.others.follow, events)
            found = await keeper.look(existing)
            try:
                yield found or await keeper.bring_up(timeout)
            except BaseException as error:
                await keeper.take_down_after(error, leave_timeout)
                raise
            await keeper.take_down(leave_timeout)


class _Keeper:
    """Brings one tunnel up and takes it down."""

    def __init__(self, client: SaCommands, ike: str, child: str) -> None:
        self.others = _Others()
        self._client = client
        self._ike = ike
        self._child = child
        self._asked: set[tuple[int | None, int | None]] = set()
        self._attempt: Progress[InitiateResult] | None = None

    async def look(self, existing: Literal["refuse", "adopt"]) -> Tunnel | None:
        """Take note of what is there already; return the tunnel if it is to be adopted."""
        found = None
        for ike_sa in await self._client.list_sas():  # all: whose IKE_SA it will share is not known
            self.others.ike_sas.add(ike_sa.uniqueid)
            self.others.child_sas.update(sa.uniqueid for sa in ike_sa.child_sas)
            if ike_sa.name == self._ike:
                up = (Tunnel(ike_sa, sa) for sa in self._own(ike_sa) if sa.state in _UP)
                found = next(up, found)
        if found is None:
            return None
        if existing == "refuse":
            text = f"CHILD_SA '{self._child}' is up already, as {found.child_sa.uniqueid}"
            raise CommandError("initiate", text, {})
        self.others.child_sas.remove(found.child_sa.uniqueid)
        return found

    async def bring_up(self, timeout: float | timedelta) -> Tunnel:
        self._attempt = self._client.initiate(ike=self._ike, child=self._child, timeout=timeout)
        async with self._attempt as lines:
            async for line in lines:
                if line.ikesa_uniqueid is not None and line.ikesa_name != self._ike:
                    self.others.hosts.add(line.ikesa_uniqueid)
        tunnels = [
            Tunnel(ike_sa, child_sa)
            for ike_sa in await self._ike_sas()
            for child_sa in self._own(ike_sa)
            if child_sa.uniqueid not in self.others.child_sas and child_sa.state in _UP
        ]
        if not tunnels:  # gone again already
            raise CommandError("initiate", f"CHILD_SA '{self._child}' did not stay up", {})
        return tunnels[-1]

    async def _ike_sas(self) -> list[IkeSa]:
        """Return the IKE_SAs that the tunnel can be in."""
        ike_sas = await self._client.list_sas(ike=self._ike)
        for host in self.others.hosts - {ike_sa.uniqueid for ike_sa in ike_sas}:
            ike_sas += await self._client.list_sas(ike_id=host)
        return ike_sas

    def _own(self, ike_sa: IkeSa) -> list[ChildSa]:
        return [child_sa for child_sa in ike_sa.child_sas if child_sa.name == self._child]

    async def take_down_after(self, error: BaseException, leave_timeout: float) -> None:
        """Take it down though the body, or bringing it up, has failed."""
        try:
            await self.take_down(leave_timeout)
        except ViciError as failure:
            error.add_note(f"the tunnel {self._ike}/{self._child} could not be ended: {failure}")

    async def take_down(self, leave_timeout: float) -> None:
        """End what is the tunnel's, and destroy what does not end in time, cancelled or not.

        A Task.cancel() of asyncio gets through shields. It is put off until the tunnel is down.
        """
        put_off: BaseException | None = None
        while True:
            try:
                await self._take_down(leave_timeout)
                break
            except anyio.get_cancelled_exc_class() as cancellation:
                put_off = cancellation
        if put_off is not None:
            raise put_off

    async def _take_down(self, leave_timeout: float) -> None:
        with anyio.move_on_after(leave_timeout, shield=True) as scope:
            await self._end_all(force=False)
        if scope.cancelled_caught:
            with anyio.move_on_after(leave_timeout, shield=True):
                await self._end_all(force=True)

    async def _end_all(self, *, force: bool) -> None:
        """Ask for the end of each SA once, and wait until all are gone.

        An attempt whose request is still on its way to the daemon has no SA yet: not before it is
        answered is it sure that none will come. No thread of the daemon waits for any of this
        (timeout=-1), so it does not have to wait for one to be free.
        """
        while True:
            there = await self._there()
            for sa in there if force else there - self._asked:
                await self._end(sa, force)
                self._asked.add(sa)
            if not there and (self._attempt is None or self._attempt.done):
                return
            await anyio.sleep(_PAUSE)

    async def _there(self) -> set[tuple[int | None, int | None]]:
        """Return what to terminate, as (ike_id, child_id): a whole IKE_SA or one CHILD_SA."""
        sas: set[tuple[int | None, int | None]] = set()
        for ike_sa in await self._ike_sas():
            own = self._own(ike_sa)
            ours = ike_sa.uniqueid not in self.others.ike_sas
            if ours and len(own) == len(ike_sa.child_sas):  # it carries nothing else
                sas.add((ike_sa.uniqueid, None))
            else:
                ids = {sa.uniqueid for sa in own if sa.state != ChildSaState.DELETED}
                sas |= {(None, child_id) for child_id in ids - self.others.child_sas}
        return sas

    async def _end(self, sa: tuple[int | None, int | None], force: bool) -> None:
        ike_id, child_id = sa
        with suppress(CommandError):  # it has ended by itself
            await self._client.terminate(
                ike_id=ike_id, child_id=child_id, force=force, timeout=-1, loglevel=-1
            )
