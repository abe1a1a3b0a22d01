"""Has every work done by all who can, in turns, so that noise of the machine hits all alike."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from benchmarks.measuring import ROOT, Quantities
from benchmarks.places import BEFORE, Places
from benchmarks.results import Outcome
from benchmarks.works import Work

PATIENCE = 100.0  # seconds for one job


@dataclass(frozen=True)
class Contender:
    """A kind of worker, with an installation of anyvici."""

    kind: str
    codec: str = ""
    """pure or compiled; of others than anyvici "" ."""
    folder: str = ""
    """Where that installation is; "" is where everybody's modules are."""

    @property
    def name(self) -> str:
        """How its results are called: official, pure/trio."""
        return f"{self.codec}/{self.kind}" if self.codec else self.kind


class WorkerError(Exception):
    """A job has failed."""


class Worker:
    """A process that does jobs for one contender."""

    def __init__(self, contender: Contender) -> None:
        environment = dict(os.environ)
        if contender.folder:
            known = filter(None, [contender.folder, environment.get("PYTHONPATH")])
            environment["PYTHONPATH"] = os.pathsep.join(known)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", contender.kind],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            self.codec: str = self._told()["codec"]
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def do(self, job: str, address: str, count: int, times: int) -> Quantities:
        """Have a job done; raises WorkerError."""
        asked = {"job": job, "address": address, "count": count, "times": times}
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise WorkerError("the worker is gone: see standard error") from None
        told = self._told()
        if "error" in told:
            raise WorkerError(told["error"])
        return told

    def _told(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        alarm = threading.Timer(PATIENCE, self._process.kill)
        alarm.start()
        try:
            line = self._process.stdout.readline()
        finally:
            alarm.cancel()
        if not line:
            raise WorkerError("the worker is gone: see standard error")
        return dict(json.loads(line))


class Rounds:
    """Runs works, within `with`; workers live through all of them."""

    def __init__(
        self, contenders: list[Contender], places: Places, scale: float, most: int
    ) -> None:
        self._contenders = contenders
        self._places = places
        self._scale = scale
        self._most = most
        self._workers: dict[Contender, Worker] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.close()

    def run(self, work: Work, report: Callable[[str], None]) -> Outcome:
        """Measure one work; whoever fails at it is left out of its further rounds."""
        outcome = Outcome(work, work.scaled(self._scale), work.repeated(self._scale))
        able = [each for each in self._contenders if each.kind in work.kinds]
        if not work.fresh:  # some things take longer the first time
            self._round(able, outcome, report)
            outcome.measured.clear()
        for _ in range(min(self._most, work.rounds or self._most)):
            self._round(able, outcome, report)
        return outcome

    def _round(
        self, able: list[Contender], outcome: Outcome, report: Callable[[str], None]
    ) -> None:
        work, errors = outcome.work, outcome.errors
        for contender in able:
            if contender.name in errors:
                continue
            try:
                outcome.add(contender.name, self._measured(contender, outcome))
            except Exception as error:
                errors[contender.name] = f"{type(error).__name__}: {error}"
                report(f"{work.name} at {work.place}, {contender.name}: {error}")
                self._dismiss(contender)

    def _measured(self, contender: Contender, outcome: Outcome) -> Quantities:
        work, count = outcome.work, outcome.count
        address = self._places.address(work.place, f"{work.lists}-{count}")
        if work.before and work.place == "charon":
            BEFORE[work.before](address, count)
        if work.fresh:
            with Worker(contender) as worker:
                return worker.do(work.job, address, count, outcome.times)
        return self._worker(contender).do(work.job, address, count, outcome.times)

    def _worker(self, contender: Contender) -> Worker:
        if contender not in self._workers:
            self._workers[contender] = Worker(contender)
        return self._workers[contender]

    def _dismiss(self, contender: Contender) -> None:
        if worker := self._workers.pop(contender, None):
            worker.close()
