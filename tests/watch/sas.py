"""SAs and events without a daemon, and a daemon in a few lines that tells of what it does."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from anyvici import (
    Change,
    ChildRekey,
    ChildSa,
    ChildUpDown,
    IkeRekey,
    IkeSa,
    IkeUpdate,
    IkeUpDown,
)
from anyvici.watch.picture import Picture, SaEvent


def ike(number: int, *children: ChildSa, **changes: Any) -> IkeSa:
    """Return the IKE_SA gw of this uniqueid; another uniqueid, another SPI."""
    section = {
        "uniqueid": str(number),
        "version": "2",
        "state": "ESTABLISHED",
        "local-host": "192.0.2.1",
        "local-port": "4500",
        "local-id": "moon",
        "remote-host": "192.0.2.7",
        "remote-port": "4500",
        "remote-id": "sun",
        "initiator-spi": f"{number:016x}",
        "responder-spi": f"{number + 1000:016x}",
    }
    return replace(IkeSa.from_section("gw", section, [*children]), **changes)


def child(number: int, **changes: Any) -> ChildSa:
    """Return the CHILD_SA net of this uniqueid."""
    section = {
        "uniqueid": str(number),
        "reqid": "1",
        "state": "INSTALLED",
        "mode": "TUNNEL",
        "protocol": "ESP",
        "spi-in": f"{number:08x}",
        "spi-out": f"{number + 1000:08x}",
        "bytes-in": "0",
    }
    return replace(ChildSa.from_section("net", section), **changes)


def alone(ike_sa: IkeSa, *children: ChildSa) -> IkeSa:
    """Return an IKE_SA as an event has it: with what the event is about only."""
    return replace(ike_sa, child_sas=[*children])


def ike_up(ike_sa: IkeSa) -> IkeUpDown:
    return IkeUpDown(up=True, ike_sa=alone(ike_sa))


def ike_down(ike_sa: IkeSa) -> IkeUpDown:
    return IkeUpDown(ike_sa=alone(ike_sa))


def child_up(ike_sa: IkeSa, child_sa: ChildSa) -> ChildUpDown:
    return ChildUpDown(up=True, ike_sa=alone(ike_sa, child_sa))


def child_down(ike_sa: IkeSa, child_sa: ChildSa) -> ChildUpDown:
    return ChildUpDown(ike_sa=alone(ike_sa, child_sa))


def ike_rekey(old: IkeSa, new: IkeSa) -> IkeRekey:
    return IkeRekey(old=alone(old), new=alone(new))


def child_rekey(ike_sa: IkeSa, old: ChildSa, new: ChildSa) -> ChildRekey:
    return ChildRekey(ike_sa=alone(ike_sa, old, new), old=old, new=new)


def ike_update(ike_sa: IkeSa, remote_host: str, remote_port: int = 4500) -> IkeUpdate:
    return IkeUpdate(
        ike_sa=alone(ike_sa),
        local_host=ike_sa.local_host,
        local_port=4500,
        remote_host=remote_host,
        remote_port=remote_port,
    )


def hear(picture: Picture, *events: SaEvent) -> list[Change]:
    """Return what some events change, one after the other."""
    return [change for event in events for change in picture.hear(event)]


def take_list(picture: Picture, *listed: IkeSa) -> list[Change]:
    """Return what a list changes while nothing happens."""
    picture.expect_list()
    return picture.merge(listed)


def shown(change: Change) -> str:
    """Return a change in words: Rekeyed net."""
    sa = change.new or change.old
    kind = type(change).__name__
    return kind if sa is None else f"{kind} {sa.name}"


class Daemon:
    """Keeps SAs, tells of what becomes of them, and lists what it has, as charon does."""

    def __init__(self, tell: Callable[[SaEvent], object]) -> None:
        self.there: dict[int, IkeSa] = {}  # what is up, with its CHILD_SAs
        self._over: list[IkeSa] = []  # listed though it was replaced,
        self._deleted: dict[int, list[ChildSa]] = {}  # and CHILD_SAs by their IKE_SA
        self._tell = tell

    def listed(self) -> list[IkeSa]:
        """Return what list-sas would list now."""
        return self._over + [
            replace(sa, child_sas=sa.child_sas + self._deleted.get(sa.uniqueid, []))
            for sa in self.there.values()
        ]

    def ike_up(self, number: int) -> None:
        self.there[number] = ike(number)
        self._tell(ike_up(ike(number)))

    def ike_down(self, number: int) -> None:
        gone = self.there.pop(number)
        self._tell(ike_down(gone))
        for each in gone.child_sas:
            self._tell(child_down(gone, each))

    def child_up(self, number: int, child_number: int) -> None:
        parent = self.there[number]
        self.there[number] = replace(parent, child_sas=[*parent.child_sas, child(child_number)])
        self._tell(child_up(parent, child(child_number)))

    def child_down(self, number: int, child_number: int) -> None:
        parent = self.there[number]
        left = [each for each in parent.child_sas if each.uniqueid != child_number]
        self.there[number] = replace(parent, child_sas=left)
        self._tell(child_down(parent, child(child_number, state="DELETED")))

    def child_rekey(self, number: int, old: int, new: int) -> None:
        """Replace a CHILD_SA; the old one is listed as DELETED until forget()."""
        parent = self.there[number]
        left = [child(new) if each.uniqueid == old else each for each in parent.child_sas]
        self.there[number] = replace(parent, child_sas=left)
        self._deleted.setdefault(number, []).append(child(old, state="DELETED"))
        self._tell(child_rekey(parent, child(old, state="REKEYING"), child(new)))

    def ike_rekey(self, old: int, new: int) -> None:
        """Replace an IKE_SA; the old one is listed as REKEYED until forget()."""
        before = self.there.pop(old)
        self.there[new] = ike(new, *before.child_sas)
        self._over.append(ike(old, state="REKEYED"))
        self._deleted[new] = self._deleted.pop(old, [])
        self._tell(ike_rekey(ike(old, state="REKEYING"), ike(new)))

    def forget(self) -> None:
        """List only what is up."""
        self._over.clear()
        self._deleted.clear()
