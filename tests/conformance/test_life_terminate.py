"""The end of SAs that somebody has asked for, and what both gateways tell of it."""

import anyio
import pytest

from anyvici import Message
from tests.conformance.lives import Life
from tests.conformance.sentences import (
    MATCHED,
    NOT_TERMINATED,
    TERMINATED,
    ended,
    ended_by_peer,
    failed,
    refused,
)
from tests.conformance.state import list_sas
from tests.conformance.talks import to_nobody

pytestmark = pytest.mark.anyio

NOTHING = refused("no matching SAs to terminate found", matches="0", terminated="0")
CHILD_ENDED = "child down gw ESTABLISHED active=CHILD_DELETE net=DELETED"
CHILD_ENDED_BY_PEER = "child down gw ESTABLISHED passive=CHILD_DELETE net=DELETED"
IKE_WAYS: dict[str, Message] = {
    "plain": {},
    "force": {"force": True},
    "at-once": {"timeout": -1},
    "force-at-once": {"force": True, "timeout": -1},
    "timeout": {"timeout": 20_000},
}
CHILD_WAYS = IKE_WAYS | {"of-an-ike-sa": {"ike": "gw"}}


@pytest.mark.parametrize("way", CHILD_WAYS.values(), ids=CHILD_WAYS)
async def test_a_child_sa(life: Life, way: Message) -> None:
    await life.up()
    assert await life.moon.ask("terminate", {"child": "net", **way}) == TERMINATED
    await life.moon.told(CHILD_ENDED)
    await life.sun.told(CHILD_ENDED_BY_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED")
    assert await life.moon.ask("terminate", {"child": "net", **way}) == NOTHING


@pytest.mark.parametrize("way", IKE_WAYS.values(), ids=IKE_WAYS)
async def test_an_ike_sa(life: Life, way: Message) -> None:
    await life.up()
    assert await life.moon.ask("terminate", {"ike": "gw", **way}) == TERMINATED
    await life.moon.told(*ended())
    await life.sun.told(*ended_by_peer())
    for gateway in (life.moon, life.sun):
        await gateway.lists()
    assert await life.moon.ask("terminate", {"ike": "gw", **way}) == NOTHING


async def test_the_responder_ends_a_child_sa(life: Life) -> None:
    await life.up()
    assert await life.sun.ask("terminate", {"child": "net"}) == TERMINATED
    await life.sun.told(CHILD_ENDED)
    await life.moon.told(CHILD_ENDED_BY_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED")


async def test_the_responder_ends_an_ike_sa(life: Life) -> None:
    await life.up()
    assert await life.sun.ask("terminate", {"ike": "gw"}) == TERMINATED
    await life.sun.told(*ended())
    await life.moon.told(*ended_by_peer())
    for gateway in (life.moon, life.sun):
        await gateway.lists()


SELECTORS: dict[str, tuple[Message, Message]] = {
    "nothing": ({}, refused("missing terminate selector")),
    "no-number": ({"ike-id": "abc"}, refused("missing terminate selector")),
    "ike": ({"ike": "x"}, NOTHING),
    "child": ({"child": "x"}, NOTHING),
    "ike-id": ({"ike-id": 99999}, NOTHING),
    "child-id": ({"child-id": 99999}, NOTHING),
    "child-of-another": ({"ike": "x", "child": "net"}, NOTHING),
}


@pytest.mark.parametrize(("selector", "reply"), SELECTORS.values(), ids=SELECTORS)
async def test_what_matches_nothing(life: Life, selector: Message, reply: Message) -> None:
    await life.up()
    assert await life.moon.ask("terminate", selector) == reply
    await life.moon.lists("gw ESTABLISHED net=INSTALLED")


async def test_several_in_their_order(life: Life) -> None:
    await life.load("other")
    await life.up()
    await life.up("other")
    both = {"success": "yes", "matches": "2", "terminated": "2"}
    assert await life.moon.ask("terminate", {"child": "net"}) == both
    for name in ("gw", "other"):
        await life.moon.told(CHILD_ENDED.replace("gw", name), of=name)
        await life.sun.told(CHILD_ENDED_BY_PEER.replace("gw", name), of=name)
    (other,) = await list_sas(life.moon.gateway, ike="other")
    selector = {"ike": "gw", "ike-id": other["uniqueid"]}  # one or the other
    assert await life.moon.ask("terminate", selector) == both
    for name in ("gw", "other"):
        await life.moon.told(ended(name)[0], of=name)
        await life.sun.told(ended_by_peer(name)[0], of=name)


async def test_the_children_go_with_their_ike_sa(life: Life) -> None:
    await life.load_two()
    await life.up()
    await life.add("net2")
    assert await life.moon.ask("terminate", {"child": "net"}) == TERMINATED
    await life.moon.told(CHILD_ENDED)
    await life.sun.told(CHILD_ENDED_BY_PEER)
    await life.add("net")
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED net2=INSTALLED net=INSTALLED")
    assert await life.moon.ask("terminate", {"ike": "gw"}) == TERMINATED
    await life.moon.told(*ended("gw", "net2", "net"))
    await life.sun.told(*ended_by_peer("gw", "net2", "net"))


# With a peer that does not answer.

DELETING_CHILD = "gw ESTABLISHED net=DELETING"
PATIENT: Message = {"timeout": 300}


async def test_in_vain(life: Life) -> None:
    await life.up()
    async with life.gateways.frozen("sun"):
        assert await life.moon.ask("terminate", {"ike": "gw", **PATIENT}) == NOT_TERMINATED
        await life.moon.lists("gw DELETING net=INSTALLED")
        assert await life.moon.ask("rekey", {"ike": "gw"}) == MATCHED  # and nothing comes of it
        assert await life.moon.ask("terminate", {"ike": "gw"}) == TERMINATED
        await life.moon.told(*ended(tasks="queued=IKE_REKEY active=IKE_DELETE"))
        await life.moon.lists()
    await life.sun.gone()


async def test_twice_at_once(life: Life) -> None:
    """The second does not wait any more."""
    await life.up()
    async with life.gateways.frozen("sun"):
        for _ in range(2):
            assert await life.moon.ask("terminate", {"ike": "gw", "timeout": -1}) == TERMINATED
        await life.moon.told(*ended())
        await life.moon.lists()
    await life.sun.gone()


async def test_by_force_in_the_end(life: Life) -> None:
    await life.up()
    async with life.gateways.frozen("sun"):
        force = {"ike": "gw", "force": True, **PATIENT}
        assert await life.moon.ask("terminate", force) == NOT_TERMINATED
        await life.moon.told(*ended())
        await life.moon.lists()
    await life.sun.gone()


@pytest.mark.parametrize("timeout", [0, -1])
async def test_by_force_at_once(life: Life, timeout: int) -> None:
    await life.up()
    async with life.gateways.frozen("sun"):
        force = {"ike": "gw", "force": True, "timeout": timeout}
        assert await life.moon.ask("terminate", force) == TERMINATED
        await life.moon.told(*ended())
        await life.moon.lists()
    await life.sun.gone()


async def test_a_child_sa_in_vain(life: Life) -> None:
    """Force is for IKE_SAs."""
    await life.up()
    async with life.gateways.frozen("sun"):
        for force in ({}, {"force": True}):
            reply = await life.moon.ask("terminate", {"child": "net", **force, **PATIENT})
            assert reply == NOT_TERMINATED
            await life.moon.lists(DELETING_CHILD)
        assert await life.moon.ask("terminate", {"child": "net", "timeout": -1}) == TERMINATED
        await life.moon.lists(DELETING_CHILD)
    await life.moon.told(CHILD_ENDED.replace("active", "queued=CHILD_DELETE,CHILD_DELETE active"))
    await life.sun.told(CHILD_ENDED_BY_PEER)


# Before it is up.

CONNECTING_WAYS = {name: way for name, way in IKE_WAYS.items() if name != "timeout"}


@pytest.mark.parametrize("way", CONNECTING_WAYS.values(), ids=CONNECTING_WAYS)
async def test_an_attempt(life: Life, way: Message) -> None:
    await life.moon.ask("load-conn", {"nobody": to_nobody()})
    async with anyio.create_task_group() as tasks:
        what = {"ike": "nobody", "child": "net"}
        answers = [life.moon.begin(tasks, "initiate", what) for _ in range(2)]
        await life.moon.lists("nobody CONNECTING")
        assert await life.moon.ask("terminate", {"child": "net"}) == NOTHING
        assert await life.moon.ask("terminate", {"ike": "nobody", **way}) == TERMINATED
        for answer in answers:
            assert await answer.get() == failed()
    await life.moon.lists()
