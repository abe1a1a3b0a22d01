"""Another simulated gateway as the peer: it takes in what one initiates."""

from typing import TYPE_CHECKING

from anyvici.testing.sas.agreement import (
    NO_PROPOSAL,
    NO_SELECTORS,
    NOT_AUTHENTIC,
    agree,
    authenticity_error,
    fits,
    is_for,
    mirrors,
    wanted_id,
)
from anyvici.testing.sas.establishing import FLOATED, WRONG_GROUP
from anyvici.testing.sas.sa import ChildSa, End, IkeSa, group
from anyvici.testing.sas.uniqueness import admit, knows
from anyvici.testing.state.configs import Connection
from anyvici.testing.values.proposals import Proposal, select

if TYPE_CHECKING:
    from anyvici.testing.sas.manager import Sas

BUSY = "TEMPORARY_FAILURE"
UP = ("ESTABLISHED", "REKEYING")

_INIT = ["IKE_INIT", "IKE_NATD"]
_AUTH = ["IKE_CERT_PRE", "IKE_AUTH", "IKE_CERT_POST", "IKE_CONFIG", "IKE_MOBIKE"]
_ESTABLISH = ["IKE_ESTABLISH", "IKE_AUTH_LIFETIME", "CHILD_CREATE"]
_HALF_OPEN = 30.0  # seconds that a peer has to authenticate itself


