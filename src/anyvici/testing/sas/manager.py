"""All the SAs of a gateway: their numbers, their lifetimes, and their end."""

from typing import TYPE_CHECKING

from anyvici.testing.sas import lifetimes, policies
from anyvici.testing.sas.deleting import DeleteChild, DeleteIke, Redirect
from anyvici.testing.sas.establishing import CreateChild, Initiate
from anyvici.testing.sas.peers import Agreeable, Peer
from anyvici.testing.sas.registry import Registry
from anyvici.testing.sas.rekeying import Reauthenticate, RekeyChild, RekeyIke, RekeyMainMode
from anyvici.testing.sas.responding import Responder
from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.testing.sas.tasks import advance, queue
from anyvici.testing.sas.watching import Fate, Watcher
from anyvici.testing.state.configs import ChildConfig, Connection

if TYPE_CHECKING:
    from anyvici.testing.gateway import Gateway

_LISTED_AFTER = 5.0  # seconds for which a CHILD_SA that was replaced is listed (5.9.8)
_ALIVE = ("CONNECTING", "ESTABLISHED")


class Sas(Registry):
    """The IKE_SAs of a gateway, and everything that can be done to them."""

    def __init__(self, gateway: "Gateway") -> None:
        super().__init__(gateway)
        self._agreeable = Agreeable(self.random)

    # Who answers.

    def peer(self, sa: IkeSa) -> Peer:
        """Return who is at the other end."""
        others = self.gateway.peers
        found = [other for other in others if other.is_at(sa.remote.host)]
        return Responder(found[0].sas, self) if found else self._agreeable

    def reachable(self, sa: IkeSa) -> bool:
        """Tell whether somebody answers at the other end."""
        if not self.connected(sa):
            return False
        peer = self.peer(sa)
        if peer is self._agreeable and self.gateway.peers:
            return False  # in a network of simulated gateways there is nobody else
        return peer.reachable(sa)

    def connected(self, sa: IkeSa) -> bool:
        """Tell whether the cable to the peer of an IKE_SA is plugged in."""
        return sa.name not in self.unreachable

    # What happens.

    def established(self, sa: IkeSa) -> None:
        """Take an IKE_SA up."""
        sa.state = "ESTABLISHED"
        self.log(sa, "IKE", 0, f"IKE_SA {sa.label} established between {sa.ends()}")
        lifetimes.schedule_ike(self, sa)
        self.tell.ike(sa, up=True)
        self.happened(Fate.UP, sa)

    def installed(self, sa: IkeSa, child: ChildSa) -> None:
        """Take a CHILD_SA up."""
        child.state = "INSTALLED"
        sa.children.append(child)
        self.log(sa, "CFG", 1, f"selected proposal: {child.proposal}")
        lifetimes.schedule_child(self, child)
        self.happened(Fate.CHILD_UP, sa)

    def child_replaced(self, sa: IkeSa, old: ChildSa, new: ChildSa) -> None:
        """Put a CHILD_SA in the place of another."""
        if sa.version == 2:
            old.state = "REKEYED"
        self.installed(sa, new)
        for direction in ("inbound", "outbound"):
            text = f"{direction} CHILD_SA {new.label} established with {new.describe()}"
            self.log(sa, "IKE", 0, text)
        self.tell.child_rekeyed(sa, old, new)
        old.state = "REKEYED"

    def ike_replaced(self, old: IkeSa, new: IkeSa) -> None:
        """Put an IKE_SA in the place of another."""
        new.state = "ESTABLISHED"
        lifetimes.schedule_ike(self, new)
        self.log(old, "IKE", 0, f"IKE_SA {new.label} rekeyed between {new.ends()}")
        self.tell.ike_rekeyed(old, new)
        self._hand_over(old, new)

    def adopt(self, old: IkeSa, new: IkeSa) -> None:
        """With IKEv1: establish a new IKE_SA that takes the CHILD_SAs of an old one."""
        self._hand_over(old, new)
        self.established(new)

    def _hand_over(self, old: IkeSa, new: IkeSa) -> None:
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
        """Take an IKE_SA down, with everything in it; with IKEv1 its children come first."""
        if sa not in self.ike_sas:
            return
        gone = [child for child in sa.children if child.state == "INSTALLED"]
        if told and sa.version == 2:
            self.tell.ike(sa, up=False)
        for child in gone if told else []:
            self.tell.child(sa, child, up=False)
        if told and sa.version == 1:
            self.tell.ike(sa, up=False)
        self.ike_sas.remove(sa)
        _cancel(sa)
        for child in sa.children:
            _cancel(child)
        if sa.twin is not None:
            sa.twin.twin = None
        for address in sa.remote_vips:
            self.gateway.release(address, sa.remote_eap_id or sa.remote.id)
        for child in sa.children:
            self.happened(Fate.DOWN, sa, child)
        self.happened(Fate.DOWN, sa)

    def remove_child(self, sa: IkeSa, child: ChildSa) -> None:
        """Take a CHILD_SA off the list."""
        if child in sa.children:
            sa.children.remove(child)
            _cancel(child)
            self.happened(Fate.DOWN, sa, child)

    def forget_later(self, sa: IkeSa, child: ChildSa) -> None:
        """Take a CHILD_SA that was replaced off the list after a while."""
        child.state = "DELETED"
        _cancel(child)
        self.later(child, _LISTED_AFTER, lambda: self.remove_child(self.owner(child), child))
        self.happened(Fate.DOWN, sa, child)

    def give_up(self, sa: IkeSa) -> None:
        """Take an IKE_SA down whose peer does not answer, and do what is configured for that."""
        ended = sa.state == "DELETING"
        configs = [child.config for child in sa.children if child.state == "INSTALLED"]
        self.remove(sa, told=sa.state != "CONNECTING")
        for config in [] if ended else configs:
            self.act(sa, config, config.dpd_action)

    def act(self, sa: IkeSa, config: ChildConfig, action: str) -> None:
        """Do with a child of an IKE_SA, which may be gone, what its configuration wants."""
        if "trap" in action:
            policies.install(self, self.connection(sa), config)
        if "start" in action and sa in self.ike_sas:
            queue(CreateChild(self, sa, config))
        elif "start" in action:
            self.initiate(self.connection(sa), config)

    # Asking for it.

    def loaded(self, new: Connection, old: Connection | None) -> None:
        """Carry out the start actions of a connection, and undo those of the one before."""
        if old is not None:
            self.unloaded(old)
        for config in new.children:
            policies.act(self, new, config, config.start_action)

    def unloaded(self, old: Connection) -> None:
        """Undo the start actions of a connection."""
        policies.undo(self, old)

    def initiate(
        self, connection: Connection, config: ChildConfig | None, watcher: Watcher | None = None
    ) -> None:
        """Bring a connection up, and a child of it; an IKE_SA that is there already is used."""
        sa = self.existing(connection) or self.create_ike(connection)
        if watcher is not None:
            watcher.ike_sa = sa
        child = CreateChild(self, sa, config, watcher) if config is not None else None
        if sa.state == "CREATED":
            self.ike_sas.append(sa)
            queue(Initiate(self, sa, child))
        elif child is not None:
            queue(child)
        elif watcher is not None and self.gateway.version >= (5, 9, 11):
            watcher.settle(True)

    def create_in(self, sa: IkeSa, config: ChildConfig) -> None:
        """Bring up a child in an IKE_SA that there is."""
        queue(CreateChild(self, sa, config))

    def rekey_child(self, sa: IkeSa, child: ChildSa, watcher: Watcher | None = None) -> None:
        """Replace a CHILD_SA by a new one."""
        queue(RekeyChild(self, sa, child, watcher))

    def rekey_ike(self, sa: IkeSa, *, reauth: bool = False) -> None:
        """Replace an IKE_SA by a new one, or begin it anew."""
        if sa.version == 1:
            queue(RekeyMainMode(self, sa))
        else:
            queue(Reauthenticate(self, sa) if reauth else RekeyIke(self, sa))

    def terminate(self, sa: IkeSa, *, force: bool = False) -> None:
        """End an IKE_SA: at once by force, or if it is not up, or being ended already."""
        if sa.state == "CONNECTING":
            self.remove(sa, told=False)
        elif sa.state == "DELETING":
            self.remove(sa, told=True)
        else:
            queue(DeleteIke(self, sa))
            if force:  # the peer is told, but not waited for
                if self.reachable(sa):
                    self.peer(sa).delete_ike(sa, told=True)
                sa.state = "DELETING"
                self.remove(sa, told=True)

    def terminate_child(self, sa: IkeSa, child: ChildSa) -> None:
        """End a CHILD_SA."""
        queue(DeleteChild(self, sa, child))

    def move(self, sa: IkeSa, gateway: str) -> None:
        """Go to another gateway, as the one at the other end wants it."""
        self.log(sa, "IKE", 1, f"redirected to {gateway}")
        configs = [child.config for child in sa.children if child.state == "INSTALLED"]
        new = self.create_ike(self.connection(sa), gateway)
        self.ike_sas.append(new)
        first = CreateChild(self, new, configs[0]) if configs else None
        queue(Initiate(self, new, first))

    def redirect(self, sa: IkeSa, gateway: str) -> None:
        """Ask the peer to go to another gateway."""
        queue(Redirect(self, sa, gateway))


def _cancel(owner: IkeSa | ChildSa) -> None:
    for appointment in owner.appointments:
        appointment.cancel()
    owner.appointments.clear()
