"""Policies: a row each, and if asked all their traffic selectors behind it."""

from collections.abc import Iterator

from anyvici import Mode, Policy
from anyvici.cli.columns import Cell, Column
from anyvici.cli.output import Output
from anyvici.cli.show.details import Details
from anyvici.cli.text import safe

COLUMNS = (
    Column("NAME", 14, grows=2),
    Column("MODE", 9),
    Column("LOCAL", 14, grows=3),
    Column("REMOTE", 14, grows=3),
)

STYLES = {Mode.PASS: "yellow", Mode.DROP: "red"}


class PolicyLines:
    """Makes lines of policies."""

    def __init__(self, output: Output, *, long: bool = False) -> None:
        self._columns = output.columns(*COLUMNS)
        self._details = Details(output) if long else None

    def header(self) -> str:
        """Return the line of titles."""
        return self._columns.header()

    def of(self, policy: Policy) -> str:
        """Return the lines of one policy."""
        return "\n".join(self._lines(policy))

    def _lines(self, policy: Policy) -> Iterator[str]:
        yield self._columns.row(
            [
                Cell(safe(policy.name), "bold"),
                Cell(safe(policy.mode), STYLES.get(policy.mode, "")),
                safe(" ".join(policy.local_ts)),
                safe(" ".join(policy.remote_ts)),
            ]
        )
        if self._details:
            facts = {
                "reqid": "" if policy.reqid is None else str(policy.reqid),
                "label": policy.label,
                "local": " ".join(policy.local_ts),
                "remote": " ".join(policy.remote_ts),
            }
            yield from self._details.lines(facts)
