"""Requests that are broken, and what charon 5.9.8 answered (tests/samples)."""

import json
from pathlib import Path
from typing import Any

import pytest

from anyvici import Connection, Packet, PacketType, decode, encode
from tests.conformance.gateways import Gateways, RealGateways
from tests.conformance.talks import of_version
from tests.conformance.wire import RawClient, framed, raw_client, request

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parent.parent / "samples"
CASES: list[dict[str, Any]] = json.loads((SAMPLES / "malformed_requests.json").read_text("utf-8"))[
    "cases"
]
LABELS = [case["label"] for case in CASES]
VERSION = request("version")
DANGEROUS = "load-conn truncated list item"
LARGEST = "exact 512K version"

# The daemon of the samples was without its plugin counters. Ours has it, and has not heard of the
# connection: see get-counters-error.json.
UNLIKE: dict[str, dict[str, Any]] = {
    "get-counters unknown": {
        "counters": {},
        "success": "no",
        "errmsg": "no counters found for this connection",
    },
    "reset-counters unknown": {"success": "yes"},
}


def octets_of(case: dict[str, Any]) -> bytes:
    """Return what was sent; of the largest packet that there can be, only the head is kept."""
    kept = case["wire_hex"]
    if isinstance(kept, str):
        return bytes.fromhex(kept)
    head = 4 + len("..version")
    parts = []
    rest = int(kept["len"]) - head
    while rest:
        value = min(65535, rest - 5)
        parts.append(b"\x03\x01a" + value.to_bytes(2, "big") + b"x" * value)
        rest -= 5 + value
    octets = bytes.fromhex(kept["first_64"])[:head] + b"".join(parts)
    assert octets.startswith(bytes.fromhex(kept["first_64"]))
    return octets


def replies_of(case: dict[str, Any]) -> list[bytes]:
    """Return the packets that were answered, as octets."""
    if message := UNLIKE.get(case["label"]):
        return [bytes((PacketType.CMD_RESPONSE,)) + encode(message)]
    return [bytes.fromhex(reply["hex"]) for reply in case["replies"]]


def octets(packet: Packet) -> bytes:
    assert packet.type is not PacketType.EVENT
    return bytes((packet.type,)) + packet.body


def is_version(packet: Packet) -> bool:
    keys = ["daemon", "version", "sysname", "release", "machine"]
    return packet.type is PacketType.CMD_RESPONSE and list(decode(packet.body)) == keys


async def answers(client: RawClient) -> list[bytes]:
    """Return what comes before the answer to the `version` that was sent last."""
    seen = []
    while not is_version(packet := await client.receive()):
        seen.append(octets(packet))
    return seen


@pytest.fixture
async def charon(gateways: Gateways, moon: Connection) -> str:
    """The address of moon, with nothing loaded, if it is as the one that was asked."""
    if await of_version(moon) != (5, 9, 8):
        pytest.skip("the answers are those of 5.9.8")
    await moon.call("unload-conn", {"name": "gw"})
    return gateways.addresses["moon"]


async def replay(address: str, cases: list[dict[str, Any]]) -> None:
    """Send each on a connection of its own, with a `version` behind it."""
    for case in cases:
        async with raw_client(address) as client:
            await client.send(octets_of(case), VERSION)
            await answers(client)


def needed_before(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cases that have left behind what a case is answered with."""
    earlier = [each for each in CASES[: CASES.index(case)] if each["label"] != DANGEROUS]
    if case["label"] != "get-conns":
        return []
    return [each for each in earlier if each["command"] == "load-conn"]


@pytest.mark.parametrize("case", CASES, ids=LABELS)
async def test_a_request_is_answered_as_it_was(
    gateways: Gateways, charon: str, case: dict[str, Any]
) -> None:
    if case["label"] == DANGEROUS and isinstance(gateways, RealGateways):
        pytest.skip("charon 5.9.8 reads what is left in its memory then, and may go down")
    await replay(charon, needed_before(case))
    async with raw_client(charon) as client:
        await client.send(octets_of(case), VERSION)
        if case["connection_after"] != "open":
            assert await client.rest() == []
        elif case["label"] == LARGEST:
            assert is_version(await client.receive())  # its values are those of the machine
            assert await answers(client) == []
        else:
            assert await answers(client) == replies_of(case)
    async with raw_client(charon) as another:
        assert (await another.ask("version"))["daemon"] == "charon"


def test_every_kind_is_there() -> None:
    assert len(CASES) == 154
    assert len(set(LABELS)) == len(LABELS)
    assert set(UNLIKE) <= set(LABELS)
    assert sum(not case["replies"] for case in CASES) == 18
    assert octets_of(CASES[4]) == framed(b"")
