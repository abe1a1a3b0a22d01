"""What charon does with packets, whoever sends them: their order, and who gets which event."""

import anyio
import pytest

from anyvici import Connection, Packet, PacketType, decode
from tests.conformance.gateways import Gateways
from tests.conformance.state import INITIATE, TERMINATE
from tests.conformance.talks import to_nobody
from tests.conformance.wire import (
    assert_in_step,
    raw_client,
    register,
    request,
    unload,
    unloaded,
    unregister,
)

pytestmark = pytest.mark.anyio

RESPONSE, UNKNOWN = PacketType.CMD_RESPONSE, PacketType.CMD_UNKNOWN
CONFIRM, NO_EVENT = PacketType.EVENT_CONFIRM, PacketType.EVENT_UNKNOWN
EVENT = PacketType.EVENT


@pytest.fixture
def address(gateways: Gateways) -> str:
    return gateways.addresses["moon"]


def types(packets: list[Packet]) -> list[PacketType]:
    return [packet.type for packet in packets]


# The order of answers.


async def test_pipelined_requests_are_answered_in_their_order(address: str) -> None:
    kinds = [
        (request("version"), RESPONSE),
        (register("ike-updown"), CONFIRM),
        (request("make-coffee"), UNKNOWN),
        (unregister("ike-updown"), CONFIRM),
        (unregister("ike-updown"), NO_EVENT),
        (register("full-moon"), NO_EVENT),
        (request("list-conns"), RESPONSE),
    ]
    async with raw_client(address) as client:
        for turn in range(100):
            await client.send(*(octets for octets, _ in kinds), unload(f"turn {turn}"))
        for turn in range(100):
            assert types(await client.receive_many(len(kinds))) == [kind for _, kind in kinds]
            assert unloaded(await client.receive()) == f"turn {turn}"
        await assert_in_step(client)


async def test_what_stands_behind_a_command_that_waits_is_answered_after_it(
    address: str, moon: Connection
) -> None:
    await moon.call("load-conn", {"nobody": to_nobody()})
    initiate = request("initiate", {"ike": "nobody", "child": "net", "timeout": 300})
    async with raw_client(address) as client:
        await client.send(initiate, register("control-log"), request("nope"), unload("last"))
        with anyio.fail_after(0.2):  # others do not wait
            await moon.call("version")
        answer, *others, last = await client.receive_many(4)
        assert decode(answer.body)["errmsg"] == "CHILD_SA 'net' not established after 300ms"
        assert types(others) == [CONFIRM, UNKNOWN]  # and no line: it was registered too late
        assert unloaded(last) == "last"


async def test_an_event_ends_with_the_confirmation_of_its_unregistration(
    address: str, moon: Connection
) -> None:
    """It may come before that of its registration."""
    async with raw_client(address) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(up_and_down, moon)
        for _ in range(50):
            await client.send(register("log"), unload("one"), unregister("log"), unload("two"))
            seen: list[Packet] = []
            while len([packet for packet in seen if packet.type is not EVENT]) < 4:
                seen.append(await client.receive())
            *before, confirmed, last = seen
            without_events = [packet for packet in before if packet.type is not EVENT]
            assert types([*without_events, confirmed]) == [CONFIRM, RESPONSE, CONFIRM]
            assert unloaded(last) == "two"


async def up_and_down(moon: Connection) -> None:
    for _ in range(3):
        await moon.call("initiate", INITIATE)
        await moon.call("terminate", TERMINATE)


# Who gets which event.


async def test_registered_twice_is_delivered_twice(address: str, moon: Connection) -> None:
    async with raw_client(address) as client:
        await client.send(register("ike-updown"), register("ike-updown"))
        assert types(await client.receive_many(2)) == [CONFIRM, CONFIRM]
        await moon.call("initiate", INITIATE)
        first, second = await client.receive_many(2)
        assert (first.type, first.name) == (EVENT, "ike-updown")
        assert first == second
        await client.send(unregister("ike-updown"))
        assert (await client.receive()).type is CONFIRM
        await moon.call("terminate", TERMINATE)
        assert "up" not in decode((await client.receive()).body)  # just once
        await client.send(unregister("ike-updown"), unregister("ike-updown"))
        assert types(await client.receive_many(2)) == [CONFIRM, NO_EVENT]
        await moon.call("initiate", INITIATE)
        await assert_in_step(client)


