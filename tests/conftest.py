"""Every test that is marked `anyio` runs on both backends; all share one pair of gateways."""

import os
from collections.abc import Generator

import pytest

from tests.live.charon import missing
from tests.live.gateways import Gateways


@pytest.fixture(params=["trio", "asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def pair() -> Generator[Gateways]:
    """moon and sun, two real charons, in whatever state the last test has left them."""
    if lack := missing():
        if os.environ.get("CI") == "true":  # there, a skip would be read as a success
            pytest.fail(lack)
        pytest.skip(lack)
    with Gateways() as pair:
        yield pair
        pair.assert_healthy()
