"""Subscriptions to a real charon."""

import anyio
import pytest

from anyvici import Connection
from tests.conformance.state import INITIATE, TERMINATE, UP_AND_DOWN, establish, story, take, until

pytestmark = pytest.mark.anyio


async def test_two_subscriptions_get_each_event_once_each(moon: Connection) -> None:
    async with moon.subscribe("ike-updown") as first, moon.subscribe("ike-updown") as second:
        await moon.call("initiate", INITIATE)
        await moon.call("terminate", TERMINATE)
        await moon.call("initiate", INITIATE)
        for events in (first, second):
            seen = await take(3, events)
            assert story(seen) == ["ike-updown up", "ike-updown down", "ike-updown up"]


async def test_the_one_that_stays_goes_on(moon: Connection) -> None:
    async with moon.subscribe("ike-updown") as stays:
        async with moon.subscribe("ike-updown", "child-updown") as leaves:
            await moon.call("initiate", INITIATE)
            assert len(await until("child-updown", leaves)) == 2
        await moon.call("terminate", TERMINATE)
        with pytest.raises(anyio.ClosedResourceError):
            await anext(leaves)
        seen = await take(2, stays)
        assert story(seen) == ["ike-updown up", "ike-updown down"]


async def test_each_connection_has_its_own_registrations(
    moon: Connection, second_moon: Connection
) -> None:
    async with second_moon.subscribe(*UP_AND_DOWN) as events:
        async with moon.subscribe(*UP_AND_DOWN):
            pass  # it has taken back what is its own
        await moon.call("initiate", INITIATE)
        seen = await until("child-updown", events)
        assert story(seen) == ["ike-updown up", "child-updown up"]


async def test_a_stream_is_of_its_command_alone(moon: Connection, second_moon: Connection) -> None:
    """charon yields the items of a command only to the connection that gave it."""
    await establish(moon)
    async with second_moon.subscribe("list-sa", "ike-updown") as overheard:
        async with moon.stream("list-sas", "list-sa") as items:
            assert [list(item) async for item in items] == [["gw"]]
        await moon.call("terminate", TERMINATE)
        assert story(await until("ike-updown", overheard)) == ["ike-updown down"]


async def test_a_stream_of_an_event_that_is_subscribed_to(moon: Connection) -> None:
    """Its registration serves both, and lasts as long as the subscription."""
    async with moon.subscribe("list-conn") as subscribed:
        for _ in range(2):
            async with moon.stream("list-conns", "list-conn") as items:
                assert [list(item) async for item in items] == [["gw"]]
        seen = await take(2, subscribed)
        assert [list(event.message) for event in seen] == [["gw"], ["gw"]]
