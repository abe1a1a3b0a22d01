"""Virtual addresses: leased for as long as an IKE_SA lives, and given back to whom they were."""

import pytest

from anyvici import Message
from tests.conformance.lives import Life
from tests.conformance.sentences import (
    ANSWERING,
    AUTHENTICATING,
    MATCHED,
    SETTLING,
    TERMINATED,
    YES,
    answered,
    connecting,
    ended,
    ended_by_peer,
    failed,
    initiated,
    refused,
)
from tests.conformance.state import list_sas
from tests.conformance.talks import POOL, load_roadwarrior

pytestmark = pytest.mark.anyio

UP = "home ESTABLISHED home=INSTALLED"
INITIATED = initiated("home", "home")
ANSWERED = answered("home", "home")
INITIATE: Message = {"child": "home"}
EAP = "ike-auth"


@pytest.fixture
async def home(life: Life, client: object, peer: object) -> Life:
    """Have carol's connection loaded, and its pool."""
    await load_roadwarrior(client, peer)
    return life


async def up(life: Life) -> None:
    assert await life.moon.ask("initiate", INITIATE) == YES
    await life.moon.told(*INITIATED)
    await life.sun.told(*ANSWERED)


async def leases(life: Life) -> list[tuple[str, str, str]]:
    """Return what sun tells of its pool."""
    pools = await life.sun.ask("get-pools", {"leases": "yes"})
    listed = pools[POOL]["leases"].values()
    return [(each["address"], each["identity"], each["status"]) for each in listed]


async def addresses(life: Life) -> list[str]:
    """Return those of both ends of the IKE_SA."""
    (ours,), (its,) = [await list_sas(each.gateway) for each in (life.moon, life.sun)]
    assert ours["local-vips"] == its["remote-vips"]
    return list(ours["local-vips"])


async def test_the_same_one_again(home: Life) -> None:
    assert await leases(home) == []
    for _ in range(2):
        await up(home)
        assert await addresses(home) == ["10.3.0.1"]
        assert await leases(home) == [("10.3.0.1", "carol", "online")]
        assert await home.moon.ask("terminate", {"ike": "home"}) == TERMINATED
        await home.moon.told(*ended("home", "home"))
        await home.sun.told(*ended_by_peer("home", "home"))
        assert await leases(home) == [("10.3.0.1", "carol", "offline")]


async def test_it_stays_when_the_ike_sa_is_rekeyed(home: Life) -> None:
    await up(home)
    assert await home.moon.ask("rekey", {"ike": "home"}) == MATCHED
    await home.moon.told("rekey home REKEYING active=IKE_REKEY > ESTABLISHED")
    await home.sun.told("rekey home ESTABLISHED passive=IKE_REKEY > ESTABLISHED")
    for gateway in (home.moon, home.sun):
        await gateway.lists(UP)
    assert await addresses(home) == ["10.3.0.1"]
    assert await leases(home) == [("10.3.0.1", "carol", "online")]


async def test_it_is_asked_for_when_the_ike_sa_begins_anew(home: Life) -> None:
    await up(home)
    assert await home.moon.ask("rekey", {"ike": "home", "reauth": "yes"}) == MATCHED
    await home.moon.told(*ended("home", "home", tasks="active=IKE_REAUTH"), *INITIATED)
    await home.sun.told(*ended_by_peer("home", "home"), *ANSWERED[1:])
    for gateway in (home.moon, home.sun):
        await gateway.lists(UP)
    assert await addresses(home) == ["10.3.0.1"]
    assert await leases(home) == [("10.3.0.1", "carol", "online")]


async def test_a_pool_in_use(home: Life) -> None:
    await up(home)
    used = f"{POOL} has online leases, unable to "
    unload = await home.sun.ask("unload-pool", {"name": POOL})
    assert unload == refused(f"{used}unload")
    replace = await home.sun.ask("load-pool", {POOL: {"addrs": "10.4.0.0/28"}})
    assert replace == refused(f"vici pool {used}replace")
    assert await home.sun.ask("load-pool", {POOL: {"addrs": "10.3.0.0/28"}}) == YES
    assert await home.sun.ask("terminate", {"ike": "home"}) == TERMINATED
    await home.sun.told(*ended("home", "home"))
    await home.moon.told(*ended_by_peer("home", "home"))
    assert await home.sun.ask("load-pool", {POOL: {"addrs": "10.4.0.0/28"}}) == YES
    assert await leases(home) == []


@pytest.mark.parametrize("pool", ["gone", "empty"])
async def test_there_is_none_to_be_had(home: Life, pool: str) -> None:
    """The IKE_SA comes up, and no CHILD_SA in it."""
    assert await home.sun.ask("unload-pool", {"name": POOL}) == YES
    if pool == "empty":
        assert await home.sun.ask("load-pool", {POOL: {"addrs": "fec0::/120"}}) == YES
    assert await home.moon.ask("initiate", INITIATE) == failed("home")
    await home.moon.told(INITIATED[0])
    await home.sun.told(*ANSWERED[:2])
    for gateway in (home.moon, home.sun):
        await gateway.lists("home ESTABLISHED")


async def test_a_wrong_password(home: Life) -> None:
    wrong = {"id": "carol", "type": "EAP", "data": "a guess", "owners": ["carol"]}
    assert await home.moon.ask("load-shared", wrong) == YES
    assert await home.moon.ask("initiate", INITIATE) == failed("home")
    rest = AUTHENTICATING.removeprefix("IKE_CERT_PRE,")
    lost = f"active={rest},IKE_CONFIG,{SETTLING},CHILD_CREATE"
    await home.moon.told(f"ike down home CONNECTING {lost}")
    await home.sun.told(connecting(), f"ike down home CONNECTING passive={ANSWERING}")
    assert await leases(home) == []
