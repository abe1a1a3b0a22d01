"""What becomes of SAs in time: they are rekeyed, begun anew, and end if they are not used."""

import anyio
import pytest

from anyvici import Message
from tests.conformance.lives import Life, Witness
from tests.conformance.sentences import answered, ended, ended_by_peer, initiated
from tests.conformance.state import list_sas

pytestmark = pytest.mark.anyio

SOON: Message = {"rekey_time": 1, "rand_time": 0}
CHILD_REKEYED = "child rekey {} ESTABLISHED active=CHILD_REKEY net=REKEYED>INSTALLED"
REKEYED = "rekey {} REKEYING active=IKE_REKEY > ESTABLISHED"
REKEYED_BY_PEER = "rekey {} ESTABLISHED passive=IKE_REKEY > ESTABLISHED"
EXPIRED = (
    "child down {} ESTABLISHED queued=CHILD_CREATE* active=CHILD_DELETE net=DELETED",
    "child up {} ESTABLISHED active=CHILD_CREATE net=INSTALLED",
)
EXPIRED_AT_PEER = (
    "child down {} ESTABLISHED passive=CHILD_DELETE net=DELETED",
    "child up {} ESTABLISHED passive=CHILD_CREATE net=INSTALLED",
)
UNUSED = "child down {} ESTABLISHED active=CHILD_DELETE net=DELETED"
UNUSED_AT_PEER = UNUSED.replace("active", "passive")


async def told(witness: Witness, name: str, *expected: str) -> None:
    await witness.told(*(each.format(name) for each in expected), of=name)


async def test_what_lifetimes_bring(life: Life) -> None:
    """All at the same time, each on a connection of its own, again and again."""
    ours = {
        "children": {"net": SOON | {"life_time": 100}},
        "ikes": SOON | {"over_time": 10},
        "reauth": {"rekey_time": 0, "reauth_time": 1, "rand_time": 0, "over_time": 10},
        "expiry": {"net": {"rekey_time": 0, "life_time": 1}},
        "unused": {"net": {"inactivity": 1}},
        "peers": {},
    }
    for name, changes in ours.items():
        await life.moon.load(name, **changes)
        await life.sun.load(name)
    await life.sun.load("peers", **SOON, over_time=10)
    for name in ours:
        await life.up(name)
    begun = anyio.current_time()
    for _ in range(2):
        await told(life.moon, "children", CHILD_REKEYED)
        await told(life.sun, "children", CHILD_REKEYED.replace("active", "passive"))
        await told(life.moon, "ikes", REKEYED)
        await told(life.sun, "ikes", REKEYED_BY_PEER)
        await told(life.sun, "peers", REKEYED)
        await told(life.moon, "peers", REKEYED_BY_PEER)
        again = (*ended("reauth", tasks="active=IKE_REAUTH"), *initiated("reauth"))
        await told(life.moon, "reauth", *again)
        await told(life.sun, "reauth", *ended_by_peer("reauth"), *answered("reauth")[1:])
        await told(life.moon, "expiry", *EXPIRED)
        await told(life.sun, "expiry", *EXPIRED_AT_PEER)
    assert 1.5 < anyio.current_time() - begun < 3.5
    await told(life.moon, "unused", UNUSED)
    await told(life.sun, "unused", UNUSED_AT_PEER)
    life.goes_on()


async def test_what_is_left_of_a_lifetime(life: Life) -> None:
    """Both gateways count on their own."""
    net = {"rekey_time": 600, "life_time": 700, "rand_time": 0}
    await life.moon.load(net=net, rekey_time=0, reauth_time=900, rand_time=0)
    await life.up()
    (ike_sa,) = await list_sas(life.moon.gateway)
    (child_sa,) = ike_sa["child-sas"].values()
    assert int(ike_sa["reauth-time"]) in (899, 900)
    assert "rekey-time" not in ike_sa
    assert (int(child_sa["rekey-time"]), int(child_sa["life-time"])) in ((599, 699), (600, 700))
