"""Pools of addresses, as get-pools tells of them."""

from typing import Any, Self

from anyvici.models.conversion import Named, Plain, read
from anyvici.models.enums import LeaseStatus
from anyvici.models.sections import subsections
from anyvici.wire.message import Message, decode


class Lease(Plain, frozen=True, kw_only=True):
    """An address of a pool that was given away."""

    address: str
    identity: str
    """Whose it is."""
    status: LeaseStatus


class Pool(Named, frozen=True, kw_only=True):
    """A pool of virtual addresses."""

    base: str
    """The first address."""
    size: int
    """How many addresses there are."""
    online: int
    """How many are in use."""
    offline: int
    """How many are kept for their owners."""
    leases: list[Lease] | None = None
    """Who has which address, if that was asked for (5.3.4)."""

    @classmethod
    def from_section(cls, name: str, section: Message) -> Self:
        """Return what a section tells: RemoteProtocolError if it is of something else."""
        known: dict[str, Any] = {"name": name}
        if "leases" in section:
            leases = subsections(cls, section, "leases")
            known["leases"] = [Lease.from_section(lease) for _, lease in leases]
        return read(cls, section, known)

    @classmethod
    def list_from_message(cls, message: Message) -> list[Self]:
        """Return what a message tells of all pools.

        Raises RemoteProtocolError for a message of something else.
        """
        return [cls.from_section(*pool) for pool in message.items()]

    @classmethod
    def list_from_octets(cls, octets: bytes) -> list[Self]:
        """Return what a message tells of all pools.

        Raises RemoteProtocolError for octets that are no message, or one of something else.
        """
        return cls.list_from_message(decode(octets))
