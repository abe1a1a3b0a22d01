"""What gateways do by themselves: when connections are loaded, and when SAs end."""

import pytest

from anyvici import Message
from tests.conformance.lives import Life
from tests.conformance.sentences import (
    TERMINATED,
    YES,
    answered,
    ended,
    ended_by_peer,
    initiated,
    refused,
)
from tests.conformance.talks import to_nobody

pytestmark = pytest.mark.anyio

UP = "gw ESTABLISHED net=INSTALLED"
CHILD_ENDED = "child down gw ESTABLISHED active=CHILD_DELETE net=DELETED"
CHILD_ENDED_BY_PEER = "child down gw ESTABLISHED passive=CHILD_DELETE net=DELETED"
START: Message = {"start_action": "start"}
TRAP: Message = {"start_action": "trap"}
CHANGED: Message = {"rekey_time": 1000}


async def loaded_and_up(life: Life, net: Message = START) -> None:
    await life.moon.load(net=net)
    await life.moon.told(*initiated())
    await life.sun.told(*answered())


async def test_start(life: Life) -> None:
    await loaded_and_up(life)
    await life.moon.load(net=START)  # nothing has changed
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


@pytest.mark.parametrize("what", ["child", "ike"])
async def test_what_was_started_begins_anew_if_it_is_changed(life: Life, what: str) -> None:
    await loaded_and_up(life)
    if what == "child":
        await life.moon.load(net=START | CHANGED)
    else:
        await life.moon.load(net=START, **CHANGED)
    await life.moon.told_of_two(ended(), initiated())
    await life.sun.told_of_two(ended_by_peer(), answered())
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


async def test_what_was_started_ends_if_it_is_not_to_be_started(life: Life) -> None:
    await loaded_and_up(life)
    await life.moon.load()
    await life.moon.told(*ended())
    await life.sun.told(*ended_by_peer())


async def test_what_was_started_ends_if_it_is_unloaded(life: Life) -> None:
    await loaded_and_up(life)
    assert await life.moon.ask("unload-conn", {"name": "gw"}) == YES
    await life.moon.told(*ended())
    await life.sun.told(*ended_by_peer())
    for gateway in (life.moon, life.sun):
        await gateway.lists()


async def test_an_attempt_ends_if_it_is_unloaded(life: Life) -> None:
    connection = to_nobody()
    connection["children"]["net"] |= START
    assert await life.moon.ask("load-conn", {"nobody": connection}) == YES
    await life.moon.lists("nobody CONNECTING")
    assert await life.moon.ask("unload-conn", {"name": "nobody"}) == YES
    await life.moon.lists()


async def test_what_was_not_started_stays(life: Life) -> None:
    await life.up()
    await life.moon.load(net=CHANGED)
    assert await life.moon.ask("unload-conn", {"name": "gw"}) == YES
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)
    assert await life.moon.ask("terminate", {"child": "net"}) == TERMINATED
    await life.moon.told(CHILD_ENDED)
    await life.sun.told(CHILD_ENDED_BY_PEER)


async def test_of_two_only_what_was_started_ends(life: Life) -> None:
    await life.load_two()
    children = life.moon.two_children()
    children["net2"] |= START
    await life.moon.load(children=children)
    await life.moon.told(*initiated(child="net2"))
    await life.sun.told(*answered(child="net2"))
    await life.add("net")
    assert await life.moon.ask("unload-conn", {"name": "gw"}) == YES
    await life.moon.told(CHILD_ENDED.replace("net", "net2"))
    await life.sun.told(CHILD_ENDED_BY_PEER.replace("net", "net2"))
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


async def test_trap(life: Life) -> None:
    """It is there as long as the connection is, whatever becomes of the SA."""
    await life.moon.load(net=TRAP)
    assert await life.moon.policies() == ["gw/net"]
    await life.up()
    await life.moon.load(net=TRAP | CHANGED)
    assert await life.moon.policies() == ["gw/net"]
    assert await life.moon.ask("unload-conn", {"name": "gw"}) == YES
    assert await life.moon.policies() == []
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


