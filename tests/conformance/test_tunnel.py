"""A tunnel between two real gateways: up, used, rekeyed, down; and what they tell about it."""

import pytest

from anyvici import Connection, Message
from tests.conformance.gateways import Gateways
from tests.conformance.state import (
    INITIATE,
    LIFE,
    TERMINATE,
    establish,
    eventually,
    list_sas,
    story,
    the_child_sa,
    the_ike_sa,
    until,
)

pytestmark = pytest.mark.anyio

PAYLOAD = bytes(1000)


async def test_initiate_shows_its_steps_and_then_its_result(moon: Connection) -> None:
    async with moon.stream("initiate", "control-log", INITIATE) as lines:
        messages = [line["msg"] async for line in lines]
    assert messages[0].startswith("initiating IKE_SA gw[")
    assert any("authentication of 'sun' with pre-shared key successful" in m for m in messages)
    assert messages[-1].startswith("CHILD_SA net{")
    assert lines.reply == {"success": "yes"}


async def test_both_gateways_list_the_same_sas(moon: Connection, sun: Connection) -> None:
    await establish(moon, sun)
    here, there = await the_ike_sa(moon), await the_ike_sa(sun)
    assert here["state"] == there["state"] == "ESTABLISHED"
    assert here["name"] == there["name"] == "gw"
    assert (here["local-id"], here["remote-id"]) == ("moon", "sun")
    assert (there["local-id"], there["remote-id"]) == ("sun", "moon")
    assert here["initiator"] == "yes"
    assert "initiator" not in there
    for spi in ("initiator-spi", "responder-spi"):
        assert here[spi] == there[spi]
    our_child, its_child = the_child_sa(here), the_child_sa(there)
    assert our_child["spi-in"] == its_child["spi-out"]
    assert our_child["spi-out"] == its_child["spi-in"]
    assert our_child["local-ts"] == its_child["remote-ts"] == ["10.1.0.0/16"]
    assert our_child["remote-ts"] == its_child["local-ts"] == ["10.2.0.0/16"]


async def test_traffic_passes_and_is_counted(
    gateways: Gateways, moon: Connection, sun: Connection
) -> None:
    with pytest.raises(OSError, match="unreachable"):
        await gateways.exchange(PAYLOAD)
    await establish(moon, sun)
    before = [octets(await the_ike_sa(gateway)) for gateway in (moon, sun)]
    assert before == [(0, 0), (0, 0)]
    for _ in range(10):
        await gateways.exchange(PAYLOAD)
    for gateway in (moon, sun):
        went_in, went_out = octets(await the_ike_sa(gateway))
        assert went_in >= 10 * len(PAYLOAD)
        assert went_out >= 10 * len(PAYLOAD)


async def test_both_gateways_tell_when_sas_come_up_and_go_down(
    moon: Connection, sun: Connection
) -> None:
    async with moon.subscribe(*LIFE) as of_moon, sun.subscribe(*LIFE) as of_sun:
        await moon.call("initiate", INITIATE)
        for events in (of_moon, of_sun):
            came = await until("child-updown", events)
            assert story(came) == ["ike-updown up", "child-updown up"]
        reply = await moon.call("terminate", TERMINATE)
        assert (reply["matches"], reply["terminated"]) == ("1", "1")
        for events in (of_moon, of_sun):
            went = await until("child-updown", events)
            assert story(went) == ["ike-updown down", "child-updown down"]
    assert await list_sas(moon) == []
    await eventually(has_ike_sas, sun, [])


async def test_a_child_sa_is_rekeyed(gateways: Gateways, moon: Connection, sun: Connection) -> None:
    await establish(moon, sun)
    ike_sas = [(await the_ike_sa(gateway))["uniqueid"] for gateway in (moon, sun)]
    async with moon.subscribe(*LIFE) as of_moon, sun.subscribe(*LIFE) as of_sun:
        assert (await moon.call("rekey", {"child": "net"}))["matches"] == "1"
        for events, gateway in ((of_moon, moon), (of_sun, sun)):
            (event,) = await until("child-rekey", events)
            child_sa = event.message["gw"]["child-sas"]["net"]
            assert child_sa["old"]["spi-in"] != child_sa["new"]["spi-in"]
            listed = the_child_sa(await the_ike_sa(gateway))
            assert listed["uniqueid"] == child_sa["new"]["uniqueid"]
    assert ike_sas == [(await the_ike_sa(gateway))["uniqueid"] for gateway in (moon, sun)]
    await gateways.exchange(PAYLOAD)


async def test_an_ike_sa_is_rekeyed(gateways: Gateways, moon: Connection, sun: Connection) -> None:
    await establish(moon, sun)
    async with moon.subscribe(*LIFE) as of_moon, sun.subscribe(*LIFE) as of_sun:
        assert (await moon.call("rekey", {"ike": "gw"}))["matches"] == "1"
        for events, gateway in ((of_moon, moon), (of_sun, sun)):
            (event,) = await until("ike-rekey", events)
            ike_sa = event.message["gw"]
            assert ike_sa["old"]["initiator-spi"] != ike_sa["new"]["initiator-spi"]
            await eventually(has_ike_sas, gateway, [ike_sa["new"]["uniqueid"]])
        await gateways.exchange(PAYLOAD)
        await moon.call("terminate", TERMINATE)
        for events in (of_moon, of_sun):  # the one that was replaced has gone without a word
            went = await until("child-updown", events)
            assert story(went) == ["ike-updown down", "child-updown down"]


async def test_a_child_sa_goes_down_alone(moon: Connection, sun: Connection) -> None:
    await establish(moon, sun)
    async with moon.subscribe(*LIFE) as of_moon, sun.subscribe(*LIFE) as of_sun:
        await moon.call("terminate", {"child": "net", "timeout": 20_000})
        for events in (of_moon, of_sun):
            (event,) = await until("child-updown", events)
            assert story([event]) == ["child-updown down"]
            (child_sa,) = event.message["gw"]["child-sas"].values()
            assert child_sa["name"] == "net"
    for gateway in (moon, sun):
        assert (await the_ike_sa(gateway))["state"] == "ESTABLISHED"


def octets(ike_sa: Message) -> tuple[int, int]:
    child_sa = the_child_sa(ike_sa)
    return int(child_sa["bytes-in"]), int(child_sa["bytes-out"])


async def has_ike_sas(gateway: Connection, uniqueids: list[str]) -> bool:
    return [ike_sa["uniqueid"] for ike_sa in await list_sas(gateway)] == uniqueids
