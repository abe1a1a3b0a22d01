"""A thousand connections in one process, each with a client and its subscription."""

import json
import os
import resource
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from statistics import median

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process
from anyio.streams.buffered import BufferedByteReceiveStream

import anyvici
from benchmarks.measuring import ROOT, Quantities, Timer, resident

EVENTS = 5
PATIENCE = 90.0


async def one(address: str, count: int) -> Quantities:
    """All of them to one gateway."""
    return await _many(1, count)


async def each(address: str, count: int) -> Quantities:
    """Each to a gateway of its own."""
    return await _many(count, count)


async def _many(gateways: int, count: int) -> Quantities:
    _allow_files()
    with anyio.fail_after(PATIENCE):
        async with _simulated(gateways) as simulation:
            addresses = await simulation.addresses()
            chosen = [addresses[number % gateways] for number in range(count)]
            return await _measured(simulation, chosen)


def _allow_files() -> None:
    """Allow as many files, which sockets are, as this process may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Simulation:
    """The gateways, in a process of their own: what they take is not counted as ours."""

    def __init__(self, stdin: ByteSendStream, stdout: ByteReceiveStream) -> None:
        self._stdin = stdin
        self._lines = BufferedByteReceiveStream(stdout)

    async def addresses(self) -> list[str]:
        """Return where they are."""
        return list(json.loads(await self._lines.receive_until(b"\n", 1 << 20)))

    async def emit(self) -> None:
        """Have all of them tell of an event."""
        await self._stdin.send(b"\n")


@asynccontextmanager
async def _simulated(count: int) -> AsyncGenerator[Simulation]:
    command = [sys.executable, "-m", "benchmarks.gateways", str(count)]
    async with await anyio.open_process(command, cwd=ROOT, stderr=None) as process:
        try:
            yield Simulation(*_pipes(process))
        finally:
            if process.stdin is not None:
                await process.stdin.aclose()


def _pipes(process: Process) -> tuple[ByteSendStream, ByteReceiveStream]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


class Tally:
    """Counts, and wakes who waits for the last one."""

    def __init__(self, wanted: int) -> None:
        self._left = wanted
        self._complete = anyio.Event()

    def count(self) -> None:
        """Count one more."""
        self._left -= 1
        if not self._left:
            self._complete.set()

    async def complete(self) -> None:
        """Wait until all were counted."""
        await self._complete.wait()


async def _measured(simulation: Simulation, addresses: list[str]) -> Quantities:
    count = len(addresses)
    idle, files = resident(), _files()
    opened, heard = Tally(count), [Tally(count) for _ in range(EVENTS)]

    async def watch(address: str) -> None:
        async with anyvici.connect(address) as client, client.subscribe(anyvici.Log) as events:
            opened.count()
            for tally in heard:
                await anext(events)
                tally.count()
            await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        with Timer() as opening:
            for address in addresses:
                tasks.start_soon(watch, address)
            await opened.complete()
        memory, more_files = resident() - idle, _files() - files
        seconds = [await _reached(simulation, tally) for tally in heard]
        tasks.cancel_scope.cancel()
    return {
        "open": opening.told["seconds"],
        "open_cpu": opening.told["cpu"],
        "kib": memory * 1024 / count,
        "files": more_files / count,
        "event": median(seconds),
    }


async def _reached(simulation: Simulation, tally: Tally) -> float:
    """Return how many seconds it takes until everybody has heard of an event."""
    with Timer() as timer:
        await simulation.emit()
        await tally.complete()
    return timer.told["seconds"]


def _files() -> int:
    return len(os.listdir("/proc/self/fd"))
