"""Whatever passes a check, the codec takes; whatever does not, is told of in one line."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from anyvici import LocalProtocolError, decode, encode
from anyvici.config.check import check_authority, check_conn, check_pool, check_shared

from . import keys
from .keys import Key

texts = st.text(max_size=20) | st.text(st.characters(codec="ascii"), max_size=300)
numbers = st.integers() | st.integers(0, 70000).map(str)
scalars = texts | numbers | st.booleans() | st.binary(max_size=9) | st.timedeltas() | st.none()
junk = st.recursive(
    scalars | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


def entries(table: dict[str, Key]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a section with keys of a table and values that are right, mostly."""

    def values(key: Key) -> st.SearchStrategy[Any]:
        right = st.sampled_from(key.right)
        return st.lists(right, max_size=3) if key.many else right

    return st.fixed_dictionaries({}, optional={name: values(key) for name, key in table.items()})


def spoilt(section: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return the section, at times with something in it that may be anything."""
    return section | st.builds(
        lambda a, b: a | b, section, st.dictionaries(texts, junk, max_size=1)
    )


rounds = spoilt(entries(keys.ROUND))
children = st.dictionaries(texts, spoilt(entries(keys.CHILD)), max_size=2)
connections = st.builds(
    lambda connection, sections: connection | sections,
    spoilt(entries(keys.CONNECTION)),
    st.fixed_dictionaries({}, optional={"local": rounds, "remote1": rounds, "children": children}),
)


def attempt(check: Any, *arguments: Any, **parameters: Any) -> Any:
    """Return what a check returns; None if it refuses, which it does in one line."""
    try:
        return check(*arguments, **parameters)
    except (LocalProtocolError, TypeError) as error:
        message = str(error)
    assert message.isprintable()
    assert len(message) < 1500
    return None


def whole(section: Any) -> Any:
    """Return what the codec makes of a section on its way."""
    if isinstance(section, dict):
        return {name: whole(value) for name, value in section.items()}
    if isinstance(section, list):
        return [whole(value) for value in section]
    return section.decode("utf-8", "surrogateescape") if isinstance(section, bytes) else section


@given(texts, connections | junk)
def test_connections(name, config):
    checked = attempt(check_conn, name, config)
    if checked is not None:
        assert decode(encode({name: checked})) == {name: whole(checked)}
        assert check_conn(name, checked) == checked


@given(texts, spoilt(entries(keys.POOL)) | junk)
def test_pools(name, config):
    checked = attempt(check_pool, name, config)
    if checked is not None:
        assert decode(encode({name: checked})) == {name: whole(checked)}


@given(texts, spoilt(entries(keys.AUTHORITY)) | junk)
def test_authorities(name, config):
    checked = attempt(check_authority, name, config)
    if checked is not None:
        assert decode(encode({name: checked})) == {name: whole(checked)}


@given(junk, junk, junk, junk)
def test_secrets(type_, data, owners, id_):
    checked = attempt(check_shared, type=type_, data=data, owners=owners, id=id_)
    if checked is not None:
        assert decode(encode(checked)) == whole(checked)


@given(st.timedeltas(min_value=timedelta(0)))
def test_times(time):
    checked = attempt(check_conn, "gw", {"rekey_time": time})
    if checked is not None:
        assert timedelta(seconds=int(checked["rekey_time"])) == time


@given(st.dictionaries(st.sampled_from(sorted(keys.CONNECTION)), junk, max_size=2))
def test_connections_of_junk(config):
    attempt(check_conn, "gw", config)


@given(st.dictionaries(st.sampled_from(sorted(keys.CHILD)), junk | texts, max_size=2))
def test_children_of_junk(config):
    attempt(check_conn, "gw", {"children": {"net": config}})
