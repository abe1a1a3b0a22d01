"""Pools: what charon 5.9.8 answers and tells, and to whom it leases which address."""

from typing import Any

import pytest

from anyvici.testing.commands.pool_values import Span
from anyvici.testing.replies import Pairs
from anyvici.testing.state.pools import Pool, lease
from tests.testing.loading import Loading

SPANS: dict[str, tuple[str, str] | None] = {
    "10.3.0.0/28": ("10.3.0.0", "14"),
    "10.3.0.1/28": ("10.3.0.1", "14"),
    "10.3.0.15/28": ("10.3.0.15", "0"),
    "10.3.0.0/30": ("10.3.0.0", "2"),
    "10.3.0.0/31": ("10.3.0.0", "2"),
    "10.3.0.1/31": ("10.3.0.1", "1"),
    "10.3.0.1": ("10.3.0.1", "1"),
    "10.3.0.0/33": ("10.3.0.0", "1"),
    "10.0.0.0/x": ("10.0.0.0", "1979711487"),
    "0.0.0.0/0": ("%any", "2147483646"),
    "%any6": ("%any6", "1"),
    "10.3.0.1 - 10.3.0.5": ("10.3.0.1", "5"),
    "0.0.0.0-255.255.255.255": ("%any", "0"),
    "fec0::/64": ("fec0::", "2147483646"),
    "fec0::5:1/64": ("fec0::5:1", "2147155966"),
    "fec0::/120": ("fec0::", "254"),
    "fec0::1-fec0::ff": ("fec0::1", "255"),
    "fec0::1-fec1::ff": None,
    "10.3.0.5-10.3.0.1": None,
    "10.3.0.1-::1": None,
    " 10.0.0.0/24": None,
    "%config": None,
    "": None,
}
ANSWERS: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"key": "value", "list": ["item"]}, None),
    ({"p": {}}, "missing addrs for pool 'p'"),
    ({"p": {"addrs": "x"}}, "invalid addrs value: x"),
    ({"p": {"addrs": "1" * 200}}, f"invalid addrs value: {'1' * 127}"),
    ({"p": {"addrs": "ü"}}, "invalid addrs value"),
    ({"p": {"addrs": ["10.0.0.1"]}}, "invalid attribute: addrs"),
    ({"p": {"addrs": "10.0.0.1", "dns": "10.0.0.2"}}, "invalid attribute: dns"),
    ({"p": {"addrs": "10.0.0.1", "dns": ["x"]}}, "invalid attribute value for dns"),
    ({"p": {"addrs": "10.0.0.1", "dns": ["10.0.0.2", "::1", "10.0.0.0/x"]}}, None),
    ({"p": {"addrs": "10.0.0.1", "p_cscf": ["10.0.0.2"]}}, "invalid attribute: p_cscf"),
    ({"p": {"addrs": "10.0.0.1", "5x": [b"\0"], "-1": ["x"], "foo": []}}, None),
    ({"p": {"addrs": "10.0.0.1", "4294967296": ["x"]}}, "invalid attribute: 4294967296"),
    ({"p": {"addrs": "10.0.0.1", "inner": {"addrs": "10.0.0.2"}}}, None),
    ({"p": Pairs(("addrs", "10.0.0.1"), ("addrs", "10.0.0.2"))}, "multiple addrs defined"),
]


@pytest.mark.parametrize(("addrs", "told"), SPANS.items())
def test_tells_where_a_pool_begins_and_how_large_it_is(
    addrs: str, told: tuple[str, str] | None
) -> None:
    daemon = Loading()
    refusal = daemon.refusal("load-pool", {"p": {"addrs": addrs}})
    assert refusal == (None if told else f"invalid addrs value: {addrs}")
    pools = daemon("get-pools")
    assert [(pool["base"], pool["size"]) for pool in pools.values()] == ([told] if told else [])


@pytest.mark.parametrize(("message", "errmsg"), ANSWERS)
def test_refuses_what_charon_refuses(message: dict[str, Any], errmsg: str | None) -> None:
    assert Loading().refusal("load-pool", message) == errmsg


@pytest.mark.parametrize(
    ("addrs", "told"),
    [("10.3.0.0/28", ("10.3.0.1", "14")), ("10.3.0.1/31", ("10.3.0.1", "1"))],
)
def test_since_6_the_base_is_the_first_address(addrs: str, told: tuple[str, str]) -> None:
    daemon = Loading((6, 0, 6))
    assert daemon.refusal("load-pool", {"p": {"addrs": addrs, "p_cscf": ["::1"]}}) is None
    (pool,) = daemon("get-pools").values()
    assert (pool["base"], pool["size"]) == told
    assert daemon.refusal("load-pool", {"p": {"addrs": "10.3.0.3/30"}}) is not None
    assert daemon.logged == ["1[CFG] virtual IP pool 10.3.0.3/30 is empty"]


