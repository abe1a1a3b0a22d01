"""What is measured, done by the official client."""

import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

import vici
from vici.protocol import FiniteStream, Message

from anyvici import encode
from benchmarks.data import conns, ike_sa
from benchmarks.measuring import Memory, Quantities, Timer, checked
from benchmarks.starting import program

PROGRAM = """
import socket, sys, vici
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
print(vici.Session(client).version())
"""


@contextmanager
def session(address: str) -> Generator[vici.Session]:
    """Have a session with a daemon."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(address)
        yield vici.Session(client)


def list_sas(address: str, count: int) -> Quantities:
    """All of them."""
    with session(address) as daemon, Timer() as timer:
        checked(sum(1 for _ in daemon.list_sas()), count)
    return timer.told


def leave_list(address: str, count: int) -> Quantities:
    """One of them; and something else. It has to read the others before."""
    with session(address) as daemon, Timer() as timer:
        items = daemon.list_sas()
        next(items)
        items.close()
        daemon.version()
    return timer.told


def list_conns(address: str, count: int) -> Quantities:
    """All of them."""
    with session(address) as daemon, Timer() as timer:
        checked(sum(1 for _ in daemon.list_conns()), count)
    return timer.told


def load_conns(address: str, count: int) -> Quantities:
    """One after the other."""
    messages = [{name: conn} for name, conn in conns(count).items()]
    with session(address) as daemon, Timer() as timer:
        for message in messages:
            daemon.load_conn(message)
    return timer.told


def version(address: str, count: int) -> Quantities:
    """One after the other."""
    with session(address) as daemon, Timer() as timer:
        for _ in range(count):
            daemon.version()
    return timer.told


def memory(address: str, count: int) -> Quantities:
    """While all are listed."""
    with session(address) as daemon:
        daemon.version()
        held = Memory()
        for number, _ in enumerate(daemon.list_sas()):
            if not number % 500:
                held.look()
    held.look()
    return held.told


def decode(address: str, count: int) -> Quantities:
    """Message by message, from octets that are there."""
    octets = [encode({f"gw{number}": ike_sa(number)}) for number in range(1, count + 1)]
    with Timer() as timer:
        for each in octets:
            Message.deserialize(FiniteStream(each))
    return timer.told


def start_import(address: str, count: int) -> Quantities:
    """Python, and the library."""
    return program([sys.executable, "-c", "import vici"])


def start_version(address: str, count: int) -> Quantities:
    """A program that asks for the version."""
    return program([sys.executable, "-c", PROGRAM, address])


JOBS: dict[str, Callable[[str, int], Quantities]] = {
    "sas_dicts": list_sas,
    "sas_typed": list_sas,
    "sas_leave_client": leave_list,
    "sas_leave_connection": leave_list,
    "conns_dicts": list_conns,
    "conns_typed": list_conns,
    "load": load_conns,
    "load_batch": load_conns,
    "version_connection": version,
    "version_client": version,
    "version_8_connection": version,  # it has no tasks; and no second request on the way
    "version_8_client": version,
    "memory_dicts": memory,
    "memory_typed": memory,
    "decode": decode,
    "decode_typed": decode,
    "start_import": start_import,
    "start_version": start_version,
}
