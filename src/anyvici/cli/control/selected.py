"""The SAs that terminate and rekey are given."""

from dataclasses import dataclass
from typing import TypedDict

from anyvici import ChildSa, ChildSaState, Client, IkeSa
from anyvici.cli.control.sentences import in_states
from anyvici.cli.exits import UsageError


class Given(TypedDict):
    """What the library takes."""

    ike: str | None
    ike_id: int | None
    child: str | None
    child_id: int | None


@dataclass(frozen=True)
class Selected:
    """All that match; raises UsageError for options that do not say which."""

    command: str
    ike: str | None
    ike_id: int | None
    child: str | None
    child_id: int | None

    def __post_init__(self) -> None:
        if not self._of_children and self.ike is None and self.ike_id is None:
            needed = "--ike, --ike-id, --child and --child-id"
            raise UsageError(f"{self.command} needs one of {needed}")
        if not self._of_children and self.ike is not None and self.ike_id is not None:
            raise UsageError(f"{self.command} would take --ike OR --ike-id: give one of them")

    @property
    def given(self) -> Given:
        """What the library takes."""
        return Given(ike=self.ike, ike_id=self.ike_id, child=self.child, child_id=self.child_id)

    async def left(self, client: Client) -> str:
        """Tell which of them there are."""
        sas = await self._there(client)
        return f"{len(sas)} left: {in_states(sas)}" if sas else "none of them is left"

    async def _there(self, client: Client) -> list[IkeSa | ChildSa]:
        ike_sas = await client.list_sas(ike=self.ike, ike_id=self.ike_id)
        if not self._of_children:
            return [*ike_sas]
        return [child for ike_sa in ike_sas for child in ike_sa.child_sas if self._is_meant(child)]

    @property
    def _of_children(self) -> bool:
        return self.child is not None or self.child_id is not None

    def _is_meant(self, child: ChildSa) -> bool:
        named = self.child in (None, child.name) and self.child_id in (None, child.uniqueid)
        return named and child.state != ChildSaState.DELETED
