"""What two gateways have to agree on: whom a connection is for, and what a CHILD_SA is to be."""

from typing import TYPE_CHECKING

from anyvici.testing.sas.sa import ChildSa, IkeSa
from anyvici.testing.state.configs import ChildConfig, Connection
from anyvici.testing.values.identities import matches
from anyvici.testing.values.proposals import select
from anyvici.testing.values.selectors import Selector, narrow

if TYPE_CHECKING:
    from anyvici.testing.sas.manager import Sas

NO_PROPOSAL = "NO_PROPOSAL_CHOSEN"
NO_SELECTORS = "TS_UNACCEPTABLE"
NOT_AUTHENTIC = "AUTHENTICATION_FAILED"

_ANYBODY = ("%any", "%any4", "%any6")


def fits(connection: Connection, sa: IkeSa) -> bool:
    """Tell whether a connection is for the addresses and the version of a peer's IKE_SA."""
    if connection.version not in (0, sa.version):
        return False
    local = includes(connection.local_addrs, sa.remote.host)
    return local and includes(connection.remote_addrs, sa.local.host)


def includes(addresses: list[str], host: str) -> bool:
    """Tell whether a host is among the addresses, subnets and ranges of a configuration."""
    parts = [part.strip() for text in addresses for part in text.split(",")]
    return any(part == host or part in _ANYBODY or _contains(part, host) for part in parts)


def is_for(connection: Connection, sa: IkeSa) -> bool:
    """Tell whether a connection is between the identities of a peer's IKE_SA."""
    ours, theirs = connection.ours.id, connection.theirs.id
    local = ours is None or matches(wanted_id(sa), ours)
    return local and matches(theirs or "%any", sa.local.id)


def wanted_id(sa: IkeSa) -> str:
    """Return whom the initiator of an IKE_SA wants to talk to."""
    assert sa.connection is not None
    return sa.connection.theirs.id or "%any"


def authenticity_error(here: "Sas", sa: IkeSa, there: "Sas", twin: IkeSa) -> str:
    """Return the error if an end of an IKE_SA does not prove who it is.

    Shared secrets have to be the same at both ends. Certificates are taken to be right.
    """
    initiator, responder = here.connection(sa).ours, there.connection(twin).ours
    kinds = {initiator.auth_class, responder.auth_class}
    if "pre-shared key" in kinds and not _same(here.secret(sa), there.secret(twin)):
        text = f"no shared key found for '{twin.local.id}' - '{twin.remote.id}'"
        there.log(twin, "IKE", 1, text)
        return NOT_AUTHENTIC
    identity = initiator.eap_id or sa.local.id
    passwords = [sas.password(twin.local.id, identity) for sas in (here, there)]
    return "EAP_FAILURE" if "EAP" in kinds and not _same(*passwords) else ""


def mirrors(ours: ChildConfig, theirs: ChildConfig) -> bool:
    """Tell whether two configurations have the same selectors, each from its end."""
    return ours.local_ts == theirs.remote_ts and ours.remote_ts == theirs.local_ts


def agree(sa: IkeSa, child: ChildSa, twin: IkeSa, fresh: ChildSa) -> str:
    """Find what both ends want of a CHILD_SA; both have it then. Return the error if there is none.

    `child` is the initiator's, `fresh` the responder's.
    """
    asked_local = _resolved(child.config.local_ts, sa.local_vips or [sa.local.host])
    asked_remote = _resolved(child.config.remote_ts, [sa.remote.host])
    ours = _resolved(fresh.config.local_ts, [twin.local.host])
    theirs = _resolved(fresh.config.remote_ts, twin.remote_vips or [twin.remote.host])
    fresh.local_ts, fresh.remote_ts = narrow(ours, asked_remote), narrow(theirs, asked_local)
    if not fresh.local_ts or not fresh.remote_ts or fresh.config.mode != child.config.mode:
        return NO_SELECTORS
    ends = [fresh.config.proposals, child.config.proposals]
    if not child.own_keys:
        ends = [[proposal.without_ke() for proposal in proposals] for proposals in ends]
    proposal = select(*ends)
    if proposal is None:
        return NO_PROPOSAL
    child.local_ts, child.remote_ts = fresh.remote_ts, fresh.local_ts
    child.proposal = fresh.proposal = proposal
    child.spi_out, fresh.spi_out = fresh.spi_in, child.spi_in
    child.twin, fresh.twin = fresh, child
    return ""


def _same(ours: bytes | None, theirs: bytes | None) -> bool:
    return ours is not None and ours == theirs


def _resolved(selectors: list[Selector], hosts: list[str]) -> list[Selector]:
    return [selector.resolve(host) for selector in selectors for host in hosts]


def _contains(network: str, host: str) -> bool:
    outer, inner = Selector.parse(network), Selector.parse(host)
    return outer is not None and inner is not None and inner.within(outer)
