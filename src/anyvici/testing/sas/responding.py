"""Another simulated gateway as the peer: what one does with its SAs shows up at the other."""

from anyvici.testing.sas import policies
from anyvici.testing.sas.accepting import BUSY, Accepting, twin_of
from anyvici.testing.sas.agreement import agree
from anyvici.testing.sas.deleting import DeleteIke, log_end
from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.testing.sas.tasks import queue

_OLD_MAIN_MODE = 10.0  # seconds for which IKEv1 keeps an IKE_SA that was replaced


class Responder(Accepting):
    """The gateway that answers, with everything that it can be asked."""

    def reachable(self, sa: IkeSa) -> bool:
        """Tell whether it runs, and knows the IKE_SA, or is to hear of it for the first time."""
        if not self._sas.running:
            return False
        if sa.twin is None:
            return not sa.responder_spi
        return sa.twin in self._sas.ike_sas and self._sas.connected(sa.twin)

    def rekey_child(self, sa: IkeSa, old: ChildSa, new: ChildSa) -> str:
        """Agree on a CHILD_SA that replaces another."""
        sas, twin, former = self._sas, twin_of(sa), old.twin
        self._count_child(twin)
        if former not in twin.children or former.state not in ("INSTALLED", "REKEYING"):
            return "CHILD_SA_NOT_FOUND"
        fresh = sas.create_child(twin, former.config, former.reqid)
        error = agree(sa, new, twin, fresh)
        if error:
            return error
        twin.passive = ["CHILD_REKEY" if sa.version == 2 else "QUICK_MODE"]
        sas.child_replaced(twin, former, fresh)
        twin.passive = []
        return ""

    def rekey_ike(self, old: IkeSa, new: IkeSa) -> str:
        """Replace an IKE_SA by one that has its CHILD_SAs, unless something else is under way."""
        sas, former = self._sas, twin_of(old)
        self._count_child(former)
        # Of two that begin to rekey at once, who is heard first does it.
        if former.active and former.state != "REKEYING":
            return BUSY
        twin = sas.successor(former, initiator=False)
        twin.initiator_spi, new.responder_spi = new.initiator_spi, twin.responder_spi
        new.twin, twin.twin = twin, new
        if old.version == 1:
            twin.passive = ["MAIN_MODE"]
            sas.adopt(former, twin)
            twin.passive = []
            sas.later(former, _OLD_MAIN_MODE, lambda: queue(DeleteIke(sas, former)))
            return ""
        former.passive = ["IKE_REKEY"]
        sas.ike_replaced(former, twin)
        former.passive, former.active = [], []
        former.state = "REKEYED"
        sas.tally(former, "ike-rekey-resp")
        return ""

    def delete_child(self, sa: IkeSa, child: ChildSa, *, replaced: bool) -> None:
        """End a CHILD_SA, and do what is configured for its being closed by the peer."""
        sas, twin, gone = self._sas, twin_of(sa), child.twin
        self._count_info(twin)
        if gone is None or gone not in twin.children:
            return
        twin.passive = ["CHILD_DELETE" if sa.version == 2 else "INFORMATIONAL"]
        log_end(sas, twin, gone)
        sas.child_ended(twin, gone, replaced=replaced)
        twin.passive = []
        if not replaced:
            policies.act(sas, sas.connection(twin), gone.config, gone.config.close_action)

    def delete_ike(self, sa: IkeSa, *, told: bool) -> None:
        """End an IKE_SA."""
        sas, twin = self._sas, twin_of(sa)
        self._count_info(twin)
        sas.log(twin, "IKE", 1, f"received DELETE for IKE_SA {twin.label}")
        sas.log(twin, "IKE", 0, f"deleting IKE_SA {twin.label} between {twin.ends()}")
        twin.state = "DELETING"
        twin.passive = ["IKE_DELETE" if sa.version == 2 else "INFORMATIONAL"]
        configs = twin.installed()
        sas.log(twin, "IKE", 0, "IKE_SA deleted")
        sas.remove(twin, told=told)
        for config in configs:
            policies.act(sas, sas.connection(twin), config, config.close_action)

    def redirect(self, sa: IkeSa, gateway: str) -> None:
        """Only who has initiated goes elsewhere."""
        twin = twin_of(sa)
        self._count_info(twin)
        if twin.initiator:
            self._sas.move(twin, gateway)

    def _count_child(self, twin: IkeSa) -> None:
        self._sas.tally(twin, "create-child-in-req", "create-child-out-resp")

    def _count_info(self, twin: IkeSa) -> None:
        self._sas.tally(twin, "info-in-req", "info-out-resp")
