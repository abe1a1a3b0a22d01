"""What charon refuses, and what it would swallow if we sent it."""

import anyio
import pytest

from anyvici import (
    CommandError,
    Connection,
    ConnectionLost,
    LocalProtocolError,
    UnknownCommand,
    UnknownEvent,
    decode,
    encode,
    open_connection,
)
from tests.conformance.gateways import Gateways
from tests.conformance.state import INITIATE, UP_AND_DOWN, list_conns, list_sas, story, until
from tests.conformance.wire import framed, raw_client, request
from tests.live.charon import PATIENCE
from tests.live.gateways import shared_secret

pytestmark = pytest.mark.anyio

ROOM = 524288 - len("..version")  # for a message, in the largest packet that there is


async def assert_in_step(connection: Connection) -> None:
    """Every answer belongs to its question: one that is told by what it says."""
    with pytest.raises(CommandError, match="connection 'in step' not found"):
        await connection.call("unload-conn", {"name": "in step"})


# Commands that fail.


async def test_a_child_that_is_not_configured(moon: Connection) -> None:
    with pytest.raises(CommandError) as caught:
        await moon.call("initiate", {**INITIATE, "child": "nowhere"})
    assert caught.value.command == "initiate"
    assert caught.value.errmsg == "CHILD_SA config 'nowhere' not found"
    assert caught.value.reply == {"success": "no", "errmsg": caught.value.errmsg}
    await assert_in_step(moon)


async def test_a_wrong_secret(moon: Connection, sun: Connection) -> None:
    await moon.call("load-shared", shared_secret("not what sun has"))
    messages = []
    async with sun.subscribe(*UP_AND_DOWN) as of_sun, moon.subscribe(*UP_AND_DOWN) as of_moon:
        with pytest.raises(CommandError) as caught:
            async with moon.stream("initiate", "control-log", INITIATE) as lines:
                async for line in lines:
                    messages.append(line["msg"])
        for events in (of_moon, of_sun):
            (event,) = await until("ike-updown", events)
            assert story([event]) == ["ike-updown down"]
    assert caught.value.errmsg == "establishing CHILD_SA 'net' failed"
    assert "received AUTHENTICATION_FAILED notify error" in messages
    assert await list_sas(moon) == []
    await assert_in_step(moon)


async def test_a_command_that_charon_does_not_have(moon: Connection) -> None:
    with pytest.raises(UnknownCommand, match="make-coffee"):
        await moon.call("make-coffee")
    with pytest.raises(UnknownCommand, match="make-tea"):
        async with moon.stream("make-tea", "list-sa") as items:
            await anext(items)
    await assert_in_step(moon)


async def test_an_event_that_charon_does_not_have(moon: Connection) -> None:
    with pytest.raises(UnknownEvent, match="full-moon"):
        async with moon.subscribe("full-moon"):
            pass
    with pytest.raises(UnknownEvent, match="full-moon"):
        async with moon.stream("list-conns", "full-moon") as items:
            await anext(items)
    with pytest.raises(UnknownEvent, match="full-moon"):
        async with moon.subscribe("ike-updown", "full-moon"):
            pass
    async with moon.subscribe("ike-updown"):
        await assert_in_step(moon)


async def test_an_event_that_newer_charons_have(moon: Connection) -> None:
    version = (await moon.call("version"))["version"]
    if tuple(map(int, version.split("."))) >= (6, 0, 3):
        async with moon.subscribe("alert"):
            pass
    else:
        with pytest.raises(UnknownEvent, match="alert"):
            async with moon.subscribe("alert"):
                pass
    await assert_in_step(moon)


# Requests that are too large. charon closes the connection on them.


def message_of(octets: int) -> dict[str, bytes]:
    """Return a message that has this many octets."""
    head = 5  # type, length of the name, name, length of the value
    whole, rest = divmod(octets, head + 65535)
    values = [bytes(65535)] * whole + [bytes(rest - head)]
    message = dict(zip("abcdefghij", values, strict=False))
    assert len(encode(message)) == octets
    return message


