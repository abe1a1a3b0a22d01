"""Another simulated gateway as the peer: what one initiates shows up at the other."""

from typing import TYPE_CHECKING

from anyvici.testing.sas.agreement import (
    NO_PROPOSAL,
    NO_SELECTORS,
    NOT_AUTHENTIC,
    agree,
    authenticity_error,
    fits,
    is_for,
    wanted_id,
)
from anyvici.testing.sas.deleting import log_end
from anyvici.testing.sas.sa import ChildSa, End, IkeSa
from anyvici.testing.values.proposals import select

if TYPE_CHECKING:
    from anyvici.testing.sas.manager import Sas

_INIT = ["IKE_INIT", "IKE_NATD"]
_AUTH = ["IKE_CERT_PRE", "IKE_AUTH", "IKE_CERT_POST", "IKE_CONFIG", "IKE_MOBIKE"]
_ESTABLISH = ["IKE_ESTABLISH", "IKE_AUTH_LIFETIME", "CHILD_CREATE"]
_FLOATED = 4500
_HALF_OPEN = 30.0  # seconds that a peer has to authenticate itself


class Responder:
    """The gateway that answers, with the SAs of its own; a twin is the same SA at the other end."""

    def __init__(self, sas: "Sas", here: "Sas") -> None:
        self._sas = sas
        self._here = here  # those of the gateway that asks

    def reachable(self, sa: IkeSa) -> bool:
        """Tell whether it runs, and still knows the IKE_SA."""
        if not self._sas.running or (sa.twin is None and sa.responder_spi):
            return False
        return sa.twin is None or self._sas.connected(sa.twin)

    def init(self, sa: IkeSa) -> str:
        """Begin an IKE_SA with somebody unknown."""
        sas = self._sas
        found = [c for c in sas.gateway.connections.values() if fits(c, sa)]
        if not found:
            sas.gateway.log("IKE", 1, f"no IKE config found for {sa.remote.host}...{sa.local.host}")
            return NO_PROPOSAL
        twin = IkeSa(sas.next_id(), False, End(sa.remote.host), End(sa.local.host))
        twin.version, twin.state = sa.version, "CONNECTING"
        twin.initiator_spi, twin.responder_spi = sa.initiator_spi, sas.random.getrandbits(64)
        twin.passive = [*_INIT, *_AUTH, *_ESTABLISH]
        sas.ike_sas.append(twin)
        sas.counters.count("ike-init-in-req", None)
        sas.log(twin, "IKE", 0, f"{twin.remote.host} is initiating an IKE_SA")
        ours = [p for connection in found for p in connection.proposals]
        theirs = sa.connection.proposals if sa.connection else []
        sa.proposal = twin.proposal = select(ours, theirs)
        if twin.proposal is None:
            sas.log(twin, "IKE", 1, "received proposals unacceptable")
            sas.remove(twin, told=True)
            return NO_PROPOSAL
        sas.log(twin, "CFG", 1, f"selected proposal: {twin.proposal}")
        sas.counters.count("ike-init-out-resp", None)
        sa.responder_spi, sa.twin, twin.twin = twin.responder_spi, twin, sa
        sas.later(twin, _HALF_OPEN, lambda: self._expire(twin))
        return ""

    def authenticate(self, sa: IkeSa, child: ChildSa | None) -> tuple[str, str]:
        """Find out whose IKE_SA it is, and establish it."""
        sas, twin = self._sas, _twin(sa)
        sas.counters.count("ike-auth-in-req", None)
        twin.passive = [*_AUTH, *_ESTABLISH]
        if sa.version == 2:
            self._float(twin)
        error = self._identify(sa, twin)
        if error:
            twin.passive = twin.passive[1:]
            sas.remove(twin, told=True)
            return error, ""
        sa.remote.id = twin.local.id
        self._replace_former(sa, twin)
        self._assign_addresses(sa, twin)
        twin.passive = list(_ESTABLISH)
        sas.established(twin)
        sas.counters.count("ike-auth-out-resp", twin.name)
        twin.passive = ["CHILD_CREATE"]
        child_error = "" if child is None else self._install(sa, child)
        twin.passive = []
        return "", child_error

    def create_child(self, sa: IkeSa, child: ChildSa) -> str:
        """Agree on one more CHILD_SA."""
        twin = _twin(sa)
        self._count_child(twin)
        twin.passive = ["CHILD_CREATE" if sa.version == 2 else "QUICK_MODE"]
        error = self._install(sa, child)
        twin.passive = []
        return error

    def rekey_child(self, sa: IkeSa, old: ChildSa, new: ChildSa) -> str:
        """Agree on a CHILD_SA that replaces another."""
        sas, twin, former = self._sas, _twin(sa), old.twin
        if former is None or former not in twin.children:
            return "CHILD_SA_NOT_FOUND"
        self._count_child(twin)
        fresh = sas.create_child(twin, former.config, former.reqid)
        error = agree(sa, new, twin, fresh)
        if error:
            return error
        twin.passive = ["CHILD_REKEY" if sa.version == 2 else "QUICK_MODE"]
        sas.child_replaced(twin, former, fresh)
        twin.passive = []
        return ""

    def rekey_ike(self, old: IkeSa, new: IkeSa) -> None:
        """Replace an IKE_SA by one that has its CHILD_SAs."""
        sas, former = self._sas, _twin(old)
        self._count_child(former)
        twin = sas.successor(former, initiator=False)
        twin.initiator_spi, new.responder_spi = new.initiator_spi, twin.responder_spi
        new.twin, twin.twin = twin, new
        if old.version == 1:
            sas.adopt(former, twin)
            return
        former.passive = ["IKE_REKEY"]
        sas.ike_replaced(former, twin)
        former.passive = []
        former.state = "REKEYED"
        sas.counters.count("ike-rekey-resp", former.name)

    def delete_child(self, sa: IkeSa, child: ChildSa, *, replaced: bool) -> None:
        """End a CHILD_SA, and do what is configured for its being closed by the peer."""
        sas, twin, gone = self._sas, _twin(sa), child.twin
        self._count_info(twin)
        if gone is None or gone not in twin.children:
            return
        twin.passive = ["CHILD_DELETE" if sa.version == 2 else "INFORMATIONAL"]
        log_end(sas, twin, gone)
        gone.state = "DELETED"
        if replaced:
            sas.forget_later(twin, gone)
        else:
            sas.tell.child(twin, gone, up=False)
            sas.remove_child(twin, gone)
        twin.passive = []
        if not replaced:
            sas.act(twin, gone.config, gone.config.close_action)

    def delete_ike(self, sa: IkeSa, *, told: bool) -> None:
        """End an IKE_SA."""
        sas, twin = self._sas, _twin(sa)
        self._count_info(twin)
        sas.log(twin, "IKE", 1, f"received DELETE for IKE_SA {twin.label}")
        sas.log(twin, "IKE", 0, f"deleting IKE_SA {twin.label} between {twin.ends()}")
        twin.state = "DELETING"
        twin.passive = ["IKE_DELETE" if sa.version == 2 else "INFORMATIONAL"]
        configs = [child.config for child in twin.children if child.state == "INSTALLED"]
        sas.log(twin, "IKE", 0, "IKE_SA deleted")
        sas.remove(twin, told=told)
        for config in configs:
            sas.act(twin, config, config.close_action)

    def redirect(self, sa: IkeSa, gateway: str) -> None:
        """Only who has initiated goes elsewhere."""
        twin = _twin(sa)
        self._count_info(twin)
        if twin.initiator:
            self._sas.move(twin, gateway)

    def _float(self, twin: IkeSa) -> None:
        """Go on at port 4500, as MOBIKE wants it."""
        local, remote = (End(end.host, _FLOATED, end.id) for end in (twin.local, twin.remote))
        self._sas.tell.addresses(twin, local, remote)
        twin.local, twin.remote = local, remote

    def _identify(self, sa: IkeSa, twin: IkeSa) -> str:
        """Find the connection by the identities of both, and check what they prove."""
        sas = self._sas
        wanted = wanted_id(sa)
        shown = f"{twin.local.host}[{wanted}]...{twin.remote.host}[{sa.local.id}]"
        sas.log(twin, "CFG", 1, f"looking for peer configs matching {shown}")
        twin.local.id, twin.remote.id = wanted, sa.local.id
        found = [c for c in sas.gateway.connections.values() if fits(c, sa) and is_for(c, sa)]
        if not found:
            sas.log(twin, "CFG", 1, "no matching peer config found")
            return NOT_AUTHENTIC
        twin.connection = found[0]
        sas.log(twin, "CFG", 1, f"selected peer config '{twin.name}'")
        twin.local.id = sas.own_id(twin.connection, twin.local.host)
        error = authenticity_error(self._here, sa, sas, twin)
        if error:
            return error
        sas.log(twin, "IKE", 1, f"authentication of '{sa.local.id}' successful")
        twin.remote_eap_id = self._here.connection(sa).ours.eap_id
        return ""

    def _replace_former(self, sa: IkeSa, twin: IkeSa) -> None:
        """Drop what is left of a peer that says it has no other IKE_SA with us."""
        for former in list(self._sas.ike_sas):
            same = (former.name, former.local.id, former.remote.id, former.remote.host)
            if former is twin or former.state != "ESTABLISHED" or former.twin is not None:
                continue
            if same == (twin.name, twin.local.id, twin.remote.id, twin.remote.host):
                text = f"destroying duplicate IKE_SA for peer '{sa.local.id}'"
                self._sas.log(twin, "IKE", 0, f"{text}, received INITIAL_CONTACT")
                self._sas.remove(former, told=True)

    def _assign_addresses(self, sa: IkeSa, twin: IkeSa) -> None:
        """Lease an address from the pools of the connection for each that is asked for."""
        ours, theirs = self._sas.connection(twin), self._here.connection(sa)
        identity = twin.remote_eap_id or twin.remote.id
        for asked in theirs.vips:
            address = self._sas.lease(ours.pools, identity, asked)
            if address is not None:
                twin.remote_vips.append(address)
                sa.local_vips.append(address)

    def _install(self, sa: IkeSa, child: ChildSa) -> str:
        """Find the configuration that has the selectors, and install its CHILD_SA."""
        sas, twin = self._sas, _twin(sa)
        error = NO_SELECTORS
        for config in sas.connection(twin).children:
            fresh = ChildSa(config, 0, 0)
            error = agree(sa, child, twin, fresh)
            if not error:
                sas.number(twin, fresh)
                sas.installed(twin, fresh)
                text = f"CHILD_SA {fresh.label} established with {fresh.describe()}"
                sas.log(twin, "IKE", 0, text)
                sas.tell.child(twin, fresh, up=True)
                return ""
        sas.log(twin, "IKE", 1, "failed to establish CHILD_SA, keeping IKE_SA")
        return error

    def _expire(self, twin: IkeSa) -> None:
        if twin.state == "CONNECTING":
            self._sas.log(twin, "JOB", 1, "deleting half open IKE_SA with timeout")
            self._sas.remove(twin, told=False)

    def _count_child(self, twin: IkeSa) -> None:
        for name in ("create-child-in-req", "create-child-out-resp"):
            self._sas.counters.count(name, twin.name)

    def _count_info(self, twin: IkeSa) -> None:
        for name in ("info-in-req", "info-out-resp"):
            self._sas.counters.count(name, twin.name)


def _twin(sa: IkeSa) -> IkeSa:
    assert sa.twin is not None  # reachable() has looked
    return sa.twin
