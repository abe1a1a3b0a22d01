"""The life of SAs with IKEv1."""

import anyio
import pytest

from tests.conformance.lives import Life, Witness
from tests.conformance.sentences import MATCHED, TERMINATED, YES, failed
from tests.conformance.talks import to_nobody

pytestmark = pytest.mark.anyio

UP = "gw ESTABLISHED net=INSTALLED"
CONNECTING = "update (unnamed) CONNECTING passive=ISAKMP_VENDOR,MAIN_MODE"
MAIN_MODE = "ike up gw ESTABLISHED active=MAIN_MODE"
QUICK_MODE = "child up gw ESTABLISHED active=QUICK_MODE net=INSTALLED"
INITIATED = (MAIN_MODE.replace("active", "queued=QUICK_MODE active"), QUICK_MODE)
MAIN_MODE_OF_PEER = MAIN_MODE.replace("active", "passive")
QUICK_MODE_OF_PEER = QUICK_MODE.replace("active", "passive")
REKEYED = "child rekey gw ESTABLISHED active=QUICK_MODE net=REKEYING>INSTALLED"
REKEYED_BY_PEER = REKEYED.replace("active", "passive")
CHILD_ENDED = "child down gw ESTABLISHED active=QUICK_DELETE net=DELETED"
CHILD_ENDED_BY_PEER = "child down gw ESTABLISHED passive=INFORMATIONAL net=DELETED"
IKE_ENDED = "ike down gw DELETING active=ISAKMP_DELETE"
IKE_ENDED_BY_PEER = "ike down gw DELETING passive=INFORMATIONAL"
ENDED = (CHILD_ENDED.replace("active", "queued=ISAKMP_DELETE active"), IKE_ENDED)
ENDED_BY_PEER = ("* down gw * passive=INFORMATIONAL*",) * 2  # either message may be read first


async def up(life: Life) -> None:
    """Bring it up. With IKEv1 the responder has its CHILD_SA last of all."""
    await life.load(version=1)
    assert await life.moon.ask("initiate", {"child": "net"}) == YES
    await life.moon.told(*INITIATED)
    await life.sun.told(CONNECTING, MAIN_MODE_OF_PEER, QUICK_MODE_OF_PEER)


def both_ways(life: Life) -> list[tuple[Witness, Witness]]:
    """Return who begins and who answers, once for each."""
    return [(life.moon, life.sun), (life.sun, life.moon)]


async def test_initiate(life: Life) -> None:
    await up(life)
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)
        counters = await gateway.gateway.call("get-counters", {"all": "yes"})
        assert counters["counters"] == {}  # they are for IKEv2


async def test_an_ike_sa_and_then_a_child(life: Life) -> None:
    await life.load(version=1)
    assert await life.moon.ask("initiate", {"ike": "gw"}) == YES
    await life.moon.told(MAIN_MODE)
    await life.sun.told(CONNECTING, MAIN_MODE_OF_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED")
    assert await life.moon.ask("initiate", {"child": "net"}) == YES
    await life.moon.told(QUICK_MODE)
    await life.sun.told(QUICK_MODE_OF_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


async def test_to_initiate_a_child_again_is_to_rekey_it(life: Life) -> None:
    """The old one stays until its life ends."""
    await up(life)
    assert await life.moon.ask("initiate", {"child": "net"}) == YES
    await life.moon.told(REKEYED)
    await life.sun.told(REKEYED_BY_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED net=REKEYED net=INSTALLED")
        assert await gateway.counted() == {"child-rekey": 1}


async def test_a_child_sa_is_rekeyed_by_both_ends(life: Life) -> None:
    await up(life)
    for matches, (one, other) in enumerate(both_ways(life), start=1):
        assert await one.ask("rekey", {"child": "net"}) == MATCHED | {"matches": str(matches)}
        await one.told(REKEYED)
        await other.told(REKEYED_BY_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED net=REKEYED net=REKEYED net=INSTALLED")
    all_of_them = TERMINATED | {"matches": "3", "terminated": "3"}
    assert await life.moon.ask("terminate", {"child": "net"}) == all_of_them
    await life.moon.told(CHILD_ENDED)
    await life.sun.told(CHILD_ENDED_BY_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED")


@pytest.mark.parametrize("reauth", ["no", "yes"])
async def test_an_ike_sa_is_begun_anew(life: Life, reauth: str) -> None:
    """The new one takes the CHILD_SA over; the responder ends the old one after a while."""
    await up(life)
    assert await life.moon.ask("rekey", {"ike": "gw", "reauth": reauth}) == MATCHED
    await life.moon.told(MAIN_MODE)
    await life.sun.told(MAIN_MODE_OF_PEER)
    await life.moon.lists("gw REKEYING", UP)
    await life.sun.lists("gw ESTABLISHED", UP)


@pytest.mark.parametrize("anyio_backend", ["trio"])  # it takes 10 seconds
async def test_an_ike_sa_that_was_begun_anew_goes_in_the_end(life: Life) -> None:
    await up(life)
    begun = anyio.current_time()
    assert await life.moon.ask("rekey", {"ike": "gw"}) == MATCHED
    await life.moon.told(MAIN_MODE, IKE_ENDED_BY_PEER)
    await life.sun.told(MAIN_MODE_OF_PEER, IKE_ENDED)
    assert 9.5 < anyio.current_time() - begun < 20  # a busy machine may look at it late
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


@pytest.mark.parametrize("force", ["no", "yes"])
async def test_an_ike_sa_is_ended_by_both_ends(life: Life, force: str) -> None:
    """Nobody waits for an answer: there is none."""
    for one, other in both_ways(life):
        await up(life)
        assert await one.ask("terminate", {"ike": "gw", "force": force}) == TERMINATED
        await one.told(*ENDED)
        await other.told(*ENDED_BY_PEER)
        for gateway in (one, other):
            await gateway.lists()


async def test_nobody_answers(life: Life) -> None:
    await life.moon.ask("load-conn", {"nobody": to_nobody() | {"version": 1}})
    whom = {"ike": "nobody", "child": "net", "timeout": -1}
    assert await life.moon.ask("initiate", whom) == YES
    await life.moon.lists("nobody CONNECTING")
    assert await life.moon.ask("terminate", {"ike": "nobody"}) == TERMINATED
    await life.moon.lists()


ATTEMPT = "ISAKMP_VENDOR,ISAKMP_CERT_PRE,MAIN_MODE,ISAKMP_CERT_POST,ISAKMP_NATD"


async def test_no_proposal_for_the_ike_sa(life: Life) -> None:
    await life.load(version=1)
    await life.moon.load(version=1, proposals=["aes256-sha384-modp2048"])
    assert await life.moon.ask("initiate", {"child": "net"}) == failed()
    lost = f"queued=QUICK_MODE active={ATTEMPT} passive=INFORMATIONAL"
    await life.moon.told(f"ike down gw CONNECTING {lost}")
    await life.sun.told("ike down (unnamed) CONNECTING")


async def test_no_proposal_for_the_child(life: Life) -> None:
    await life.load(version=1)
    await life.moon.load(version=1, net={"esp_proposals": ["aes256-sha384"]})
    assert await life.moon.ask("initiate", {"child": "net"}) == failed()
    await life.moon.told(INITIATED[0])
    await life.sun.told(CONNECTING, MAIN_MODE_OF_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED")
