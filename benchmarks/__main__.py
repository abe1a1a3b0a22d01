"""Everything side by side: python -m benchmarks [--scale 0.01] [--rounds 7] [--only NAME].

With all works and at full scale the tables are written into README.md, and cost.svg is drawn;
otherwise they are only printed. NAME is a work (sas-dicts), or how several begin (version).
"""

import argparse
import datetime
import os
import platform
import shutil
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from benchmarks.places import Places
from benchmarks.plot import draw
from benchmarks.report import Report, write
from benchmarks.results import Outcome
from benchmarks.rounds import Contender, Rounds, Worker
from benchmarks.works import ALL_LOOPS, WORKS, Work

HERE = Path(__file__).parent
LIBRARIES = ("anyio", "trio", "uvloop", "msgspec", "vici")


def arguments(given: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of all numbers; 0.01 is a trial")
    parser.add_argument("--rounds", type=int, default=7, help="how often, in turns")
    parser.add_argument("--only", default="", help="works whose name begins with this")
    parser.add_argument("--beside", default="", help="a folder with another anyvici")
    options = parser.parse_args(given)
    if options.scale <= 0 or options.rounds < 1:
        parser.error("--scale is above 0, and --rounds at least 1")
    if not any(work.name.startswith(options.only) for work in WORKS):
        parser.error(f"there is no work {options.only}: {' '.join(dict.fromkeys(names()))}")
    return options


def names() -> list[str]:
    """Return what works are called."""
    return [work.name for work in WORKS]


def contenders(beside: str = "") -> tuple[list[Contender], list[str]]:
    """Return who is there, and who is not and why."""
    found, left_out = [Contender("official"), Contender("socket")], []
    if shutil.which("swanctl"):
        found.append(Contender("swanctl"))
    else:
        left_out.append("what is measured against swanctl, which is not installed")
    loops = [loop for loop in ALL_LOOPS if loop != "uvloop" or find_spec("uvloop")]
    if "uvloop" not in loops:
        left_out.append("uvloop, which is not installed")
    codecs: dict[str, str] = {}
    for folder in dict.fromkeys(["", beside]):
        with Worker(Contender("plain", folder=folder)) as worker:
            codecs.setdefault(worker.codec, folder)
    found += [Contender(k, c, f) for c, f in codecs.items() for k in ("plain", *loops)]
    left_out += [f"the {c} codec" for c in ("pure", "compiled") if c not in codecs]
    return found, left_out


def facts(strongswan: str, load: float, scale: float, rounds: int) -> list[str]:
    """Return when and on what it was measured."""
    told = [
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        f"{len(os.sched_getaffinity(0))} cores ({platform.machine()}), load {load:.1f} before",
        f"{platform.python_implementation()} {platform.python_version()}",
    ]
    for library in LIBRARIES:
        try:
            told.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            told.append(f"no {library}")
    told.append(f"strongSwan {strongswan}" if strongswan else "no strongSwan")
    return [*told, f"{rounds} rounds", *([f"{scale:g} of the numbers"] if scale != 1 else [])]


def feeders(works: list[Work], scale: float) -> set[str]:
    """Return the lists that feeders are to have."""
    return {f"{w.lists}-{w.scaled(scale)}" for w in works if w.place == "feeder"}


def measured(
    works: list[Work], scale: float, rounds: int, *, real: bool = True, beside: str = ""
) -> Report:
    """Run works, and return what came of it; only at full scale is there something to reach."""
    works = works if scale == 1 else [work.on_trial() for work in works]
    load = os.getloadavg()[0]
    found, left_out = contenders(beside)
    with Places(feeders(works, scale), real=real) as places:
        if places.lack is not None:
            works = [work for work in works if work.place != "charon"]
            left_out.append(f"what needs a real charon ({places.lack})")
        told = facts(places.version(), load, scale, rounds)
        with Rounds(found, places, scale, rounds) as running:
            outcomes = [timed(running, work) for work in works]
    return Report(told, left_out, outcomes)


def timed(running: Rounds, work: Work) -> Outcome:
    """Run one work, and tell of it."""
    began = time.perf_counter()
    outcome = running.run(work, tell)
    tell(f"{time.perf_counter() - began:6.1f} s  {outcome.title}, {work.job} {work.place}")
    return outcome


def tell(line: str) -> None:
    """Say how far it has come."""
    sys.stderr.write(line + "\n")


def main() -> int:
    """Measure, print, and write; return 1 if something has failed."""
    options = arguments(sys.argv[1:])
    works = [work for work in WORKS if work.name.startswith(options.only)]
    report = measured(works, options.scale, options.rounds, beside=options.beside)
    sys.stdout.write(report.text() + "\n")
    if not options.only and options.scale == 1:
        write(HERE / "README.md", report.text())
        draw(report.outcomes, HERE / "cost.svg")
    return int(any(outcome.errors for outcome in report.outcomes))


if __name__ == "__main__":
    sys.exit(main())
