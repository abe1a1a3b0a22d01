"""Connections that are loaded: what is made of their sections, and when one replaces another."""

from typing import Any

import pytest

pytest.importorskip("cryptography")

from anyvici.testing.replies import Pairs
from tests.testing.certificates import certificate, name
from tests.testing.loading import Loading


def test_rounds_come_in_their_order_and_rules_in_that_of_charon() -> None:
    first = Pairs(("xauth_id", "x"), ("id", "a"), ("revocation", "strict"), ("ca_id", "c"))
    again = Pairs(*first.items(), ("auth", "eap-md5"), ("ca_id", "d"), ("id", "b"))
    message = {
        "remote1": {"round": "2", "id": "two"},
        "local": again,
        "Remote2": {"round": "1", "id": "one"},
        "REMOTE": {"id": "none"},
        "remote3": {"round": "1", "id": "another one"},
    }
    daemon = Loading()
    daemon("load-conn", {"c": message})
    listed = daemon.listed()["c"]
    assert list(listed["local-1"].items())[:-4] == [
        ("eap-type", "EAP_MD5"),
        ("class", "EAP"),
        ("id", "b"),
        ("xauth_id", "x"),
        ("revocation", "GOOD"),
        ("ca_id", "c"),
        ("ca_id", "d"),
    ]
    ids = [listed[f"remote-{number}"]["id"] for number in (1, 2, 3, 4)]
    assert ids == ["none", "one", "another one", "two"]


def test_children_of_one_name_both_stay() -> None:
    daemon = Loading()
    twice = Pairs(("n", {"mode": "beet"}), ("n", {"mode": "drop"}))
    daemon("load-conn", {"c": Pairs(("children", twice), ("children", {"m": {}}))})
    children = daemon.listed()["c"]["children"].items()
    modes = [(name, child["mode"]) for name, child in children]
    assert modes == [("n", "BEET"), ("n", "DROP"), ("m", "TUNNEL")]
    assert daemon.gateway.connections["c"].child("n").mode == "BEET"


def test_what_stands_twice_adds_up_or_is_replaced() -> None:
    daemon = Loading()
    options = Pairs(
        ("version", "1"), ("local_addrs", ["a"]), ("version", "2"), ("local_addrs", ["b"])
    )
    child = Pairs(("copy_df", "no"), ("copy_df", "yes"), ("reqid", "1"), ("reqid", "2"))
    daemon("load-conn", {"c": Pairs(*options.items(), ("children", {"n": child}))})
    connection = daemon.gateway.connections["c"]
    assert (connection.version, connection.local_addrs) == (2, ["a", "b"])
    (child,) = connection.children
    assert (child.others["copy_df"], child.reqid) == (False, 2)


TIMES = [
    ({}, (14400, 0, 1440, 1440)),
    ({"rekey_time": "100"}, (100, 0, 10, 10)),
    ({"reauth_time": "300"}, (0, 300, 30, 30)),
    ({"rekey_time": "100", "reauth_time": "300"}, (100, 300, 30, 30)),
    ({"rekey_time": "100", "reauth_time": "300", "over_time": "7200"}, (100, 300, 7200, 50)),
    ({"rekey_time": "100", "rand_time": "99999"}, (100, 0, 10, 100)),
    ({"rekey_time": "0", "rand_time": "50"}, (0, 0, 0, 50)),
]
LIFETIMES = [
    ({}, (3600, 3960, 360)),
    ({"rekey_time": "5"}, (5, 5, 0)),
    ({"life_time": "5000"}, (3600, 5000, 1400)),
    ({"life_time": "100"}, (3600, 100, 0)),
    ({"rekey_time": "-1"}, (2**64 - 1, 184467440737095515, 0)),
    ({"rand_time": "5000"}, (3600, 3960, 5000)),
]


@pytest.mark.parametrize(("options", "times"), TIMES)
def test_fills_in_the_times_of_a_connection(options: dict[str, str], times: tuple[int]) -> None:
    daemon = Loading()
    daemon("load-conn", {"c": options})
    found = daemon.gateway.connections["c"]
    assert (found.rekey_time, found.reauth_time, found.over_time, found.rand_time) == times


@pytest.mark.parametrize(("options", "times"), LIFETIMES)
def test_fills_in_the_times_of_a_child(options: dict[str, str], times: tuple[int]) -> None:
    daemon = Loading()
    daemon("load-conn", {"c": {"children": {"n": options}}})
    (child,) = daemon.gateway.connections["c"].children
    assert (child.rekey_time, child.life_time, child.rand_time) == times


def test_a_dpd_timeout_is_no_shorter_than_the_delay() -> None:
    daemon = Loading()
    daemon("load-conn", {"c": {"dpd_delay": "10", "dpd_timeout": "4"}})
    assert daemon.listed()["c"]["dpd_timeout"] == "10"


