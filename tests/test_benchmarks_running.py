"""The benchmarks run, every one of them, on a small scale; and one that fails is told of."""

import os
import shutil
import signal
import sys
from dataclasses import replace

import pytest
from benchmarks.__main__ import feeders, measured
from benchmarks.places import Places
from benchmarks.report import Report
from benchmarks.results import Outcome
from benchmarks.rounds import Contender, Rounds, Worker, WorkerError
from benchmarks.works import WORKS, Work

from tests.live.charon import missing
from tests.test_benchmarks import WORK, lacking, needed

TRIAL = 0.0001


def kinds(outcomes: list[Outcome]) -> dict[str, set[str]]:
    """Return who has done what, by jobs; whatever the codec."""
    done: dict[str, set[str]] = {}
    for each in outcomes:
        done.setdefault(each.work.job, set()).update(n.split("/")[-1] for n in each.measured)
    return done


def assert_done(made: Report, works: list[Work], there: set[str]) -> None:
    """See to it that everybody who is there has done all of theirs."""
    assert [each.errors for each in made.outcomes if each.errors] == []
    for work, each in zip(works, made.outcomes, strict=True):
        wanted = set(work.kinds) & there
        assert kinds([each])[work.job] == wanted, work
        assert all(len(rounds) == 1 for rounds in each.measured.values())
    text = made.text()
    for each in made.outcomes:
        assert each.title in text or each.work.group == "plot"
    assert "missed" not in text  # it was only a trial


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")
def test_every_work_runs_on_the_memory_speed_daemon():
    needed("vici", "uvloop")
    if os.environ.get("CI") == "true" and shutil.which("swanctl") is None:
        pytest.fail("no swanctl")
    there = {"official", "socket", "plain", "trio", "asyncio", "uvloop"}
    there |= {"swanctl"} if shutil.which("swanctl") else set()
    works = [work for work in WORKS if work.place != "charon"]
    made = measured(WORKS, TRIAL, 1, real=False)
    assert_done(made, works, there)
    assert "what needs a real charon (not asked for)" in made.left_out


@pytest.mark.live
def test_every_work_runs_on_a_real_charon():
    needed("vici", "uvloop")
    if lack := missing():
        lacking(lack)
    works = [work for work in WORKS if work.place == "charon"]
    made = measured(works, TRIAL, 1)
    assert_done(
        made, works, {"official", "socket", "swanctl", "plain", "trio", "asyncio", "uvloop"}
    )
    assert "strongSwan" in made.text()


def test_one_failure_does_not_lose_the_rest():
    needed("vici")
    work = replace(WORK, count=2)
    told: list[str] = []
    contenders = [Contender("official"), Contender("trio", "pure")]
    with Places(feeders([work], 1), real=False) as places:
        with Rounds(contenders, places, 1, 2) as running:
            broken = running.run(replace(work, job="no_such_job"), told.append)
            short = running.run(replace(work, lists="conns"), told.append)
            sound = running.run(work, told.append)
    assert broken.errors == dict.fromkeys(
        ["official", "pure/trio"], "WorkerError: KeyError: 'no_such_job'"
    )
    assert set(short.errors) == {"official", "pure/trio"}  # there is no such feeder
    assert len(told) == 4
    assert sound.errors == {}
    assert {name: len(rounds) for name, rounds in sound.measured.items()} == {
        "official": 2,
        "pure/trio": 2,
    }


def test_a_client_that_leaves_something_out_has_failed():
    needed("vici")
    with Places(["sas-3"], real=False) as places, Worker(Contender("official")) as worker:
        with pytest.raises(WorkerError, match="there are 3 items, not 4"):
            worker.do("sas_dicts", places.address("feeder", "sas-3"), 4, 1)


def test_a_worker_that_is_gone_is_told_of():
    needed("vici")
    with Worker(Contender("official")) as worker:
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="the worker is gone"):
            worker.do("version", "", 1, 1)


def test_there_is_no_other_kind_of_worker(capfd):
    with pytest.raises(WorkerError, match="the worker is gone"):
        Worker(Contender("nonsense"))
    assert "there is no kind of worker called nonsense" in capfd.readouterr().err
