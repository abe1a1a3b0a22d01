"""Whether a peer may have more than one IKE_SA with us, and what becomes of the former ones."""

from typing import TYPE_CHECKING

from anyvici.testing.sas.deleting import DeleteIke
from anyvici.testing.sas.sa import IkeSa
from anyvici.testing.sas.tasks import queue

if TYPE_CHECKING:
    from anyvici.testing.sas.manager import Sas

_UP = ("ESTABLISHED", "REKEYING")
_REAUTHENTICATED = 10.0  # seconds until an IKE_SA ends whose peer may be about to end it itself


def knows(sas: "Sas", sa: IkeSa) -> bool:
    """Tell whether a gateway has another IKE_SA between the identities of one."""
    return bool(_others(sas, sa))


def admit(sas: "Sas", sa: IkeSa, *, first_contact: bool) -> bool:
    """Tell whether a peer may have this IKE_SA, too; if need be, end what it had before."""
    policy, others = sas.connection(sa).unique, _others(sas, sa)
    if policy == "UNIQUE_NEVER":
        return True
    if first_contact:
        for other in others:
            text = f"destroying duplicate IKE_SA for peer '{sa.remote.id}'"
            sas.log(sa, "IKE", 0, f"{text}, received INITIAL_CONTACT")
            sas.remove(other, told=True)
        return True
    others = [other for other in others if other.connection == sa.connection]
    if policy == "UNIQUE_KEEP":
        return all(other.remote.host == sa.remote.host for other in others)
    for other in others if policy == "UNIQUE_REPLACE" else []:
        _replace(sas, other, sa)
    return True


def _replace(sas: "Sas", old: IkeSa, new: IkeSa) -> None:
    if old.remote.host == new.remote.host:
        sas.later(old, _REAUTHENTICATED, lambda: queue(DeleteIke(sas, old)))
    else:
        queue(DeleteIke(sas, old))


def _others(sas: "Sas", sa: IkeSa) -> list[IkeSa]:
    return [each for each in sas.ike_sas if each.state in _UP and _ends(each) == _ends(sa)]


def _ends(sa: IkeSa) -> tuple[str, str]:
    return sa.local.id, sa.remote_eap_id or sa.remote.id
