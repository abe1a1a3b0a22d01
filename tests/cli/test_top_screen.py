"""The screen in lines: what stands where, that it fits, and that nobody writes on it but us."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from anyvici import Added, ChildSaState, IkeSaState, Rekeyed
from anyvici.cli.output import Output
from anyvici.cli.top.board import Board
from anyvici.cli.top.grid import Grid
from anyvici.cli.top.screen import Screen
from anyvici.cli.top.view import View
from anyvici.watch.hearsay import key
from tests.cli.topped import Topped, moment, net, plain, site

SIZES = [(80, 24), (40, 10), (200, 50), (124, 30), (100, 12), (20, 5), (9, 3), (1, 1), (300, 2)]
STYLE = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\n\u202e\u2066\x9b31m\x00漢字" * 3


def busy(width: int = 80, height: int = 24, **options) -> Topped:
    """Two sites with traffic, and one that is on its way up."""
    no_times = {"rekey_time": None, "established": None}
    created = net(4, state=ChildSaState.CREATED, rekey_time=None, install_time=None)
    coming = site(3, created, state=IkeSaState.CONNECTING, **no_times)
    top = Topped(site(1), site(2), coming, width=width, height=height, **options)
    top.look(site(1, net(1, 500_000)), site(2), coming)
    top.look(site(1, net(1, 800_000)), site(2, net(2, 84)), coming)
    top.hear(Added(site(2), site(2)))
    top.hear(Rekeyed(net(9), net(1), site(1)))
    return top


def test_at_80x24():
    assert busy().lines() == [
        " anyvici top  charon                                                   12:00:02",
        " IKE_SAs       3  2 established, 1 connecting     in   293 KiB/s             ▇▅",
        " CHILD_SAs     3  2 installed, 1 created          out 29.3 KiB/s             ▇▅",
        "",
        "  NAME▲          ID STATE       REMOTE           REKEY     IN/s    OUT/s",
        "▾ site-1          1 ESTABLISHED site-1.example…     1h",
        "   net            1 INSTALLED   10.1.0.0/16        10m  293 KiB 29.3 KiB      ▇▅",
        "▾ site-2          2 ESTABLISHED site-2.example…     1h",
        "   net            2 INSTALLED   10.2.0.0/16        10m     84 B      8 B       ▁",
        "▾ site-3          3 CONNECTING  site-3.example…",
        "   net            4 CREATED     10.4.0.0/16",
        *[""] * 6,
        "─ events ───────────────────────────────────────────────────────────────────────",
        " 12:00:02  up         site-2[2]  site-2.example.org 198.51.100.2[4500]",
        " 12:00:02  rekeyed    site-1[1] net{9} → net{1}",
        *[""] * 3,
        " q quit  h help  / filter  Enter details  c fold  e events  p pause  s sort",
    ]


def test_wide():
    """There is more to see: both ends with their addresses, octets, ages, algorithms."""
    top = busy(220, 40)
    titles, _, child, *_ = top.lines()[4:]
    assert titles.split() == (
        "NAME▲ ID STATE LOCAL REMOTE AGE REKEY IN OUT IN/s OUT/s LAST CRYPTO".split()
    )
    assert child.split() == (
        "net 1 INSTALLED 10.0.0.0/16 10.1.0.0/16 30s 10m 781 KiB 78.1 KiB 293 KiB ▇▅ "
        "29.3 KiB ▇▅".split()
    )
    assert "site-1.example.org 198.51.100.1" in top.text


def test_narrow():
    top = busy(40, 10)
    assert top.lines()[2].split() == ["NAME▲", "STATE", "REMOTE"]
    assert top.lines()[0].startswith(" anyvici top  charon")
    assert "q quit" in top.lines()[-1]


def test_a_folded_ike_sa_tells_what_passes_through_its_child_sas():
    top = busy()
    top.press("c")
    assert "▸ site-1          1 ESTABLISHED site-1.example…     1h  293 KiB 29.3 KiB" in top.text


# That it fits.


def pages(top: Topped):
    """Show it in all ways, one after the other."""
    yield "as it is"
    for keys in (
        ["c"],
        ["c", "e"],
        ["e"],
        ["e", "down", "enter"],
        ["end"],
        ["escape", "h"],
        ["escape", "p", "/", "x", *"漢字"],
        ["ctrl-u", "enter", "I"],
    ):
        top.press(*keys)
        yield " ".join(keys)
    top.table.connected = False
    top.table.trouble = ValueError(HOSTILE)
    top.table.repairs = 3
    top.press("p")
    top.look(after=5)
    yield "stale"
    top.board.lose(HOSTILE, moment(top.seconds))
    yield "gone"


def terrible() -> list:
    """SAs of peers who want to write on our terminal, or to break the table."""
    long = ["10.0.0.0/8|/0[tcp/http]"] * 20
    return [
        site(1, net(1, name=HOSTILE, local_ts=[HOSTILE]), name=HOSTILE, remote_id=HOSTILE),
        site(2, net(2, 10**18, remote_ts=long), name="x" * 300, remote_host=HOSTILE),
        site(3, net(123456789, 10**30, label=HOSTILE), name="漢字" * 40, remote_eap_id=HOSTILE),
        site(4, state=IkeSaState(HOSTILE), name="", remote_id="", established=10**12),
        *(site(number) for number in range(5, 60)),
    ]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_line_is_too_long_and_none_too_many(width, height):
    paint = Output(io.StringIO()).paint
    top = Topped(*terrible(), width=width, height=height, title=HOSTILE, paint=paint)
    top.look(*terrible())
    for sa in terrible():
        top.hear(Added(sa, sa))
    for page in pages(top):
        lines = top.lines()
        assert len(lines) == height, page
        assert max(cell_len(line) for line in lines) <= width, page
        assert all(line.isprintable() for line in lines), page


def test_it_fits_when_it_shrinks():
    """Whatever is selected, and scrolled to, at one size, can be shown at another."""
    top = Topped(*terrible())
    for keys in (["end"], ["enter", "end"], ["h", "end"]):
        top.press(*keys)
        for width, height in SIZES:
            top.view.resize(width, height)
            assert len(top.lines()) == height


@pytest.fixture
def colours(monkeypatch):
    """The paint of a terminal with colours."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    output = Output(io.StringIO())
    output.console = Console(file=io.StringIO(), force_terminal=True)
    return output.paint


