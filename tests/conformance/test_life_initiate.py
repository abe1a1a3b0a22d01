"""SAs that come up, alone or several at once, and why they may not."""

import anyio
import pytest

from tests.conformance.lives import Life, Witness, spis
from tests.conformance.sentences import (
    ANSWERING,
    AUTHENTICATING,
    INITIATING,
    MATCHED,
    SETTLING,
    YES,
    answered,
    connecting,
    failed,
    initiated,
    refused,
)
from tests.conformance.state import eventually, list_sas
from tests.conformance.talks import to_nobody

pytestmark = pytest.mark.anyio

UP = "gw ESTABLISHED net=INSTALLED"
WITHOUT_CHILD = "ike up gw ESTABLISHED active=IKE_ESTABLISH,CHILD_CREATE"
IKE_ONLY = "ike up gw ESTABLISHED active=IKE_ESTABLISH"
CHILD = "child up gw ESTABLISHED active=CHILD_CREATE net=INSTALLED"
CHILD_OF_PEER = "child up gw ESTABLISHED passive=CHILD_CREATE net=INSTALLED"
QUEUED = tuple(each.replace("active", "queued=CHILD_CREATE active") for each in initiated())


async def test_an_ike_sa_and_then_a_child(life: Life) -> None:
    assert await life.moon.ask("initiate", {"ike": "gw"}) == YES
    await life.moon.told(IKE_ONLY)
    await life.sun.told(*answered()[:2])
    for gateway in (life.moon, life.sun):
        await gateway.lists("gw ESTABLISHED")
    assert await life.moon.ask("initiate", {"ike": "gw", "child": "net"}) == YES
    await life.moon.told(CHILD)
    await life.sun.told(CHILD_OF_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


async def test_a_second_child(life: Life) -> None:
    await life.load_two()
    await life.up()
    await life.add("net2")
    for gateway in (life.moon, life.sun):
        await gateway.lists(f"{UP} net2=INSTALLED")


async def test_without_waiting(life: Life) -> None:
    assert await life.moon.ask("initiate", {"child": "net", "timeout": -1}) == YES
    await life.moon.told(*initiated())
    await life.sun.told(*answered())
    assert await life.moon.ask("initiate", {"child": "net", "timeout": -1}) == YES
    assert await life.moon.ask("initiate", {"child": "net"}) == failed()  # it is there
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


async def test_two_children_at_once(life: Life) -> None:
    """The second waits until the IKE_SA is there."""
    await life.load_two()
    await begun_together(life, "net", "net2")
    second = "child up gw ESTABLISHED active=CHILD_CREATE net2=INSTALLED"
    await life.moon.told(*QUEUED, second)
    await life.sun.told(*answered(), second.replace("active", "passive"))
    for gateway in (life.moon, life.sun):
        await gateway.lists(f"{UP} net2=INSTALLED")


async def test_a_child_twice_at_once(life: Life) -> None:
    """Both wait for the same."""
    await begun_together(life, "net", "net")
    await life.moon.told(*QUEUED)
    await life.sun.told(*answered())
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


async def begun_together(life: Life, *children: str) -> None:
    """Have children initiated before the peer can answer."""
    async with anyio.create_task_group() as tasks:
        async with life.gateways.frozen("sun"):
            answers = []
            for number, child in enumerate(children):
                answers.append(life.moon.begin(tasks, "initiate", {"child": child}))
                await eventually(waits_for, life.moon, number)
        assert [await answer.get() for answer in answers] == [YES] * len(children)


async def waits_for(witness: Witness, queued: int) -> bool:
    """Tell whether there is an IKE_SA, and whether so many tasks wait for it."""
    ike_sas = await list_sas(witness.gateway)
    return [len(sa.get("tasks-queued", [])) for sa in ike_sas] == [queued]


async def test_both_ends_at_once(life: Life) -> None:
    """Then there are two, unless one gateway was quick enough to use what the other had begun.

    Such a one may wait in vain (5.9.8): its CHILD_SA has come up in the IKE_SA of the other. And
    one that hears of an initial contact destroys what it has begun, and does not tell the other.
    """
    bounded = {"child": "net", "timeout": 2000}
    async with anyio.create_task_group() as tasks:
        answers = [each.begin(tasks, "initiate", bounded) for each in (life.moon, life.sun)]
        assert YES in [await answer.get() for answer in answers]
    await eventually(share_one, life)
    life.goes_on()


async def share_one(life: Life) -> bool:
    here, there = [await spis(each.gateway) for each in (life.moon, life.sun)]
    return any(ike_sa in there for ike_sa in here)


async def test_to_nobody_in_particular(life: Life) -> None:
    await life.moon.load("any", remote_addrs=["%any"])
    assert await life.moon.ask("initiate", {"ike": "any", "child": "net"}) == failed()
    await life.moon.lists()
    trap = await life.moon.ask("install", {"ike": "any", "child": "net"})
    assert trap == refused("installing policy 'net' failed")


# While it is CONNECTING.


async def test_other_commands_do_not_wait_for_it(life: Life) -> None:
    await life.moon.ask("load-conn", {"nobody": to_nobody()})
    whom = {"ike": "nobody"}
    async with anyio.create_task_group() as tasks:
        answer = life.moon.begin(tasks, "initiate", {**whom, "child": "net", "timeout": 300})
        await life.moon.lists("nobody CONNECTING")
        assert await life.moon.ask("rekey", whom) == MATCHED
        redirect = {**whom, "gateway": "10.99.0.2"}
        assert await life.moon.ask("redirect", redirect) == MATCHED
        assert await life.moon.ask("unload-conn", {"name": "nobody"}) == YES
        (ike_sa,) = await list_sas(life.moon.gateway)
        assert ike_sa["state"] == "CONNECTING"
        assert ike_sa["tasks-active"] == f"IKE_VENDOR,IKE_INIT,{INITIATING},CHILD_CREATE".split(",")
        assert ike_sa["tasks-queued"] == ["IKE_REKEY"]  # nobody is there to be redirected
        late = refused("CHILD_SA 'net' not established after 300ms")
        assert await answer.get() == late
    await life.moon.lists("nobody CONNECTING")  # it goes on


# What the gateways do not agree on.

LOST = f"active=IKE_INIT,{INITIATING},CHILD_CREATE"
IKE_LOST = f"ike down gw CONNECTING {LOST}"
IKE_LOST_BY_PEER = f"ike down (unnamed) CONNECTING passive=IKE_INIT,IKE_NATD,{ANSWERING}"


async def test_no_proposal_for_the_ike_sa(life: Life) -> None:
    await life.moon.load(proposals=["aes256-sha384-modp2048"])
    assert await life.moon.ask("initiate", {"child": "net"}) == failed()
    await life.moon.told(IKE_LOST)
    await life.sun.told(IKE_LOST_BY_PEER)
    for gateway in (life.moon, life.sun):
        await gateway.lists()


async def test_another_group_for_the_ike_sa(life: Life) -> None:
    """It is asked for, in a second attempt of the same IKE_SA."""
    await life.moon.load(proposals=["aes128-sha256-modp2048-curve25519"])
    assert await life.moon.ask("initiate", {"child": "net"}) == YES
    await life.moon.told(*initiated())
    await life.sun.told(IKE_LOST_BY_PEER, *answered())
    assert (await life.moon.counted())["ike-init-out-req"] == 2
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)
        (ike_sa,) = await list_sas(gateway.gateway)
        assert ike_sa["dh-group"] == "CURVE_25519"