async def test_the_largest_request_is_answered(moon: Connection) -> None:
    largest = message_of(ROOM)
    assert (await moon.call("version", largest))["daemon"] == "charon"
    await assert_in_step(moon)


async def test_one_octet_more_is_not_sent(moon: Connection) -> None:
    too_large = message_of(ROOM + 1)
    with pytest.raises(LocalProtocolError, match="a packet of 524289 octets"):
        await moon.call("version", too_large)
    with pytest.raises(LocalProtocolError, match="a packet of 524289 octets"):
        moon.stream("version", "log", too_large)
    with pytest.raises(LocalProtocolError, match="entry 1 of the batch"):
        await moon.batch([("version", None), ("version", too_large)])
    await assert_in_step(moon)


# Requests that charon leaves unanswered: each would shift every later answer by one.

REQUEST, REGISTER, UNREGISTER = b"\0", b"\3", b"\4"
UNANSWERED = {
    "empty": b"",
    "without-name": REQUEST,
    "register-without-name": REGISTER,
    "unregister-without-name": UNREGISTER,
    "name-cut": REQUEST + b"\x08version",
    "register-name-cut": REGISTER + b"\x04log",
    "name-with-nul": REQUEST + b"\x07ver\0ion",
    "name-with-tab": REQUEST + b"\x07ver\tion",
    "name-with-delete": REQUEST + b"\x07ver\x7fion",
    "name-in-utf-8": REQUEST + b"\x07ver\xc3\x9fon",
    "register-name-in-utf-8": REGISTER + b"\x03l\xc3\xb6",
    "unregister-name-in-utf-8": UNREGISTER + b"\x03l\xc3\xb6",
    **{f"type-{kind}": bytes((kind,)) + b"\x07version" for kind in (1, 2, 5, 6, 7, 8, 255)},
}


@pytest.mark.parametrize("packet", UNANSWERED.values(), ids=UNANSWERED)
async def test_charon_leaves_it_unanswered(gateways: Gateways, packet: bytes) -> None:
    async with raw_client(gateways.addresses["moon"]) as client:
        await client.send(framed(packet), request("version"))
        answer = await client.receive()
    assert decode(answer.body)["daemon"] == "charon"


@pytest.mark.parametrize("name", ["", "ver\0ion", "ver\tion", "ver\x7fion", "verßion", "v" * 256])
async def test_a_name_that_charon_would_swallow_is_not_sent(moon: Connection, name: str) -> None:
    with pytest.raises(LocalProtocolError, match="printable ASCII"):
        await moon.call(name)
    with pytest.raises(LocalProtocolError, match="printable ASCII"):
        await moon.batch([("version", None), (name, None)])
    with pytest.raises(LocalProtocolError, match="printable ASCII"):
        moon.stream(name, "list-sa")
    with pytest.raises(LocalProtocolError, match="printable ASCII"):
        moon.stream("list-sas", name)
    with pytest.raises(LocalProtocolError, match="printable ASCII"):
        moon.subscribe("log", name)
    await assert_in_step(moon)


async def test_an_answer_too_large_for_charon_never_comes(
    gateways: Gateways, moon: Connection
) -> None:
    names = [f"{number:0250}" for number in range(2200)]  # get-conns would tell them in one answer
    await moon.batch([("load-conn", {name: {"version": 2}}) for name in names])
    assert sorted(await list_conns(moon)) == sorted([*names, "gw"])
    async with open_connection(gateways.addresses["moon"], abandon_timeout=0.5) as connection:
        with pytest.raises(TimeoutError):
            with anyio.fail_after(0.1):
                await connection.call("get-conns")
        with anyio.fail_after(PATIENCE):
            with pytest.raises(ConnectionLost, match=r"get-conns.* abandoned.* 0\.5 seconds"):
                await connection.call("version")
    await assert_in_step(moon)
