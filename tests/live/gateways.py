"""Two real strongSwan gateways on one machine.

    moon 10.99.0.1, protects 10.1.0.0/16   ====   sun 10.99.0.2, protects 10.2.0.0/16

Run alone, `python -m tests.live.gateways` starts them, loads the connection `gw` with its child
`net` on both, prints their addresses and stays until it is interrupted or terminated.
"""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any, Self

import anyio

import anyvici
from tests.live.charon import PATIENCE, Charon, missing

NUMBERS = {"moon": 1, "sun": 2}  # the hosts in 10.99.0.0/24, and the networks they protect
PEERS = {"moon": "sun", "sun": "moon"}
SECRET = "this is between moon and sun"


def shared_secret(secret: str = SECRET) -> dict[str, Any]:
    """Return the message of load-shared; loaded again, it replaces the one before."""
    return {"id": "gw", "type": "IKE", "data": secret, "owners": list(NUMBERS)}


def gw(name: str) -> dict[str, Any]:
    """Return the message of load-conn that joins gateway `name` to its peer."""
    peer = PEERS[name]
    here, there = NUMBERS[name], NUMBERS[peer]
    net = {
        "local_ts": [f"10.{here}.0.0/16"],
        "remote_ts": [f"10.{there}.0.0/16"],
        "esp_proposals": ["aes128-sha256-curve25519"],
    }
    gw = {
        "version": 2,
        "local_addrs": [f"10.99.0.{here}"],
        "remote_addrs": [f"10.99.0.{there}"],
        "proposals": ["aes128-sha256-curve25519"],
        "local": {"auth": "psk", "id": name},
        "remote": {"auth": "psk", "id": peer},
        "children": {"net": net},
    }
    return {"gw": gw}


class Gateways:
    """moon and sun, joined by a cable: `with Gateways() as gateways`. Several can run at once."""

    def __init__(self) -> None:
        self._charons: dict[str, Charon] = {}
        self._containers = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as containers:
            for name in NUMBERS:
                self._charons[name] = containers.enter_context(Charon(name))
            self._join()
            for name in NUMBERS:
                self.start(name)
            self._containers = containers.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __getitem__(self, name: str) -> Charon:
        return self._charons[name]

    @property
    def addresses(self) -> dict[str, str]:
        """Where to reach each of them: {"moon": "unix:///...", "sun": "unix:///..."}."""
        return {name: gateway.address for name, gateway in self._charons.items()}

    def kill(self, name: str) -> None:
        """Kill a charon (SIGKILL)."""
        self[name].kill()

    def terminate(self, name: str) -> None:
        """Ask a charon to stop (SIGTERM), without waiting."""
        self[name].terminate()

    def start(self, name: str) -> None:
        """Start a charon, again if it was killed or terminated."""
        self[name].start()

    def stop(self) -> None:
        """Remove both with all that belongs to them."""
        self._containers.close()

    def assert_healthy(self) -> None:
        """Have somebody else, swanctl, find those that run in good health."""
        for gateway in self._charons.values():
            if gateway.running:  # it does not after a test that failed
                swanctl = ["swanctl", "--stats", "--uri", gateway.address]
                subprocess.run(swanctl, check=True, capture_output=True, timeout=PATIENCE)

    def exchange(self, payload: bytes) -> None:
        """Send a datagram from the network that moon protects to that of sun, and back.

        Raises OSError where there is no way and TimeoutError where it does not arrive.
        """
        with self._datagrams("moon") as near, self._datagrams("sun") as far:
            near.sendto(payload, far.getsockname())
            arrived, sender = far.recvfrom(65535)
            far.sendto(arrived, sender)
            assert near.recv(65535) == payload

    def _join(self) -> None:
        moon, sun = (["netns", str(self[name].pid)] for name in NUMBERS)
        veth = ["type", "veth", "peer", "name", "veth0"]
        subprocess.run(["ip", "link", "add", "veth0", *moon, *veth, *sun], check=True)
        for name, number in NUMBERS.items():
            self[name].ip(
                f"addr add 10.99.0.{number}/24 dev veth0",
                f"addr add 10.{number}.0.1/16 dev lo",
                "link set veth0 up",
            )

    @contextmanager
    def _datagrams(self, name: str) -> Generator[socket.socket]:
        with self[name].network():
            datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with datagrams:
            datagrams.bind((f"10.{NUMBERS[name]}.0.1", 0))
            datagrams.settimeout(10)
            yield datagrams


async def load(addresses: dict[str, str]) -> None:
    """Load the connection on both gateways."""
    for name, address in addresses.items():
        async with anyvici.open_connection(address) as client:
            await client.call("load-shared", shared_secret())
            await client.call("load-conn", gw(name))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the pair until interrupted or terminated."""
    if lack := missing():
        sys.exit(lack)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with Gateways() as gateways:
            anyio.run(load, gateways.addresses)
            for name, address in gateways.addresses.items():
                print(name, address, flush=True)
            while True:
                time.sleep(1)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