async def test_nobody_expects_it(life: Life) -> None:
    await life.sun.ask("unload-conn", {"name": "gw"})
    assert await life.moon.ask("initiate", {"child": "net"}) == failed()
    await life.moon.told(IKE_LOST)
    for gateway in (life.moon, life.sun):
        await gateway.lists()


@pytest.mark.parametrize(
    "changes",
    [
        {"esp_proposals": ["aes256-sha384"]},
        {"remote_ts": ["10.77.0.0/16"]},
        {"mode": "transport"},
    ],
    ids=["proposal", "selectors", "mode"],
)
async def test_no_agreement_on_the_child(life: Life, changes: dict[str, object]) -> None:
    """The IKE_SA stays, and the next attempt is one within it."""
    await life.moon.load(net=changes)
    assert await life.moon.ask("initiate", {"child": "net"}) == failed()
    await life.moon.told(WITHOUT_CHILD)
    await life.sun.told(*answered()[:2])
    for gateway in (life.moon, life.sun):
        assert await gateway.ask("initiate", {"child": "net"}) == failed()
        await gateway.lists("gw ESTABLISHED")


async def test_selectors_are_narrowed(life: Life) -> None:
    ours = {"local_ts": ["10.1.0.0/16", "10.5.0.0/16"], "remote_ts": ["0.0.0.0/0"]}
    await life.moon.load(net=ours)
    await life.up()
    (ike_sa,) = await list_sas(life.moon.gateway)
    (child,) = ike_sa["child-sas"].values()
    assert (child["local-ts"], child["remote-ts"]) == (["10.1.0.0/16"], ["10.2.0.0/16"])