async def test_trap_and_start(life: Life) -> None:
    await loaded_and_up(life, {"start_action": "trap|start"})
    assert await life.moon.policies() == ["gw/net"]
    assert await life.moon.ask("unload-conn", {"name": "gw"}) == YES
    await life.moon.told(*ended())
    await life.sun.told(*ended_by_peer())
    assert await life.moon.policies() == []


async def test_install(life: Life) -> None:
    """A trap stays when its SA comes and goes, but takes a number of its own."""
    for _ in range(2):
        assert await life.moon.ask("install", {"child": "net", "ike": "gw"}) == YES
        assert await life.moon.policies() == ["gw/net"]
    await life.up()
    assert await life.moon.ask("terminate", {"child": "net"}) == TERMINATED
    await life.moon.told(CHILD_ENDED)
    await life.sun.told(CHILD_ENDED_BY_PEER)
    assert await life.moon.policies() == ["gw/net"]
    assert await life.moon.ask("uninstall", {"child": "net"}) == YES
    assert await life.moon.policies() == []
    unknown = refused("policy 'net' not found")
    assert await life.moon.ask("uninstall", {"child": "net"}) == unknown


async def test_a_shunt_that_is_to_start_is_initiated(life: Life) -> None:
    """charon does not look at the mode: the IKE_SA comes up, and no CHILD_SA in it."""
    there = {"local_ts": ["10.1.0.0/16"], "remote_ts": ["10.9.0.0/16"]}
    children = {
        "pass": {"mode": "pass", **TRAP, **there},
        "drop": {"mode": "drop", **START, **there},
    }
    await life.moon.load("gw", children=children)
    await life.moon.told(initiated()[0])
    await life.sun.told(*answered()[:2])
    assert await life.moon.policies() == ["gw/pass"]
    assert await life.moon.ask("unload-conn", {"name": "gw"}) == YES
    await life.moon.told(ended()[0])
    await life.sun.told(ended_by_peer()[0])
    assert await life.moon.policies() == []


# What follows the end of a CHILD_SA that the peer has brought about.

CREATED = "child up gw ESTABLISHED active=CHILD_CREATE net=INSTALLED"
POLICIES = {"none": [], "trap": ["gw/net"], "start": []}


@pytest.mark.parametrize("action", POLICIES)
async def test_the_peer_closes_a_child_sa(life: Life, action: str) -> None:
    await life.moon.load(net={"close_action": action})
    await life.up()
    assert await life.sun.ask("terminate", {"child": "net"}) == TERMINATED
    await life.moon.told(CHILD_ENDED_BY_PEER)
    if action == "start":
        await life.moon.told(CREATED)
        await life.sun.told("child * gw *", "child * gw *")  # up and down, or down and up
    else:
        await life.sun.told(CHILD_ENDED)
    assert await life.moon.policies() == POLICIES[action]
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP if action == "start" else "gw ESTABLISHED")


@pytest.mark.parametrize("action", POLICIES)
async def test_the_peer_closes_an_ike_sa(life: Life, action: str) -> None:
    await life.moon.load(net={"close_action": action})
    await life.up()
    assert await life.sun.ask("terminate", {"ike": "gw"}) == TERMINATED
    await life.moon.told(*ended_by_peer())
    if action == "start":
        await life.moon.told(*initiated())
        await life.sun.told_of_two(ended(), answered())
    else:
        await life.sun.told(*ended())
    assert await life.moon.policies() == POLICIES[action]


@pytest.mark.parametrize("action", ["trap", "start"])
async def test_nothing_follows_what_we_close(life: Life, action: str) -> None:
    await life.moon.load(net={"close_action": action})
    await life.up()
    assert await life.moon.ask("terminate", {"child": "net"}) == TERMINATED
    await life.moon.told(CHILD_ENDED)
    await life.sun.told(CHILD_ENDED_BY_PEER)
    assert await life.moon.policies() == []
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED")
