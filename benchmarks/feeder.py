"""A daemon as fast as memory: python -m benchmarks.feeder FOLDER sas-20000 conns-3000 paced-1000.

In the folder is a socket for each of these. The daemon behind it lists so many IKE_SAs (`paced`: no
faster than most readers can take) or connections, and answers all else at once. It is no
simulation: it sends what lies ready.
"""

import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from anyvici import PacketType, Sendable, encode, pack
from benchmarks.data import ike_sa, listed_conn

CHUNK = 50  # SAs that are sent at a time by one that is paced,
PAUSE = 0.002  # and seconds between: 40 us for each SA
VERSION: dict[str, Sendable] = {
    "daemon": "charon",
    "version": "5.9.8",
    "sysname": "Linux",
    "release": "6.1.0",
    "machine": "x86_64",
}
LISTS = {
    b"list-sas": ("list-sa", ike_sa, ("sas", "paced")),
    b"list-conns": ("list-conn", listed_conn, ("conns",)),
}

_made: dict[bytes, list[bytes]] = {command: [] for command in LISTS}


def packets(command: bytes, count: int) -> list[bytes]:
    """Return the first items of a list; those that are made already are not made again."""
    event, item, _ = LISTS[command]
    made = _made[command]
    for number in range(len(made) + 1, count + 1):
        made.append(pack(PacketType.EVENT, event, encode({f"gw{number}": item(number)})))
    return made[:count]


def requests(client: socket.socket) -> Iterator[tuple[int, bytes]]:
    """Iterate over what a client asks: the type of the packet, and the name in it."""
    held = b""
    while data := client.recv(65536):
        held += data
        while len(held) >= 4 and len(held) >= (end := 4 + struct.unpack_from("!I", held)[0]):
            yield held[4], held[6 : 6 + held[5]]
            held = held[end:]


class Feeder:
    """Serves any number of clients, each in a thread."""

    def __init__(self, kind: str, count: int) -> None:
        self._pause = PAUSE if kind == "paced" else 0
        self._lists: dict[bytes, list[bytes]] = {}
        for command, (_, _, kinds) in LISTS.items():
            if kind in kinds:
                self._lists[command] = packets(command, count)
        if not self._lists:
            raise ValueError(f"there is no list called {kind}")
        if not self._pause:
            self._lists = {command: [b"".join(it)] for command, it in self._lists.items()}
        self._answers = {
            b"version": pack(PacketType.CMD_RESPONSE, body=encode(VERSION)),
            b"load-conn": pack(PacketType.CMD_RESPONSE, body=encode({"success": "yes"})),
        }

    def serve(self, client: socket.socket) -> None:
        """Answer a client until it goes."""
        confirm, done = pack(PacketType.EVENT_CONFIRM), pack(PacketType.CMD_RESPONSE)
        registered = False
        try:
            for kind, name in requests(client):
                if kind != PacketType.CMD_REQUEST:
                    registered = kind == PacketType.EVENT_REGISTER
                    client.sendall(confirm)
                else:
                    if registered:
                        self._list(client, name)
                    client.sendall(self._answers.get(name, done))
        except OSError:
            pass  # it has gone

    def _list(self, client: socket.socket, command: bytes) -> None:
        items = self._lists.get(command, [])
        for first in range(0, len(items), CHUNK):
            client.sendall(b"".join(items[first : first + CHUNK]) if self._pause else items[first])
            if self._pause:
                time.sleep(self._pause)


def listen(feeder: Feeder, path: Path) -> None:
    """Serve at a path, in threads."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(64)

    def accept() -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=feeder.serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def main(folder: str, *names: str) -> None:
    """Serve until standard input ends."""
    for name in names:
        kind, count = name.split("-")
        listen(Feeder(kind, int(count)), Path(folder) / name)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
