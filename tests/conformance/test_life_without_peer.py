"""SAs whose peer is gone: what is tried, for how long, and what follows."""

import anyio
import pytest

from anyvici import Message, open_connection
from tests.conformance.lives import Life, Witness
from tests.conformance.sentences import MATCHED, TERMINATED, answered, failed
from tests.conformance.talks import joined, to_nobody
from tests.live.gateways import shared_secret

pytestmark = pytest.mark.anyio

UP = "gw ESTABLISHED net=INSTALLED"
GIVEN_UP_AFTER = 6.04  # seconds: 1 + 1.8 + 3.24
DPD: Message = {"dpd_delay": 1}
LOADED: dict[str, Message] = {
    "rekey": {},
    "rekey-child": {},
    "terminate": {},
    "terminate-child": {},
    "over": {"rekey_time": 1, "over_time": 1, "rand_time": 0},
    "dpd-none": DPD,
    "dpd-trap": DPD | {"net": {"dpd_action": "trap"}},
    "dpd-start": DPD | {"net": {"dpd_action": "start"}},
}


async def test_every_exchange_is_given_up(life: Life) -> None:
    """All at the same time, each on a connection of its own."""
    moon = life.moon
    for name, changes in LOADED.items():
        await moon.load(name, **changes)
        await life.sun.load(name)
    await moon.ask("load-conn", {"nobody": to_nobody()})
    for name in LOADED:
        await life.up(name)
    await life.gateways.kill("sun")
    async with anyio.create_task_group() as tasks:
        begun = anyio.current_time()
        assert await moon.ask("rekey", {"ike": "rekey"}) == MATCHED
        assert await moon.ask("rekey", {"ike": "rekey-child", "child": "net"}) == MATCHED
        ike_sa = moon.begin(tasks, "terminate", {"ike": "terminate"})
        child = moon.begin(tasks, "terminate", {"ike": "terminate-child", "child": "net"})
        whom = {"ike": "nobody", "child": "net"}
        attempts = [moon.begin(tasks, "initiate", whom) for _ in range(2)]
        await moon.lists(
            "rekey REKEYING net=INSTALLED",
            "rekey-child ESTABLISHED net=REKEYING",
            "terminate DELETING net=INSTALLED",
            "terminate-child ESTABLISHED net=DELETING",
            "over ESTABLISHED net=INSTALLED",
            *(f"dpd-{action} ESTABLISHED net=INSTALLED" for action in ("none", "trap", "start")),
            "nobody CONNECTING",
        )
        for attempt in attempts:
            assert await attempt.get() == failed()
        for answer in (ike_sa, child):
            assert await answer.get() == TERMINATED
        assert abs(anyio.current_time() - begun - GIVEN_UP_AFTER) < 0.8
    await down(moon, "rekey", "REKEYING active=IKE_REKEY")
    await down(moon, "rekey-child", "ESTABLISHED active=CHILD_REKEY", "REKEYING")
    await down(moon, "terminate", "DELETING active=IKE_DELETE")
    await down(moon, "terminate-child", "ESTABLISHED active=CHILD_DELETE", "DELETING")
    await down(moon, "over", "* queued=*IKE_DELETE active=IKE_*")
    for action in ("none", "trap", "start"):
        await down(moon, f"dpd-{action}", "ESTABLISHED active=IKE_MOBIKE")
    await moon.lists("dpd-start CONNECTING")
    assert await moon.policies() == ["dpd-trap/net"]


async def down(witness: Witness, name: str, state: str, child: str = "INSTALLED") -> None:
    """Check that an IKE_SA has gone down in some state, and its CHILD_SA."""
    first = f"ike down {name} {state}"
    await witness.told(first, f"child down {name} {state} net={child}", of=name)


async def begun_anew(life: Life) -> None:
    """Have moon killed, started, and initiate again."""
    await life.gateways.kill("moon")
    await life.gateways.start("moon")
    async with open_connection(life.gateways.addresses["moon"]) as moon:
        await moon.call("load-shared", shared_secret())
        await moon.call("load-conn", {"gw": joined("moon")})
        await moon.call("initiate", {"child": "net"})


async def test_an_initiator_that_comes_back_is_believed(life: Life) -> None:
    """Its INITIAL_CONTACT ends what is left of its former life."""
    await life.up()
    await begun_anew(life)
    gone = ("ike down gw ESTABLISHED", "child down gw ESTABLISHED net=INSTALLED")
    await life.sun.told(answered()[0], *gone, *answered()[1:])
    await life.sun.lists(UP)


async def test_where_it_need_not_be_unique_it_is_not_looked_at(life: Life) -> None:
    await life.load(unique="never")
    await life.up()
    await begun_anew(life)
    await life.sun.told(*answered())
    await life.sun.lists(UP, UP)
