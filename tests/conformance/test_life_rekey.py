"""SAs that are replaced while they are in use, and IKE_SAs that begin anew."""

import anyio
import pytest

from tests.conformance.lives import Life, Witness
from tests.conformance.sentences import (
    MATCHED,
    TERMINATED,
    answered,
    ended,
    ended_by_peer,
    initiated,
    refused,
)
from tests.conformance.state import list_sas

pytestmark = pytest.mark.anyio

CHILD_REKEYED = "child rekey gw ESTABLISHED active=CHILD_REKEY net=REKEYED>INSTALLED"
CHILD_REKEYED_BY_PEER = CHILD_REKEYED.replace("active", "passive")
REKEYED = "rekey gw REKEYING active=IKE_REKEY > ESTABLISHED"
REKEYED_BY_PEER = "rekey gw ESTABLISHED passive=IKE_REKEY > ESTABLISHED"
REAUTH = {"ike": "gw", "reauth": "yes"}
REAUTHENTICATED = (*ended(tasks="active=IKE_REAUTH"), *initiated())
ANSWERED_AGAIN = answered()[1:]  # the ports stay what they are
UP = "gw ESTABLISHED net=INSTALLED"
DELETED = "gw ESTABLISHED net=DELETED net=INSTALLED"


def both_ways(life: Life) -> list[tuple[Witness, Witness]]:
    """Return who begins and who answers, once for each."""
    return [(life.moon, life.sun), (life.sun, life.moon)]


async def uniqueids(witness: Witness) -> list[int]:
    """Return that of the IKE_SA, and those of its CHILD_SAs."""
    (ike_sa,) = await list_sas(witness.gateway)
    children = ike_sa["child-sas"].values()
    return [int(sa["uniqueid"]) for sa in (ike_sa, *children)]


async def test_an_ike_sa_by_both_ends(life: Life) -> None:
    await life.up()
    ike_sa, child_sa = await uniqueids(life.moon)
    for one, other in both_ways(life):
        assert await one.ask("rekey", {"ike": "gw"}) == MATCHED
        await one.told(REKEYED)
        await other.told(REKEYED_BY_PEER)
        for gateway in (one, other):  # the old one has gone without a word
            await gateway.lists(UP)
        (listed,) = await list_sas(one.gateway)
        assert listed["initiator"] == "yes"  # of this one, whoever began the first
    assert await uniqueids(life.moon) == [ike_sa + 2, child_sa]


