"""Replacing SAs while they are in use, and beginning an IKE_SA anew."""

from typing import TYPE_CHECKING, ClassVar

from anyvici.testing.sas.deleting import DeleteChild, DeleteIke
from anyvici.testing.sas.establishing import notify
from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.testing.sas.tasks import Task, queue
from anyvici.testing.sas.watching import Fate, Watcher

if TYPE_CHECKING:
    from anyvici.testing.sas.manager import Sas

_AGAIN_AFTER = 15  # seconds, if the peer was busy with something else


class RekeyChild(Task):
    """Replace a CHILD_SA by a new one."""

    exchange: ClassVar[str] = "CREATE_CHILD_SA"
    counter: ClassVar[str] = "create-child"
    precedence = 6
    asks = "N(REKEY_SA) SA No KE TSi TSr"

    def __init__(self, sas: "Sas", sa: IkeSa, old: ChildSa, watcher: Watcher | None = None) -> None:
        super().__init__(sas, sa, "CHILD_REKEY" if sa.version == 2 else "QUICK_MODE")
        self._old = old
        self._watcher = watcher

    def begin(self) -> bool:
        """Ask for the new one, unless the old one is on its way out."""
        old = self._old
        if old.state != "INSTALLED" or old not in self.sa.children:
            self._fail()
            return False
        old.state = "REKEYING"
        self._new = self.sas.create_child(self.sa, old.config, old.reqid)
        if self.sa.version == 2:
            text = f"establishing CHILD_SA {self._new.label} reqid {old.reqid}"
            self.log("IKE", 0, text)
        return True

    def ask(self) -> str:
        """Agree on the new one."""
        self._error = self.sas.peer(self.sa).rekey_child(self.sa, self._old, self._new)
        return notify(self._error) or "SA No KE TSi TSr"

    def answered(self) -> None:
        """Put the new one in the place of the old one, which is deleted after that."""
        sas, sa, old = self.sas, self.sa, self._old
        if self._error:
            self.log("IKE", 1, f"received {self._error} notify, no CHILD_SA built")
            if old.state == "REKEYING":  # the peer has neither ended nor rekeyed it meanwhile
                old.state = "INSTALLED"
            self._fail()
            return
        sas.child_replaced(sa, old, self._new)
        if self._watcher is not None:
            self._watcher.happened(Fate.CHILD_UP, sa)
        if sa.version == 2:
            sa.queued.appendleft(DeleteChild(sas, sa, old))

    def _fail(self) -> None:
        if self._watcher is not None:
            self._watcher.settle(False)


class RekeyIke(Task):
    """Replace an IKE_SA by a new one that has its CHILD_SAs."""

    exchange: ClassVar[str] = "CREATE_CHILD_SA"
    counter: ClassVar[str] = "create-child"
    precedence = 7
    asks = "SA No KE"

    def __init__(self, sas: "Sas", sa: IkeSa) -> None:
        super().__init__(sas, sa, "IKE_REKEY")

    def begin(self) -> bool:
        """Ask for the new one."""
        sa = self.sa
        if sa.state != "ESTABLISHED":
            return False
        sa.state = "REKEYING"
        self._new = self.sas.successor(sa, initiator=True)
        self.log("IKE", 0, f"initiating IKE_SA {self._new.label} to {sa.remote.host}")
        return True

    def ask(self) -> str:
        """Agree on the new one."""
        self._error = self.sas.peer(self.sa).rekey_ike(self.sa, self._new)
        return notify(self._error) or self.asks

    def answered(self) -> None:
        """Hand everything over to the new one, and delete the old one; or try again later."""
        sas, old = self.sas, self.sa
        if self._error:
            _try_again(self)
            return
        sas.ike_replaced(old, self._new)
        sas.tally(old, "ike-rekey-init")
        old.active = []
        queue(DeleteIke(sas, old, rekeyed=True))


class Reauthenticate(Task):
    """End an IKE_SA, and begin it anew with the same CHILD_SAs."""

    precedence = 4
    asks = "D"

    def __init__(self, sas: "Sas", sa: IkeSa) -> None:
        super().__init__(sas, sa, "IKE_REAUTH")

    def begin(self) -> bool:
        """Let nobody use the old one any more."""
        if self.sa.state != "ESTABLISHED":
            return False
        self.sa.state = "DELETING"
        self.log("IKE", 0, f"reauthenticating IKE_SA {self.sa.label}")
        return True

    def ask(self) -> str:
        """Have the peer remove it."""
        self.sas.peer(self.sa).delete_ike(self.sa, told=True)
        return ""

    def answered(self) -> None:
        """Remove the old one, and begin again; without children there is no need."""
        sas, sa = self.sas, self.sa
        configs = sa.installed()
        if not configs:
            sas.tell.ike(sa, up=False)  # charon tells it twice
        sas.remove(sa, told=True)
        if configs:
            sas.begin_like(sa, configs, sa.remote.host, sa.remote.port)


class RekeyMainMode(Task):
    """With IKEv1 a new IKE_SA is negotiated from scratch; it adopts the CHILD_SAs."""

    exchange: ClassVar[str] = "ID_PROT"
    counter: ClassVar[str] = "ike-init"
    asks = "SA V V V V V"

    def __init__(self, sas: "Sas", sa: IkeSa) -> None:
        super().__init__(sas, sa, "MAIN_MODE")

    def begin(self) -> bool:
        """Ask for the new one."""
        if self.sa.state != "ESTABLISHED":
            return False
        self.sa.state = "REKEYING"
        self._new = self.sas.successor(self.sa, initiator=True)
        return True

    def ask(self) -> str:
        """Agree on the new one."""
        self._error = self.sas.peer(self.sa).rekey_ike(self.sa, self._new)
        return notify(self._error) or "SA V V V V"

    def answered(self) -> None:
        """Have both for a while; the responder ends the old one. Or try again later."""
        if self._error:
            _try_again(self)
            return
        self._new.active = [self]
        self.sas.adopt(self.sa, self._new)
        self._new.active = []


def _try_again(task: RekeyIke | RekeyMainMode) -> None:
    """Keep an IKE_SA, as the peer is busy with something else in it, and replace it later."""
    sas, sa = task.sas, task.sa
    task.log("IKE", 1, f"IKE_SA rekeying failed, trying again in {_AGAIN_AFTER} seconds")
    sa.state = "ESTABLISHED"
    sas.later(sa, _AGAIN_AFTER, lambda: sas.rekey_ike(sa))
