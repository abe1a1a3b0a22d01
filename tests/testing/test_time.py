"""Time is that of the event loop's clock: with Trio's MockClock it jumps, to the second."""

import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import anyio
import pytest
from trio.testing import MockClock

import anyvici
from anyvici import Client, CommandError, ConnectError, connect, open_connection
from anyvici.testing import SimulatedCharon
from tests.live.charon import PATIENCE

HOUR, DAY = 3600, 86400
ENDS = {"local": {"auth": "psk"}, "remote": {"auth": "psk"}, "remote_addrs": ["192.0.2.7"]}
# Nothing happens by itself, and nothing at random.
QUIET = {"rekey_time": 0, "reauth_time": 0, "over_time": 0, "rand_time": 0}
QUIET_CHILD = {"rekey_time": 0, "life_time": 0, "rand_time": 0}

Told = list[tuple[str, float]]


def gw(net: dict[str, Any] | None = None, **changes: Any) -> Any:
    return {**ENDS, **QUIET, "children": {"net": {**QUIET_CHILD, **(net or {})}}, **changes}


@pytest.fixture
def clock(autojump_clock: MockClock) -> Generator[MockClock]:
    """A clock that begins at 0, for every test to take; it checks that no real time goes by."""
    began = time.monotonic()
    yield autojump_clock
    assert time.monotonic() - began < PATIENCE


@pytest.fixture
async def client(charon: SimulatedCharon) -> AsyncGenerator[Client]:
    async with connect(charon.connect()) as client:
        await client.load_shared(type="IKE", data="secret")
        yield client


async def up(client: Client, net: dict[str, Any] | None = None, **changes: Any) -> None:
    """Load the connection gw and bring its child up, which takes no time."""
    await client.load_conn("gw", gw(net, **changes))
    await client.initiate(child="net", timeout=5)


async def initiate(client: Client) -> None:
    await client.initiate(child="net", timeout=60)


@asynccontextmanager
async def hearing(client: Client, *kinds: Any) -> AsyncGenerator[Told]:
    """Take down what is told, and when."""
    told: Told = []

    async def listen() -> None:
        async for event in events:
            told.append((described(event), round(anyio.current_time(), 6)))

    async with client.subscribe(*kinds) as events, anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        yield told
        tasks.cancel_scope.cancel()


def described(event: Any) -> str:
    if isinstance(event, anyvici.Log):
        return event.msg
    kind = type(event).__name__
    return kind if kind.endswith("Rekey") else f"{kind} {'up' if event.up else 'down'}"


@pytest.mark.trio
async def test_a_day_is_over_at_once(clock: MockClock, client: Client) -> None:
    await up(client)
    await anyio.sleep(DAY)
    assert clock.current_time() == DAY
    (sa,) = await client.list_sas()
    assert (sa.established, sa.child_sas[0].install_time) == (DAY, DAY)
    assert (await client.stats()).uptime.running == "24 hours"


@pytest.mark.trio
async def test_a_raw_connection(clock: MockClock, charon: SimulatedCharon) -> None:
    async with open_connection(charon.connect()) as connection:
        assert (await connection.call("version"))["daemon"] == "charon"
        assert clock.current_time() == 0


# Lifetimes.


@pytest.mark.trio
async def test_an_ike_sa_is_rekeyed(clock: MockClock, client: Client) -> None:
    async with hearing(client, anyvici.IkeRekey) as told:
        await up(client, rekey_time=4 * HOUR, over_time=600)
        await anyio.sleep(DAY + 1)
    assert told == [("IkeRekey", number * 4 * HOUR) for number in range(1, 7)]
    (sa,) = await client.list_sas()
    assert (sa.uniqueid, sa.established, sa.rekey_time) == (7, 1, 4 * HOUR - 1)


@pytest.mark.trio
async def test_a_child_sa_is_rekeyed(clock: MockClock, client: Client) -> None:
    async with hearing(client, anyvici.ChildRekey) as told:
        await up(client, {"rekey_time": HOUR, "life_time": 4000})
        await anyio.sleep(3 * HOUR + 1)
    assert told == [("ChildRekey", number * HOUR) for number in (1, 2, 3)]
    (sa,) = await client.list_sas()
    old, new = sa.child_sas
    assert (old.state, new.state) == ("DELETED", "INSTALLED")
    assert (new.rekey_time, new.life_time) == (HOUR - 1, 3999)
    await anyio.sleep(3)
    assert len((await client.list_sas())[0].child_sas) == 2
    await anyio.sleep(2)  # for five seconds 5.9 lists the old one
    (sa,) = await client.list_sas()
    assert [child.uniqueid for child in sa.child_sas] == [new.uniqueid]


