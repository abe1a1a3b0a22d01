"""A gateway for the tests of Client: many connections, and SAs that come and go.

Where the real daemon has a state machine this has a dict: an initiate puts an SA in, a terminate
takes it out. `slow` holds commands up by name, as a peer that does not answer would.
"""

import copy
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import AnyByteStream, TaskGroup

import anyvici
from anyvici import Client
from anyvici.testing.memory import stream_pair
from tests.daemon import Daemon

SAMPLES = Path(__file__).parent.parent / "samples"


def sample(name: str, index: int = 0) -> dict[str, Any]:
    """Return a message that a real daemon has sent."""
    packets = json.loads((SAMPLES / f"{name}.json").read_text())["packets"]
    messages = [p["message"] for p in packets if p["dir"] == "daemon>client" and p.get("message")]
    return messages[index]


class GatewayConnection(Daemon):
    """The gateway's side of one connection."""

    def __init__(self, gateway: "Gateway") -> None:
        super().__init__()
        self._gateway = gateway

    async def _command(self, name: str, body: bytes) -> None:
        message = anyvici.decode(body)
        self._gateway.asked.append((name, message))
        if name in self._gateway.slow:
            await self._gateway.slow[name].wait()
        if name in self._gateway.answers:
            await self._reply(anyvici.encode(self._gateway.answers[name]))
        elif handler := getattr(self, "_" + name.replace("-", "_"), None):
            await self._reply(anyvici.encode(await handler(message)))
        else:
            await super()._command(name, body)

    async def _version(self, message: dict[str, Any]) -> dict[str, Any]:
        return sample("version")

    async def _list_sas(self, message: dict[str, Any]) -> dict[str, Any]:
        for sa in list(self._gateway.sas.values()):
            await self.emit("list-sa", anyvici.encode({"gw": sa}))
        return {}

    async def _initiate(self, message: dict[str, Any]) -> dict[str, Any]:
        line = {"group": "IKE", "level": 0, "msg": "initiating IKE_SA"}
        await self.emit("control-log", anyvici.encode(line))
        packet = {"group": "NET", "level": 1, "msg": "sending packet"}
        await self.emit("control-log", anyvici.encode(packet))
        if self._gateway.refuses:
            return {"success": "no", "errmsg": "establishing CHILD_SA 'net' failed"}
        self._gateway.bring_up()
        return {"success": "yes"}

    async def _terminate(self, message: dict[str, Any]) -> dict[str, Any]:
        gone = self._gateway.take_down(message)
        if gone:
            return {"success": "yes", "matches": gone, "terminated": gone}
        return {"success": "no", "matches": 0, "terminated": 0, "errmsg": "no matching SAs"}

    async def _load_conn(self, message: dict[str, Any]) -> dict[str, Any]:
        (name,) = message
        if name.startswith("bad"):
            return {"success": "no", "errmsg": f"no {name}"}
        return {"success": "yes"}


class Gateway:
    """What all its connections share."""

    def __init__(self) -> None:
        self.connections: list[GatewayConnection] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.slow: dict[str, anyio.Event] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.sas: dict[int, dict[str, Any]] = {}
        self.refuses = False
        self._next = 1
        self._held: list[anyio.Event] = []
        self._tasks: TaskGroup | None = None

    @property
    def open(self) -> int:
        """How many connections there are."""
        return sum(not connection.closed.is_set() for connection in self.connections)

    def count(self, command: str) -> int:
        """How often a command has arrived."""
        return sum(name == command for name, _ in self.asked)

    def hold(self, command: str) -> anyio.Event:
        """Do not answer a command until the event is set."""
        self._held.append(anyio.Event())
        self.slow[command] = self._held[-1]
        return self._held[-1]

    def bring_up(self) -> int:
        """Add an IKE_SA with one CHILD_SA, both with the next uniqueid, and return that."""
        sa = copy.deepcopy(sample("list-sas")["gw"])
        number = self._next
        self._next += 1
        child = sa["child-sas"].pop("net-1")
        sa["uniqueid"] = child["uniqueid"] = str(number)
        sa["child-sas"][f"net-{number}"] = child
        self.sas[number] = sa
        return number

    def take_down(self, message: dict[str, Any]) -> int:
        """Remove an IKE_SA, or the child in it; return how many there were."""
        if "ike-id" in message:
            return int(self.sas.pop(int(message["ike-id"]), None) is not None)
        if "child-id" in message:
            number = message["child-id"]
            children = [sa["child-sas"] for sa in self.sas.values()]
            return sum(c.pop(f"net-{number}", None) is not None for c in children)
        gone = len(self.sas)
        self.sas.clear()
        return gone

    async def emit(self, event: str, message: dict[str, Any]) -> None:
        """Send an event to everybody who is registered."""
        for connection in self.connections:
            await connection.emit(event, anyvici.encode(message))

    async def restart(self) -> None:
        """Close every connection and forget the SAs."""
        self.sas.clear()
        self._next = 1
        for connection in self.connections:
            await connection.hang_up()
        self.connections.clear()

    async def connect(self, address: object, until: float | None = None) -> AnyByteStream:
        """Stand in for transport.connect."""
        await anyio.lowlevel.checkpoint()
        ours, theirs = stream_pair()
        self.connections.append(GatewayConnection(self))
        assert self._tasks is not None
        self._tasks.start_soon(self.connections[-1].serve, theirs)
        return ours

    @asynccontextmanager
    async def client(
        self, monkeypatch: pytest.MonkeyPatch, **options: Any
    ) -> AsyncGenerator[Client]:
        """A client whose connections all lead here."""
        monkeypatch.setattr("anyvici.connection.connection.connect", self.connect)
        async with anyio.create_task_group() as self._tasks:
            async with anyvici.connect("/gateway", **options) as client:
                yield client
            for held in self._held:
                held.set()
            with anyio.fail_after(10):
                for connection in self.connections:
                    await connection.closed.wait()
