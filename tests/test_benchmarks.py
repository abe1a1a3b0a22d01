"""What benchmarks make of figures: ratios, tables, the plot."""

import importlib.util
import os
from dataclasses import replace

import pytest
from benchmarks import plot, report
from benchmarks.__main__ import arguments
from benchmarks.data import conns, swanctl_conf
from benchmarks.measuring import ROOT
from benchmarks.report import BEGIN, END, Report
from benchmarks.results import Outcome, Spread, spread
from benchmarks.works import NONE, Target, Work

WORK = Work("list", "{} items", "sas_dicts", 1_000, against={"official": Target(3, 7)})


def outcome(work: Work = WORK, **seconds: list[float]) -> Outcome:
    """Return what came of a work, for official=[...], pure_trio=[...]."""
    made = Outcome(work, work.count)
    for name, rounds in seconds.items():
        for each in rounds:
            made.add(name.replace("_", "/"), {"seconds": each, "cpu": each / 2})
    return made


def needed(*modules: str) -> None:
    """Skip where something is not installed; with CI=true, fail."""
    absent = [name for name in modules if importlib.util.find_spec(name) is None]
    if absent:
        lacking(f"no {', '.join(absent)}: pip install --group bench")


def lacking(what: str) -> None:
    if os.environ.get("CI") == "true":  # there, a skip would be read as a success
        pytest.fail(what)
    pytest.skip(what)


# Figures.


def test_a_spread_has_the_median_and_the_ends():
    assert spread([3.0, 1.0, 2.0, 9.0]) == Spread(1.0, 2.5, 9.0)
    with pytest.raises(ValueError, match="no values"):
        spread([])


def test_ratios_are_taken_within_a_round():
    made = outcome(official=[1.0, 100.0, 3.0], pure_trio=[0.5, 25.0, 1.0])
    assert made.ratios("pure/trio", "official") == Spread(2.0, 3.0, 4.0)
    assert made.ratios("official", "pure/trio") == Spread(0.25, 1 / 3, 0.5)


def test_there_is_no_ratio_of_who_has_failed_or_was_not_there():
    made = outcome(official=[1.0], pure_trio=[0.5])
    made.errors["pure/trio"] = "in the second round"
    assert made.ratios("pure/trio", "official") is None
    assert made.ratios("compiled/trio", "official") is None
    assert made.ratios("official", "swanctl") is None


def test_what_one_item_takes():
    made = outcome(official=[1.0, 2.0, 9.0])
    assert made.each("official") == 0.002
    made.times = 10
    assert made.each("official") == 0.0002


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.456e-6, "3.46 us"), (0.000123, "123 us"), (0.0123, "12.3 ms"), (1.5, "1.5 s")],
)
def test_times_are_told_as_they_are_best_read(seconds, text):
    assert report.duration(seconds) == text


def test_numbers_are_scaled_but_never_too_small():
    assert WORK.scaled(0.5) == 500
    assert WORK.scaled(1e-9) == WORK.fewest
    assert replace(WORK, count=1).scaled(1e-9) == 1
    assert replace(WORK, times=10).repeated(0.2) == 2
    assert replace(WORK, times=10).repeated(5) == 10
    assert WORK.on_trial().against == {"official": NONE}


# The report.


def test_the_table_of_ratios():
    made = outcome(
        official=[0.04, 0.04, 0.04],
        socket=[0.005, 0.005, 0.005],
        pure_trio=[0.01, 0.02, 0.01],
        compiled_trio=[0.005, 0.008, 0.01],
        pure_asyncio=[0.02, 0.02, 0.02],
    )
    head, _, trio, asyncio = report.ratios([made]).splitlines()
    assert head == "| work | on | peer | each | pure | compiled | bare socket | to be reached |"
    assert trio == (
        "| 1,000 items (memory-speed daemon) | Trio | official | 40 us | **4.00** (2.00 to 4.00) "
        "| **5.00** (4.00 to 8.00), **missed** | 8.00 | 3.0 / 7.0 |"
    )
    assert asyncio == (
        "| 1,000 items (memory-speed daemon) | asyncio | official | 40 us "
        "| **2.00** (2.00 to 2.00), **missed** |  | 8.00 | 3.0 / 7.0 |"
    )


def test_there_is_a_row_for_each_peer_that_was_there():
    work = replace(WORK, against={"official": NONE, "swanctl": Target(4, 4)}, place="charon")
    without = outcome(work, official=[4.0], pure_trio=[1.0])
    both = outcome(work, official=[4.0], swanctl=[2.0], pure_trio=[1.0])
    assert len(report.ratios([without]).splitlines()) == 3
    [official, swanctl] = report.ratios([both]).splitlines()[2:]
    assert "| official | 4 ms | **4.00**" in official
    assert swanctl.endswith("| swanctl | 2 ms | **2.00** (2.00 to 2.00), **missed** |  |  | 4.0 |")


