"""IKE_SAs that are asked to go to another gateway."""

import pytest

from anyvici import Message
from tests.conformance.lives import Life
from tests.conformance.sentences import MATCHED, answered, ended, ended_by_peer, initiated, refused

pytestmark = pytest.mark.anyio

UP = "gw ESTABLISHED net=INSTALLED"
MOVED = tuple(each.replace("active", "queued=IKE_REAUTH_COMPLETE active") for each in initiated())
HERE: Message = {"ike": "gw", "gateway": "10.99.0.2"}
NOTHING = refused("no matching SAs to redirect found", matches="0")


async def assert_moved(life: Life) -> None:
    """The new IKE_SA is there before the old one is ended."""
    await life.moon.told(*MOVED, *ended())
    await life.sun.told(*answered(), *ended_by_peer())
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


@pytest.mark.parametrize(
    "selector",
    [{"ike": "gw"}, {"peer-ip": "10.99.0.1"}, {"peer-ip": "10.99.0.0/24"}, {"peer-id": "moon"}],
    ids=["ike", "peer-ip", "network", "peer-id"],
)
async def test_by_the_responder(life: Life, selector: Message) -> None:
    await life.up()
    assert await life.sun.ask("redirect", {**selector, "gateway": "10.99.0.2"}) == MATCHED
    await assert_moved(life)


async def test_to_where_nobody_answers(life: Life) -> None:
    """The old one stays, and is not asked again."""
    await life.up()
    for _ in range(2):
        assert await life.sun.ask("redirect", HERE | {"gateway": "10.99.0.77"}) == MATCHED
        await life.moon.lists("gw CONNECTING", UP)
        await life.sun.lists(UP)


async def test_by_the_initiator(life: Life) -> None:
    """Nothing happens at all."""
    await life.up()
    assert await life.moon.ask("redirect", HERE) == MATCHED
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


async def test_with_ikev1_there_is_no_such_thing(life: Life) -> None:
    await life.load(version=1)
    await life.moon.ask("initiate", {"child": "net"})
    assert await life.sun.ask("redirect", HERE) == NOTHING
    life.goes_on()


REFUSED: dict[str, tuple[Message, Message]] = {
    "nothing": ({}, refused("missing target gateway")),
    "no-gateway": ({"ike": "gw"}, refused("missing target gateway")),
    "no-selector": ({"gateway": "10.99.0.2"}, refused("missing redirect selector")),
    "ike": (HERE | {"ike": "x"}, NOTHING),
    "ike-id": ({"ike-id": 99999, "gateway": "10.99.0.2"}, NOTHING),
    "peer-ip": (HERE | {"peer-ip": "rubbish"}, refused("invalid peer IP selector")),
}


@pytest.mark.parametrize(("message", "reply"), REFUSED.values(), ids=REFUSED)
async def test_what_is_refused(life: Life, message: Message, reply: Message) -> None:
    await life.up()
    assert await life.sun.ask("redirect", message) == reply