def test_painted(colours):
    """Only styles are written besides the text, and each is ended."""
    top = Topped(*terrible(), paint=colours)
    for page in pages(top):
        for line in top.lines():
            assert "\x1b" not in STYLE.sub("", line), page
            assert plain(line).isprintable(), page
            assert line.count("\x1b[0m") * 2 == line.count("\x1b["), page


def test_colours_are_few_and_mean_something(colours):
    top = busy(paint=colours)
    painted = {plain(line): line for line in top.lines()}
    [row] = [line for text, line in painted.items() if text.startswith("   net            1")]
    assert "\x1b[32mINSTALLED" in row
    [selected] = [line for text, line in painted.items() if text.startswith("▾ site-1")]
    assert selected.startswith("\x1b[7m")
    assert selected.count("\x1b[") == 2
    [coming] = [line for text, line in painted.items() if text.startswith("▾ site-3")]
    assert "\x1b[33mCONNECTING" in coming


# What is out of the ordinary.


def notice(top: Topped) -> str:
    return top.lines()[3].strip()


def test_while_the_daemon_is_gone():
    top = busy()
    top.table.connected = False
    top.look(after=1)
    before = top.lines()[5:11]
    assert notice(top) == "asking charon; this is what was last known"
    top.board.lose("the daemon closed the connection", moment(top.seconds))
    top.look(after=12)
    assert notice(top) == "charon is gone since 12s; this is what was last known"
    assert top.lines()[5:11] == before
    top.table.connected = True
    top.look(site(1))
    assert notice(top) == ""


def test_trouble_and_repairs():
    top = busy()
    top.table.trouble = ValueError("the answer is no message")
    top.table.repairs = 1
    top.look()
    assert notice(top).split("  ") == ["cannot list: the answer is no message", "1 repair"]


def test_no_answer():
    top = busy()
    top.look(after=10)
    assert notice(top) == "no list for 10s"
    top.press("p")
    assert notice(top) == "PAUSED"


def test_filtered():
    top = busy()
    top.type("/site-2")
    assert notice(top) == "filter: site-2 (1 of 3 IKE_SAs)"
    assert top.lines()[-1].startswith(" /site-2 ")
    top.type("0")
    assert "  nothing has these words" in top.lines()
    top.press("enter")
    assert top.lines()[-1].startswith(" q quit")