class Accepting:
    """The gateway that answers, with the SAs of its own; a twin is the same SA at the other end."""

    def __init__(self, sas: "Sas", here: "Sas") -> None:
        self._sas = sas
        self._here = here  # those of the gateway that asks

    def init(self, sa: IkeSa) -> str:
        """Begin an IKE_SA with somebody unknown."""
        sas = self._sas
        found = [c for c in sas.gateway.connections.values() if fits(c, sa)]
        if not found:
            sas.gateway.log("IKE", 1, f"no IKE config found for {sa.remote.host}...{sa.local.host}")
            return NO_PROPOSAL
        twin = self._new_twin(sa)
        sas.tally(twin, "ike-init-in-req")
        sas.log(twin, "IKE", 0, f"{twin.remote.host} is initiating an IKE_SA")
        error = self._choose_proposal(sa, twin, [p for each in found for p in each.proposals])
        sas.tally(twin, "ike-init-out-resp")
        if error:
            twin.passive = twin.passive if sa.version == 2 else []
            sas.remove(twin, told=True)
            return error
        sas.log(twin, "CFG", 1, f"selected proposal: {twin.proposal}")
        sa.responder_spi, sa.twin, twin.twin = twin.responder_spi, twin, sa
        sas.later(twin, _HALF_OPEN, lambda: self._expire(twin))
        return ""

    def may_be_childless(self, sa: IkeSa) -> bool:
        """Tell whether a connection for the addresses allows it."""
        connections = self._sas.gateway.connections.values()
        return any(fits(each, sa) and each.childless != "never" for each in connections)

    def authenticate(self, sa: IkeSa, child: ChildSa | None) -> tuple[str, str]:
        """Find out whose IKE_SA it is, and establish it."""
        sas, twin = self._sas, twin_of(sa)
        sas.tally(twin, "ike-auth-in-req")
        twin.passive = [*_AUTH, *_ESTABLISH] if sa.version == 2 else ["ISAKMP_VENDOR", "MAIN_MODE"]
        self._float(twin)
        error = self._identify(sa, twin)
        if error:
            if error != "EAP_FAILURE":  # that comes before anything is done
                twin.passive = twin.passive[1:]
            sas.remove(twin, told=True)
            return error, ""
        sa.remote.id = twin.local.id
        self._assign_addresses(sa, twin)
        twin.passive = list(_ESTABLISH) if sa.version == 2 else ["MAIN_MODE"]
        sas.established(twin)
        sas.tally(twin, "ike-auth-out-resp")
        twin.passive = ["CHILD_CREATE"]
        if sa.version == 2 and not _is_childless_as_wanted(sas.connection(twin), child):
            sas.log(twin, "IKE", 1, "peer did not initiate a childless IKE_SA")
            sas.remove(twin, told=True)
            return "INVALID_SYNTAX", ""
        child_error = "" if child is None else self._first_child(sa, child)
        twin.passive = []
        return "", child_error

    def create_child(self, sa: IkeSa, child: ChildSa) -> str:
        """Agree on one more CHILD_SA."""
        sas, twin = self._sas, twin_of(sa)
        sas.tally(twin, "create-child-in-req", "create-child-out-resp")
        if twin.state not in UP:
            return BUSY
        twin.passive = ["CHILD_CREATE" if sa.version == 2 else "QUICK_MODE"]
        error = self._install(sa, child)
        twin.passive = []
        return error

    def _new_twin(self, sa: IkeSa) -> IkeSa:
        """Return the IKE_SA that one is here, as long as nothing is known of who that is."""
        local, remote = End(sa.remote.host, sa.remote.port), End(sa.local.host, sa.local.port)
        twin = IkeSa(self._sas.next_id(), False, local, remote)
        twin.version, twin.state = sa.version, "CONNECTING"
        twin.initiator_spi, twin.responder_spi = sa.initiator_spi, self._sas.random.getrandbits(64)
        twin.passive = [*_INIT, *_AUTH, *_ESTABLISH]
        self._sas.ike_sas.append(twin)
        return twin

    def _choose_proposal(self, sa: IkeSa, twin: IkeSa, ours: list[Proposal]) -> str:
        """Choose algorithms; those of the key exchange may be others than what was begun with."""
        sa.proposal = twin.proposal = select(ours, self._here.connection(sa).proposals)
        if twin.proposal is None:
            self._sas.log(twin, "IKE", 1, "received proposals unacceptable")
            return NO_PROPOSAL
        return "" if sa.version == 1 or sa.group == group(twin.proposal) else WRONG_GROUP

    def _float(self, twin: IkeSa) -> None:
        """Go on at port 4500, if the peer has not begun there."""
        if (twin.local.port, twin.remote.port) == (FLOATED, FLOATED):
            return
        local, remote = (End(end.host, FLOATED, end.id) for end in (twin.local, twin.remote))
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
        if not admit(sas, twin, first_contact=not knows(self._here, sa)):
            sas.log(twin, "IKE", 1, "canceling IKE_SA setup due to uniqueness policy")
            return NOT_AUTHENTIC
        return ""

    def _assign_addresses(self, sa: IkeSa, twin: IkeSa) -> None:
        """Lease an address from the pools of the connection for each that is asked for."""
        ours, theirs = self._sas.connection(twin), self._here.connection(sa)
        identity = twin.remote_eap_id or twin.remote.id
        for asked in theirs.vips:
            address = self._sas.lease(ours.pools, identity, asked)
            if address is not None:
                twin.remote_vips.append(address)
                sa.local_vips.append(address)

    def _first_child(self, sa: IkeSa, child: ChildSa) -> str:
        if self._here.connection(sa).vips and not sa.local_vips:
            text = "no virtual IP found, sending INTERNAL_ADDRESS_FAILURE"
            self._sas.log(twin_of(sa), "IKE", 1, text)
            return "INTERNAL_ADDRESS_FAILURE"
        return self._install(sa, child)

    def _install(self, sa: IkeSa, child: ChildSa) -> str:
        """Install a CHILD_SA of the first configuration whose selectors fit, exact ones first."""
        sas, twin = self._sas, twin_of(sa)
        error, configs = NO_SELECTORS, sas.connection(twin).children
        for config in sorted(configs, key=lambda config: not mirrors(config, child.config)):
            fresh = ChildSa(config, 0, 0)
            error = agree(sa, child, twin, fresh)
            if not error:
                self._take_up(twin, fresh)
                return ""
            if error != NO_SELECTORS:
                break
        sas.log(twin, "IKE", 1, "failed to establish CHILD_SA, keeping IKE_SA")
        return error

    def _take_up(self, twin: IkeSa, fresh: ChildSa) -> None:
        self._sas.number(twin, fresh)
        self._sas.installed(twin, fresh)
        text = f"CHILD_SA {fresh.label} established with {fresh.describe()}"
        self._sas.log(twin, "IKE", 0, text)
        self._sas.tell.child(twin, fresh, up=True)

    def _expire(self, twin: IkeSa) -> None:
        if twin.state == "CONNECTING":
            self._sas.log(twin, "JOB", 1, "deleting half open IKE_SA with timeout")
            self._sas.remove(twin, told=False)


def twin_of(sa: IkeSa) -> IkeSa:
    """Return the same IKE_SA at the other end."""
    assert sa.twin is not None  # reachable() has looked
    return sa.twin


def _is_childless_as_wanted(connection: Connection, child: ChildSa | None) -> bool:
    return connection.childless != ("never" if child is None else "force")
