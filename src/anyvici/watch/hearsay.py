"""What events have told, as far as it has to be remembered."""

from typing import TypeAlias

from anyvici.models.sas import ChildSa, IkeSa

Sa: TypeAlias = IkeSa | ChildSa
Key: TypeAlias = tuple[type, int]
"""Of an SA: uniqueids of IKE_SAs and of CHILD_SAs are numbers of their own."""

# Of so many SAs it is remembered that they are gone, if there is no list to forget them after.
_MOST_GONE = 10_000


def key(sa: Sa) -> Key:
    """Return what an SA is known by."""
    return type(sa), sa.uniqueid


class Hearsay:
    """Which SAs are gone, as long as they may still be listed; and which were told of meanwhile.

    `told` is what was told of since a list was asked for; without that, nothing is noted there.
    """

    def __init__(self) -> None:
        self.gone: dict[Key, int | None] = {}  # and the uniqueid of what has replaced it; in order
        self.told: set[Key] = set()
        self.expecting: bool = False

    def expect_list(self) -> None:
        """Note from now on what is told of."""
        self.told, self.expecting = set(), True

    def is_told(self, *keys: Key) -> None:
        """Note that these were told of."""
        if self.expecting:
            self.told.update(keys)

    def is_gone(self, sa: Sa, heir: Sa | None = None) -> None:
        """Note that an SA is gone, and what has replaced it, if that is not gone itself."""
        self.is_told(key(sa))
        self.gone[key(sa)] = None
        if heir is not None and key(heir) not in self.gone:
            self.gone[key(sa)] = heir.uniqueid
        if len(self.gone) > _MOST_GONE:
            del self.gone[next(iter(self.gone))]

    def heir(self, ike_id: int) -> int:
        """Return which IKE_SA has now what was in this one."""
        while (heir := self.gone.get((IkeSa, ike_id))) is not None:
            ike_id = heir
        return ike_id

    def knows(self, sa: Sa) -> bool:
        """Tell whether more is known of it than a list can tell."""
        return key(sa) in self.told or key(sa) in self.gone

    def forget(self, listed: set[Key]) -> None:
        """A list is in: what it does not show any more will not come back."""
        kept = listed | self.told
        self.gone = {each: heir for each, heir in self.gone.items() if each in kept}
        self.told, self.expecting = set(), False