@pytest.mark.trio
async def test_jitter(clock: MockClock, client: Client) -> None:
    async with hearing(client, anyvici.ChildRekey) as told:
        await up(client, {"rekey_time": 1000, "life_time": 1100, "rand_time": 200})
        await anyio.sleep(20_000)
    pauses = [later - sooner for sooner, later in pairwise([0.0, *(when for _, when in told)])]
    assert all(800 <= pause <= 1000 for pause in pauses)
    assert len(set(pauses)) > 10


@pytest.mark.trio
async def test_reauthentication(clock: MockClock, client: Client) -> None:
    async with hearing(client, anyvici.IkeUpDown, anyvici.ChildUpDown) as told:
        await up(client, reauth_time=2 * HOUR, over_time=600)
        await anyio.sleep(3 * HOUR)
    down = [("IkeUpDown down", 2 * HOUR), ("ChildUpDown down", 2 * HOUR)]
    again = [("IkeUpDown up", 2 * HOUR), ("ChildUpDown up", 2 * HOUR)]
    assert told == [("IkeUpDown up", 0), ("ChildUpDown up", 0), *down, *again]


@pytest.mark.trio
async def test_a_child_sa_expires(clock: MockClock, client: Client) -> None:
    """It is replaced at once."""
    async with hearing(client, anyvici.ChildUpDown) as told:
        await up(client, {"life_time": HOUR})
        await anyio.sleep(1.5 * HOUR)
    assert told == [
        ("ChildUpDown up", 0),
        ("ChildUpDown down", HOUR),
        ("ChildUpDown up", HOUR),
    ]


@pytest.mark.trio
async def test_inactivity(clock: MockClock, charon: SimulatedCharon, client: Client) -> None:
    async with hearing(client, anyvici.ChildUpDown) as told:
        await up(client, {"inactivity": 60})
        await anyio.sleep(50.5)
        charon.traffic("net", octets_in=1)
        await anyio.sleep(HOUR)
    assert told == [("ChildUpDown up", 0), ("ChildUpDown down", 110.5)]


# Of a peer that is down: 4 s, and after that 1.8 times as long each time.

RESENT = [4, 11.2, 24.16, 47.488, 89.4784]
GIVEN_UP = 165.06112


@pytest.mark.trio
async def test_retransmits(clock: MockClock, charon: SimulatedCharon, client: Client) -> None:
    await up(client)
    charon.peer_down("gw")
    async with hearing(client, anyvici.Log) as told:
        await client.rekey(ike="gw")
        await anyio.sleep(HOUR)
    resent = [f"retransmit {number} of request with message ID 2" for number in range(1, 6)]
    assert [line for line in told if line[0].startswith("retransmit")] == [
        *zip(resent, RESENT, strict=True)
    ]
    assert ("giving up after 5 retransmits", GIVEN_UP) in told
    assert await client.list_sas() == []


@pytest.mark.trio
async def test_a_peer_that_comes_back(
    clock: MockClock, charon: SimulatedCharon, client: Client
) -> None:
    """It is asked again by the next retransmit."""
    await client.load_conn("gw", gw())
    charon.peer_down("gw")
    async with hearing(client, anyvici.IkeUpDown) as told, anyio.create_task_group() as tasks:
        tasks.start_soon(initiate, client)
        await anyio.sleep(15)
        charon.peer_up("gw")
        await anyio.sleep(30)
    assert told == [("IkeUpDown up", 24.16)]


@pytest.mark.trio
@pytest.mark.charon(retransmit_timeout=10, retransmit_tries=1)
async def test_dead_peer_detection(
    clock: MockClock, charon: SimulatedCharon, client: Client
) -> None:
    async with hearing(client, anyvici.IkeUpDown) as told:
        await up(client, dpd_delay=30)
        await anyio.sleep(100)
        assert told == [("IkeUpDown up", 0)]
        charon.peer_down("gw")
        await anyio.sleep(100)
    assert told[1:] == [("IkeUpDown down", 120 + 10 + 18)]  # asked at 120 s, and once more


@pytest.mark.trio
@pytest.mark.charon(latency=0.25)
async def test_latency(clock: MockClock, client: Client) -> None:
    async with hearing(client, anyvici.IkeUpDown, anyvici.ChildRekey) as told:
        await up(client)  # IKE_SA_INIT and IKE_AUTH
        assert clock.current_time() == 0.5
        await client.rekey(child="net")
        await anyio.sleep(5)
    assert told == [("IkeUpDown up", 0.5), ("ChildRekey", 0.75)]


# Timeouts, and what goes wrong on demand.


