"""The daemons that are asked: feeders, and a real charon where one is installed."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from tests.live.charon import Charon, missing

from benchmarks.data import conns
from benchmarks.measuring import ROOT
from benchmarks.official import session


class Places:
    """What there is, within `with`; `lack` says why there is no real charon."""

    def __init__(self, feeders: Iterable[str], *, real: bool) -> None:
        self.lack: str | None = missing() if real else "not asked for"
        self._feeders = sorted(set(feeders))
        self._charon = ""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="anyvici-"))
            if self._feeders:
                stack.enter_context(_feeder(self._folder, self._feeders))
            if self.lack is None:
                charon = stack.enter_context(Charon("bench"))
                charon.start()
                self._charon = charon.address.removeprefix("unix://")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def address(self, place: str, feeder: str) -> str:
        """Return the path of a socket; of the feeder with this list, if it is to be one."""
        if place == "charon":
            return self._charon
        return str(Path(self._folder) / feeder) if place else ""

    def version(self) -> str:
        """Return which strongSwan there is, if there is one."""
        if self.lack is not None:
            return ""
        with session(self._charon) as daemon:
            return str(daemon.version()["version"], "utf-8")


@contextmanager
def _feeder(folder: str, names: list[str]) -> Generator[None]:
    """Have a feeder run; the end of its standard input ends it."""
    command = [sys.executable, "-m", "benchmarks.feeder", folder, *names]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError("the feeder has failed: see standard error")
        yield
        process.communicate()


def empty(address: str, count: int) -> None:
    """Unload all connections."""
    with session(address) as daemon:
        for name in list(daemon.get_conns()["conns"]):
            daemon.unload_conn({"name": name.decode()})


def fill(address: str, count: int) -> None:
    """Have just so many connections loaded."""
    with session(address) as daemon:
        if len(daemon.get_conns()["conns"]) == count:
            return
        empty(address, count)
        for name, conn in conns(count).items():
            daemon.load_conn({name: conn})


BEFORE: dict[str, Callable[[str, int], None]] = {"empty": empty, "fill": fill}
