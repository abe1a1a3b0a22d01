"""A client whose charon is asked to stop."""

import anyio
import pytest

from anyvici import ChildUpDown, Client, ConnectionLost, IkeUpDown
from tests.conformance.talks import story
from tests.live.charon import PATIENCE
from tests.live.gateways import Gateways

pytestmark = pytest.mark.anyio


async def test_a_charon_that_stops_tells_of_it(gateways: Gateways, client: Client) -> None:
    seen = []
    async with client.subscribe(IkeUpDown, ChildUpDown) as events:
        await client.initiate(child="net")
        assert [(await anext(events)).up for _ in range(2)] == [True, True]
        gateways.terminate("moon")
        with anyio.fail_after(PATIENCE), pytest.raises(ConnectionLost):
            async for event in events:
                seen.append(event)
    assert story(seen) == [("IkeUpDown", False, "gw"), ("ChildUpDown", False, "gw")]
    gateways.start("moon")
    assert (await client.version()).daemon == "charon"
