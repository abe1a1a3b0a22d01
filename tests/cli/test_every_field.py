"""Of all that a daemon of any version may tell, nothing is left out and nothing does harm."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from anyvici import (
    Algorithms,
    Authority,
    AuthRound,
    Certificate,
    ChildConfig,
    ChildSa,
    ConnectionConfig,
    Counters,
    Heap,
    IkeSa,
    Lease,
    Message,
    Policy,
    Pool,
    Stats,
    Version,
)
from anyvici.cli.output import Output
from anyvici.cli.records import record, to_json
from anyvici.cli.show.authorities import authority_lines
from anyvici.cli.show.certs import CertificateLines, CertificateRows
from anyvici.cli.show.conns import ConnLines
from anyvici.cli.show.daemon import CounterLines, algorithm_lines, stats_lines
from anyvici.cli.show.policies import PolicyLines
from anyvici.cli.show.pools import PoolLines
from anyvici.cli.show.sas import SaLines
from tests.cli.screens import bare, plain, terminal
from tests.conformance.raw import Section, Value
from tests.conformance.records import assert_same, shaped
from tests.models.making import NAME, full, make

# What is in sections whose names are not fixed.
INNER: dict[type[Any], Message] = {
    IkeSa: {"child-sas": {"net-1": full(ChildSa)}},
    ConnectionConfig: {
        "local-1": full(AuthRound),
        "remote-1": full(AuthRound),
        "children": {"net": full(ChildConfig)},
    },
    Pool: {"leases": {"0": full(Lease)}},
    Stats: {"mem": full(Heap) | {"heap-1": full(Heap)}},
}
NAMED = [IkeSa, ConnectionConfig, Policy, Pool, Authority, Counters]
MODELS = [*NAMED, Certificate, Stats, Algorithms, Version]


def whole(model: type[Any]) -> Message:
    return full(model) | INNER.get(model, {})


# JSON.


@pytest.mark.parametrize("model", MODELS)
def test_json_has_every_key(model: type[Any]) -> None:
    found = json.loads(to_json(record(make(model, whole(model)))))
    told = shaped(as_section(whole(model)), NAME if model in NAMED else None)
    for heap in told.get("mem", {}).pop("heap_1", {}), found.get("mem", {}).pop("heaps", [{}])[0]:
        assert not heap or {"total", "allocs"} <= heap.keys()
    assert_same(told, found, found)


def as_section(message: Message) -> Section:
    return tuple((key, as_value(key, value)) for key, value in message.items())


def as_value(key: str, value: Any) -> Value:
    if isinstance(value, dict):
        return as_section(value)
    if key == "data":
        return "0x" + value.encode("utf-8", "surrogateescape").hex()
    assert isinstance(value, str | list)
    return value


def test_octets_are_those_of_the_wire() -> None:
    assert base64.b64decode(record(make(Certificate, full(Certificate)))["data"]) == (
        b"0\x82\x00\xff"
    )


# Lines.

LINES: dict[str, tuple[type[Any], Callable[[Output, Any], str]]] = {
    "sas": (IkeSa, lambda output, sa: SaLines(output).of(sa)),
    "sas in full": (IkeSa, lambda output, sa: SaLines(output, long=True).of(sa)),
    "conns": (ConnectionConfig, lambda output, conn: ConnLines(output).of(conn)),
    "pols": (Policy, lambda output, policy: PolicyLines(output, long=True).of(policy)),
    "pools": (Pool, lambda output, pool: PoolLines(output).of(pool)),
    "authorities": (Authority, lambda output, each: authority_lines(output)(each)),
    "certs": (Certificate, lambda output, each: CertificateLines(output).of(each)),
    "certs in short": (Certificate, lambda output, each: CertificateRows(output).of(each)),
    "stats": (Stats, lambda output, stats: "\n".join(stats_lines(output, stats))),
    "algs": (Algorithms, lambda output, algs: "\n".join(algorithm_lines(output, algs))),
    "counters": (Counters, lambda output, each: CounterLines(output).of(each)),
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("width", [None, 80])
def test_hostile_texts_are_harmless(name: str, width: int | None) -> None:
    model, lines = LINES[name]
    output = plain() if width is None else terminal(width, colours=True)
    printed = lines(output, make(model, worse(whole(model)), "\x1b[2J\u202e\n"))
    assert all(bare(line).isprintable() for line in printed.split("\n"))
    assert "\\x1b[2J" in printed or name == "counters"


def worse(message: Message) -> Message:
    """Return a message in which every text that is free is one that no terminal should see."""
    return {key: _worse(key, value) for key, value in message.items()}


def _worse(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return worse(value)
    if isinstance(value, list):
        return [_worse(key, each) for each in value]
    fixed = key in ("data", "not-before", "not-after") or re.fullmatch("[0-9]+|yes", value)
    return value if fixed else f"\x1b[2J\u202e\n{value}"


@pytest.mark.parametrize(
    ("name", "models"),
    [("sas in full", (IkeSa, ChildSa)), ("conns", (ConnectionConfig, AuthRound, ChildConfig))],
)
def test_people_are_told_every_text(name: str, models: tuple[type[Any], ...]) -> None:
    model, lines = LINES[name]
    printed = lines(plain(), make(model, whole(model)))
    for section in map(full, models):
        section.pop("class", None)  # of EAP, its method stands for it
        for key, value in section.items():
            texts = value if isinstance(value, list) else [value]
            free = [text for text in texts if not re.fullmatch("[0-9]+|yes|", text)]
            assert all(text in printed for text in free), key
