"""What is known of SAs while they are rekeyed, go and come; and what is told of it."""

from collections import Counter

import pytest
from msgspec.structs import replace

from anyvici import (
    Added,
    Alert,
    AlertType,
    IkeSaState,
    Rekeyed,
    Removed,
    Resynced,
    Updated,
    Version,
)
from anyvici.cli.top.happenings import told
from tests.cli.topped import Topped, moment, net, site

VERSION = Version(daemon="charon", version="5.9.8", sysname="Linux", release="6", machine="x")


def words(top: Topped) -> list[str]:
    return [f"{each.word}: {each.what}" for _, each in top.board.log]


def rates(top: Topped, number: int) -> list[float]:
    return [*top.board.tracks.child_sas[number].inward.history]


# Rates.


def test_rates_of_a_child_sa_its_ike_sa_and_all():
    top = Topped(site(1, net(1), net(2)), site(3))
    top.look(site(1, net(1, 1000), net(2, 500)), site(3, net(3, 20)))
    tracks = top.board.tracks
    assert tracks.child_sas[1].inward.rate == 1000
    assert tracks.child_sas[1].outward.rate == 100
    assert tracks.ike_sas[1].inward.rate == 1500
    assert tracks.ike_sas[1].inward.octets == 1500
    assert [flow.rate for flow in tracks.total] == [1520, 152]


def test_a_look_without_a_list_says_nothing():
    top = Topped(site(1))
    same = site(1, net(1, 1000))
    top.look(same)
    top.look(same)
    top.look(replace(same, child_sas=same.child_sas))
    top.look(site(1, net(1, 4000)))
    assert rates(top, 1) == [1000, 1000]
    assert [*top.board.tracks.total[0].history] == [1000, 1000]


@pytest.mark.parametrize("late", [False, True])
def test_rekeying_keeps_the_history(late):
    """The table shows the new SA at once; that it is another may be heard of later."""
    top = Topped(site(1))
    top.look(site(1, net(1, 1000)))
    old, new = net(1, 1500), net(2, 0)
    change = Rekeyed(old, new, site(1, new))
    if late:
        top.look(site(1, new), after=0.25)
        top.hear(change)
    else:
        top.seconds += 0.25
        top.hear(change)
        top.look(site(1, new), after=0)
    top.look(site(1, net(2, 600)), after=0.75)
    assert rates(top, 2) == [1000, 800]
    assert top.board.tracks.ike_sas[1].inward.rate == 800
    assert words(top) == ["rekeyed: site-1[1] net{1} → net{2}"]


def test_rekeying_of_an_ike_sa_keeps_its_history():
    top = Topped(site(1))
    top.look(site(1, net(1, 1000)))
    before = top.board.tracks.ike_sas[1]
    top.hear(Rekeyed(site(1), site(7, name="site-1"), site(7, name="site-1")))
    top.look(site(7, net(1, 3000), name="site-1"))
    after = top.board.tracks.ike_sas[7]
    assert after is before
    assert [*after.inward.history] == [1000, 2000]
    assert words(top)[0].startswith("rekeyed: site-1[1] → site-1[7]  ")


def test_another_run_of_the_daemon_is_another_sa():
    """It has the same uniqueid, and other SPIs."""
    top = Topped(site(1, net(1, 10**9)))
    top.look(site(1, net(1, 10**9 + 100)))
    top.look(site(1, net(1, 7, spi_in="0badcafe"), initiator_spi="f" * 16))
    assert rates(top, 1) == []
    assert top.board.tracks.ike_sas[1].inward.rate is None
    top.look(site(1, net(1, 50, spi_in="0badcafe"), initiator_spi="f" * 16))
    assert rates(top, 1) == [43]


def test_a_daemon_that_was_away():
    """What passed meanwhile is no rate of now."""
    top = Topped(site(1))
    top.look(site(1, net(1, 1000)))
    top.table.connected = False
    top.look(after=100)
    assert [flow.rate for flow in top.board.tracks.total] == [None, None]
    assert rates(top, 1) == [1000]
    top.table.connected = True
    top.look(site(1, net(1, 10**9)))
    top.look(site(1, net(1, 10**9 + 40)))
    assert rates(top, 1) == [1000, 40]


def test_without_sas_nothing_passes():
    top = Topped()
    for _ in range(3):
        top.look()
    assert [*top.board.tracks.total[0].history] == [0, 0, 0]


def test_what_has_gone_is_forgotten():
    top = Topped(site(1), site(2))
    top.look(site(2))
    top.look(site(2))
    tracks = top.board.tracks
    assert ([*tracks.ike_sas], [*tracks.child_sas], tracks._gone) == ([2], [2], {})