@pytest.mark.trio
async def test_the_timeout_of_initiate(
    clock: MockClock, charon: SimulatedCharon, client: Client
) -> None:
    await client.load_conn("gw", gw())
    charon.peer_down("gw")
    with pytest.raises(CommandError, match="not established after 20000ms"):
        await client.initiate(child="net", timeout=20)
    assert clock.current_time() == 20
    assert [sa.state for sa in await client.list_sas()] == ["CONNECTING"]
    await anyio.sleep_until(GIVEN_UP - 0.001)
    assert len(await client.list_sas()) == 1
    await anyio.sleep_until(GIVEN_UP + 0.001)
    assert await client.list_sas() == []


@pytest.mark.trio
async def test_an_initiate_that_is_given_up(
    clock: MockClock, charon: SimulatedCharon, client: Client
) -> None:
    await client.load_conn("gw", gw())
    charon.peer_down("gw")
    with pytest.raises(CommandError, match="establishing CHILD_SA 'net' failed"):
        await client.initiate(child="net", timeout=HOUR)
    assert round(clock.current_time(), 6) == GIVEN_UP


@pytest.mark.trio
async def test_a_delayed_command(clock: MockClock, charon: SimulatedCharon, client: Client) -> None:
    charon.delay("version", DAY, times=1)
    await client.version()
    await client.version()
    assert clock.current_time() == DAY


@pytest.mark.trio
async def test_a_delayed_failure(clock: MockClock, charon: SimulatedCharon, client: Client) -> None:
    charon.delay("initiate", 5)
    charon.fail("initiate", "not today")
    with pytest.raises(CommandError, match="not today"):
        await client.initiate(child="net", timeout=60)
    assert clock.current_time() == 5


@pytest.mark.trio
async def test_a_delayed_initiate(
    clock: MockClock, charon: SimulatedCharon, client: Client
) -> None:
    """Its timeout counts from the beginning, and the attempt goes on."""
    await client.load_conn("gw", gw())
    charon.delay("initiate", 5)
    await client.initiate(child="net", timeout=6)
    assert clock.current_time() == 5
    await client.terminate(ike="gw", timeout=5)
    with pytest.raises(CommandError, match="not established after 4000ms"):
        await client.initiate(child="net", timeout=4)
    assert clock.current_time() == 9
    await anyio.sleep(2)
    assert len(await client.list_sas()) == 1


@pytest.mark.trio
async def test_a_delayed_event(clock: MockClock, charon: SimulatedCharon, client: Client) -> None:
    charon.delay("ike-updown", HOUR)
    async with hearing(client, anyvici.IkeUpDown, anyvici.ChildUpDown) as told:
        await up(client)
        await anyio.sleep(DAY)
    assert told == [("ChildUpDown up", 0), ("IkeUpDown up", HOUR)]


@pytest.mark.trio
async def test_a_restart(clock: MockClock, charon: SimulatedCharon) -> None:
    charon.restart(after=HOUR)
    await anyio.sleep(HOUR - 1)
    with pytest.raises(ConnectError, match="Connection refused"):
        charon.connect()
    await anyio.sleep(1.001)
    async with connect(charon.connect()) as client:
        assert (await client.stats()).uptime.running == "0 seconds"


@pytest.mark.trio
async def test_what_is_over_has_no_future(
    clock: MockClock, charon: SimulatedCharon, client: Client
) -> None:
    """Of lifetimes and events from before a restart nothing is left."""
    await up(client, {"rekey_time": HOUR})
    charon.delay("log", HOUR, times=1)
    charon.emit("log", {"group": "IKE", "level": 0, "thread": 1, "msg": "late"})
    charon.restart()
    async with connect(charon.connect()) as again:
        async with hearing(again, anyvici.ChildRekey, anyvici.Log) as told:
            await anyio.sleep(DAY)
    assert told == []


@pytest.mark.trio
@pytest.mark.parametrize("before", ["stop", "start", "refuse", "accept"])
async def test_a_restart_that_is_still_to_come_is_stopped(
    clock: MockClock, charon: SimulatedCharon, before: str
) -> None:
    charon.restart(after=HOUR)
    getattr(charon, before)()
    charon.stop()
    await anyio.sleep(DAY)
    with pytest.raises(ConnectError):
        charon.connect()


@pytest.mark.trio
async def test_two_restarts(clock: MockClock, charon: SimulatedCharon) -> None:
    charon.restart(after=HOUR)
    charon.restart(after=2 * HOUR)
    await anyio.sleep(1.5 * HOUR)
    with pytest.raises(ConnectError):
        charon.connect()
    await anyio.sleep(HOUR)
    async with connect(charon.connect()) as client:
        assert (await client.stats()).uptime.running == "30 minutes"