async def test_the_items_of_a_command_are_for_its_client_alone(address: str) -> None:
    async with raw_client(address) as client, raw_client(address) as other:
        for each in (client, other):
            await each.send(register("list-conn"))
            assert (await each.receive()).type is CONFIRM
        await client.send(request("list-conns"))
        item, answer = await client.receive_many(2)
        assert (item.type, item.name) == (EVENT, "list-conn")
        assert list(decode(item.body)) == ["gw"]
        assert (answer.type, answer.body) == (RESPONSE, b"")
        await assert_in_step(other)


async def test_the_lines_of_a_command_are_for_its_client_alone(address: str) -> None:
    async with raw_client(address) as client, raw_client(address) as other:
        for each in (client, other):
            await each.send(register("control-log"))
            assert (await each.receive()).type is CONFIRM
        await client.send(request("initiate", INITIATE))
        lines = 0
        while (packet := await client.receive()).type is EVENT:
            assert packet.name == "control-log"
            lines += 1
        assert lines > 3
        assert decode(packet.body) == {"success": "yes"}
        await assert_in_step(other)


LISTS = ["list-sas", "list-policies", "list-conns", "list-certs", "list-authorities"]


@pytest.mark.parametrize("command", LISTS)
async def test_a_list_is_lost_on_who_has_not_registered(address: str, command: str) -> None:
    async with raw_client(address) as client:
        await client.send(request(command), request(command))
        for packet in await client.receive_many(2):
            assert (packet.type, packet.body) == (RESPONSE, b"")
        await assert_in_step(client)


async def test_a_registration_ends_with_its_connection(address: str, moon: Connection) -> None:
    async with raw_client(address) as client:
        await client.send(register("ike-updown"))
        assert (await client.receive()).type is CONFIRM
    async with raw_client(address) as client:
        await moon.call("initiate", INITIATE)
        await client.send(unregister("ike-updown"))
        assert (await client.receive()).type is NO_EVENT


# How octets come.


async def test_octet_by_octet(address: str) -> None:
    packets = [unload("slow"), register("log"), unregister("log"), unload("and steady")]
    async with raw_client(address) as client, raw_client(address) as other:
        for octet in b"".join(packets):
            await client.send(bytes((octet,)))
            await assert_in_step(other)  # half a packet holds up nobody
        slow, confirmed, *_, steady = await client.receive_many(4)
        assert (unloaded(slow), confirmed.type) == ("slow", CONFIRM)
        assert unloaded(steady) == "and steady"


async def test_half_closed_is_closed(address: str) -> None:
    """charon may drop what it has not answered yet; it never sends anything else."""
    async with raw_client(address) as client:
        await client.send(*(unload(f"{number}") for number in range(50)))
        await client.send_eof()
        seen = [unloaded(packet) for packet in await client.rest()]
    assert seen == [f"{number}" for number in range(len(seen))]
    async with raw_client(address) as another:
        await assert_in_step(another)


async def test_half_a_packet_and_then_nothing(address: str) -> None:
    async with raw_client(address) as client:
        await client.send(unload("never")[:-3])
        await client.send_eof()
        assert await client.rest() == []


# Many clients.


async def test_many_clients(address: str) -> None:
    async def ask(number: int) -> None:
        async with raw_client(address) as client:
            for turn in range(10):
                await client.send(unload(f"{number}, {turn}"))
                assert unloaded(await client.receive()) == f"{number}, {turn}"

    async with anyio.create_task_group() as tasks:
        for number in range(100):
            tasks.start_soon(ask, number)


async def test_who_does_not_read_harms_nobody(address: str, moon: Connection) -> None:
    async with raw_client(address) as client, raw_client(address) as other:
        await client.send(register("log"))
        await client.send(*[request("get-algorithms")] * 2000)  # some 4 MB of answers
        with anyio.fail_after(5):
            for _ in range(100):
                await assert_in_step(other)
            await moon.call("initiate", INITIATE)
        answers = 0
        while answers < 2000:
            answers += (await client.receive()).type is RESPONSE
        await client.send(unregister("log"), unload("at last"))
        while (packet := await client.receive()).type is not RESPONSE:
            pass
        assert unloaded(packet) == "at last"
