"""A daemon with as many IKE_SAs as a test wants, that can be held back while it tells of them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from anyio.abc import SocketStream

from anyvici import Message, encode
from tests.daemon import Daemon

CHILD = """
name=net reqid=1 state=INSTALLED mode=TUNNEL protocol=ESP spi-in=c3b2a190 spi-out=ce4f2a01
encr-alg=AES_GCM_16 encr-keysize=256 bytes-in=123456789 packets-in=98765 use-in=3
bytes-out=987654 packets-out=1234 use-out=12 rekey-time=2945 life-time=3559 install-time=401
"""
IKE_SA = """
version=2 state=ESTABLISHED local-host=192.0.2.1 local-port=4500 local-id=moon.example.com
remote-port=4500 initiator=yes initiator-spi=0123456789abcdef responder-spi=fedcba9876543210
encr-alg=AES_CBC encr-keysize=256 integ-alg=HMAC_SHA2_512_256 prf-alg=PRF_HMAC_SHA2_512
dh-group=CURVE_25519 established=4711 rekey-time=9000
"""


def an_ike_sa(number: int) -> Message:
    """Return the item of list-sas for one of many, which has two CHILD_SAs."""
    there = [f"10.{number >> 8}.{number & 255}.0/24"]
    children = {
        f"net-{uniqueid}": _section(CHILD)
        | {"uniqueid": str(uniqueid), "local-ts": ["10.1.0.0/16"], "remote-ts": there}
        for uniqueid in (2 * number, 2 * number + 1)
    }
    ends = {"remote-host": f"198.51.100.{number & 255}", "remote-id": f"peer{number}.example.com"}
    return {
        f"gw{number}": _section(IKE_SA) | {**ends, "uniqueid": str(number), "child-sas": children}
    }


def _section(text: str) -> Message:
    return dict(each.split("=") for each in text.split())


class Feeder(Daemon):
    """Tells of `count` IKE_SAs, but never of more than it is allowed to."""

    def __init__(
        self, count: int, *, allowed: int | None = None, item: Callable[[int], Message] = an_ike_sa
    ) -> None:
        super().__init__()
        self._item = item
        self._count = count
        self._allowed = count if allowed is None else allowed
        self._more = anyio.Event()

    def allow(self, number: int) -> None:
        """Have it tell of so many, and then wait."""
        self._allowed = number
        self._more.set()
        self._more = anyio.Event()

    async def _command(self, name: str, body: bytes) -> None:
        assert name == "list-sas"
        for number in range(1, self._count + 1):
            while number > self._allowed:
                await self._more.wait()
            await self.emit("list-sa", encode(self._item(number)))
        await self._reply(b"")


@asynccontextmanager
async def feeding(feeder: Feeder) -> AsyncGenerator[str]:
    """Have a feeder listen; its address."""

    async def serve(stream: SocketStream) -> None:
        await feeder.serve(stream)

    with TemporaryDirectory() as folder:
        path = Path(folder) / "vici"
        async with await anyio.create_unix_listener(path) as listener:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listener.serve, serve)
                yield f"unix://{path}"
                tasks.cancel_scope.cancel()