# Times.


def test_ages_go_on_between_two_lists():
    top = Topped(site(1, established=60))
    track = top.board.tracks.ike_sas[1]
    top.look(after=5)
    assert track.since(track.sa.established, top.view.now) == 65
    top.look(site(1, established=66))
    assert track.since(track.sa.established, top.view.now) == 66
    copied = replace(track.sa, child_sas=[net(1), net(5)])
    top.look(copied, after=3)  # the table has put another CHILD_SA in: nobody has told the age
    assert track.since(track.sa.established, top.view.now) == 69


def test_ages_stand_still_while_the_daemon_is_gone():
    top = Topped(site(1))
    top.table.connected = False
    top.look(after=10)
    assert top.view.now == 10
    top.look(after=10)
    assert top.view.now == 10
    top.table.connected = True
    top.look(after=10)
    assert top.view.now == 30


# What is told.


def test_gone_and_back():
    top = Topped(site(1))
    top.table.connected = False
    top.board.lose("the daemon closed the connection", moment(1))
    top.look(after=30)
    top.table.connected = True
    top.look()
    top.board.regain(VERSION, moment(31))
    assert words(top) == [
        "gone: charon is gone: the daemon closed the connection",
        "back: charon is there again, after 30s",
    ]
    assert (top.board.gone_since, top.board.daemon) == (None, "strongSwan 5.9.8")


def test_what_was_lost_is_told():
    top = Topped(site(1), site(2))
    top.table.connected = False
    top.look()
    top.table.connected = True
    top.look(site(3))
    for change in (
        *(Removed(sa, sa) for sa in (site(1), site(2))),
        Added(site(3), site(3)),
        Resynced("3 events were lost"),
    ):
        top.hear(change)
    assert words(top)[-1] == "resynced: 2 SAs gone, 1 SA new (3 events were lost)"
    top.hear(Resynced("once more"))
    assert words(top)[-1] == "resynced: nothing has changed (once more)"
    top.hear(Resynced("too slow", lost=3))
    assert words(top)[-1] == "resynced: 3 changes not told here: too slow"


COMING = site(1, state=IkeSaState.CONNECTING)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Added(site(1), site(1)), "up site-1[1]  site-1.example.org 198.51.100.1[4500]"),
        (Added(net(1), site(1)), "up site-1[1] net{1}  10.1.0.0/16"),
        (Added(COMING, COMING), None),
        (Updated(COMING, site(1), site(1)), "up site-1[1]  site-1.example.org 198.51.100.1[4500]"),
        (Removed(net(1), site(1)), "down site-1[1] net{1}  10.1.0.0/16"),
        (Removed(COMING, COMING), "failed site-1[1]  site-1.example.org 198.51.100.1[4500]"),
        (Updated(net(1), net(1, 10**6), site(1)), None),
        (
            Updated(site(1), site(1, remote_host="192.0.2.99"), site(1)),
            "moved site-1[1]  from 198.51.100.1[4500] to 192.0.2.99[4500]",
        ),
        (
            Added(site(1, remote_id="198.51.100.1", remote_port=None), site(1)),
            "up site-1[1]  198.51.100.1",
        ),
    ],
)
def test_a_change_in_words(change, expected):
    found = told(change, Counter())
    assert (found and f"{found.word} {found.what}") == expected


def test_an_alert():
    top = Topped()
    top.board.heed(Alert(type=AlertType.PEER_AUTH_FAILED, ike_sa=site(1)), moment(1))
    top.board.heed(Alert(type=AlertType("brand-new")), moment(1))
    assert words(top) == [
        "alert: peer-auth-failed  site-1[1]  site-1.example.org 198.51.100.1[4500]",
        "alert: brand-new",
    ]


def test_names_are_harmless():
    top = Topped()
    hostile = site(1, name="a\x1b[2Jb\u202ec", remote_id="x\r\ny")
    top.hear(Added(hostile, hostile))
    assert words(top) == ["up: a\\x1b[2Jb\\u202ec[1]  x\\x0d\\x0ay 198.51.100.1[4500]"]


def test_what_is_said_of_the_daemon():
    top = Topped()
    assert top.board.daemon == "charon"
    top.board.version, top.board.uptime = VERSION, "6 minutes"
    assert top.board.daemon == "strongSwan 5.9.8, up 6 minutes"


def test_silence():
    """A daemon whose threads are all busy answers nothing, and says nothing."""
    top = Topped(site(1))
    assert top.board.silent_for(moment(5)) == 0
    assert top.board.silent_for(moment(12)) == 12
    top.look(site(1))
    assert top.board.silent_for(moment(5)) == 0
    assert Topped().board.silent_for(moment(50)) == 0