def test_what_has_failed_is_told_and_the_rest_stays():
    made = outcome(official=[1.0], pure_trio=[0.5], pure_asyncio=[0.25])
    made.errors["pure/trio"] = "ConnectionLost: gone"
    text = Report(["today"], [], [made]).text()
    assert "| Trio | official | 1 ms | failed |" in text
    assert "| asyncio | official | 1 ms | **4.00** (4.00 to 4.00) |" in text
    assert "- 1,000 items (feeder), pure/trio: failed: ConnectionLost: gone" in text


def test_limits_are_those_of_ours():
    work = replace(WORK, group="memory", limit=10.0)
    made = Outcome(work, 1_000)
    for name, most in (("official", 99.0), ("pure/trio", 3.0), ("pure/asyncio", 10.0)):
        made.add(name, {"most": most, "second_half": 0.5})
    told = report.memory([made]).splitlines()[2:]
    assert told == [
        "| 1,000 items | official | **99.0** (99.0 to 99.0) | **0.5** (0.5 to 0.5) |  |",
        "| 1,000 items | pure/trio | **3.0** (3.0 to 3.0) | **0.5** (0.5 to 0.5) | 10 |",
        (
            "| 1,000 items | pure/asyncio | **10.0** (10.0 to 10.0), **missed** "
            "| **0.5** (0.5 to 0.5) | 10 |"
        ),
    ]


def test_it_says_when_and_what_was_left_out():
    text = Report(["2026-01-01", "2 cores"], ["what needs a real charon"], []).text()
    assert text == "2026-01-01; 2 cores.\n\nLeft out: what needs a real charon."


def test_it_is_written_between_the_markers(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"by hand\n{BEGIN}\nold\n{END}\nand again\n")
    report.write(page, "new")
    report.write(page, "newer")
    assert page.read_text() == f"by hand\n{BEGIN}\n\nnewer\n\n{END}\nand again\n"


def test_the_page_has_its_markers():
    page = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    assert "\n\nnew\n\n" in report.inserted(page, "new")


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_page_without_its_markers_stays_as_it_is(page, tmp_path):
    path = tmp_path / "README.md"
    path.write_text(page)
    with pytest.raises(ValueError, match="markers|has to have"):
        report.write(path, "new")
    assert path.read_text() == page


# The plot.


def plotted(size: int, job: str = "sas_dicts", **seconds: list[float]) -> Outcome:
    work = Work("plot", "{} SAs", job, size, group="plot")
    return outcome(work, **seconds)


def test_a_line_goes_by_the_number_of_sas():
    outcomes = [
        plotted(1000, official=[0.04], pure_trio=[0.01]),
        plotted(10, official=[0.001, 0.003, 0.002]),
        plotted(10, "sas_typed", pure_trio=[1.0]),
        outcome(official=[1.0]),
    ]
    official = plot.points(outcomes, "sas_dicts", "official")
    assert official == [(10, pytest.approx(200)), (1000, pytest.approx(40))]
    assert plot.points(outcomes, "sas_dicts", "pure/trio") == [(1000, pytest.approx(10))]


def test_the_same_figures_make_the_same_plot(tmp_path):
    needed("matplotlib")
    outcomes = [plotted(n, official=[n / 25_000], pure_trio=[n / 1e5]) for n in (10, 1000)]
    first, second = tmp_path / "1.svg", tmp_path / "2.svg"
    assert plot.draw(outcomes, first)
    assert plot.draw(outcomes, second)
    assert first.read_bytes() == second.read_bytes()
    text = first.read_text()
    assert "official Python client" in text
    assert "compiled" not in text
    assert not plot.draw([], tmp_path / "3.svg")
    assert not (tmp_path / "3.svg").exists()


# Options, and what is fed.


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--scale", "0"], "--scale is above 0"),
        (["--rounds", "0"], "--rounds at least 1"),
        (["--only", "nonsense"], "there is no work nonsense: sas-dicts "),
    ],
)
def test_bad_options_are_refused(given, told, capsys):
    with pytest.raises(SystemExit):
        arguments(given)
    assert told in capsys.readouterr().err


def test_swanctl_gets_the_same_connections():
    text = swanctl_conf({"connections": conns(2)})
    assert text.count("{") == text.count("}") == 1 + 2 * 5  # gw, local, remote, children, net
    assert "remote_addrs = 198.51.0.2\n" in text
    assert swanctl_conf({"a": {"b": ["c", "d"], "e": 1}}) == "a {\nb = c, d\ne = 1\n}"
