"""Ten thousand IKE_SAs: they are printed as they come, and nothing is kept of them."""

import re
import sys
from pathlib import Path

import pytest

from tests.cli.feeder import Feeder, feeding
from tests.cli.program import Running, running

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc"),
]

STEP = 500


@pytest.mark.parametrize(("option", "lines"), [("--noblock", 3), ("--json", 1)])
async def test_memory_is_flat(option: str, lines: int) -> None:
    """What it takes at most, after 2000 and after 10,000; the daemon waits for the reader."""
    feeder = Feeder(10_001, allowed=0)
    async with feeding(feeder) as address, running(address, "list-sas", option) as program:
        peaks = {}
        for number in range(STEP, 10_001, STEP):
            feeder.allow(number)
            for _ in range(STEP * lines):
                await program.line()
            peaks[number] = peak(program)
        feeder.allow(10_001)
        ended = await program.ended()
    assert (ended.code, ended.errors) == (0, "")
    assert len(ended.lines) == lines + (lines == 3)  # the header is a line, too
    assert peaks[10_000] - peaks[2_000] < 2048, peaks


def peak(program: Running) -> int:
    """Return how much memory a process has had at most, in KiB."""
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    (found,) = re.findall(r"VmHWM:\s*(\d+) kB", status)
    return int(found)
