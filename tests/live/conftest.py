"""The pair of gateways: started once, and cleared before each test."""

import os
import subprocess
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import pytest

from anyvici import Client, Connection, ConnectionLost, connect, open_connection
from tests.live.charon import PATIENCE, Charon, missing
from tests.live.gateways import Gateways, load
from tests.live.identities import Identities, issue
from tests.live.state import clear

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("live")


@pytest.fixture(scope="session")
def pair() -> Generator[Gateways]:
    """moon and sun, in whatever state the last test has left them."""
    if lack := missing():
        if os.environ.get("CI") == "true":  # there, a skip would be read as a success
            pytest.fail(lack)
        pytest.skip(lack)
    with Gateways() as pair:
        yield pair
        for name, address in pair.addresses.items():  # somebody else finds them healthy
            if pair[name].running:  # it does not after a test that failed
                swanctl = ["swanctl", "--stats", "--uri", address]
                subprocess.run(swanctl, check=True, capture_output=True, timeout=PATIENCE)


@pytest.fixture
async def gateways(pair: Gateways, anyio_backend: str) -> Gateways:
    """moon and sun, running, without any SA, the connection gw loaded on both."""
    with anyio.fail_after(2 * PATIENCE):
        for name, address in pair.addresses.items():
            _revive(pair[name])
            async with open_connection(address) as connection:
                await clear(connection)
        await load(pair.addresses)
    return pair


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


@pytest.fixture(scope="session")
def identities(pair: Gateways) -> Identities:
    """Certificates of moon and sun, by a CA that is made for the tests."""
    return issue(*pair.addresses)


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
        charon.kill()
    charon.start()
