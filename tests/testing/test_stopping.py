"""Stopping, starting, refusing and accepting, in every order."""

import socket
from typing import Any

import anyio
import pytest

from anyvici import ConnectError, PacketType, connect, open_connection, pack
from anyvici.testing import SimulatedCharon

pytestmark = pytest.mark.anyio

GW: Any = {"local": {"auth": "psk"}, "remote": {"auth": "psk"}}


async def is_there(charon: SimulatedCharon) -> bool:
    """Tell whether clients can connect: by socket and in memory it is the same."""
    found = []
    for connecting in (lambda: charon.address, charon.connect):
        try:
            async with open_connection(connecting()) as connection:
                found.append((await connection.call("version"))["daemon"] == "charon")
        except ConnectError:
            found.append(False)
    assert len(set(found)) == 1
    return found[0]


@pytest.mark.parametrize(
    ("steps", "there"),
    [
        ("", True),
        ("stop", False),
        ("stop stop", False),
        ("stop start", True),
        ("stop start start", True),
        ("start", True),
        ("stop stop start", True),
        ("restart", True),
        ("restart restart", True),
        ("stop restart", True),
        ("refuse", False),
        ("refuse refuse", False),
        ("refuse accept", True),
        ("accept", True),
        ("refuse restart", False),  # that is about the network, and not about charon
        ("refuse restart accept", True),
        ("refuse stop start", False),
        ("refuse stop accept", False),
        ("refuse stop accept start", True),
        ("stop refuse start", False),
        ("stop refuse start accept", True),
        ("stop accept", False),
        ("disconnect", True),
        ("stop disconnect", False),
        ("stop disconnect start disconnect", True),
    ],
)
@pytest.mark.parametrize("address", [None, "tcp://127.0.0.1:0"])
async def test_every_order(address: str | None, steps: str, there: bool) -> None:
    async with SimulatedCharon(address) as charon:
        at = charon.address
        for pause in (0, 1):  # between the steps, too
            for step in steps.split():
                getattr(charon, step)()
                await anyio.sleep(0.001 * pause)
            assert await is_there(charon) is there
            charon.accept()
            charon.start()
        assert charon.address == at
        assert await is_there(charon)


@pytest.mark.parametrize(
    ("steps", "there"),
    [
        ("shut_down", False),
        ("shut_down shut_down", False),
        ("shut_down start", True),
        ("shut_down start start", True),
        ("shut_down start stop", False),
        ("shut_down stop start", True),
        ("shut_down restart", True),
        ("shut_down refuse start", False),
        ("stop shut_down", False),
        ("stop shut_down start", True),
        ("shut_down start shut_down", True),  # the second is told of what is under way
    ],
)
async def test_shutting_down_in_every_order(
    charon: SimulatedCharon, steps: str, there: bool
) -> None:
    for step in steps.split():
        getattr(charon, step)()
    await anyio.sleep(0.05)  # ten times as long as it takes
    assert await is_there(charon) is there


async def test_start_takes_nothing_away(charon: SimulatedCharon) -> None:
    async with connect(charon.address) as client:
        await client.load_conn("gw", GW)
        charon.start()
        assert await client.get_conns() == ["gw"]


async def test_who_has_connected_before_it_refuses_is_served(charon: SimulatedCharon) -> None:
    """Though charon had not taken notice yet; who is hung up on is all of them."""
    path = charon.address.removeprefix("unix://")
    with socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
        first.connect(path)
        second.connect(path)
        charon.refuse()
        for waiting in (first, second):
            waiting.sendall(pack(PacketType.CMD_REQUEST, "version"))
            await anyio.wait_readable(waiting)
            assert b"charon" in waiting.recv(1000)
        charon.disconnect()
        for waiting in (first, second):
            await anyio.wait_readable(waiting)
            assert waiting.recv(1000) == b""


async def test_peers_stay_joined_after_a_restart() -> None:
    async with (
        SimulatedCharon(hosts=["192.0.2.1"]) as moon,
        SimulatedCharon(hosts=["192.0.2.7"]) as sun,
    ):
        moon.peer(sun)
        sun.restart()
        moon.restart()
        for charon, remote in ((moon, "192.0.2.7"), (sun, "192.0.2.1")):
            async with connect(charon.address) as client:
                await client.load_conn("gw", {**GW, "remote_addrs": [remote]})
                await client.load_shared(type="IKE", data="secret")
        async with connect(moon.address) as client, connect(sun.address) as peer:
            await client.initiate(ike="gw", timeout=5)
            (ours,), (theirs,) = await client.list_sas(), await peer.list_sas()
            assert ours.initiator_spi == theirs.initiator_spi
            assert (ours.initiator, theirs.initiator) == (True, False)