# Two that are loaded one after the other, and what charon says of the second.
CHANGES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"proposals": ["default"]}, "updated"),
    ({}, {"dscp": "1", "dpd_timeout": "5"}, "updated"),
    ({}, {"local_port": "500"}, "updated"),
    ({}, {"remote_port": "66036"}, "updated"),
    ({}, {"local": {}}, "updated"),
    ({}, {"children": {"n": {}}}, "updated"),
    ({}, {"rand_time": "1439"}, "replaced"),
    ({}, {"mobike": "no"}, "replaced"),
    ({}, {"local1": {}, "local2": {}}, "replaced"),
    ({}, {"local": {"auth": "psk"}}, "replaced"),
    ({}, {"send_cert": "always"}, "replaced"),
    ({"local_addrs": ["a", "b"]}, {"local_addrs": ["a, b"]}, "updated"),
    ({"local_addrs": ["a", "b"]}, {"local_addrs": ["a,b"]}, "replaced"),
    ({"pools": ["a", "b"]}, {"pools": ["a,b"]}, "updated"),
    ({"vips": ["0.0.0.0"]}, {"vips": ["%any"]}, "updated"),
    ({"local": {"groups": ["a", "b", "b"]}}, {"local": {"groups": ["b", "a", "a"]}}, "updated"),
    ({"local": {"id": "a", "auth": "psk"}}, {"local": {"auth": "psk", "id": "a"}}, "updated"),
    ({"local": {"auth": "pubkey"}}, {"local": {"auth": "rsa-foo"}}, "updated"),
    ({"local": {"auth": "pubkey"}}, {"local": {"auth": "pubkey-sha1"}}, "replaced"),
    ({"local": {"auth": "rsa-2048"}}, {"local": {"auth": "rsa-2048-4096"}}, "updated"),
    ({"local": {"auth": "rsa-2048"}}, {"local": {"auth": "rsa-4096"}}, "replaced"),
]


@pytest.mark.parametrize(("before", "after", "what"), CHANGES)
def test_tells_whether_a_connection_has_changed(
    before: dict[str, Any], after: dict[str, Any], what: str
) -> None:
    daemon = Loading()
    daemon("load-conn", {"c": before})
    daemon("load-conn", {"c": after})
    assert daemon.logged[-1] == f"1[CFG] {what} vici connection: c"


def test_a_connection_that_is_loaded_again_keeps_its_place() -> None:
    daemon = Loading()
    for message in ({"a": {}}, {"b": {}}, {"a": {"version": "2"}}, {"b": {}}):
        daemon("load-conn", message)
    assert daemon("get-conns") == {"conns": ["a", "b"]}
    daemon("unload-conn", {"name": "a"})
    daemon("load-conn", {"a": {}})
    assert daemon("get-conns") == {"conns": ["b", "a"]}


def test_the_sas_are_told_of_new_and_old() -> None:
    daemon = Loading()
    daemon("load-conn", {"c": {"dpd_timeout": "5", "children": {"n": {}}}})
    daemon("load-conn", {"c": {"dpd_timeout": "9", "children": {"m": {}}}})
    daemon("load-conn", {"c": {"version": "2"}})
    daemon("unload-conn", {"name": "c"})
    (first, nothing), (second, former), (third, replaced), (gone, last) = daemon.told
    assert nothing is None
    assert first is second is replaced
    assert second == former
    assert [child.name for child in second.children] == ["m"]
    assert [child.name for child in former.children] == ["n"]
    assert second.dpd_timeout == 5  # charon does not see that it has changed
    assert third is last
    assert third != replaced
    assert gone is None


def test_list_conns_tells_of_one() -> None:
    daemon = Loading()
    daemon("load-conn", {"a": {}, "b": {}})
    daemon("list-conns", {"ike": "b"})
    assert [list(item) for item in daemon.streamed] == [["b"]]


MOON, CA = certificate(name("moon")), certificate(name("the CA"), ca=True)


def test_certificates_belong_to_a_round() -> None:
    daemon = Loading()
    round_ = {"certs": [MOON], "cacerts": [CA]}
    assert daemon.refusal("load-conn", {"c": {"local": round_}}) is None
    assert "1[CFG]   id not specified, defaulting to cert subject 'CN=moon'" in daemon.logged
    listed = daemon.listed()["c"]["local-1"]
    assert (listed["id"], listed["certs"], listed["cacerts"]) == (
        "CN=moon",
        ["CN=moon"],
        ["CN=the CA"],
    )
    subjects = [each.subject for each in daemon.gateway.credentials.all_certificates()]
    assert sorted(subjects) == ["CN=moon", "CN=the CA"]
