"""What happens to an SA by itself: it is rekeyed, it expires, its peer is probed."""

from typing import TYPE_CHECKING

from anyvici.testing.sas.deleting import DeleteChild, DeleteIke, Probe
from anyvici.testing.sas.establishing import CreateChild
from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.testing.sas.tasks import advance, queue

if TYPE_CHECKING:
    from anyvici.testing.sas.manager import Sas


def schedule_ike(sas: "Sas", sa: IkeSa) -> None:
    """Make the appointments of an IKE_SA that is established now."""
    connection = sas.connection(sa)
    sa.established = sas.now()
    ends = []
    if connection.rekey_time:
        seconds = sas.jittered(connection.rekey_time, connection.rand_time)
        sa.rekeying = sa.established + seconds
        sas.log(sa, "IKE", 1, f"scheduling rekeying in {seconds}s")
        sas.later(sa, seconds, lambda: sas.rekey_ike(sa))
        ends.append(seconds)
    if connection.reauth_time:
        seconds = sas.jittered(connection.reauth_time, connection.rand_time)
        sa.reauthenticating = sa.established + seconds
        sas.log(sa, "IKE", 1, f"scheduling reauthentication in {seconds}s")
        sas.later(sa, seconds, lambda: sas.rekey_ike(sa, reauth=True))
        ends.append(seconds)
    if ends:
        end = min(ends) + connection.over_time
        sas.log(sa, "IKE", 1, f"maximum IKE_SA lifetime {end}s")
        sas.later(sa, end, lambda: queue(DeleteIke(sas, sa)))
    if connection.dpd_delay:
        sas.later(sa, connection.dpd_delay, lambda: _probe(sas, sa))


def schedule_child(sas: "Sas", child: ChildSa) -> None:
    """Make the appointments of a CHILD_SA that is installed now."""
    config = child.config
    child.installed = sas.now()
    if config.rekey_time:
        seconds = sas.jittered(config.rekey_time, config.rand_time)
        child.rekeying = child.installed + seconds
        sas.later(child, seconds, lambda: _rekey(sas, child))
    if config.life_time:
        child.expiring = child.installed + config.life_time
        sas.later(child, config.life_time, lambda: _expire(sas, child))
    if config.inactivity:
        sas.later(child, config.inactivity, lambda: _look(sas, child))


def _probe(sas: "Sas", sa: IkeSa) -> None:
    """Ask the peer, once nothing was exchanged for dpd_delay; only one that is away is asked."""
    if not sas.reachable(sa) and not sa.active:
        queue(Probe(sas, sa))
    sas.later(sa, sas.connection(sa).dpd_delay, lambda: _probe(sas, sa))


def _rekey(sas: "Sas", child: ChildSa) -> None:
    sa = sas.owner(child)
    if sa is not None:
        sas.rekey_child(sa, child)


def _expire(sas: "Sas", child: ChildSa) -> None:
    """End a CHILD_SA whose time is over; one that was in use is made anew."""
    sa = sas.owner(child)
    if sa is None:
        return
    if child.state in ("INSTALLED", "REKEYING"):
        sa.queued.append(DeleteChild(sas, sa, child, expired=True))
        sa.queued.append(CreateChild(sas, sa, child.config))
        advance(sa)
    elif child.state != "DELETING":  # that is under way
        sas.remove_child(sa, child)


def _look(sas: "Sas", child: ChildSa) -> None:
    """Close a CHILD_SA that nothing has gone through for its time of inactivity."""
    sa, seconds = sas.owner(child), child.config.inactivity
    last = max(child.installed, child.inbound.last or 0, child.outbound.last or 0)
    left = last + seconds - sas.now()
    if left > 0:
        sas.later(child, left, lambda: _look(sas, child))
    elif sa is not None:
        sas.log(sa, "JOB", 1, f"deleting CHILD_SA after {seconds} seconds of inactivity")
        queue(DeleteChild(sas, sa, child))
