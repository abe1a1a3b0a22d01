"""One initiate: what it has begun, what becomes of that, and how it is ended.

It has begun the IKE_SA that its log is about, unless that was there before, and in it the CHILD_SA
of its name. What another initiate, or the peer, has put into the same IKE_SA stays.
"""

from contextlib import suppress

import anyio

from anyvici import (
    ChildSa,
    ChildSaState,
    Client,
    CommandError,
    IkeSa,
    IkeSaState,
    InitiateResult,
    Progress,
)
from anyvici.cli.control.lines import LogLines
from anyvici.cli.control.others import Others, coming_children, is_shared
from anyvici.cli.control.sentences import child_named, how_to_end, ike_named

_PAUSE = 0.05  # seconds between two looks at whether an SA is gone
_PATIENCE = 5.0  # seconds that a peer has to let an SA go; then it is destroyed
_FORCE = 3.0  # seconds that this may take
END_TIME = _PATIENCE + _FORCE

_UP = frozenset({ChildSaState.INSTALLED, ChildSaState.REKEYING, ChildSaState.REKEYED})

Part = tuple[IkeSa, ChildSa | None]  # a whole IKE_SA, or one CHILD_SA of it


class Attempt:
    """An initiate that was sent: `progress`, whose log is read here."""

    def __init__(
        self,
        client: Client,
        progress: Progress[InitiateResult],
        lines: LogLines,
        ike: str | None,
        child: str | None,
        others: Others | None,
    ) -> None:
        self.wanted: str = f"IKE_SA {ike}" if child is None else f"CHILD_SA {child}"
        self.others = others
        self._client = client
        self._progress = progress
        self._lines = lines
        self._child = child
        self._outcome: InitiateResult | CommandError | None = None

    async def outcome(self) -> InitiateResult | CommandError:
        """Read the log to its end, and return what has come of it."""
        while self._outcome is None:
            await self._read_line()
        return self._outcome

    async def found(self) -> Part | None:
        """Return what has come up; None if it is not there (any more)."""
        for ike_sa in await self._ike_sas():
            up = [sa for sa in ike_sa.child_sas if sa.name == self._child and sa.state in _UP]
            if up:
                return ike_sa, max(up, key=lambda sa: sa.uniqueid)
            if self._child is None and ike_sa.state == IkeSaState.ESTABLISHED:
                return ike_sa, None
        return None

    async def _read_line(self) -> None:
        try:
            await self._lines.take(await anext(self._progress))
        except StopAsyncIteration:
            self._outcome = self._progress.result
        except CommandError as error:
            self._outcome = error

    async def _ike_sas(self) -> list[IkeSa]:
        """Return the IKE_SAs that the log has been about so far."""
        found = [await self._client.list_sas(ike_id=number) for number in self._lines.ike_sas]
        return [ike_sa for each in found for ike_sa in each]

    # What is left.

    async def left(self) -> str:
        """Tell what has become of it so far, once that can be told."""
        while self._outcome is None and not self._lines.ike_sas:
            await self._read_line()
        failed = f"{self._outcome}; " if isinstance(self._outcome, CommandError) else ""
        return failed + (await self.remains() or "nothing of it is left")

    async def remains(self) -> str:
        """Tell what there is, up or not; nothing if there is nothing."""
        found = await self.found()
        if found is not None:
            return how_to_end(*found)
        for ike_sa in await self._ike_sas():
            told = f"{ike_named(ike_sa)} is {ike_sa.state}"
            if ike_sa.state == IkeSaState.ESTABLISHED:
                told += f", {self.wanted} is not up"
            else:
                told += f"; `anyvici terminate --ike-id {ike_sa.uniqueid}` ends it"
            return f"the daemon goes on: {told}" if self._goes_on(ike_sa) else told
        return ""

    def _goes_on(self, ike_sa: IkeSa) -> bool:
        connecting = ike_sa.state == IkeSaState.CONNECTING
        return self._outcome is None or connecting or coming_children(ike_sa) > 0

    # Interrupted: ending it.

    async def end(self) -> str:
        """End what it has begun, and only that; tell what became of it."""
        ended: dict[tuple[int, int | None], Part] = {}
        with anyio.move_on_after(_PATIENCE) as patience:
            await self._end_all(ended, force=False)
        if patience.cancelled_caught and await self._parts():
            with anyio.move_on_after(_FORCE):
                await self._end_all(ended, force=True)
        return self._told(ended, await self._parts())

    async def _end_all(self, ended: dict[tuple[int, int | None], Part], *, force: bool) -> None:
        """Ask for the end of each part once, until all are gone and none can come any more."""
        asked = set()
        while True:
            parts = await self._parts()
            for part in parts:
                if (key := _key(part)) not in asked:
                    asked.add(key)
                    ended[key] = part
                    await self._ask_to_end(part, force)
            if not parts and self._outcome is not None:
                return
            with anyio.move_on_after(_PAUSE):
                await (self._read_line() if self._outcome is None else anyio.sleep(_PAUSE))

    async def _ask_to_end(self, part: Part, force: bool) -> None:
        ike_id, child_id = _key(part)
        with suppress(CommandError):  # it has ended by itself
            await self._client.terminate(
                ike_id=ike_id if child_id is None else None,
                child_id=child_id,
                force=force,
                timeout=-1,
                loglevel=-1,
            )

    async def _parts(self) -> list[Part]:
        """Return what there is of it."""
        assert self.others is not None
        while True:
            followed = set(self._lines.ike_sas)
            ike_sas = await self._ike_sas()
            await self.others.catch_up(self._lines.ike_sas)
            if followed == self._lines.ike_sas:  # not rekeyed meanwhile
                break
        return [part for ike_sa in ike_sas for part in self._own(ike_sa, self.others)]

    def _own(self, ike_sa: IkeSa, others: Others) -> list[Part]:
        own = others.without(ike_sa.child_sas, self._child)
        under_way = self._child is not None and self._outcome is None and not own
        if not others.has(ike_sa) and not is_shared(ike_sa, own, under_way=under_way):
            return [(ike_sa, None)]
        return [(ike_sa, sa) for sa in own]

    def _told(self, ended: dict[tuple[int, int | None], Part], left: list[Part]) -> str:
        there = {_key(part) for part in left}
        gone = [part for key, part in ended.items() if key not in there]
        told = [f"{_named(part)} was ended" for part in gone]
        told += [f"{_named(part)} is not ended yet" for part in left]
        if self._outcome is None and not left:
            told.append("the daemon is still at it, and what comes of it was not ended")
        return "; ".join(told) or "nothing of it was left to end"


def _key(part: Part) -> tuple[int, int | None]:
    ike_sa, child_sa = part
    return ike_sa.uniqueid, None if child_sa is None else child_sa.uniqueid


def _named(part: Part) -> str:
    ike_sa, child_sa = part
    return (
        ike_named(ike_sa) if child_sa is None else f"{child_named(child_sa)} in {ike_named(ike_sa)}"
    )
