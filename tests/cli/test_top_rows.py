"""Order, filter, folding, and what is selected."""

import pytest

from anyvici import ChildSaState, IkeSaState, Rekeyed
from anyvici.cli.top.rows import SORTS
from anyvici.watch.hearsay import key
from tests.cli.topped import Topped, net, site


def three(height: int = 24) -> Topped:
    """site-2, site-10 and site-1 with two CHILD_SAs, after a second in which octets passed."""
    top = Topped(*sites(0), height=height)
    top.look(*sites(1))
    return top


def sites(octets: int) -> list:
    return [
        site(10, net(10, octets * 50), established=10, rekey_time=900),
        site(2, net(2, octets * 3000), established=500, rekey_time=None),
        site(
            1,
            net(1, octets * 100, rekey_time=60),
            net(3, octets * 200, rekey_time=None),
            established=40,
            rekey_time=1000,
            reauth_time=100,
        ),
    ]


def names(top: Topped) -> list[str]:
    return [name for name in top.shown if not name.startswith(" ")]


# The order.


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        ("n", "1 2 10"),
        ("d", "1 2 10"),
        ("m", "1 2 10"),
        ("a", "10 1 2"),
        ("y", "1 10 2"),  # what is never rekeyed stands last
        ("I", "2 1 10"),  # an IKE_SA has what its CHILD_SAs have
        ("O", "2 1 10"),
        ("i", "2 1 10"),
        ("o", "2 1 10"),
    ],
)
def test_order(letter, expected):
    top = three()
    if letter != "n":
        top.press(letter)
    assert names(top) == [f"site-{number}" for number in expected.split()]
    top.press("r")
    known = expected.split() if letter != "y" else expected.split()[:-1]
    unknown = [] if letter != "y" else ["2"]
    assert names(top) == [f"site-{number}" for number in known[::-1] + unknown]


def test_order_by_state():
    top = Topped(site(1), site(2, state=IkeSaState.CONNECTING), site(3))
    top.press("t")
    assert names(top) == ["site-2", "site-1", "site-3"]


def test_child_sas_are_ordered_as_well():
    top = three()
    top.press("i")
    rows = [row.track.sa.uniqueid for row in top.view.rows if row.parent is not None]
    assert rows == [2, 3, 1, 10]


def test_the_same_letter_again_is_the_other_way_round():
    top = three()
    top.press("a", "a")
    assert names(top) == ["site-2", "site-1", "site-10"]


def test_next_column():
    top = three()
    seen = []
    for _ in SORTS:
        top.press("s")
        seen.append(top.view.order.by)
    assert seen == [*list(SORTS)[1:], "name"]
    top.press("<")
    assert top.view.order.by == list(SORTS)[-1]
    top.press(">")
    assert top.view.order.by == "name"


def test_sas_without_a_rate_stand_last():
    top = Topped(site(1))
    top.look(site(1, net(1, 5)), site(2, net(2, 5)))
    top.press("i")
    assert names(top) == ["site-1", "site-2"]
    top.press("r")
    assert names(top) == ["site-1", "site-2"]


# The filter.


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("site-1", ["site-1", "  net", "  net", "site-10", "  net"]),
        ("SITE-10.EXAMPLE", ["site-10", "  net"]),
        ("198.51.100.2", ["site-2", "  net"]),
        ("10.3.0.0", ["site-1", "  net"]),
        ("site-1. 10.1.0.0", ["site-1", "  net"]),
        ("established", ["site-1", "  net", "  net", "site-2", "  net", "site-10", "  net"]),
        ("no such thing", []),
    ],
)
def test_filter(words, expected):
    top = three()
    top.type(f"/{words}")
    assert top.shown == expected
    top.press("enter")
    assert top.shown == expected
    top.press("escape")
    assert len(top.shown) == 7


def test_filter_by_state_of_a_child_sa():
    top = Topped(site(1, net(1), net(2, state=ChildSaState.REKEYING)), site(3))
    top.type("/rekeying")
    assert top.shown == ["site-1", "  net"]


