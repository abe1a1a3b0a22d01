"""Times and octets for people."""

import pytest

from anyvici.cli.units import counted, duration, in_time, octets, rate


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (0, "0s"),
        (0.9, "0s"),
        (59, "59s"),
        (60, "1m"),
        (61, "1m1s"),
        (3599, "59m59s"),
        (3600, "1h"),
        (3 * 3600 + 12 * 60 + 59, "3h12m"),
        (3600 + 59, "1h"),
        (86400, "1d"),
        (300 * 86400 + 7200, "300d2h"),
        (-75, "-1m15s"),
    ],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (None, ""),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (102297, "99.9 KiB"),
        (102400, "100 KiB"),
        (1023 * 1024, "1.0 MiB"),
        (1288490189, "1.2 GiB"),
        (2**64 - 1, "16384 PiB"),
    ],
)
def test_octets(number: int | None, shown: str) -> None:
    assert octets(number) == shown
    assert rate(number) == (f"{shown}/s" if shown else "")


def test_what_is_to_come_and_what_is_late() -> None:
    assert in_time(3600) == "in 1h"
    assert in_time(0) == "in 0s"
    assert in_time(-5) == "5s overdue"
    assert in_time(None) == ""


def test_one_and_many() -> None:
    assert [counted(number, "packet") for number in (0, 1, 2)] == [
        "0 packets",
        "1 packet",
        "2 packets",
    ]
