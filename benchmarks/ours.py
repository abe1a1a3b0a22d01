"""What is measured, done by anyvici."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio

import anyvici
from benchmarks.data import conns
from benchmarks.many import each, one
from benchmarks.measuring import Memory, Quantities, Timer, checked

TASKS = 8


async def counted(items: Any) -> int:
    """Return how many items there are."""
    count = 0
    async for _ in items:
        count += 1
    return count


async def sas_dicts(address: str, count: int) -> Quantities:
    """All SAs, as dicts."""
    async with anyvici.open_connection(address) as connection:
        with Timer() as timer:
            async with connection.stream("list-sas", "list-sa") as items:
                checked(await counted(items), count)
    return timer.told


async def sas_typed(address: str, count: int) -> Quantities:
    """All SAs, as objects."""
    async with anyvici.connect(address) as client:
        with Timer() as timer:
            async with client.list_sas() as items:
                checked(await counted(items), count)
    return timer.told


async def conns_dicts(address: str, count: int) -> Quantities:
    """All connections, as dicts."""
    async with anyvici.open_connection(address) as connection:
        with Timer() as timer:
            async with connection.stream("list-conns", "list-conn") as items:
                checked(await counted(items), count)
    return timer.told


async def conns_typed(address: str, count: int) -> Quantities:
    """All connections, as objects."""
    async with anyvici.connect(address) as client:
        with Timer() as timer:
            async with client.list_conns() as items:
                checked(await counted(items), count)
    return timer.told


async def sas_leave_client(address: str, count: int) -> Quantities:
    """One SA; and something else, which a client does on another of its connections."""
    async with anyvici.connect(address) as client:
        with Timer() as timer:
            async with client.list_sas() as items:
                await anext(items)
            await client.version()
    return timer.told


async def sas_leave_connection(address: str, count: int) -> Quantities:
    """One SA; and something else behind all the others, which are skipped."""
    async with anyvici.open_connection(address) as connection:
        with Timer() as timer:
            async with connection.stream("list-sas", "list-sa") as items:
                await anext(items)
            await connection.call("version")
    return timer.told


async def load(address: str, count: int) -> Quantities:
    """Load connections."""
    configs = conns(count)
    async with anyvici.connect(address) as client:
        with Timer() as timer:
            await client.load_conns(configs)
    return timer.told


async def load_batch(address: str, count: int) -> Quantities:
    """Load connections, unchecked."""
    commands = [("load-conn", {name: conn}) for name, conn in conns(count).items()]
    async with anyvici.open_connection(address) as connection:
        with Timer() as timer:
            await connection.batch(commands)
    return timer.told


Ask = Callable[[], Awaitable[object]]


async def asked(ask: Ask, count: int, tasks: int) -> Quantities:
    """Ask so often, from so many tasks."""

    async def often(times: int) -> None:
        for _ in range(times):
            await ask()

    await ask()
    with Timer() as timer:
        if tasks == 1:
            await often(count)
        else:
            async with anyio.create_task_group() as group:
                for number in range(tasks):
                    group.start_soon(often, count // tasks + (number < count % tasks))
    return timer.told


async def versions(address: str, count: int, tasks: int) -> Quantities:
    """Ask for the version, raw."""
    async with anyvici.open_connection(address) as connection:
        return await asked(lambda: connection.call("version"), count, tasks)


async def client_versions(address: str, count: int, tasks: int) -> Quantities:
    """Ask for the version, typed."""
    async with anyvici.connect(address) as client:
        return await asked(client.version, count, tasks)


async def held(items: Any) -> Quantities:
    """Read all items, and look at the memory meanwhile."""
    memory = Memory()
    number = 0
    async for _ in items:
        if not number % 500:
            memory.look()
        number += 1
    memory.look()
    return memory.told


async def memory_dicts(address: str, count: int) -> Quantities:
    """While SAs are read as dicts."""
    async with anyvici.open_connection(address) as connection:
        await connection.call("version")
        async with connection.stream("list-sas", "list-sa") as items:
            return await held(items)


async def memory_typed(address: str, count: int) -> Quantities:
    """While SAs are read as objects."""
    async with anyvici.connect(address) as client:
        await client.version()
        async with client.list_sas() as items:
            return await held(items)


JOBS: dict[str, Callable[[str, int], Awaitable[Quantities]]] = {
    "sas_dicts": sas_dicts,
    "sas_typed": sas_typed,
    "sas_leave_client": sas_leave_client,
    "sas_leave_connection": sas_leave_connection,
    "conns_dicts": conns_dicts,
    "conns_typed": conns_typed,
    "load": load,
    "load_batch": load_batch,
    "version_connection": lambda address, count: versions(address, count, 1),
    "version_client": lambda address, count: client_versions(address, count, 1),
    "version_8_connection": lambda address, count: versions(address, count, TASKS),
    "version_8_client": lambda address, count: client_versions(address, count, TASKS),
    "memory_dicts": memory_dicts,
    "memory_typed": memory_typed,
    "many_one": one,
    "many_each": each,
}
