"""Clients of all kinds: many, slow, rude and broken ones; none is in another one's way."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anyvici import Message, PacketType, connect, decode, open_connection
from anyvici.testing import SimulatedCharon
from anyvici.testing.commands.table import COMMANDS, EVENTS
from tests.conformance.wire import (
    RawClient,
    assert_in_step,
    framed,
    raw_client,
    register,
    request,
    unload,
    unloaded,
)

pytestmark = pytest.mark.anyio

RESPONSE = PacketType.CMD_RESPONSE
MAX_PACKET, MAX_VALUE = 524288, 65535

GW: Any = {
    "remote_addrs": ["192.0.2.7"],
    "local": {"auth": "psk"},
    "remote": {"auth": "psk"},
    "children": {"net": {}},
}


@pytest.fixture(params=["memory", "unix"])
def door(request: pytest.FixtureRequest, charon: SimulatedCharon) -> Callable[[], Any]:
    """Where to connect to, for one client."""
    return charon.connect if request.param == "memory" else lambda: charon.address


async def load_gw(charon: SimulatedCharon) -> None:
    async with connect(charon.connect()) as client:
        await client.load_conn("gw", GW)
        await client.load_shared(type="IKE", data="secret")


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    """Wait until it returns something that is true."""
    with anyio.fail_after(10):
        while not await condition():
            await anyio.sleep(0.001)


async def forgotten(charon: SimulatedCharon, but: int = 0) -> None:
    """Wait until charon holds nothing for any client any more, but for so many."""

    async def no_others() -> bool:
        return len(charon._here().clients._sessions) == but

    await until(no_others)


# Many.


async def test_two_hundred_at_once(charon: SimulatedCharon, door: Callable[[], Any]) -> None:
    """Each gets its own answers, in their order."""

    async def ask(number: int) -> None:
        questions = [f"{number}, {turn}" for turn in range(20)]
        async with raw_client(door()) as client:
            all_connected.append(number)
            while len(all_connected) < 200:
                await anyio.sleep(0.001)
            await client.send(*map(unload, questions))
            assert [unloaded(packet) for packet in await client.receive_many(20)] == questions

    all_connected: list[int] = []
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            for number in range(200):
                tasks.start_soon(ask, number)


async def test_a_command_that_waits_holds_up_its_client_alone(
    charon: SimulatedCharon, door: Callable[[], Any]
) -> None:
    charon.swallow("stats")
    charon.delay("version", 0.1, times=1)
    async with raw_client(door()) as client, raw_client(door()) as other:
        await client.send(request("version"), register("log"), request("stats"), unload("last"))
        await assert_in_step(other)
        answers = await client.receive_many(3)
        assert [packet.type for packet in answers] == [RESPONSE, PacketType.EVENT_CONFIRM, RESPONSE]
        assert unloaded(answers[-1]) == "last"


async def test_one_that_asks_without_end_is_in_nobodys_way(
    charon: SimulatedCharon, door: Callable[[], Any]
) -> None:
    async with raw_client(door()) as client, raw_client(door()) as other:
        await client.send(*[request("list-conns")] * 20_000)
        for _ in range(3):
            await assert_in_step(other)
        await client.receive_many(20_000)


# One that does not read.


async def test_one_that_never_reads(charon: SimulatedCharon, door: Callable[[], Any]) -> None:
    async with raw_client(door()) as client, raw_client(door()) as other:
        await client.send(register("log"), unload("first"))
        await client.receive_many(2)
        for _ in range(20):
            charon.flood("log", 1000)  # 20 times 60 kB: more than a socket holds
            await assert_in_step(other)
    await forgotten(charon)


# One that hangs up.


async def test_in_the_middle_of_a_packet(charon: SimulatedCharon, door: Callable[[], Any]) -> None:
    octets = unload("never")
    for end in range(1, len(octets)):
        async with raw_client(door()) as client:
            await client.send(octets[:end])
    await forgotten(charon)
    async with raw_client(door()) as client:
        await assert_in_step(client)


WHO = pytest.mark.parametrize("who", ["client", "charon"])


async def hang_up(charon: SimulatedCharon, client: RawClient, who: str) -> None:
    """End the conversation; what the client does for that is to leave."""
    if who == "charon":
        charon.disconnect()
        assert await client.rest() == []


@WHO
@pytest.mark.charon(latency=0.05)
async def test_during_an_initiate(
    charon: SimulatedCharon, door: Callable[[], Any], who: str
) -> None:
    """It goes on, and occupies a thread; what was queued behind it is lost."""
    await load_gw(charon)
    async with connect(charon.connect()) as other:
        async with raw_client(door()) as client:
            late = request("load-conn", {"late": GW})
            await client.send(request("initiate", {"child": "net"}), late)
            await until(other.list_sas)
            await hang_up(charon, client, who)
    async with connect(charon.connect()) as other:
        assert [sa.state for sa in await other.list_sas()] == ["CONNECTING"]
        assert (await other.stats()).workers.active.medium == 2

        async def is_up() -> bool:
            (sa,) = await other.list_sas()
            return [child.state for child in sa.child_sas] == ["INSTALLED"]

        await until(is_up)
        assert (await other.stats()).workers.active.medium == 1
        assert await other.get_conns() == ["gw"]


@WHO
@pytest.mark.charon(latency=0.3)  # long enough to be looked at in between on a busy machine
async def test_during_a_terminate(
    charon: SimulatedCharon, door: Callable[[], Any], who: str
) -> None:
    """It goes on with the next SA: it ends one after the other."""
    async with connect(charon.connect()) as other:
        await other.load_shared(type="IKE", data="secret")
        for number in range(3):
            await other.load_conn("gw", {**GW, "rekey_time": 1000 + number})
            await other.initiate(child="net", timeout=5)

        async def one_is_gone() -> bool:
            return len(await other.list_sas()) == 2

        async with raw_client(door()) as client:
            await client.send(request("terminate", {"ike": "gw"}))
            await until(one_is_gone)
            await hang_up(charon, client, who)
    async with connect(charon.connect()) as other:
        assert len(await other.list_sas()) == 2

        async def all_are_gone() -> bool:
            return await other.list_sas() == []

        await until(all_are_gone)


async def test_a_delayed_command_is_carried_out_for_nobody(
    charon: SimulatedCharon, door: Callable[[], Any]
) -> None:
    charon.delay("load-conn", 0.1)
    async with connect(charon.connect()) as other:
        async with raw_client(door()) as client:
            await client.send(unload("before"), request("load-conn", {"gw": GW}))
            await client.receive()
            await assert_begun(charon)
        assert await other.get_conns() == []
        await until(other.get_conns)


async def assert_begun(charon: SimulatedCharon) -> None:
    """Wait until nothing is queued any more: what came last is being carried out."""

    async def nothing_queued() -> bool:
        return not any(session._requests for session in charon._here().clients._sessions)

    await until(nothing_queued)


async def test_a_fault_is_not_spent_on_one_that_has_hung_up(
    charon: SimulatedCharon, door: Callable[[], Any]
) -> None:
    charon.delay("stats", 3600)
    async with raw_client(door()) as client:
        await client.send(register("log"), request("stats"))
        await client.receive()
        await assert_begun(charon)
        charon.disconnect()
        assert await client.rest() == []
    charon.swallow("log", times=1)
    charon.flood("log", 1)
    async with raw_client(door()) as client:
        await client.send(register("log"))
        await client.receive()
        charon.emit("log", {"msg": "swallowed"})
        charon.emit("log", {"msg": "heard"})
        assert decode((await client.receive()).body) == {"msg": "heard"}


async def test_stopping_ends_what_was_begun(
    charon: SimulatedCharon, door: Callable[[], Any]
) -> None:
    charon.delay("load-conn", 0.01)
    async with raw_client(door()) as client:
        await client.send(unload("before"), request("load-conn", {"gw": GW}))
        await client.receive()
        await assert_begun(charon)
        charon.restart()
        assert await client.rest() == []
    async with connect(charon.connect()) as other:
        await forgotten(charon, but=1)
        await anyio.sleep(0.02)
        assert await other.get_conns() == []


async def test_half_closed_is_closed(charon: SimulatedCharon, door: Callable[[], Any]) -> None:
    async with raw_client(door()) as client:
        await client.send(unload("one"))
        assert unloaded(await client.receive()) == "one"
        await client.send_eof()
        assert await client.rest() == []
    await forgotten(charon)


# How octets come, and which.


async def test_octet_by_octet(charon: SimulatedCharon, door: Callable[[], Any]) -> None:
    charon.split(1)
    packets = [unload("slow"), register("log"), request("make-coffee"), unload("and steady")]
    async with raw_client(door()) as client:
        for octet in b"".join(packets):
            await client.send(bytes((octet,)))
        slow, confirmed, unknown, steady = await client.receive_many(4)
    assert (unloaded(slow), unloaded(steady)) == ("slow", "and steady")
    assert (confirmed.type, unknown.type) == (PacketType.EVENT_CONFIRM, PacketType.CMD_UNKNOWN)


UNANSWERED = {
    "empty": b"",
    "no name": b"\0",
    "half a name": b"\0\x09version",
    "not ASCII": b"\0\x03v\xc3\xbc",
    "a NUL": b"\0\x02v\0",
    "a response": b"\x01",
    "an event": b"\x07\x03log",
    "no type": b"\x08",
}


@pytest.mark.parametrize("packet", UNANSWERED.values(), ids=UNANSWERED)
async def test_what_is_no_request_is_not_answered(
    charon: SimulatedCharon, door: Callable[[], Any], packet: bytes
) -> None:
    async with raw_client(door()) as client:
        await client.send(framed(packet))
        await assert_in_step(client)


async def test_registered_twice(charon: SimulatedCharon, door: Callable[[], Any]) -> None:
    async with raw_client(door()) as client:
        await client.send(register("log"), register("log"), unload("registered"))
        await client.receive_many(3)
        charon.flood("log", 1)
        await client.send(unload("told"))
        kinds = [packet.type for packet in await client.receive_many(3)]
        assert kinds == [PacketType.EVENT, PacketType.EVENT, RESPONSE]


NAMES = st.sampled_from([*sorted(COMMANDS), *sorted(EVENTS), "make-coffee", ""])
ELEMENTS = st.one_of(
    st.sampled_from([b"\x02", b"\x06", b"\x07", b"\x00", b"\x08"]),
    st.builds(
        lambda kind, name, value: bytes((kind, len(name))) + name + value,
        st.sampled_from([1, 3, 4]),
        st.sampled_from(
            [b"gw", b"child", b"ike", b"timeout", b"type", b"data", b"children", b"\xff"]
        ),
        st.sampled_from([b"", b"\x00\x01x", b"\x00\x03net", b"\xff\xff", b"\x00\x02-1"]),
    ),
    st.just(b"\x05\x00\x02gw"),
)
BODIES = st.one_of(st.binary(max_size=40), st.lists(ELEMENTS, max_size=12).map(b"".join))
PACKETS = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda kind, name, body: bytes((kind, len(name))) + name.encode() + body,
        st.integers(0, 8),
        NAMES,
        BODIES,
    ),
)


@given(
    packets=st.lists(PACKETS, max_size=6), rubbish=st.binary(max_size=10), split=st.integers(1, 9)
)
@settings(
    deadline=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_octets(
    packets: list[bytes], rubbish: bytes, split: int, anyio_backend: str
) -> None:
    """Whatever a client sends, charon lives, and another client notices nothing."""
    octets = b"".join(map(framed, packets)) + rubbish
    async with SimulatedCharon() as charon:
        async with raw_client(charon.connect()) as other, raw_client(charon.connect()) as client:
            with suppress(anyio.BrokenResourceError):  # if the framing was broken before the end
                for start in range(0, len(octets), split):
                    await client.send(octets[start : start + split])
            await assert_in_step(other)
        await assert_sound(charon)


async def assert_sound(charon: SimulatedCharon) -> None:
    async with raw_client(charon.connect()) as client:
        await assert_in_step(client)


# Sizes.


async def test_the_largest_packet(charon: SimulatedCharon, door: Callable[[], Any]) -> None:
    packet = request("version", {"x": "x"})[4:]
    async with raw_client(door()) as client, raw_client(door()) as other:
        await client.send(framed(packet.ljust(MAX_PACKET, b"\0")))
        assert (await client.receive()).type is RESPONSE
        with suppress(anyio.BrokenResourceError):  # it is closed before the last octet has left
            await client.send(framed(packet.ljust(MAX_PACKET + 1, b"\0")))
        assert await client.rest() == []
        await assert_in_step(other)


async def test_an_answer_that_is_too_large_never_comes(
    charon: SimulatedCharon, door: Callable[[], Any]
) -> None:
    names = [f"{number:04}".ljust(250, "x") for number in range(2200)]
    async with raw_client(door()) as client:
        await client.send(*(request("load-conn", {name: {}}) for name in names))
        await client.receive_many(2200)
        await client.send(register("list-conn"), request("get-conns"), request("list-conns"))
        confirmed, *items, answer = await client.receive_many(2202)
        assert (confirmed.type, answer.type) == (PacketType.EVENT_CONFIRM, RESPONSE)
        assert answer.body == b""
        assert [next(iter(decode(item.body))) for item in items] == names
        await client.send(*(request("unload-conn", {"name": name}) for name in names[:200]))
        await client.receive_many(200)
        answer_of_2000 = await client.ask("get-conns")
        assert answer_of_2000 == {"conns": names[200:]}


async def test_a_value_that_is_too_large_is_dropped_with_its_event(
    charon: SimulatedCharon, door: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def long(_gateway: Any, request: Any) -> Message:
        for size in (MAX_VALUE, MAX_VALUE + 1, 1):
            request.emit("list-cert", {"data": "x" * size})
        return {"data": "x" * (MAX_VALUE + (request.text("more") is not None))}

    monkeypatch.setitem(COMMANDS, "list-certs", long)
    async with raw_client(door()) as client:
        await client.send(register("list-cert"), request("list-certs"))
        _, *items, answer = await client.receive_many(4)
        assert [len(decode(item.body)["data"]) for item in items] == [MAX_VALUE, 1]
        assert len(decode(answer.body)["data"]) == MAX_VALUE
        await client.send(request("list-certs", {"more": "yes"}), unload("next"))
        *_, following = await client.receive_many(3)
        assert unloaded(following) == "next"


LONG, CHILD = "x" * 200, "y" * 200  # together, with a slash, 401: that is 256 + 145


@pytest.mark.parametrize(
    ("version", "listed"),
    [("5.9.8", [f"{LONG}/{CHILD}"[:145]]), ("6.0.3", [f"{LONG}/{CHILD}"[:145]]), ("6.0.4", [])],
)
async def test_a_name_that_is_too_long(version: str, listed: list[str]) -> None:
    """It is cut to its length modulo 256 before 6.0.4; since then the event is dropped."""
    conn = {**GW, "children": {CHILD: {"start_action": "trap", "remote_ts": ["10.2.0.0/16"]}}}
    async with SimulatedCharon(version=version) as charon:
        async with open_connection(charon.connect()) as connection:
            await connection.call("load-conn", {LONG: conn})
            async with connection.stream("list-policies", "list-policy", {"trap": 1}) as items:
                assert [name async for item in items for name in item] == listed
            async with connection.stream("list-conns", "list-conn") as items:
                (item,) = [item async for item in items]
    assert list(item[LONG]["children"]) == [CHILD]


async def test_a_client_that_is_asked_nothing_holds_nothing(charon: SimulatedCharon) -> None:
    stream = charon.connect()
    await stream.aclose()
    await forgotten(charon)
