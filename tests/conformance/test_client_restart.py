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
from tests.conformance.gateways import Gateways
from tests.conformance.state import eventually
from tests.conformance.talks import assert_down, story, take, the_sa, to_nobody
from tests.live.charon import PATIENCE
from tests.live.gateways import load

pytestmark = pytest.mark.anyio


async def test_the_client_goes_on_with_a_charon_that_was_started_again(
    gateways: Gateways, client: Client
) -> None:
    await client.initiate(child="net")
    await gateways.kill("moon")
    with pytest.raises((ConnectionLost, ConnectError)):
        await client.version()
    with pytest.raises(ConnectError, match="nobody listens there"):
        await client.version()
    await gateways.start("moon")
    assert (await client.version()).daemon == "charon"
    assert await client.get_conns() == []  # what was loaded is gone
    assert await client.list_sas() == []


async def test_everything_is_to_be_had_again(gateways: Gateways, client: Client) -> None:
    async with client.subscribe(IkeUpDown) as events:
        await client.stats()
        await client.list_conns()
        await gateways.kill("moon")
        with anyio.fail_after(PATIENCE), pytest.raises(ConnectionLost):
            await anext(events)
        await gateways.start("moon")
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
            await gateways.kill("moon")
    assert sorted(told) == ["initiate", "subscribe"]
    await gateways.start("moon")
    assert (await client.version()).daemon == "charon"


async def test_a_tunnel_cannot_be_ended_when_charon_is_gone(
    gateways: Gateways, client: Client
) -> None:
    with anyio.fail_after(PATIENCE), pytest.raises((ConnectionLost, ConnectError)):
        async with client.tunnel(ike="gw", child="net"):
            await gateways.kill("moon")
    await gateways.start("moon")
    assert await client.list_sas() == []


async def test_the_body_comes_first_when_charon_is_gone(gateways: Gateways, client: Client) -> None:
    with anyio.fail_after(PATIENCE), pytest.raises(ZeroDivisionError) as caught:
        async with client.tunnel(ike="gw", child="net"):
            await gateways.kill("moon")
            raise ZeroDivisionError
    (note,) = caught.value.__notes__
    assert note.startswith("the tunnel gw/net could not be ended: ")
    await gateways.start("moon")


async def test_the_peer_is_restarted(gateways: Gateways, client: Client, peer: Client) -> None:
    await gateways.kill("sun")
    await gateways.start("sun")
    await load(gateways.addresses)
    async with client.tunnel(ike="gw", child="net"):
        assert (await the_sa(peer)).name == "gw"
    await assert_down(client, peer)
