"""The TypedDicts have the keys of the tables, and the words of their enumerations."""

from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from anyvici.config import options, types
from anyvici.config.check import check_authority, check_conn, check_pool
from anyvici.config.words import Actions, Words

PAIRS = [
    (types.ConnConfig, options.CONNECTION),
    (types.AuthConfig, options.ROUND),
    (types.CertConfig, options.CERTIFICATE),
    (types.ChildSaConfig, options.CHILD),
    (types.PoolConfig, options.POOL),
    (types.AuthorityConfig, options.AUTHORITY),
]


def literals(hint: Any) -> set[Any]:
    """Return the words in a hint."""
    if get_origin(hint) is Literal:
        return set(get_args(hint))
    return set().union(*map(literals, get_args(hint)))


@pytest.mark.parametrize(("typed", "layout"), PAIRS)
def test_every_key_has_a_type_and_no_other(typed, layout):
    sections = (*layout.prefixed, *layout.named)
    named = {key for key in get_type_hints(typed) if not key.startswith(sections or "-")}
    named |= layout.options.keys() & get_type_hints(typed).keys()
    assert named == layout.options.keys()


@pytest.mark.parametrize(("typed", "layout"), PAIRS)
def test_a_list_is_typed_as_a_list(typed, layout):
    hints = get_type_hints(typed)
    for key, option in layout.options.items():
        assert option.many == ("list[" in str(hints[key])), key


@pytest.mark.parametrize(("typed", "layout"), PAIRS)
def test_the_words_are_those_of_the_table(typed, layout):
    hints = get_type_hints(typed)
    for key, option in layout.options.items():
        if isinstance(option.kind, Words) and key != "per_cpu_sas":
            words = {word for word in literals(hints[key]) if word and "|" not in word}
            assert words == option.kind.since.keys(), key
        if isinstance(option.kind, Actions):
            assert option.kind("trap|start") in literals(hints[key])


def test_they_are_what_the_checks_take():
    child: types.ChildSaConfig = {
        "local_ts": ["10.1.0.0/16"],
        "start_action": "trap",
        "ipcomp": False,
    }
    remote: types.AuthConfig = {"auth": "pubkey", "cert-1": {"file": "sun.pem"}, "certs": [b"DER"]}
    gw: types.ConnConfig = {
        "version": 2,
        "local": {"auth": "psk"},
        "remote-1": remote,
        "children": {"net": child},
    }
    assert check_conn("gw", gw)
    rw: types.PoolConfig = {"addrs": "10.3.0.0/24", "dns": ("10.0.0.1",)}
    assert check_pool("rw", rw)
    ca: types.AuthorityConfig = {"cacert": b"DER", "crl_uris": ["http://moon/moon.crl"]}
    assert check_authority("ca", ca)
