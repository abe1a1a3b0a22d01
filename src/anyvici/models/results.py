"""What the commands that act on SAs answer when they succeed."""

from anyvici.models.conversion import PlainMessage


class InitiateResult(PlainMessage, frozen=True, kw_only=True):
    """An SA was brought up. The daemon says no more about it."""


class TerminateResult(PlainMessage, frozen=True, kw_only=True):
    """SAs were taken down."""

    matches: int
    """How many SAs were selected."""
    terminated: int
    """How many of them were taken down; those that are not waited for count as well."""


class RekeyResult(PlainMessage, frozen=True, kw_only=True):
    """SAs are going to be rekeyed; the daemon does not wait for that."""

    matches: int
    """How many SAs were selected."""


class RedirectResult(PlainMessage, frozen=True, kw_only=True):
    """Peers were told to go to another gateway."""

    matches: int | None = None
    """How many IKE_SAs were selected (5.5.2)."""
