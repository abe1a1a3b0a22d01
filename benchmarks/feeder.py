"""A daemon as fast as memory: python feeder.py SOCKET COUNT. It answers list-sas and version.

It is no simulation: it sends what lies ready, all at once.
"""

import socket
import struct
import sys
import threading
from collections.abc import Iterator

from anyvici import PacketType, Sendable, encode, pack

VERSION: dict[str, Sendable] = {
    "daemon": "charon",
    "version": "5.9.8",
    "sysname": "Linux",
    "release": "6.1.0",
    "machine": "x86_64",
}


# fmt: off
def ike_sa(number: int) -> dict[str, Sendable]:
    """Return an IKE_SA with a CHILD_SA, as charon 5.9.8 tells: 54 elements, some 850 octets.

    What differs from one SA to the next on a gateway differs here, in length as well.
    """
    spi = (number * 2654435761) % (1 << 32)
    child: dict[str, Sendable] = {
        "name": "net", "uniqueid": number, "reqid": number, "state": "INSTALLED", "mode": "TUNNEL",
        "protocol": "ESP", "encap": "yes", "spi-in": f"{spi:08x}", "spi-out": f"{spi ^ 77:08x}",
        "encr-alg": "AES_CBC", "encr-keysize": 128, "integ-alg": "HMAC_SHA2_256_128",
        "bytes-in": spi // 3, "packets-in": spi // 3000, "use-in": spi % 100,
        "bytes-out": spi // 5, "packets-out": spi // 5000, "use-out": spi % 90,
        "rekey-time": spi % 3600, "life-time": spi % 3600 + 360, "install-time": spi % 3000,
        "local-ts": ["10.1.0.0/16"], "remote-ts": [f"10.{number >> 8 & 255}.{number & 255}.0/24"],
    }
    return {
        "uniqueid": number, "version": 2, "state": "ESTABLISHED",
        "local-host": "192.0.2.1", "local-port": 4500, "local-id": "moon.strongswan.org",
        "remote-host": f"198.51.{number >> 8 & 255}.{number & 255}", "remote-port": 4500,
        "remote-id": f"peer{number}.strongswan.org", "initiator": "yes",
        "initiator-spi": f"{spi:08x}{spi ^ 5:08x}", "responder-spi": f"{spi ^ 9:08x}{spi ^ 6:08x}",
        "nat-remote": "yes", "nat-any": "yes", "encr-alg": "AES_CBC", "encr-keysize": 128,
        "integ-alg": "HMAC_SHA2_256_128", "prf-alg": "PRF_HMAC_SHA2_256",
        "dh-group": "CURVE_25519", "established": spi % 20000, "rekey-time": spi % 14400,
        "child-sas": {f"net-{number}": child},
    }
# fmt: on


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

    def __init__(self, count: int) -> None:
        sas = (encode({f"gw{number}": ike_sa(number)}) for number in range(1, count + 1))
        self._sas = b"".join(pack(PacketType.EVENT, "list-sa", sa) for sa in sas)
        self._version = pack(PacketType.CMD_RESPONSE, body=encode(VERSION))

    def serve(self, client: socket.socket) -> None:
        """Answer a client until it goes."""
        confirm, done = pack(PacketType.EVENT_CONFIRM), pack(PacketType.CMD_RESPONSE)
        registered = False
        try:
            for kind, name in requests(client):
                if kind != PacketType.CMD_REQUEST:
                    registered = kind == PacketType.EVENT_REGISTER
                    client.sendall(confirm)
                elif name == b"list-sas":
                    client.sendall(self._sas + done if registered else done)
                else:
                    client.sendall(self._version)
        except OSError:
            pass  # it has gone


def main(path: str, count: str) -> None:
    """Serve until killed."""
    feeder = Feeder(int(count))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            client, _ = listener.accept()
            threading.Thread(target=feeder.serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