def test_sorted_by_what_is_not_shown():
    top = busy()
    top.press("I")
    assert notice(top) == "by octets in, falling"
    top.view.resize(220, 40)
    assert notice(top) == ""
    assert "IN▼" in top.text


def test_more_than_fits():
    top = Topped(*(site(number) for number in range(1, 31)))
    assert notice(top) == "1-12 of 60"
    top.press("end")
    assert notice(top) == "49-60 of 60"


def test_no_sas():
    assert "  no SAs" in Topped().lines()


# Pages.


def test_details_of_an_ike_sa():
    top = busy(100, 60)
    top.press("enter")
    text = top.text
    for expected in (
        " IKE_SA site-1[1]  ESTABLISHED",
        "   remote    site-1.example.org @ 198.51.100.1[4500]",
        " CHILD_SA net{1}  INSTALLED",
        "   in/s      293 KiB/s   ▇▅",
    ):
        assert expected in text
    assert "─ events" not in text
    top.press("q")
    assert "─ events" in top.text
    assert not top.view.over


def test_details_of_a_child_sa():
    top = busy(100, 40)
    top.press("down", "l")
    assert " CHILD_SA net{1}  INSTALLED" in top.text
    assert " in IKE_SA site-1[1]  site-1.example.org 198.51.100.1" in top.text


def test_details_go_on_with_what_replaces_the_sa():
    top = busy(100, 40)
    top.press("down", "l")
    new = net(77, 0)
    top.hear(Rekeyed(net(1), new, site(1, new)))
    top.view.rekeyed(key(net(1)), key(new))
    top.look(site(1, new), site(2))
    assert " CHILD_SA net{77}  INSTALLED" in top.text
    top.look(site(2))
    assert " CHILD_SA net{77}  gone; this is what was last known" in top.text
    top.press("escape")
    assert "NAME▲" in top.text


def test_details_are_wrapped():
    top = Topped(site(1, net(1, remote_ts=[f"10.{number}.0.0/16" for number in range(30)])))
    top.press("down", "enter")
    top.press("end")
    assert "10.29.0.0/16" in top.text
    assert "…" not in top.text


def test_help_tells_of_all_keys():
    for size in ((80, 24), (40, 60)):
        top = busy(*size)
        top.press("?")
        for expected in ("sort by rate out", "PgDn  a page down", "Ctrl-C  quit", "h ?  this help"):
            assert expected in top.text
        top.press("h")
        assert "INSTALLED" in top.text


def test_help_scrolls():
    top = busy(40, 12)
    top.press("h")
    first = top.text
    top.press("down")
    assert top.lines()[5] == first.splitlines()[6]
    top.press("end")
    assert "sort by rate out" in top.text
    top.press("home")
    assert top.text == first


def test_events_more_none_some():
    top = busy()
    sizes = []
    for _ in range(3):
        top.press("e")
        sizes.append(top.view.events)
    assert sizes == [13, 0, 6]


def test_the_newest_events_are_seen():
    top = busy()
    for number in range(10, 30):
        top.hear(Added(site(number), site(number)))
    assert "site-29[29]" in top.lines()[-2]
    assert "site-24[24]" not in top.text


def test_a_title():
    assert busy(title="a demonstration").lines()[0].startswith(" a demonstration  charon")


def test_very_many_sas_are_not_all_rendered(monkeypatch):
    rendered = []
    line = Grid.row
    monkeypatch.setattr(Grid, "row", lambda *args: rendered.append(args) or line(*args))
    top = Topped(*(site(number) for number in range(1, 3000)))
    rendered.clear()
    top.press("end")
    assert len(rendered) == top.view.body


def test_a_screen_before_anything_is_known():
    lines = Screen(Board(1.0), View()).lines(moment(0))
    assert len(lines) == 24


def test_without_colours_there_still_are_bold_and_reverse(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    output = Output(io.StringIO())
    output.console = Console(file=io.StringIO(), force_terminal=True)
    assert output.paint("x", "bold red") == "\x1b[1mx\x1b[0m"
    assert output.paint("x", "red") == "x"
    top = busy(paint=output.paint)
    assert sum(line.startswith("\x1b[7m") for line in top.lines()) == 1
