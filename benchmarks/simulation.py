"""How fast the simulated charon is: python simulation.py [backend] [scale].

Beside it, where that makes sense, stands the least that there can be: the same octets from a server
that does nothing but send them.
"""

import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Self

import anyio
from anyio.abc import AnyByteStream, TaskGroup

from anyvici import Client, PacketType, connect, encode, open_connection, pack
from anyvici.testing import SimulatedCharon
from anyvici.testing.memory import stream_pair

BACKEND = sys.argv[1] if len(sys.argv) > 1 else "asyncio"
SCALE = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0  # 0.01: is it in order at all?

LOG = {"group": "IKE", "level": "1", "thread": "5", "msg": "a line as there are many of them"}
ENDS = {"local": {"auth": "psk"}, "remote": {"auth": "psk"}}


def scaled(number: int) -> int:
    """Return how many of them there are to be."""
    return max(1, round(number * SCALE))


class Stopwatch:
    """Measures the time in its `with`."""

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._began


def report(what: str, measured: str, ratio: float | None = None) -> None:
    """Print a line."""
    told = "" if ratio is None else f"   {ratio:5.1f} times the least"
    sys.stdout.write(f"{what:40}{measured:>16}{told}\n")


# The least.


@asynccontextmanager
async def bare_server(answer: bytes) -> AsyncGenerator[AnyByteStream]:
    """Connect to a server that answers everything it receives with the same octets."""
    ours, theirs = stream_pair()

    async def serve() -> None:
        async for _ in theirs:
            await theirs.send(answer)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        yield ours
        await ours.aclose()
        tasks.cancel_scope.cancel()
        await theirs.aclose()


async def round_trips(stream: AnyByteStream, count: int) -> float:
    """Return the seconds that it takes to ask for the version so many times."""
    async with open_connection(stream) as connection:
        with Stopwatch() as watch:
            for _ in range(count):
                await connection.call("version")
    return watch.seconds


# What is measured.


async def start() -> None:
    """Entering and leaving."""
    count = scaled(200)
    with Stopwatch() as watch:
        for _ in range(count):
            async with SimulatedCharon():
                pass
    report("start and stop", f"{watch.seconds / count * 1e3:.2f} ms")


async def versions() -> None:
    """Commands, one after the other."""
    count = scaled(5000)
    async with SimulatedCharon() as charon:
        async with open_connection(charon.connect()) as connection:
            reply = await connection.call("version")
        in_memory = await round_trips(charon.connect(), count)
        async with connect(charon.address) as client:
            with Stopwatch() as watch:
                for _ in range(count):
                    await client.version()
    async with bare_server(pack(PacketType.CMD_RESPONSE, "", encode(reply))) as stream:
        least = await round_trips(stream, count)
    report("version, in memory", f"{count / in_memory:.0f} /s", in_memory / least)
    report("version, typed, by a UNIX socket", f"{count / watch.seconds:.0f} /s")


async def load(client: Client, count: int) -> None:
    """Load so many connections, of an own peer each."""
    await client.load_shared(type="IKE", data="secret")
    for number in range(count):
        remote = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        conn: Any = {**ENDS, "remote_addrs": [remote], "children": {f"net{number}": {}}}
        await client.load_conn(f"gw{number}", conn)


async def initiates() -> None:
    """Tunnels, up to 10,000 of them: each thousand is to take as long as the first."""
    count, step = scaled(10_000), scaled(1000)
    async with SimulatedCharon() as charon, connect(charon.connect()) as client:
        with Stopwatch() as watch:
            await load(client, count)
        report(f"load-conn, {count} of them", f"{count / watch.seconds:.0f} /s")
        paces = []
        for first in range(0, count, step):
            with Stopwatch() as watch:
                for number in range(first, min(first + step, count)):
                    await client.initiate(child=f"net{number}", timeout=60)
            paces.append(step / watch.seconds)
        report("initiate, the first of them", f"{paces[0]:.0f} /s")
        report(f"initiate, with {count} SAs", f"{paces[-1]:.0f} /s")
        await listing(charon, client)
        with Stopwatch() as watch:
            for number in range(step):
                await client.terminate(ike=f"gw{number}", timeout=60)
        report(f"terminate, with {count} SAs", f"{step / watch.seconds:.0f} /s")


async def listing(charon: SimulatedCharon, client: Client) -> None:
    """All SAs, raw and typed."""
    async with open_connection(charon.connect()) as connection:
        with Stopwatch() as raw:
            sections = [item async for item in _raw_sas(connection)]
    items = [pack(PacketType.EVENT, "list-sa", encode(section)) for section in sections]
    answers = [pack(PacketType.EVENT_CONFIRM), *items, pack(PacketType.CMD_RESPONSE)]
    answers += [pack(PacketType.EVENT_CONFIRM)]
    async with bare_server(b"".join(answers)) as stream, open_connection(stream) as connection:
        with Stopwatch() as least:
            assert len([item async for item in _raw_sas(connection)]) == len(sections)
    with Stopwatch() as typed:
        assert len(await client.list_sas()) == len(sections)
    ratio = raw.seconds / least.seconds
    report(f"list-sas, {len(sections)} SAs", f"{raw.seconds * 1e3:.0f} ms", ratio)
    report(f"list-sas, typed, {len(sections)} SAs", f"{typed.seconds * 1e3:.0f} ms")


async def _raw_sas(connection: Any) -> AsyncIterator[Any]:
    async with connection.stream("list-sas", "list-sa") as items:
        async for item in items:
            yield item


async def events() -> None:
    """One event after the other to 1000 clients, who only read."""
    clients, count = scaled(1000), scaled(100)
    packet = pack(PacketType.EVENT, "log", encode(LOG))
    async with SimulatedCharon() as charon, AsyncExitStack() as stack:
        streams = [charon.connect() for _ in range(clients)]
        for stream in streams:
            stack.push_async_callback(stream.aclose)
            await stream.send(pack(PacketType.EVENT_REGISTER, "log"))
            await stream.receive()
        flood = partial(charon.flood, "log", count, LOG)
        told = await delivered(streams, count * len(packet), lambda _: flood())
    pairs = [stream_pair() for _ in range(clients)]

    def send(tasks: TaskGroup) -> None:
        for _, theirs in pairs:
            tasks.start_soon(send_often, theirs, packet, count)

    least = await delivered([ours for ours, _ in pairs], count * len(packet), send)
    report(f"events to {clients} clients", f"{clients * count / told:.0f} /s", told / least)


async def send_often(stream: AnyByteStream, packet: bytes, count: int) -> None:
    """Send the same so many times."""
    async with stream:
        for _ in range(count):
            await stream.send(packet)


async def delivered(
    streams: list[AnyByteStream], octets: int, begin: Callable[[TaskGroup], None]
) -> float:
    """Return the seconds until every stream has received so many octets."""

    async def receive(stream: AnyByteStream) -> None:
        left = octets
        while left:
            left -= len(await stream.receive())

    with Stopwatch() as watch:
        async with anyio.create_task_group() as tasks:
            for stream in streams:
                tasks.start_soon(receive, stream)
            begin(tasks)
    return watch.seconds


async def main() -> None:
    """Measure everything."""
    sys.stdout.write(f"{BACKEND}, {SCALE:g} of the usual numbers\n")
    for measure in (start, versions, initiates, events):
        await measure()


if __name__ == "__main__":
    anyio.run(main, backend=BACKEND)
