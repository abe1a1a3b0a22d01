"""A real charon, of which only the commands that load are asked for."""

import os
from collections.abc import AsyncGenerator, Generator

import anyio
import pytest

from anyvici import Connection, open_connection
from tests.live.charon import PATIENCE, Charon, missing

from .asking import ca_certificate


@pytest.fixture(scope="session")
def charon() -> Generator[Charon]:
    if lack := missing():
        if os.environ.get("CI") == "true":  # there, a skip would be read as a success
            pytest.fail(lack)
        pytest.skip(lack)
    with Charon("config") as charon:
        charon.start()
        (charon.folder / "ca.pem").write_bytes(ca_certificate())
        yield charon


@pytest.fixture
async def client(charon: Charon, anyio_backend: str) -> AsyncGenerator[Connection]:
    with anyio.fail_after(2 * PATIENCE):
        async with open_connection(charon.address) as connection:
            yield connection
