"""All the SAs of a gateway: what can be done to them, and what happens then."""

from typing import TYPE_CHECKING

from anyvici.testing.agenda import Agenda
from anyvici.testing.sas import lifetimes, policies
from anyvici.testing.sas.deleting import (
    CompleteReauthentication,
    DeleteChild,
    DeleteIke,
    Redirect,
)
from anyvici.testing.sas.establishing import CreateChild, Initiate
from anyvici.testing.sas.peers import Agreeable, Peer
from anyvici.testing.sas.rekeying import Reauthenticate, RekeyChild, RekeyIke, RekeyMainMode
from anyvici.testing.sas.removing import Removing
from anyvici.testing.sas.responding import Responder
from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.testing.sas.tasks import advance, queue
from anyvici.testing.sas.watching import Fate, Watcher
from anyvici.testing.state.configs import ChildConfig, Connection

if TYPE_CHECKING:
    from anyvici.testing.gateway import Gateway


class Sas(Removing):
    """The IKE_SAs of a gateway, and everything that can be done to them."""

    def __init__(self, gateway: "Gateway") -> None:
        super().__init__(gateway)
        self._agreeable = Agreeable(self.random)

    # Who answers.

    def peer(self, sa: IkeSa) -> Peer:
        """Return who is at the other end."""
        other = self._other(sa)
        return self._agreeable if other is None else Responder(other.sas, self)

    def agenda_of_peer(self, sa: IkeSa) -> Agenda:
        """Return when what is on its way to the peer arrives: it does though we may be gone."""
        return (self._other(sa) or self.gateway).agenda

    def _other(self, sa: IkeSa) -> "Gateway | None":
        others = self.gateway.peers
        return next((other for other in others if other.is_at(sa.remote.host)), None)

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
        old.state = "REKEYED" if sa.version == 2 else "REKEYING"
        self.installed(sa, new)
        for direction in ("inbound", "outbound"):
            text = f"{direction} CHILD_SA {new.label} established with {new.describe()}"
            self.log(sa, "IKE", 0, text)
        self.tell.child_rekeyed(sa, old, new)
        self.tally(sa, "child-rekey")
        old.state = "REKEYED"

    def ike_replaced(self, old: IkeSa, new: IkeSa) -> None:
        """Put an IKE_SA in the place of another."""
        new.state = "ESTABLISHED"
        lifetimes.schedule_ike(self, new)
        self.log(old, "IKE", 0, f"IKE_SA {new.label} rekeyed between {new.ends()}")
        self.hand_over(old, new)
        self.tell.ike_rekeyed(old, new)

    def adopt(self, old: IkeSa, new: IkeSa) -> None:
        """With IKEv1: establish a new IKE_SA that takes the CHILD_SAs of an old one."""
        self.hand_over(old, new)
        self.established(new)

    def give_up(self, sa: IkeSa) -> None:
        """Take an IKE_SA down whose peer does not answer, and do what is configured for that."""
        ended = sa.state == "DELETING"
        configs = sa.installed()
        self.remove(sa, told=sa.state != "CONNECTING")
        for config in [] if ended else configs:
            policies.act(self, self.connection(sa), config, config.dpd_action)

    # Asking for it.

    def loaded(self, new: Connection, old: Connection | None) -> None:
        """Carry out the start actions of a connection, and undo those of the one before.

        Of one that has not changed itself, children that have not changed either are left alone.
        """
        before = [] if old is None else old.children
        kept = _alike(before, new.children) if old == new else []
        policies.undo(self, new.name, [each for each in before if each.name not in kept])
        for config in new.children:
            if config.name not in kept:
                policies.act(self, new, config, config.start_action)

    def unloaded(self, old: Connection) -> None:
        """Undo the start actions of a connection."""
        policies.undo(self, old.name, old.children)

    def initiate(
        self, connection: Connection, config: ChildConfig | None, watcher: Watcher | None = None
    ) -> None:
        """Bring a connection up, and a child of it; an IKE_SA that is there already is used."""
        sa = self.existing(connection) or self.create_ike(connection)
        if watcher is not None:
            watcher.ike_sa = sa
        children = [] if config is None else [CreateChild(self, sa, config, watcher)]
        if sa.state == "CREATED":
            self._begin(sa, children)
        elif children:
            queue(children[0])
        elif watcher is not None and self.gateway.version >= (5, 9, 11):
            watcher.settle(True)

    def begin_like(self, old: IkeSa, configs: list[ChildConfig], host: str, port: int) -> IkeSa:
        """Initiate an IKE_SA like an old one, with the same CHILD_SAs."""
        new = self.create_ike(self.connection(old), host)
        new.local.port = new.remote.port = port
        self._begin(new, [CreateChild(self, new, config) for config in configs])
        return new

    def _begin(self, sa: IkeSa, children: list[CreateChild]) -> None:
        """Initiate an IKE_SA. With IKEv2 the first child comes with it, the others wait."""
        self.ike_sas.append(sa)
        first = children[0] if children and sa.version == 2 else None
        sa.queued.extend([Initiate(self, sa, first), *(c for c in children if c is not first)])
        advance(sa)

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
            if sa.version == 1:
                sa.queued.extend(DeleteChild(self, sa, child) for child in sa.children)
            queue(DeleteIke(self, sa))
            if force:  # the peer is told, but not waited for
                replaced, sa.state = sa.state == "REKEYED", "DELETING"
                self.remove(sa, told=not replaced)

    def terminate_child(self, sa: IkeSa, child: ChildSa) -> None:
        """End a CHILD_SA."""
        queue(DeleteChild(self, sa, child))

    def shut_down(self) -> None:
        """End every IKE_SA, as a charon does that is asked to stop."""
        for sa in list(self.ike_sas):
            self.terminate(sa, force=True)

    def redirect(self, sa: IkeSa, gateway: str) -> None:
        """Ask the peer to go to another gateway, once; only one that has initiated does."""
        if sa.state == "ESTABLISHED" and not sa.initiator and not sa.redirected:
            sa.redirected = True
            queue(Redirect(self, sa, gateway))

    def move(self, sa: IkeSa, gateway: str) -> None:
        """Go to another gateway, as the peer wants it; what there is ends when that is done."""
        self.log(sa, "IKE", 1, f"redirected to {gateway}")
        port = self.connection(sa).remote_port
        new = self.begin_like(sa, sa.installed(), gateway, port)
        queue(CompleteReauthentication(self, new, sa))


def _alike(some: list[ChildConfig], others: list[ChildConfig]) -> list[str]:
    """Return the names of the children that are the same in both."""
    return [one.name for one in some for other in others if (one.name, one) == (other.name, other)]
