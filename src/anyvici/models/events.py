"""Events, one class each.

A connection may be named `up`, `type` or `local-host`, so values and sections are told apart
before any of them is looked for by name: a dict would keep only one of two.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

from anyvici.models.conversion import Model, read
from anyvici.models.enums import AlertType, LogGroup
from anyvici.models.sas import ChildSa, IkeSa
from anyvici.models.sections import Sections, first, section, subsections
from anyvici.wire.message import outline


class TypedEvent(Model, frozen=True, kw_only=True):
    """Something the daemon tells unasked.

    In `raw`, the message, a connection's section stands in the place of a value of that name.
    """

    event: ClassVar[str]
    """The name of the event in VICI."""

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Return what a message tells.

        Raises RemoteProtocolError for octets that are no message, or one of something else.
        """
        values, sections = outline(octets)
        return read(cls, values, cls._known(sections), raw=values | dict(sections))

    @classmethod
    def _known(cls, sections: Sections) -> dict[str, Any]:  # noqa: ARG003 (for subclasses)
        """Return what the sections tell, by key."""
        return {}


class IkeUpDown(TypedEvent, frozen=True, kw_only=True, rename="kebab"):
    """An IKE_SA was established or is going away.

    It goes away also if it never was up, for example because authentication failed. Rekeying is
    told by IkeRekey alone.
    """

    event: ClassVar[str] = "ike-updown"
    up: bool = False
    """Whether it was established; always False before strongSwan 5.3.3."""
    ike_sa: IkeSa
    """The IKE_SA, without its CHILD_SAs."""

    @classmethod
    def _known(cls, sections: Sections) -> dict[str, Any]:
        return _ike_sa(cls, sections)


class ChildUpDown(TypedEvent, frozen=True, kw_only=True, rename="kebab"):
    """A CHILD_SA was installed or is going away.

    When a whole IKE_SA goes, an IkeUpDown comes first, and then one ChildUpDown for each of its
    CHILD_SAs, whose state still is INSTALLED. Rekeying is told by ChildRekey alone.
    """

    event: ClassVar[str] = "child-updown"
    up: bool = False
    """Whether it was installed; always False before strongSwan 5.3.3."""
    ike_sa: IkeSa
    """The IKE_SA; in its `child_sas` only the CHILD_SA that the event is about."""

    @classmethod
    def _known(cls, sections: Sections) -> dict[str, Any]:
        return _ike_sa(cls, sections)


class IkeRekey(TypedEvent, frozen=True, kw_only=True):
    """An IKE_SA was replaced by rekeying; its uniqueid changes."""

    event: ClassVar[str] = "ike-rekey"
    old: IkeSa
    """The IKE_SA that was replaced, without its CHILD_SAs."""
    new: IkeSa
    """The IKE_SA in its place, without its CHILD_SAs."""

    @classmethod
    def _known(cls, sections: Sections) -> dict[str, Any]:
        name, both = first(cls, sections)
        return {
            key: IkeSa.from_section(name, section(cls, both.get(key))) for key in ("old", "new")
        }


class ChildRekey(TypedEvent, frozen=True, kw_only=True, rename="kebab"):
    """A CHILD_SA was replaced by rekeying; its uniqueid changes, its reqid does not.

    The old one stays listed as DELETED for some seconds.
    """

    event: ClassVar[str] = "child-rekey"
    ike_sa: IkeSa
    """The IKE_SA; in its `child_sas` the old and the new CHILD_SA."""
    old: ChildSa
    """The CHILD_SA that was replaced."""
    new: ChildSa
    """The CHILD_SA in its place."""

    @classmethod
    def _known(cls, sections: Sections) -> dict[str, Any]:
        ike_name, ike_sa = first(cls, sections)
        name, both = first(cls, subsections(cls, ike_sa, "child-sas"))
        old, new = (
            ChildSa.from_section(name, section(cls, both.get(key))) for key in ("old", "new")
        )
        return {"ike-sa": IkeSa.from_section(ike_name, ike_sa, [old, new]), "old": old, "new": new}


class IkeUpdate(TypedEvent, frozen=True, kw_only=True, rename="kebab"):
    """The addresses or ports of an IKE_SA are about to change (5.9.2).

    By MOBIKE or a NAT; and on every responder, whose IKE_SA is still "(unnamed)" and CONNECTING,
    when its peer moves from port 500 to 4500.
    """

    event: ClassVar[str] = "ike-update"
    ike_sa: IkeSa
    """The IKE_SA, still with the old addresses."""
    local_host: str
    """The new address of this side."""
    local_port: int
    """The new UDP port of this side."""
    remote_host: str
    """The new address of the peer."""
    remote_port: int
    """The new UDP port of the peer."""

    @classmethod
    def _known(cls, sections: Sections) -> dict[str, Any]:
        return _ike_sa(cls, sections)


class Log(TypedEvent, frozen=True, kw_only=True, rename="kebab"):
    """A line of the daemon's log of level 0 or 1, whatever the daemon itself logs.

    Lines come late, and neighbours may have changed places.
    """

    event: ClassVar[str] = "log"
    group: LogGroup
    level: int
    """-1 silent, 0 audit, 1 control, 2 more control, 3 raw data, 4 secrets."""
    thread: int
    """The number of the daemon's thread."""
    ikesa_name: str | None = None
    """The name of the IKE_SA the line is about."""
    ikesa_uniqueid: int | None = None
    """The number of the IKE_SA the line is about."""
    msg: str


class ControlLog(TypedEvent, frozen=True, kw_only=True, rename="kebab"):
    """A line of the daemon's log while it initiates or terminates SAs.

    Up to strongSwan 5.9.10 lines that are about no IKE_SA are among them.
    """

    event: ClassVar[str] = "control-log"
    group: LogGroup
    level: int
    """-1 silent, 0 audit, 1 control, 2 more control, 3 raw data, 4 secrets."""
    ikesa_name: str | None = None
    """The name of the IKE_SA the line is about."""
    ikesa_uniqueid: int | None = None
    """The number of the IKE_SA the line is about."""
    msg: str


class Alert(TypedEvent, frozen=True, kw_only=True, rename="kebab"):
    """Something went wrong (6.0.3). One failure may raise several alerts."""

    event: ClassVar[str] = "alert"
    type: AlertType
    ike_sa: IkeSa | None = None
    """The IKE_SA it is about, without its CHILD_SAs."""

    @classmethod
    def _known(cls, sections: Sections) -> dict[str, Any]:
        inner = subsections(cls, dict(sections), "ike-sa")
        return _ike_sa(cls, inner) if inner else {}


def _ike_sa(model: type[TypedEvent], sections: Sections) -> dict[str, Any]:
    return {"ike-sa": IkeSa.from_section(*first(model, sections))}


EVENTS: Mapping[str, type[TypedEvent]] = MappingProxyType(
    {
        event.event: event
        for event in (
            IkeUpDown,
            ChildUpDown,
            IkeRekey,
            ChildRekey,
            IkeUpdate,
            Log,
            ControlLog,
            Alert,
        )
    }
)
"""The class of each event that is more than an item of a list, by its name in VICI."""
