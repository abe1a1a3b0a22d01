"""A client whose charon is killed, and started again."""

import anyio
import pytest

from anyvici import (
    ChildUpDown,
    Client,
    ConnectError,
    ConnectionLost,
    IkeUpDown,
    Log,
)
from tests.live.charon import PATIENCE
from tests.live.gateways import Gateways, load
from tests.live.state import eventually
from tests.live.talks import assert_down, story, take, the_sa, to_nobody

pytestmark = pytest.mark.anyio


async def test_the_client_goes_on_with_a_charon_that_was_started_again(
    gateways: Gateways, client: Client
) -> None:
    await client.initiate(child="net")
    gateways.kill("moon")
    with pytest.raises((ConnectionLost, ConnectError)):
        await client.version()
    with pytest.raises(ConnectError, match="nobody listens there"):
        await client.version()
    gateways.start("moon")
    assert (await client.version()).daemon == "charon"
    assert await client.get_conns() == []  # what was loaded is gone
    assert await client.list_sas() == []


async def test_everything_is_to_be_had_again(gateways: Gateways, client: Client) -> None:
    async with client.subscribe(IkeUpDown) as events:
        await client.stats()
        await client.list_conns()
        gateways.kill("moon")
        with anyio.fail_after(PATIENCE), pytest.raises(ConnectionLost):
            await anext(events)
        gateways.start("moon")
        await load(gateways.addresses)
        with pytest.raises(ConnectionLost):  # that one is over for good
            await anext(events)
        async with client.subscribe(IkeUpDown, ChildUpDown) as events_again:
            await client.initiate(child="net")
            came = await take(2, events_again)
    assert story(came) == [("IkeUpDown", True, "gw"), ("ChildUpDown", True, "gw")]
    assert (await the_sa(client)).uniqueid == 1  # charon has begun anew


async def test_whoever_waits_is_told(gateways: Gateways, client: Client) -> None:
    await client.load_conn("nobody", to_nobody())

    async def is_connecting() -> bool:
        return bool(await client.list_sas(ike="nobody"))

    async def initiate() -> None:
        with pytest.raises(ConnectionLost):
            await client.initiate(ike="nobody", child="net")
        told.append("initiate")

    async def subscribe() -> None:
        with pytest.raises(ConnectionLost):
            async with client.subscribe(Log) as events:
                while True:
                    await anext(events)
        told.append("subscribe")

    told: list[str] = []
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(initiate)
            tasks.start_soon(subscribe)
            await eventually(is_connecting)
            gateways.kill("moon")
    assert sorted(told) == ["initiate", "subscribe"]
    gateways.start("moon")
    assert (await client.version()).daemon == "charon"


async def test_a_tunnel_cannot_be_ended_when_charon_is_gone(
    gateways: Gateways, client: Client
) -> None:
    with anyio.fail_after(PATIENCE), pytest.raises((ConnectionLost, ConnectError)):
        async with client.tunnel(ike="gw", child="net"):
            gateways.kill("moon")
    gateways.start("moon")
    assert await client.list_sas() == []


async def test_the_body_comes_first_when_charon_is_gone(gateways: Gateways, client: Client) -> None:
    with anyio.fail_after(PATIENCE), pytest.raises(ZeroDivisionError) as caught:
        async with client.tunnel(ike="gw", child="net"):
            gateways.kill("moon")
            raise ZeroDivisionError
    (note,) = caught.value.__notes__
    assert note.startswith("the tunnel gw/net could not be ended: ")
    gateways.start("moon")


async def test_a_charon_that_stops_tells_of_it(gateways: Gateways, client: Client) -> None:
    await client.initiate(child="net")
    seen = []
    async with client.subscribe(IkeUpDown, ChildUpDown) as events:
        gateways.terminate("moon")
        with anyio.fail_after(PATIENCE), pytest.raises(ConnectionLost):
            async for event in events:
                seen.append(event)
    assert story(seen) == [("IkeUpDown", False, "gw"), ("ChildUpDown", False, "gw")]
    gateways.start("moon")
    assert (await client.version()).daemon == "charon"


async def test_the_peer_is_restarted(gateways: Gateways, client: Client, peer: Client) -> None:
    gateways.kill("sun")
    gateways.start("sun")
    await load(gateways.addresses)
    async with client.tunnel(ike="gw", child="net"):
        assert (await the_sa(peer)).name == "gw"
    await assert_down(client, peer)
