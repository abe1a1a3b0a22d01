"""Taking SAs away: what goes with them, what goes to a successor, who is told."""

from anyvici.testing.sas.registry import Registry
from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.testing.sas.tasks import advance
from anyvici.testing.sas.watching import Fate

_REPLACED = ("REKEYED", "DELETED")  # nobody is told of their end
_LISTED_AFTER = 5.0  # seconds for which a CHILD_SA that was replaced is listed (5.9.8)


class Removing(Registry):
    """The IKE_SAs of a gateway, and how they end."""

    def hand_over(self, old: IkeSa, new: IkeSa) -> None:
        """Put an IKE_SA in the place of another, which stays for a while, empty."""
        new.children, old.children = old.children, []
        new.local_vips, old.local_vips = old.local_vips, []
        new.remote_vips, old.remote_vips = old.remote_vips, []
        new.queued.extend(old.queued)
        for task in new.queued:
            task.sa = new
        old.queued.clear()
        self.watch_on(old, new)
        _cancel(old)
        self.ike_sas.append(new)
        if new.queued:
            self.later(new, 0, lambda: advance(new))

    def remove(self, sa: IkeSa, *, told: bool) -> None:
        """Take an IKE_SA down, with everything in it."""
        if sa not in self.ike_sas:
            return
        if told:
            self.tell.ike(sa, up=False)
        for child in sa.children if told else []:
            if child.state not in _REPLACED:
                self.tell.child(sa, child, up=False)
        self._cut(sa)
        for address in sa.remote_vips:
            self.gateway.release(address, sa.remote_eap_id or sa.remote.id)
        for child in sa.children:
            self.happened(Fate.DOWN, sa, child)
        self.happened(Fate.DOWN, sa)

    def _cut(self, sa: IkeSa) -> None:
        """Let nothing more happen to an IKE_SA."""
        self.ike_sas.remove(sa)
        sa.active = []
        sa.queued.clear()
        _cancel(sa)
        for child in sa.children:
            _cancel(child)

    def child_ended(self, sa: IkeSa, child: ChildSa, *, replaced: bool) -> None:
        """Tell that a CHILD_SA has ended, but not of one that was replaced: that is listed on."""
        child.state = "DELETED"
        if not replaced:
            self.tell.child(sa, child, up=False)
        if not replaced or sa.version == 1:
            self.remove_child(sa, child)
        else:
            _cancel(child)
            self.later(child, _LISTED_AFTER, lambda: self._forget(child))
            self.happened(Fate.DOWN, sa, child)

    def _forget(self, child: ChildSa) -> None:
        sa = self.owner(child)
        if sa is not None:
            self.remove_child(sa, child)

    def remove_child(self, sa: IkeSa, child: ChildSa) -> None:
        """Take a CHILD_SA off the list."""
        if child in sa.children:
            sa.children.remove(child)
            _cancel(child)
            self.happened(Fate.DOWN, sa, child)


def _cancel(owner: IkeSa | ChildSa) -> None:
    for appointment in owner.appointments:
        appointment.cancel()
    owner.appointments.clear()
