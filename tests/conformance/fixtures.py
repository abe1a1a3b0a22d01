"""Connections and clients to the two gateways of a test, which its folder provides."""

import subprocess
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import anyio
import pytest

from anyvici import Client, Connection, ConnectionLost, connect, open_connection
from tests.conformance.gateways import Gateways
from tests.conformance.identities import Identities, issue
from tests.conformance.lives import HEARD, Life, Witness
from tests.conformance.state import clear
from tests.live.charon import PATIENCE, Charon
from tests.live.gateways import NUMBERS, load
from tests.live.gateways import Gateways as RealPair


@pytest.fixture
async def moon(gateways: Gateways) -> AsyncGenerator[Connection]:
    async with _in_step(gateways.addresses["moon"]) as connection:
        yield connection


@pytest.fixture
async def second_moon(gateways: Gateways) -> AsyncGenerator[Connection]:
    """Another connection to moon."""
    async with _in_step(gateways.addresses["moon"]) as connection:
        yield connection


@pytest.fixture
async def sun(gateways: Gateways) -> AsyncGenerator[Connection]:
    async with _in_step(gateways.addresses["sun"]) as connection:
        yield connection


@pytest.fixture
async def client(gateways: Gateways) -> AsyncGenerator[Client]:
    """A client of moon, which is the one that initiates."""
    async with connect(gateways.addresses["moon"]) as client:
        yield client


@pytest.fixture
async def peer(gateways: Gateways) -> AsyncGenerator[Client]:
    """A client of sun."""
    async with connect(gateways.addresses["sun"]) as client:
        yield client


@pytest.fixture
async def life(gateways: Gateways) -> AsyncGenerator[Life]:
    """Both gateways, and what they tell of their SAs; when the test is done, they have told all."""
    async with AsyncExitStack() as stack:
        witnesses = {}
        for side, address in gateways.addresses.items():
            gateway = await stack.enter_async_context(open_connection(address))
            events = await stack.enter_async_context(gateway.subscribe(*HEARD))
            witnesses[side] = Witness(side, address, gateway, events)
        life = Life(gateways, **witnesses)
        yield life
        for witness in witnesses.values() if life.is_over else []:
            await witness.has_told_all()


@pytest.fixture(scope="session")
def identities() -> Identities:
    """Certificates of moon and sun, by a CA that is made for the tests."""
    return issue(*NUMBERS)


async def made_ready(pair: RealPair) -> None:
    """Have moon and sun running, without any SA, the connection gw loaded on both."""
    with anyio.fail_after(2 * PATIENCE):
        for name, address in pair.addresses.items():
            _revive(pair[name])
            async with open_connection(address) as connection:
                await clear(connection)
        await load(pair.addresses)


@asynccontextmanager
async def _in_step(address: str) -> AsyncGenerator[Connection]:
    """A connection that must still answer when the test is done, unless charon was killed."""
    async with open_connection(address) as connection:
        yield connection
        with suppress(ConnectionLost), anyio.fail_after(PATIENCE):
            assert (await connection.call("version"))["daemon"] == "charon"


def _revive(charon: Charon) -> None:
    """Start a charon that a failed test has killed, or has asked to stop."""
    if charon.answers():
        return
    if charon.running:
        with suppress(subprocess.CalledProcessError):  # it goes down by itself
            charon.kill()
    charon.start()
