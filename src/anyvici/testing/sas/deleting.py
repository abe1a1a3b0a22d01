"""Ending SAs, and asking whether the peer is alive."""

from typing import TYPE_CHECKING

from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.testing.sas.tasks import Task, queue

if TYPE_CHECKING:
    from anyvici.testing.sas.manager import Sas


class DeleteIke(Task):
    """Tell the peer that the IKE_SA ends."""

    asks = "D"

    precedence = 1

    def __init__(self, sas: "Sas", sa: IkeSa, *, rekeyed: bool = False) -> None:
        name = "IKE_DELETE" if sa.version == 2 else "ISAKMP_DELETE"
        super().__init__(sas, sa, "IKE_REKEY" if rekeyed else name)
        self.waits: bool = sa.version == 2
        self._rekeyed = rekeyed  # nobody is told of the end of what was replaced

    def begin(self) -> bool:
        """Let nobody use it any more; of what was replaced nobody is told that it ends."""
        self._rekeyed = self._rekeyed or self.sa.state == "REKEYED"
        self.sa.state = "DELETING"
        self.log("IKE", 0, f"deleting IKE_SA {self.sa.label} between {self.sa.ends()}")
        self.log("IKE", 1, f"sending DELETE for IKE_SA {self.sa.label}")
        return True

    def ask(self) -> str:
        """Have the peer remove it."""
        self.sas.peer(self.sa).delete_ike(self.sa, told=not self._rekeyed)
        return ""

    def answered(self) -> None:
        """Remove it."""
        self.log("IKE", 0, "IKE_SA deleted")
        self.sas.remove(self.sa, told=not self._rekeyed)


class DeleteChild(Task):
    """Tell the peer that a CHILD_SA ends. With IKEv1, that is before its IKE_SA does."""

    asks = "D"

    def __init__(self, sas: "Sas", sa: IkeSa, child: ChildSa, *, expired: bool = False) -> None:
        super().__init__(sas, sa, "CHILD_DELETE" if sa.version == 2 else "QUICK_DELETE")
        self.waits: bool = sa.version == 2
        self.precedence = 3 if sa.version == 2 else 0
        self._child = child
        self._expired = expired

    def begin(self) -> bool:
        """Let nobody use it any more; one that was replaced may be listed, but has ended."""
        sas, sa, child = self.sas, self.sa, self._child
        if child not in sa.children:
            return False
        if child.state == "DELETED":
            sas.remove_child(sa, child)
            return False
        self._replaced = child.state == "REKEYED"
        child.state = "DELETED" if self._replaced else "DELETING"
        log_end(sas, sa, child, expired=self._expired)
        return True

    def ask(self) -> str:
        """Have the peer remove it."""
        self.sas.peer(self.sa).delete_child(self.sa, self._child, replaced=self._replaced)
        return "D"

    def answered(self) -> None:
        """Remove it; one that was replaced stays listed for some seconds."""
        sas, sa, child = self.sas, self.sa, self._child
        spi = f"{child.spi_out:08x}"
        self.log("IKE", 1, f"received DELETE for {child.protocol} CHILD_SA with SPI {spi}")
        self.log("IKE", 1, "CHILD_SA closed")
        if child in sa.children:  # the peer may have been quicker
            sas.child_ended(sa, child, replaced=self._replaced)


class Probe(Task):
    """Ask whether the peer is there; if it is not, the IKE_SA goes down after the retries."""

    def __init__(self, sas: "Sas", sa: IkeSa) -> None:
        # Who has initiated looks at the same time whether the addresses are still the same.
        name = "IKE_MOBIKE" if sa.initiator else "IKE_DPD"
        super().__init__(sas, sa, name if sa.version == 2 else "ISAKMP_DPD")


class Redirect(Task):
    """Ask the peer to go to another gateway; only one that has initiated will."""

    asks = "N(REDIR)"
    precedence = 2

    def __init__(self, sas: "Sas", sa: IkeSa, gateway: str) -> None:
        super().__init__(sas, sa, "IKE_REDIRECT")
        self._gateway = gateway

    def begin(self) -> bool:
        """Tell of it."""
        self.log("IKE", 1, f"redirecting peer to {self._gateway}")
        return self.sa.state == "ESTABLISHED"

    def ask(self) -> str:
        """Let the peer do what it does."""
        self.sas.peer(self.sa).redirect(self.sa, self._gateway)
        return ""


class CompleteReauthentication(Task):
    """End the IKE_SA that another one was made to replace, which is up now."""

    precedence = 8

    def __init__(self, sas: "Sas", sa: IkeSa, old: IkeSa) -> None:
        super().__init__(sas, sa, "IKE_REAUTH_COMPLETE")
        self._old = old

    def begin(self) -> bool:
        """Have nothing to tell the peer of the new one."""
        if self._old in self.sas.ike_sas:
            queue(DeleteIke(self.sas, self._old))
        return False


def log_end(sas: "Sas", sa: IkeSa, child: ChildSa, *, expired: bool = False) -> None:
    """Log that a CHILD_SA is closed, and what has gone through it."""
    spis = (
        f"SPIs {child.spi_in:08x}_i ({child.inbound.octets} bytes) "
        f"{child.spi_out:08x}_o ({child.outbound.octets} bytes)"
    )
    selectors = child.describe().partition(" and ")[2]
    closing = "closing expired CHILD_SA" if expired else "closing CHILD_SA"
    sas.log(sa, "IKE", 0, f"{closing} {child.label} with {spis} and {selectors}")
    sas.log(
        sa, "IKE", 1, f"sending DELETE for {child.protocol} CHILD_SA with SPI {child.spi_in:08x}"
    )
