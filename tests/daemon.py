"""A daemon for the tests: the server's side of one conversation, in the test's own task tree.

It knows nothing of VPNs. It keeps to the rules of the wire that matter to a client: one answer
after the other, registrations counted, items of a stream before the answer to its command.
"""

import socket
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.abc import AnyByteStream, TaskStatus

import anyvici
from anyvici import Connection, Framer, Packet, PacketType, decode, encode, pack, unpack
from anyvici.connection.transport import unix_stream
from anyvici.testing.memory import stream_pair

EVENTS = {
    *("list-sa", "list-policy", "list-conn", "list-cert", "list-authority"),
    *("ike-updown", "child-updown", "ike-rekey", "child-rekey", "ike-update"),
    *("log", "control-log"),
}


class Daemon:
    """Answers requests in order.

    echo         answers with its own message; so does version
    fail         answers success=no, with the message's errmsg
    list-sas     yields `count` items as list-sa events, then answers {"total": count}
    swallow      never answers
    broken       answers with octets that are no message
    """

    def __init__(self, *, cut: int = 65536) -> None:
        self.received: list[Packet] = []
        self.registered: Counter[str] = Counter()
        self.answering = anyio.Event()  # replace it to make the daemon slow, set it to go on
        self.answering.set()
        self.closed = anyio.Event()  # the client has hung up
        self._cut = cut
        self._stream: AnyByteStream | None = None

    @property
    def commands(self) -> list[str]:
        """The names of the commands that have arrived."""
        return [p.name for p in self.received if p.type is PacketType.CMD_REQUEST]

    def pause(self) -> None:
        """Answer nothing until `answering` is set."""
        self.answering = anyio.Event()

    async def serve(
        self, stream: AnyByteStream, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        self._stream = stream
        task_status.started()
        framer = Framer()
        try:
            async for data in stream:
                framer.feed(data)
                for octets in framer.packets():
                    self.received.append(unpack(octets))
                    await self.answering.wait()
                    await self._answer(self.received[-1])
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass
        finally:
            await self.hang_up()
            self.closed.set()

    async def emit(self, event: str, body: bytes = b"", **message: str) -> None:
        """Send an event, as often as it is registered."""
        for _ in range(self.registered[event]):
            await self.send(pack(PacketType.EVENT, event, body or encode(message)))

    async def send(self, octets: bytes) -> None:
        """Send octets, in pieces of `cut`."""
        assert self._stream is not None
        for start in range(0, len(octets), self._cut):
            await self._stream.send(octets[start : start + self._cut])

    async def hang_up(self) -> None:
        """Close the connection."""
        assert self._stream is not None
        self.answering.set()
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()

    async def _answer(self, request: Packet) -> None:
        if request.type is PacketType.CMD_REQUEST:
            await self._command(request.name, request.body)
        elif request.name not in EVENTS:
            await self.send(pack(PacketType.EVENT_UNKNOWN))
        else:
            change = 1 if request.type is PacketType.EVENT_REGISTER else -1
            self.registered[request.name] += change
            assert self.registered[request.name] >= 0, f"{request.name} was not registered"
            await self.send(pack(PacketType.EVENT_CONFIRM))

    async def _command(self, name: str, body: bytes) -> None:
        message = decode(body)
        if name in ("echo", "version"):
            await self._reply(body)
        elif name == "fail":
            await self._reply(encode({"success": "no", **message}))
        elif name == "list-sas":
            for number in range(int(message["count"])):
                await self.emit("list-sa", number=str(number))
            await self._reply(encode({"total": message["count"]}))
        elif name == "broken":
            await self._reply(b"\x09")
        elif name != "swallow":
            await self.send(pack(PacketType.CMD_UNKNOWN))

    async def _reply(self, body: bytes) -> None:
        await self.send(pack(PacketType.CMD_RESPONSE, body=body))


def socket_pair() -> tuple[AnyByteStream, AnyByteStream]:
    """Return both ends of two connected UNIX sockets."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    return unix_stream(ours), unix_stream(theirs)


PAIRS = {"memory": stream_pair, "socket": socket_pair}
over_every_pair = pytest.mark.parametrize("over", list(PAIRS))


@asynccontextmanager
async def conversing(
    daemon: Daemon, *, abandon_timeout: float = 5.0, over: str = "memory"
) -> AsyncGenerator[Connection]:
    """A connection to the daemon, over a stream in memory or over a UNIX socket."""
    ours, theirs = PAIRS[over]()
    async with anyio.create_task_group() as tasks:
        await tasks.start(daemon.serve, theirs)
        async with anyvici.open_connection(ours, abandon_timeout=abandon_timeout) as connection:
            yield connection
        daemon.answering.set()
        await daemon.closed.wait()
