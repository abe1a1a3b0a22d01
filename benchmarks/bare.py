"""What is measured, by a bare socket: what the daemon itself allows, whatever the client.

The requests are packets already, and of the answers only the ends are looked for.
"""

import socket
from collections.abc import Callable
from functools import partial

from anyvici import Framer, PacketType, encode, pack
from benchmarks.data import conns
from benchmarks.measuring import Quantities, Timer

BATCH = 64  # as many as Connection.batch() has on their way


def asked(address: str, requests: list[bytes], at_once: int) -> Quantities:
    """Have so many requests on their way, until all are answered."""
    framer = Framer()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(address)
        with Timer() as timer:
            for start in range(0, len(requests), at_once):
                some = requests[start : start + at_once]
                client.sendall(b"".join(some))
                answers = 0
                while answers < len(some):
                    framer.feed(client.recv(65536))
                    answers += len(framer.split())
    return timer.told


def versions(address: str, count: int, at_once: int) -> Quantities:
    """So many at once."""
    return asked(address, [pack(PacketType.CMD_REQUEST, "version")] * count, at_once)


def load(address: str, count: int) -> Quantities:
    """As a batch."""
    messages = [encode({name: conn}) for name, conn in conns(count).items()]
    requests = [pack(PacketType.CMD_REQUEST, "load-conn", each) for each in messages]
    return asked(address, requests, BATCH)


JOBS: dict[str, Callable[[str, int], Quantities]] = {
    "load": load,
    "load_batch": load,
    "version_connection": partial(versions, at_once=1),
    "version_client": partial(versions, at_once=1),
    "version_8_connection": partial(versions, at_once=8),
    "version_8_client": partial(versions, at_once=8),
}