# Without a CHILD_SA in IKE_AUTH.


async def test_childless(life: Life) -> None:
    await life.load(childless="force")
    await life.up()
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)
    counted = await life.moon.counted()
    assert counted["create-child-out-req"] == 1


async def test_childless_for_one_that_never_is(life: Life) -> None:
    await life.moon.load(childless="force")
    await life.sun.load(childless="never")
    assert await life.moon.ask("initiate", {"child": "net"}) == failed()
    await life.moon.lists()
    await life.sun.lists("(unnamed) CONNECTING")


@pytest.mark.parametrize(("ours", "its"), [("allow", "force"), ("never", "never")])
async def test_childless_is_what_the_peer_wants_otherwise(life: Life, ours: str, its: str) -> None:
    await life.moon.load(childless=ours)
    await life.sun.load(childless=its)
    what = {"child": "net"} if its == "force" else {"ike": "gw"}
    reply = await life.moon.ask("initiate", what)
    assert reply["success"] == "no"
    child = ",CHILD_CREATE" if its == "force" else ""
    lost = f"active=IKE_AUTH,IKE_CERT_POST,{SETTLING}{child}"
    await life.moon.told(f"ike down gw CONNECTING {lost}")
    down = "ike down gw ESTABLISHED passive=CHILD_CREATE"
    await life.sun.told(*answered()[:2], down)
    for gateway in (life.moon, life.sun):
        await gateway.lists()


# Whom the gateways do not believe.


async def test_a_secret_that_is_not_there(life: Life) -> None:
    await life.moon.ask("clear-creds")
    assert await life.moon.ask("initiate", {"child": "net"}) == failed()
    await life.moon.lists()
    await life.sun.lists("(unnamed) CONNECTING")


@pytest.mark.parametrize("side", ["local", "remote"])
async def test_an_identity_that_the_peer_does_not_have(life: Life, side: str) -> None:
    await life.moon.load(**{side: {"auth": "psk", "id": "mars"}})
    assert await life.moon.ask("load-shared", {"type": "IKE", "data": "war"}) == YES
    assert await life.moon.ask("initiate", {"child": "net"}) == failed()
    await life.moon.told(f"ike down gw CONNECTING active={AUTHENTICATING},{SETTLING},CHILD_CREATE")
    rest = ANSWERING.removeprefix("IKE_CERT_PRE,")
    await life.sun.told(connecting(), f"ike down (unnamed) CONNECTING passive={rest}")
    for gateway in (life.moon, life.sun):
        await gateway.lists()
