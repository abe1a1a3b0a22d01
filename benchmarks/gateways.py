"""Simulated gateways: python -m benchmarks.gateways COUNT. A line in, and all tell of an event."""

import json
import resource
import sys
from contextlib import AsyncExitStack

import anyio
from anyio.to_thread import run_sync

from anyvici.testing import SimulatedCharon

LOG = {"group": "IKE", "level": "1", "thread": "5", "msg": "a line as there are many of them"}


async def main(count: int) -> None:
    """Run them until standard input ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    async with AsyncExitStack() as stack:
        charons = [await stack.enter_async_context(SimulatedCharon()) for _ in range(count)]
        sys.stdout.write(json.dumps([charon.address for charon in charons]) + "\n")
        sys.stdout.flush()
        while await run_sync(sys.stdin.readline):
            for charon in charons:
                charon.emit("log", LOG)


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]))
