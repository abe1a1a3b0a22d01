"""Rates from counters, and their pictures."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvici.cli.top.rates import HISTORY, Meter, bars


def read(*readings: tuple[float, int | None], pause: float = 0.5) -> Meter:
    meter = Meter(pause)
    for at, octets in readings:
        meter.read(at, octets)
    return meter


def test_one_reading_is_no_rate():
    meter = read((0, 1_000_000))
    assert (meter.rate, [*meter.history], meter.octets) == (None, [], 1_000_000)


def test_a_rate():
    meter = read((0, 100), (2, 300), (3, 300))
    assert [*meter.history] == [100, 0]
    assert meter.rate == 0


def test_what_comes_too_soon_counts_at_the_next_reading():
    meter = Meter(0.5)
    assert not meter.read(0, 0)
    assert not meter.read(0.01, 5000)
    assert meter.read(1, 6000)
    assert [*meter.history] == [6000]
    assert meter.octets == 6000


def test_a_counter_that_begins_anew():
    """The SA is another: at least what it shows has passed."""
    assert [*read((0, 10**12), (1, 500)).history] == [500]


def test_another_counter():
    """What is read first of it is where it stands, not what has passed."""
    meter = read((0, 10), (1, 110))
    meter.begin_anew()
    assert not meter.read(2, 10**12)
    assert meter.rate == 100
    assert meter.read(3, 10**12 + 50)
    assert [*meter.history] == [100, 50]


def test_no_counter():
    """A CHILD_SA that is not installed yet has none."""
    meter = read((0, None), (1, 1000), (2, 3000), (3, None))
    assert [*meter.history] == [2000]
    assert meter.octets is None


@pytest.mark.parametrize("at", [0, -5, 1, 1.2])
def test_a_clock_that_jumps(at):
    meter = read((1, 1000), (at, 2000))
    assert meter.rate is None
    assert meter.read(10, 4000)
    assert meter.rate is not None
    assert 0 <= meter.rate <= 1000


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.none() | st.integers(0, 1 << 63))))
def test_any_readings(readings):
    """A rate is never below 0, never more than all in the shortest time."""
    meter = read(*readings)
    assert all(0 <= rate <= (1 << 63) / 0.5 for rate in meter.history)
    assert not any(map(math.isnan, meter.history))


def test_the_history_is_bounded():
    assert len(read(*((at, 0) for at in range(1000))).history) == HISTORY


def test_bars():
    assert bars([0, 10_000, 20_000, 70_000], 6) == "   ▂▃▇"
    assert bars([1, 2, 3, 70_000], 2) == "▁▇"
    assert bars([], 3) == "   "


def test_little_is_a_low_bar():
    assert bars([84, 84], 2) == "▁▁"


@given(st.lists(st.floats(0, 1e15)), st.integers(-1, 50))
def test_bars_are_as_wide_as_they_should_be(rates, width):
    assert len(bars(rates, width)) == max(0, width)
