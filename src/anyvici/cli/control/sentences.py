"""SAs in a sentence."""

from collections.abc import Sequence

from anyvici import ChildSa, IkeSa

_NAMED = 3  # more of them are only counted


def ike_named(sa: IkeSa) -> str:
    """Return the name of an IKE_SA: IKE_SA gw #2."""
    return f"IKE_SA {sa.name} #{sa.uniqueid}"


def child_named(sa: ChildSa) -> str:
    """Return the name of a CHILD_SA: CHILD_SA net #5."""
    return f"CHILD_SA {sa.name} #{sa.uniqueid}"


def is_up(ike_sa: IkeSa, child_sa: ChildSa | None) -> str:
    """Return what is up: CHILD_SA net up: #5 in IKE_SA gw #2, 10.1.0.0/16 === 10.2.0.0/16."""
    if child_sa is None:
        ends = f"{ike_sa.local_id} {ike_sa.local_host} === {ike_sa.remote_id} {ike_sa.remote_host}"
        return f"IKE_SA {ike_sa.name} up: #{ike_sa.uniqueid}, {ends}"
    where = f"#{child_sa.uniqueid} in {ike_named(ike_sa)}"
    return f"CHILD_SA {child_sa.name} up: {where}, {selectors(child_sa)}"


def how_to_end(ike_sa: IkeSa, child_sa: ChildSa | None) -> str:
    """Return what is up, and the command that ends it."""
    if child_sa is None:
        return f"{ike_named(ike_sa)} is up; `anyvici terminate --ike-id {ike_sa.uniqueid}` ends it"
    named = f"{child_named(child_sa)} is up in {ike_named(ike_sa)}"
    return f"{named}; `anyvici terminate --child-id {child_sa.uniqueid}` ends it"


def selectors(sa: ChildSa) -> str:
    """Return what a CHILD_SA is for: 10.1.0.0/16 === 10.2.0.0/16."""
    return f"{' '.join(sa.local_ts)} === {' '.join(sa.remote_ts)}"


def in_states(sas: Sequence[IkeSa | ChildSa]) -> str:
    """Return SAs with their states: IKE_SA gw #2 (DELETING), IKE_SA gw #3 (ESTABLISHED)."""
    named = [
        f"{child_named(sa) if isinstance(sa, ChildSa) else ike_named(sa)} ({sa.state})"
        for sa in sas[:_NAMED]
    ]
    more = len(sas) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
