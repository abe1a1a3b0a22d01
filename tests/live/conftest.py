"""Tests that need the processes and the networks of real gateways."""

from pathlib import Path

import pytest

from tests.conformance.fixtures import (  # noqa: F401
    client,
    made_ready,
    moon,
    peer,
    second_moon,
    sun,
)
from tests.live.gateways import Gateways

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("live")


@pytest.fixture
async def gateways(pair: Gateways, anyio_backend: str) -> Gateways:
    """moon and sun, running, without any SA, the connection gw loaded on both."""
    await made_ready(pair)
    return pair
