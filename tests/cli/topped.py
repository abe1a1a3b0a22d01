"""What `top` knows, without a daemon: tables, boards, screens."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from anyvici import ChildSa, IkeSa
from anyvici.cli.top.bindings import press
from anyvici.cli.top.board import Board, Moment
from anyvici.cli.top.screen import Screen
from anyvici.cli.top.view import View
from tests.watch.sas import child, ike

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Table:
    """What Board sees of a table."""

    sas: list[IkeSa] = field(default_factory=list)
    connected: bool = True
    trouble: Exception | None = None
    repairs: int = 0

    @property
    def ike_sas(self) -> dict[int, IkeSa]:
        return {sa.uniqueid: sa for sa in self.sas}

    @property
    def child_sas(self) -> dict[int, ChildSa]:
        return {each.uniqueid: each for sa in self.sas for each in sa.child_sas}


def site(number: int, *children: ChildSa, **changes: Any) -> IkeSa:
    """Return the IKE_SA of a site, with one CHILD_SA if no others are given."""
    named = {
        "name": f"site-{number}",
        "remote_id": f"site-{number}.example.org",
        "remote_host": f"198.51.100.{number}",
        "established": 60,
        "rekey_time": 3600,
    }
    return ike(number, *(children or [net(number)]), **{**named, **changes})


def net(number: int, octets: int = 0, **changes: Any) -> ChildSa:
    """Return the CHILD_SA of a site, through which octets have passed."""
    named = {
        "local_ts": ["10.0.0.0/16"],
        "remote_ts": [f"10.{number}.0.0/16"],
        "bytes_in": octets,
        "bytes_out": octets // 10,
        "install_time": 30,
        "rekey_time": 600,
    }
    return child(number, **{**named, **changes})


def moment(seconds: float) -> Moment:
    return Moment(seconds, datetime(2026, 11, 22, 12, 0, int(seconds) % 60))


class Topped:
    """A screen, the table it looks at, and a clock that is set by hand."""

    def __init__(self, *sas: IkeSa, width: int = 80, height: int = 24, **options: Any) -> None:
        self.table = Table([*sas])
        self.board = Board(1.0)
        self.view = View()
        self.view.resize(width, height)
        self.screen = Screen(self.board, self.view, **options)
        self.seconds = 0.0
        self.look(after=0.0)

    def look(self, *sas: IkeSa, after: float = 1.0) -> None:
        """Take in what the table shows some seconds later; these SAs, or the same ones."""
        self.seconds += after
        if sas:
            self.table.sas = [*sas]
        self.board.look(self.table, moment(self.seconds))  # type: ignore[arg-type]
        self.view.now = self.board.now(moment(self.seconds))
        self.view.stale = True
        self.lines()

    def hear(self, change: Any) -> None:
        self.board.hear(change, moment(self.seconds))

    def press(self, *keys: str) -> None:
        for key in keys:
            press(self.view, key)
            self.lines()

    def type(self, text: str) -> None:
        self.press(*text)

    def lines(self) -> list[str]:
        return self.screen.lines(moment(self.seconds))

    @property
    def text(self) -> str:
        return "\n".join(self.lines())

    @property
    def shown(self) -> list[str]:
        """The SAs that are arranged, by their names: those of CHILD_SAs are indented."""
        self.lines()
        return ["  " * (row.parent is not None) + row.track.sa.name for row in self.view.rows]

    @property
    def selected(self) -> str:
        """The name of the SA that is selected."""
        self.lines()
        assert self.view.selected is not None
        return self.view.selected.track.sa.name


def plain(line: str) -> str:
    """Return a painted line without its styles."""
    return _ESCAPE.sub("", line)
