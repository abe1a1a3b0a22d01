"""The events that tell of SAs."""

from collections.abc import Callable, Mapping
from typing import Any

from anyvici.testing.replies import Pairs
from anyvici.testing.sas.sa import ChildSa, End, IkeSa, child_section, ike_section

Tell = Callable[[str, Mapping[str, Any]], None]


class Telling:
    """Tells everybody who has registered for it."""

    def __init__(self, tell: Tell, now: Callable[[], float]) -> None:
        self._tell = tell
        self._now = now

    def ike(self, sa: IkeSa, *, up: bool) -> None:
        """Tell that an IKE_SA is up, or going down."""
        self._updown("ike-updown", sa, up, ike_section(sa, self._now()))

    def child(self, sa: IkeSa, child: ChildSa, *, up: bool) -> None:
        """Tell that a CHILD_SA is up, or has gone down."""
        now = self._now()
        children = {f"{child.name}-{child.uniqueid}": child_section(child, now)}
        section = ike_section(sa, now) | {"child-sas": children}
        self._updown("child-updown", sa, up, section)

    def ike_rekeyed(self, old: IkeSa, new: IkeSa) -> None:
        """Tell that an IKE_SA was replaced."""
        now = self._now()
        pair = {"old": ike_section(old, now), "new": ike_section(new, now)}
        self._tell("ike-rekey", {old.name: pair})

    def child_rekeyed(self, sa: IkeSa, old: ChildSa, new: ChildSa) -> None:
        """Tell that a CHILD_SA was replaced; here the section has its plain name."""
        now = self._now()
        pair = {"old": child_section(old, now), "new": child_section(new, now)}
        section = ike_section(sa, now) | {"child-sas": {old.name: pair}}
        self._tell("child-rekey", {sa.name: section})

    def addresses(self, sa: IkeSa, local: End, remote: End) -> None:
        """Tell that an IKE_SA is about to change its addresses or ports to these."""
        ends = [("local", local), ("remote", remote)]
        pairs = [p for side, end in ends for p in _addresses(side, end)]
        self._tell("ike-update", Pairs(*pairs, (sa.name, ike_section(sa, self._now()))))

    def _updown(self, event: str, sa: IkeSa, up: bool, section: Mapping[str, Any]) -> None:
        direction = [("up", "yes")] if up else []
        self._tell(event, Pairs(*direction, (sa.name, section)))


def _addresses(side: str, end: End) -> list[tuple[str, Any]]:
    return [(f"{side}-host", end.host), (f"{side}-port", end.port)]
