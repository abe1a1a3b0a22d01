"""Every test that has gateways runs on simulated ones and on real ones."""

from collections.abc import AsyncGenerator

import pytest

from tests.conformance.fixtures import (  # noqa: F401
    client,
    identities,
    life,
    made_ready,
    moon,
    peer,
    second_moon,
    sun,
)
from tests.conformance.gateways import Gateways, RealGateways, simulated
from tests.live.gateways import Gateways as RealPair
from tests.live.gateways import load

SIMULATED = pytest.param("simulated")
REAL = pytest.param("real", marks=pytest.mark.live)


@pytest.fixture(params=[SIMULATED, REAL])
def real_pair(request: pytest.FixtureRequest) -> RealPair | None:
    """The real pair, in whatever state the last test has left it; None for a simulated one."""
    if request.param == "simulated":
        return None
    pair: RealPair = request.getfixturevalue("pair")
    return pair


@pytest.fixture
async def gateways(real_pair: RealPair | None, anyio_backend: str) -> AsyncGenerator[Gateways]:
    """moon and sun, running, without any SA, the connection gw loaded on both."""
    if real_pair is None:
        async with simulated() as pair:
            await load(pair.addresses)
            yield pair
    else:
        await made_ready(real_pair)
        yield RealGateways(real_pair)
