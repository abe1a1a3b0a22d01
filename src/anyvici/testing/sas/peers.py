"""Who is at the other end of an IKE_SA."""

from random import Random
from typing import Protocol

from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.testing.state.configs import Connection
from anyvici.testing.values.proposals import Proposal, select

VIP = "10.255.255.{}"  # what a peer that is not simulated assigns if it is asked for an address


class Peer(Protocol):
    """What the initiator of an exchange gets back: mostly a notify error, empty if all is well."""

    def reachable(self, sa: IkeSa) -> bool:
        """Tell whether there is somebody to answer."""
        ...

    def init(self, sa: IkeSa) -> str:
        """Answer IKE_SA_INIT: choose a proposal."""
        ...

    def may_be_childless(self, sa: IkeSa) -> bool:
        """Tell whether it takes an IKE_SA without a child."""
        ...

    def authenticate(self, sa: IkeSa, child: ChildSa | None) -> tuple[str, str]:
        """Answer IKE_AUTH, and set the peer's identity; the second error is about the child."""
        ...

    def create_child(self, sa: IkeSa, child: ChildSa) -> str:
        """Agree on a CHILD_SA, and set its proposal, selectors and outbound SPI."""
        ...

    def rekey_child(self, sa: IkeSa, old: ChildSa, new: ChildSa) -> str:
        """Agree on a CHILD_SA that replaces another."""
        ...

    def rekey_ike(self, old: IkeSa, new: IkeSa) -> str:
        """Replace an IKE_SA."""
        ...

    def delete_child(self, sa: IkeSa, child: ChildSa, *, replaced: bool) -> None:
        """End a CHILD_SA."""

    def delete_ike(self, sa: IkeSa, *, told: bool) -> None:
        """End an IKE_SA."""

    def redirect(self, sa: IkeSa, gateway: str) -> None:
        """Take in that somebody else is to be asked."""


class Agreeable:
    """A peer that is not simulated itself: it agrees with everything, and never asks."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._vips = 0

    def reachable(self, sa: IkeSa) -> bool:
        """Return True: peer_down() is looked at before."""
        return True

    def init(self, sa: IkeSa) -> str:
        """Choose the first of everything."""
        sa.responder_spi = self._random.getrandbits(64)
        sa.proposal = first_of(_configuration(sa).proposals)
        return ""

    def may_be_childless(self, sa: IkeSa) -> bool:
        """Return True."""
        return True

    def authenticate(self, sa: IkeSa, child: ChildSa | None) -> tuple[str, str]:
        """Be who is expected, and give away what addresses are asked for."""
        for asked in _configuration(sa).vips:
            self._vips += 1
            given = VIP.format(self._vips) if asked in ("0.0.0.0", "::") else asked  # noqa: S104
            sa.local_vips.append(given)
        return "", "" if child is None else self.create_child(sa, child)

    def create_child(self, sa: IkeSa, child: ChildSa) -> str:
        """Want the same."""
        own = sa.local_vips or [sa.local.host]
        child.local_ts = [ts.resolve(own[0]) for ts in child.config.local_ts]
        child.remote_ts = [ts.resolve(sa.remote.host) for ts in child.config.remote_ts]
        child.spi_out = self._random.getrandbits(32)
        proposal = first_of(child.config.proposals)
        child.proposal = proposal if child.own_keys else proposal.without_ke()
        return ""

    def rekey_child(self, sa: IkeSa, old: ChildSa, new: ChildSa) -> str:
        """Want the same."""
        return self.create_child(sa, new)

    def rekey_ike(self, old: IkeSa, new: IkeSa) -> str:
        """Have a new number for it."""
        new.responder_spi = self._random.getrandbits(64)
        return ""

    def delete_child(self, sa: IkeSa, child: ChildSa, *, replaced: bool) -> None:
        """Forget it."""

    def delete_ike(self, sa: IkeSa, *, told: bool) -> None:
        """Forget it."""

    def redirect(self, sa: IkeSa, gateway: str) -> None:
        """Say yes, and stay."""


def first_of(proposals: list[Proposal]) -> Proposal:
    """Return the first algorithms of the first proposal."""
    chosen = select(proposals, proposals)
    assert chosen is not None  # there is at least one
    return chosen


def _configuration(sa: IkeSa) -> Connection:
    assert sa.connection is not None  # only a responder does not know it
    return sa.connection