def test_typing():
    top = three()
    top.type("/site-1 exampel")
    top.press(*["backspace"] * 2)
    top.type("le")
    assert top.view.words == "site-1 example"
    top.press("ctrl-w")
    assert top.view.words == "site-1"
    top.press("down")
    assert top.selected == "net"
    top.press("ctrl-u", "backspace")
    assert top.view.words == ""
    top.type("q")
    assert (top.view.words, top.view.over) == ("q", False)
    top.press("escape")
    assert (top.view.words, top.view.typing) == ("", False)
    top.type("q")
    assert top.view.over


# Folding.


def test_folding_one():
    top = three()
    top.press("left")
    assert top.shown == ["site-1", "site-2", "  net", "site-10", "  net"]
    top.press("left")
    assert top.shown[0:2] == ["site-1", "site-2"]
    top.press("right")
    assert top.shown[0:3] == ["site-1", "  net", "  net"]
    top.press("down", " ")  # from a CHILD_SA: the selection goes to its IKE_SA
    assert top.shown[0:2] == ["site-1", "site-2"]
    assert top.selected == "site-1"


def test_folding_all():
    top = three()
    top.press("down", "down", "c")
    assert top.shown == ["site-1", "site-2", "site-10"]
    assert top.selected == "site-1"
    top.press("down", "right")
    assert top.shown == ["site-1", "site-2", "  net", "site-10"]
    top.press("c")
    assert len(top.shown) == 7
    assert top.selected == "site-2"


def test_a_folded_ike_sa_stays_so_when_it_is_rekeyed():
    top = three()
    top.press("left")
    new = site(20, net(1), name="site-1")
    top.hear(Rekeyed(site(1), new, new))
    top.view.rekeyed(key(site(1)), key(new))
    top.look(new, site(2))
    assert top.shown == ["site-1", "site-2", "  net"]
    assert top.selected == "site-1"


# What is selected.


def test_the_selection_stays_on_its_sa():
    top = three()
    top.press("down", "down", "down")
    assert top.selected == "site-2"
    for letter in "aIymr":
        top.press(letter)
        assert top.selected == "site-2"
    top.look(site(2), site(1), site(0, name="site-0"))
    assert top.selected == "site-2"


def test_what_nobody_has_selected_is_the_first():
    top = three()
    assert top.selected == "site-1"
    top.press("i")
    assert top.selected == "site-2"
    top.press("end", "home", "r")
    assert (top.selected, top.view.cursor.top) == ("site-10", 0)


def test_an_sa_that_has_gone():
    """What has come into its place is selected."""
    top = three()
    top.press("down", "down", "down")
    top.look(site(1, net(1), net(3)), site(10))
    assert top.selected == "site-10"
    top.look(site(1, net(1)))
    assert top.selected == "net"
    top.table.sas = []
    top.look()
    assert top.shown == []
    top.press("up", "down", "enter", "left", "c", "end", "home", "page down", "escape")
    assert top.view.selected is None


def test_scrolling():
    top = Topped(*(site(number) for number in range(1, 31)), height=24)
    body = top.view.body
    assert body == 12
    top.press(*["down"] * (body - 1))
    assert top.view.cursor.top == 0
    top.press("down")
    assert top.view.cursor.top == 1
    top.press("page down")
    assert (top.view.cursor.index, top.view.cursor.top) == (2 * body, body + 1)
    top.press("end")
    assert (top.view.cursor.index, top.view.cursor.top) == (59, 60 - body)
    top.press("page up", "k", "j")
    assert top.view.cursor.index == 59 - body
    top.press("g")
    assert (top.view.cursor.index, top.view.cursor.top) == (0, 0)
    top.press("end")
    top.look(*(site(number) for number in range(1, 4)))
    top.lines()
    assert (top.view.cursor.index, top.view.cursor.top) == (5, 0)


def test_a_larger_screen_shows_more():
    top = Topped(*(site(number) for number in range(1, 31)), height=24)
    top.press("end")
    top.view.resize(80, 60)
    top.lines()
    assert top.view.cursor.top == 60 - top.view.body