async def test_an_ike_sa_twice_at_once(life: Life) -> None:
    """The second replaces what has replaced the first."""
    await life.up()
    async with life.gateways.frozen("sun"):
        for _ in range(2):
            assert await life.moon.ask("rekey", {"ike": "gw"}) == MATCHED
    await life.moon.told(f"{REKEYED} queued=IKE_REKEY", REKEYED)
    await life.sun.told(REKEYED_BY_PEER, REKEYED_BY_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


async def test_a_child_sa_by_both_ends(life: Life) -> None:
    """The old one stays listed for some seconds, and can be ended before."""
    await life.up()
    for one, other in both_ways(life):
        (_, child_sa) = await uniqueids(one)
        assert await one.ask("rekey", {"child": "net"}) == MATCHED
        await one.told(CHILD_REKEYED)
        await other.told(CHILD_REKEYED_BY_PEER)
        for gateway in (one, other):
            await gateway.lists(DELETED)
            (_, old, new) = await uniqueids(gateway)
            assert new == old + 1
            assert await gateway.ask("rekey", {"child-id": old}) == MATCHED  # and nothing happens
            assert await gateway.ask("terminate", {"child-id": old}) == TERMINATED
            await gateway.lists(UP)
        assert await uniqueids(one) == [(await uniqueids(one))[0], child_sa + 1]


async def test_a_child_sa_and_its_predecessor(life: Life) -> None:
    """Both match; only one is replaced, and told of in the end."""
    await life.up()
    for matches in ("1", "2"):
        reply = await life.moon.ask("rekey", {"ike": "gw", "child": "net"})
        assert reply == MATCHED | {"matches": matches}
        # What is asked of the predecessor may still wait to be found needless.
        await life.moon.told(CHILD_REKEYED.replace("active", "*active"))
        await life.sun.told(CHILD_REKEYED_BY_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED net=DELETED net=DELETED net=INSTALLED")
    assert await life.moon.ask("terminate", {"ike": "gw"}) == TERMINATED
    await life.moon.told(*ended())
    await life.sun.told(*ended_by_peer())


@pytest.mark.parametrize("anyio_backend", ["trio"])  # it takes 5 seconds
async def test_a_child_sa_that_was_replaced_is_listed_for_a_while(life: Life) -> None:
    await life.up()
    assert await life.moon.ask("rekey", {"child": "net"}) == MATCHED
    await life.moon.told(CHILD_REKEYED)
    await life.sun.told(CHILD_REKEYED_BY_PEER)
    begin = anyio.current_time()
    for gateway in (life.moon, life.sun):
        await gateway.lists(DELETED)
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)
    assert 4.5 < anyio.current_time() - begin < 5.5


@pytest.mark.parametrize("kind", ["ike", "child"])
async def test_at_both_ends_at_once(life: Life, kind: str) -> None:
    """One of both gives in: they have one that they agree on."""
    await life.up()
    what = {"ike": "gw"} if kind == "ike" else {"child": "net"}
    async with anyio.create_task_group() as tasks:
        for gateway in (life.moon, life.sun):
            gateway.begin(tasks, "rekey", what)
    for one, other in both_ways(life):
        await one.told("*rekey gw *")
        await one.shares_with(other)
    life.goes_on()


async def test_a_new_beginning_by_both_ends(life: Life) -> None:
    await life.up()
    for one, other in both_ways(life):
        assert await one.ask("rekey", REAUTH) == MATCHED
        await one.told(*REAUTHENTICATED)
        await other.told(*ended_by_peer(), *ANSWERED_AGAIN)
        for gateway in (one, other):
            await gateway.lists(UP)


async def test_a_new_beginning_with_two_children(life: Life) -> None:
    await life.load_two()
    await life.up()
    await life.add("net2")
    assert await life.moon.ask("rekey", REAUTH) == MATCHED
    await life.moon.told(
        *ended("gw", "net", "net2", tasks="active=IKE_REAUTH"),
        "ike up gw ESTABLISHED queued=CHILD_CREATE active=IKE_ESTABLISH,CHILD_CREATE",
        "child up gw ESTABLISHED queued=CHILD_CREATE active=CHILD_CREATE net=INSTALLED",
        "child up gw ESTABLISHED active=CHILD_CREATE net2=INSTALLED",
    )
    second = "child up gw ESTABLISHED passive=CHILD_CREATE net2=INSTALLED"
    await life.sun.told(*ended_by_peer("gw", "net", "net2"), *ANSWERED_AGAIN, second)


async def test_without_children_there_is_no_new_beginning(life: Life) -> None:
    assert await life.moon.ask("initiate", {"ike": "gw"}) == {"success": "yes"}
    await life.moon.told("ike up gw ESTABLISHED active=IKE_ESTABLISH")
    await life.sun.told(*answered()[:2])
    assert await life.moon.ask("rekey", REAUTH) == MATCHED
    down = "ike down gw DELETING active=IKE_REAUTH"
    await life.moon.told(down, down)  # twice, says charon
    await life.sun.told("ike down gw DELETING passive=IKE_DELETE")
    for gateway in (life.moon, life.sun):
        await gateway.lists()


async def test_a_child_sa_does_not_begin_anew(life: Life) -> None:
    await life.up()
    assert await life.moon.ask("rekey", {"child": "net", "reauth": "yes"}) == MATCHED
    await life.moon.told(CHILD_REKEYED)
    await life.sun.told(CHILD_REKEYED_BY_PEER)


async def test_what_matches_nothing(life: Life) -> None:
    await life.up()
    assert await life.moon.ask("rekey", {}) == refused("missing rekey selector")
    nothing = refused("no matching SAs to rekey found", matches="0")
    for selector in ({"ike": "x"}, {"ike-id": 99999}, {"child": "x"}, {"ike": "x", "child": "net"}):
        assert await life.moon.ask("rekey", selector) == nothing


async def test_what_waits_for_an_exchange_goes_on_in_the_new_ike_sa(life: Life) -> None:
    """Whatever the order of asking: the IKE_SA is ended first of all."""
    await life.up()
    soon = {"timeout": 100}
    async with life.gateways.frozen("sun"):
        assert await life.moon.ask("rekey", {"ike": "gw"}) == MATCHED
        assert await life.moon.ask("rekey", {"ike": "gw"}) == MATCHED
        late = refused("CHILD_SA 'net' not established after 100ms")
        assert await life.moon.ask("initiate", {"child": "net", **soon}) == late
        for selector in ({"child": "net"}, {"ike": "gw"}):
            reply = await life.moon.ask("terminate", {**selector, **soon})
            assert reply == refused("terminating SA failed", matches="1", terminated="0")
        await life.moon.lists("gw REKEYING net=INSTALLED")
    queued = "queued=IKE_REKEY,CHILD_CREATE,CHILD_DELETE"
    await life.moon.told(
        f"{REKEYED} {queued},IKE_DELETE", *ended(tasks=f"{queued} active=IKE_DELETE")
    )
    await life.sun.told(REKEYED_BY_PEER, *ended_by_peer())
