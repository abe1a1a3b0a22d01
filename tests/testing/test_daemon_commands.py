"""version, stats, get-algorithms and the counters, against the samples of a real charon."""

import json
import platform
from pathlib import Path
from typing import Any

import pytest

from anyvici.testing.commands.daemon import duration
from anyvici.testing.state.counters import NAMES
from tests.testing.asking import Asked

SAMPLES = Path(__file__).parent.parent / "samples"


def sample(name: str) -> dict[str, Any]:
    """Return what the real one has answered."""
    return json.loads((SAMPLES / f"{name}.json").read_text())["packets"][-1]["message"]


def keys(message: Any) -> Any:
    """Return the names of a message in their order, without the values."""
    return [(k, keys(v)) for k, v in message.items()] if isinstance(message, dict) else None


def test_version() -> None:
    reply = Asked((6, 0, 6))("version")
    assert keys(reply) == keys(sample("version"))
    assert reply["version"] == "6.0.6"
    assert reply["machine"] == platform.uname().machine


def test_stats() -> None:
    ask = Asked()
    ask.gateway.busy = 2
    reply = ask("stats")
    assert keys(reply) == keys(sample("stats"))
    assert reply["uptime"] == {"running": "0 seconds", "since": "Nov 02 09:03:20 2026"}
    assert reply["ikesas"] == {"total": "3", "half-open": "1"}
    workers = reply["workers"]
    assert workers["idle"] == "9"
    assert int(workers["total"]) == 9 + sum(int(number) for number in workers["active"].values())


DURATIONS = {
    0: "0 seconds",
    1.9: "1 second",
    120: "120 seconds",
    121: "2 minutes",
    7200: "120 minutes",
    7201: "2 hours",
    172800: "48 hours",
    172801: "2 days",
}


@pytest.mark.parametrize("seconds", DURATIONS)
def test_durations(seconds: float) -> None:
    assert duration(seconds) == DURATIONS[seconds]


def test_algorithms() -> None:
    real = sample("get-algorithms")
    assert Asked()("get-algorithms") == real  # in the order in which plugins happen to be loaded
    newer = Asked((6, 0, 6))("get-algorithms")
    assert newer["ke"] == real["dh"]
    assert "dh" not in newer


def test_reload_settings() -> None:
    assert Asked()("reload-settings") == sample("reload-settings")


@pytest.fixture
def counted() -> Asked:
    """Return a gateway where more was counted than there are connections for."""
    ask = Asked()
    for connection in ("net", "gw", "gw", None):
        ask.gateway.counters.count("ike-init-in-req", connection)
    return ask


def counts(reply: dict[str, Any]) -> dict[str, str]:
    return {name: each["ike-init-in-req"] for name, each in reply["counters"].items()}


def test_counters(counted: Asked) -> None:
    reply = counted("get-counters", {"name": "gw"})
    assert keys(reply) == keys(sample("get-counters-name"))
    assert counts(reply) == {"gw": "2"}
    assert counts(counted("get-counters")) == {"": "4"}
    assert list(counts(counted("get-counters", {"all": "yes"})).items()) == [
        ("gw", "2"),
        ("net", "1"),
    ]
    assert counted("get-counters", {"name": "nope"}) == sample("get-counters-error")
    assert list(reply["counters"]["gw"]) == list(NAMES)


def test_resetting_counters(counted: Asked) -> None:
    assert counted("reset-counters", {"name": "nope"}) == {"success": "yes"}
    counted("reset-counters", {"name": "net"})
    assert counts(counted("get-counters", {"all": "yes"})) == {"gw": "2"}
    counted("reset-counters", {"all": "yes"})
    assert counts(counted("get-counters", {"all": "yes"})) == {}
    assert counts(counted("get-counters")) == {"": "4"}
    counted("reset-counters")
    assert counts(counted("get-counters")) == {"": "0"}
