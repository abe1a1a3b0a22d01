"""What counts as a change, and what is on its way in or out."""

from operator import attrgetter

from anyvici.models.enums import ChildSaState, IkeSaState
from anyvici.models.sas import ChildSa, IkeSa
from anyvici.watch.changes import Added, Change, Removed, Updated

_COMING = {
    *(IkeSaState.CREATED, IkeSaState.CONNECTING),
    *(ChildSaState.CREATED, ChildSaState.ROUTED, ChildSaState.INSTALLING, ChildSaState.RETRYING),
}

# Listed for some time after the event that told of their end, as a rekeyed CHILD_SA is.
_GONE = {
    *(IkeSaState.REKEYED, IkeSaState.DESTROYING),
    *(ChildSaState.REKEYED, ChildSaState.DELETED, ChildSaState.DESTROYING),
}

# Times go on without anything happening, tasks are seen by chance; the rest is compared elsewhere.
_PASSING = {
    *("established", "rekey_time", "reauth_time", "life_time", "install_time"),
    *("use_in", "use_out", "tasks_queued", "tasks_active", "tasks_passive", "child_sas", "raw"),
}

_TELLING = {
    model: attrgetter(*(name for name in model.__struct_fields__ if name not in _PASSING))
    for model in (IkeSa, ChildSa)
}


def differ(before: IkeSa | ChildSa, after: IkeSa | ChildSa) -> bool:
    """Tell whether an SA has changed, in more than times and tasks; CHILD_SAs aside."""
    telling = _TELLING[type(after)]
    return bool(telling(before) != telling(after))


def is_same(before: IkeSa | ChildSa, after: IkeSa | ChildSa | None) -> bool:
    """Tell whether two of one uniqueid are one SA: another run of the daemon counts anew."""
    if isinstance(before, IkeSa):
        return isinstance(after, IkeSa) and before.initiator_spi == after.initiator_spi
    return isinstance(after, ChildSa) and before.spi_in == after.spi_in


def is_coming(sa: IkeSa | ChildSa) -> bool:
    """Tell whether it is on its way up, of which no event tells."""
    return sa.state in _COMING


def is_over(sa: IkeSa | ChildSa) -> bool:
    """Tell whether what is listed has been replaced or deleted already."""
    return sa.state in _GONE


def is_ending(sa: IkeSa | ChildSa) -> bool:
    """Tell whether what is listed is on its way out.

    Of one that is not known no event will come, as a rule: it was replaced, or is what two
    rekeyings at once have made in vain.
    """
    return sa.state in (IkeSaState.DELETING, ChildSaState.DELETING)


def was_missed(change: Change) -> bool:
    """Tell whether an event should have told of what was found by looking."""
    match change:
        case Added(new=sa) | Removed(old=sa):
            return not is_coming(sa)
        case Updated(old=old, new=new):
            return is_coming(old) and not is_coming(new)
    return False