def test_a_pool_that_is_loaded_again_becomes_the_last() -> None:
    daemon = Loading()
    logged = []
    for name, addrs in (
        ("a", "10.0.0.1"),
        ("b", "10.0.0.0/0"),
        ("a", "10.0.0.2"),
        ("b", "10.0.0.0/1"),
    ):
        daemon("load-pool", {name: {"addrs": addrs}})
        logged += daemon.logged
    assert logged == [
        "1[CFG] added vici pool a: 10.0.0.1, 1 entries",
        "1[CFG] virtual IP pool too large, limiting to 10.0.0.0/1",
        "1[CFG] added vici pool b: 10.0.0.0, 1979711487 entries",
        "1[CFG] replaced vici pool a: 10.0.0.2, 1 entries",
        "1[CFG] updated vici pool b: 10.0.0.0, 1979711487 entries",
    ]
    daemon("load-pool", {"a": {"addrs": "10.0.0.2"}})
    assert list(daemon("get-pools")) == ["b", "a"]


def test_what_was_loaded_before_a_failure_stays() -> None:
    daemon = Loading()
    message = {"p": {"addrs": "10.0.0.1"}, "q": {"addrs": "x"}, "r": {"addrs": "10.0.0.1"}}
    assert daemon.refusal("load-pool", message) == "invalid addrs value: x"
    assert list(daemon("get-pools")) == ["p"]


def test_unloads_a_pool() -> None:
    daemon = Loading()
    daemon("load-pool", {"p": {"addrs": "10.0.0.1"}})
    assert daemon.refusal("unload-pool", {}) == "missing pool name to unload"
    assert daemon.refusal("unload-pool", {"name": "ü"}) == "missing pool name to unload"
    assert daemon.refusal("unload-pool", {"name": "q"}) == "q not found"
    assert daemon.refusal("unload-pool", {"name": "p"}) is None
    assert daemon.logged == ["1[CFG] unloaded vici pool p"]
    assert daemon("get-pools") == {}


# What moon got of sun, identity by identity, when it came (+) and went (-): two pools of two.
HISTORY = """
+ie 10.3.0.1;+ic 10.3.0.2;-ic;-ie;+ia 10.4.0.5;+id 10.4.0.6;+ib 10.3.0.1;-ia;-ib;+ia 10.4.0.5;
+ic 10.3.0.2;-id;+ib 10.3.0.1;+id 10.4.0.6;+ie full;-ia;+ie 10.4.0.5;-ib;+ia 10.3.0.1;+ib full;
-id;-ic;+ib 10.3.0.2;+id 10.4.0.6;-ib;-ia;+ib 10.3.0.2;-ie;+ie 10.4.0.5
"""


def test_leases_addresses_as_charon_does() -> None:
    daemon = Loading()
    daemon("load-pool", {"p": {"addrs": "10.3.0.0/30"}, "q": {"addrs": "10.4.0.5-10.4.0.6"}})
    pools: list[Pool] = list(daemon.gateway.pools.values())
    held: dict[str, str] = {}
    for step in HISTORY.replace("\n", "").split(";"):
        sign, identity, address = step[0], step[1:3], step[4:]
        if sign == "+":
            _, held[identity] = lease(pools, identity, "0.0.0.0") or (None, "full")
            assert held[identity] == address, step
        else:
            assert [pool.release(held[identity], identity) for pool in pools].count(True) == 1
    leases = daemon("get-pools", {"leases": "yes"})["p"]["leases"]
    assert leases == {
        "0": {"address": "10.3.0.1", "identity": "ia", "status": "offline"},
        "1": {"address": "10.3.0.2", "identity": "ib", "status": "online"},
    }


def test_a_pool_with_leases_is_neither_replaced_nor_unloaded() -> None:
    daemon = Loading()
    daemon("load-pool", {"p": {"addrs": "10.3.0.0/30"}, "q": {"addrs": "10.4.0.1"}})
    daemon.gateway.pools["p"].acquire("moon", "%any")
    assert daemon.refusal("load-pool", {"p": {"addrs": "10.3.0.0/29"}}) == (
        "vici pool p has online leases, unable to replace"
    )
    assert daemon.logged == ["1[CFG] vici pool p has 1 online leases, unable to replace"]
    assert daemon.refusal("unload-pool", {"name": "p"}) == "p has online leases, unable to unload"
    assert daemon.logged == ["1[CFG] vici pool p has 1 online leases, unable to unload"]
    assert daemon.refusal("load-pool", {"p": {"addrs": "10.3.0.0/30"}}) is None
    counts = {"base": "10.3.0.0", "size": "2", "online": "1", "offline": "0"}
    assert list(daemon("get-pools")) == ["q", "p"]
    assert daemon("get-pools", {"name": "p", "leases": "no"}) == {"p": counts}


def test_a_pool_leases_only_what_it_has() -> None:
    pool = Pool("p", Span(bytes([10, 0, 0, 1]), 1))
    assert pool.acquire("moon", "::") is None
    assert pool.acquire("moon", "10.9.9.9") == "10.0.0.1"
    assert pool.acquire("sun", "%any") is None
    assert not pool.release("10.0.0.2", "moon")
    assert not pool.release("::1", "moon")
    assert not pool.release("10.0.0.1", "sun")
    assert Pool("empty", Span(bytes(4), 0)).acquire("moon", "10.9.9.9") == "10.9.9.9"
