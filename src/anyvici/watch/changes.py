"""What happens to a table of SAs."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from anyvici.models.sas import ChildSa, IkeSa


@dataclass(frozen=True, slots=True)
class Added:
    """An SA has come up, or was found."""

    new: IkeSa | ChildSa
    ike_sa: IkeSa
    """The IKE_SA that it is, or is in."""
    old: ClassVar[None] = None


@dataclass(frozen=True, slots=True)
class Removed:
    """An SA has gone down, or was not found any more."""

    old: IkeSa | ChildSa
    """As it was last known."""
    ike_sa: IkeSa
    """The IKE_SA that it is, or was in."""
    new: ClassVar[None] = None


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """An SA was replaced by rekeying; its uniqueid has changed.

    An IKE_SA hands its CHILD_SAs on to the new one, which is no change of theirs.
    """

    old: IkeSa | ChildSa
    new: IkeSa | ChildSa
    ike_sa: IkeSa
    """The IKE_SA that the new one is, or is in."""


@dataclass(frozen=True, slots=True)
class Updated:
    """An SA tells something else of itself: its state, its addresses, its octets.

    Times that pass by themselves, and tasks that are under way, are no change.
    """

    old: IkeSa | ChildSa
    new: IkeSa | ChildSa
    ike_sa: IkeSa
    """The IKE_SA that it is, or is in."""


@dataclass(frozen=True, slots=True)
class Resynced:
    """Something was missed before this point, and the table is right again.

    After a gap in the events the table was compared with a new list: what was found stands, as
    Added, Removed and Updated, before this. What came and went in between nobody knows.
    """

    reason: str
    """Why it was necessary."""
    lost: int = 0
    """How many changes are missing here because their reader was too slow."""
    old: ClassVar[None] = None
    new: ClassVar[None] = None


Change: TypeAlias = Added | Removed | Rekeyed | Updated | Resynced
"""What iterating over a table of SAs gives."""
