"""The scene of demo and simulate: something happens all the time, and nothing grows with it."""

import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import anyio
import pytest
from trio.testing import MockClock

import anyvici
from anyvici import Client, IkeSaState, TypedEvent
from anyvici.cli.demo import scene as scenes
from anyvici.cli.demo import stage as stages
from anyvici.cli.demo.cast import MOST, Peer, at_the_gateway, at_the_peer, peers
from anyvici.cli.demo.lives import LIVES
from anyvici.cli.demo.scene import scene
from anyvici.testing import SimulatedCharon

OF_SAS = (anyvici.IkeUpDown, anyvici.ChildUpDown, anyvici.IkeRekey, anyvici.ChildRekey)
MINUTE = 60.0
PATIENCE = 60.0

KINDS = {"ike True", "ike False", "child True", "child False", "ike rekey", "child rekey"}

# Whoever is to be looked at for hours is not looked at that often.
SELDOM = {"TICK": 30.0}, {"_LOOK": 60.0}


class Diary:
    """What is told of the SAs, and when."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.told: list[tuple[float, str, str, str]] = []

    async def write(self) -> None:
        began = anyio.current_time()
        async with self._client.subscribe(*OF_SAS) as events:
            async for event in events:
                self.told.append((round(anyio.current_time() - began, 3), *described(event)))

    def gaps(self, since: float = 0.0) -> list[float]:
        """Return for how long nothing happened, each time."""
        times = [since, *(when for when, *_ in self.told if when >= since)]
        return [after - before for before, after in pairwise(times)]


def described(event: TypedEvent) -> tuple[str, str, str]:
    match event:
        case anyvici.IkeRekey():
            return "ike rekey", event.new.remote_id, ""
        case anyvici.ChildRekey():
            return "child rekey", event.ike_sa.remote_id, event.new.name
        case anyvici.IkeUpDown():
            return f"ike {event.up}", event.ike_sa.remote_id, ""
        case anyvici.ChildUpDown():
            return f"child {event.up}", event.ike_sa.remote_id, event.ike_sa.child_sas[0].name
    raise AssertionError(event)


@asynccontextmanager
async def looked_at(**options: Any) -> AsyncGenerator[tuple[SimulatedCharon, Client, Diary]]:
    """Have the scene, and take down what happens."""
    async with (
        scene(**options) as charon,
        anyvici.connect(charon.connect()) as client,
        anyvici.connect(charon.connect()) as listener,
        anyio.create_task_group() as tasks,
    ):
        diary = Diary(listener)
        tasks.start_soon(diary.write)
        yield charon, client, diary
        tasks.cancel_scope.cancel()


async def up(client: Client) -> set[str]:
    """Return whose tunnels are up."""
    return {
        sa.remote_id
        for sa in await client.list_sas()
        if sa.state == IkeSaState.ESTABLISHED and sa.child_sas
    }


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, names in zip((scenes, stages), SELDOM, strict=True):
        for name, value in names.items():
            monkeypatch.setattr(module, name, value)


# On the virtual clock.


@pytest.mark.trio
async def test_there_is_something_to_see_at_once(autojump_clock: MockClock) -> None:
    async with looked_at() as (_, client, diary):
        await anyio.sleep(1)
        assert len(diary.told) >= 4
        await anyio.sleep(2)
        assert len(await up(client)) >= 8
        assert len({when for when, *_ in diary.told}) >= 8  # one after the other


@pytest.mark.trio
@pytest.mark.parametrize("seed", [0, 1])
async def test_something_happens_every_few_seconds(autojump_clock: MockClock, seed: int) -> None:
    async with looked_at(seed=seed) as (_, _, diary):
        await anyio.sleep(5 * MINUTE)
    assert max(diary.gaps()) < 12
    assert len(diary.told) > 150


@pytest.mark.trio
async def test_octets_pass(autojump_clock: MockClock) -> None:
    async with looked_at() as (_, client, _):
        await anyio.sleep(4)
        (before,) = await client.list_sas(ike="berlin")
        await anyio.sleep(1)
        (after,) = await client.list_sas(ike="berlin")
        for old, new in zip(before.child_sas, after.child_sas, strict=True):
            assert new.uniqueid == old.uniqueid
            for was, now in ((old.bytes_in, new.bytes_in), (old.bytes_out, new.bytes_out)):
                assert was is not None
                assert now is not None
                assert 0 < was < now


@pytest.mark.trio
async def test_it_is_the_same_each_time(autojump_clock: MockClock) -> None:
    told = []
    for seed in (7, 7, 8):
        async with looked_at(seed=seed) as (_, _, diary):
            await anyio.sleep(2 * MINUTE)
        told.append(sorted(diary.told))
    assert told[0] == told[1] != told[2]
    assert len(told[0]) > 50


@pytest.mark.trio
async def test_hours(autojump_clock: MockClock, seldom: None) -> None:
    """Everything that can happen to peers happens, again and again, and leaves nothing behind."""
    sizes, began = [], time.monotonic()
    async with looked_at(number=9) as (charon, client, diary):
        for _ in range(12):
            await anyio.sleep(10 * MINUTE)
            assert len(await up(client)) >= 3
            sizes.append(size(charon))
            diary.told, told = diary.told[-1:], diary.told
            happened = Counter(kind for _, kind, *_ in told)
        pools = await client.get_pools(leases=True)
    assert time.monotonic() - began < PATIENCE
    kinds = [
        "ike rekey",
        "child rekey",
        *(f"{k} {w}" for k in ("ike", "child") for w in (0 == 1, True)),
    ]
    assert all(happened[kind] > 5 for kind in kinds), happened  # also in the last ten minutes
    assert max(ike_sas for ike_sas, *_ in sizes) < 20
    assert max(children for _, children, _ in sizes) < 100
    assert max(appointments for *_, appointments in sizes) <= 1000
    assert pools[0].online + pools[0].offline == 2


def size(charon: SimulatedCharon) -> tuple[int, int, int]:
    """Return the largest that there is of SAs, and of what is to happen to them, of both ends."""
    ends = [charon._here(), *charon._here().others]
    sas = [end.gateway.sas.ike_sas for end in ends]
    return (
        max(map(len, sas)),
        max(sum(len(sa.children) for sa in each) for each in sas),
        max(len(end.agenda._entries) for end in ends),
    )


@pytest.mark.trio
async def test_what_others_end_comes_up_again(autojump_clock: MockClock) -> None:
    async with looked_at() as (_, client, _):
        await anyio.sleep(4)
        before = await up(client)
        for sa in await client.list_sas():
            await client.terminate(ike_id=sa.uniqueid, force=True, timeout=-1)
        await anyio.sleep(0.5)
        assert not await up(client)
        await anyio.sleep(8)
        assert len(await up(client)) >= len(before) - 3


@pytest.mark.trio
async def test_it_bears_what_others_do_to_the_gateway(autojump_clock: MockClock) -> None:
    async with looked_at() as (_, client, diary):
        await anyio.sleep(4)
        for name in await client.get_conns():
            await client.unload_conn(name)
        await client.clear_creds()
        for sa in await client.list_sas():
            await client.terminate(ike_id=sa.uniqueid, timeout=-1)
        await anyio.sleep(5 * MINUTE)
        assert await client.get_conns() == []
        assert not await up(client)
        assert diary.told


@pytest.mark.trio
async def test_as_many_as_can_be(autojump_clock: MockClock, seldom: None) -> None:
    async with looked_at(number=MOST) as (_, client, _):
        await anyio.sleep(10)
        assert len(await up(client)) > MOST / 2


@pytest.mark.trio
@pytest.mark.parametrize("version", ["5.9", "6.0.6"])
async def test_other_versions(autojump_clock: MockClock, version: str) -> None:
    async with looked_at(version=version) as (_, client, _):
        assert (await client.version()).version.startswith(version)
        await anyio.sleep(MINUTE)
        assert len(await up(client)) >= 8


@pytest.mark.trio
async def test_one_is_enough(autojump_clock: MockClock) -> None:
    async with looked_at(number=1) as (_, client, diary):
        await anyio.sleep(2 * MINUTE)
        assert await up(client) == {"berlin"}
    assert {kind for _, kind, *_ in diary.told} >= {"ike True", "child True", "child rekey"}


@pytest.mark.trio
@pytest.mark.parametrize("life", LIVES)
async def test_each_life(autojump_clock: MockClock, seldom: None, life: str) -> None:
    """What is said of it is what can be seen of it."""
    everybody = peers()
    place, peer = next((n, each) for n, each in enumerate(everybody) if each.life == life)
    states: Counter[str] = Counter()
    async with looked_at(number=place + 1) as (_, client, diary):
        for _ in range(400):
            await anyio.sleep(0.9)
            states.update(await seen(client, peer))
    kinds = {kind for _, kind, identity, _ in diary.told if identity == peer.identity}
    assert kinds >= TOLD[life]
    assert not kinds & UNTOLD[life]
    assert set(states) >= STATES.get(life, {"ESTABLISHED"})


async def seen(client: Client, peer: Peer) -> list[str]:
    listed = await client.list_sas(ike=peer.connection)
    return [str(sa.state) for sa in listed if sa.remote_id == peer.identity] or ["nothing"]


UP, DOWN, GONE = "ike True", "ike False", "child False"
REKEYED = {"ike rekey", "child rekey"}
TOLD: dict[str, set[str]] = {
    "stays": {UP, *REKEYED},
    "visits": {UP, DOWN},
    "is_cut_off": {UP, DOWN},
    "is_maintained": {UP, DOWN},
    "is_seldom_used": {UP, GONE},
    "is_refused": {DOWN},
    "is_not_there": set(),
}
UNTOLD: dict[str, set[str]] = {
    "stays": {DOWN},
    "visits": REKEYED,
    "is_cut_off": REKEYED,
    "is_maintained": REKEYED,
    "is_seldom_used": {DOWN, *REKEYED},
    "is_refused": {UP, *REKEYED},
    "is_not_there": {UP, DOWN},
}
STATES = {
    "visits": {"ESTABLISHED", "nothing"},
    "is_cut_off": {"ESTABLISHED", "CONNECTING"},
    "is_maintained": {"ESTABLISHED", "nothing"},
    "is_refused": {"nothing"},
    "is_not_there": {"CONNECTING", "nothing"},
}


# Who there is.


def test_everybody_is_somebody_else() -> None:
    everybody = peers(MOST)
    assert len(everybody) == MOST
    for what in ("name", "host", "identity"):
        assert len({getattr(peer, what) for peer in everybody}) == MOST
    networks = [network for peer in everybody for network in peer.networks.values()]
    assert len(set(networks)) == len(networks)
    assert {peer.life for peer in everybody} == set(LIVES)


def test_nobody_is_anywhere_real() -> None:
    """All addresses are those that documentation has (RFC 5737)."""
    for peer in peers(MOST):
        assert peer.host.startswith(("192.0.2.", "198.51.100."))


def test_both_ends_have_the_same() -> None:
    for peer in peers(MOST):
        here, there = at_the_gateway(peer), at_the_peer(peer)
        assert here["proposals"] == there["proposals"]
        assert here["local_addrs"] == there["remote_addrs"]
        for name in peer.children:
            ours, theirs = here["children"][name], there["children"][peer.child(name)]
            assert ours["esp_proposals"] == theirs["esp_proposals"]
            assert ours["local_ts"] == theirs["remote_ts"]


# On both backends, and on the real clock.


@pytest.mark.anyio
async def test_it_is_there(anyio_backend: str) -> None:
    async with scene() as charon, anyvici.connect(charon.address) as client:
        with anyio.fail_after(PATIENCE):
            await anyvici.wait_established(client, ike="berlin", child="lan")
            await anyvici.wait_established(client, ike="mobile", child="internet")


@pytest.mark.anyio
async def test_what_the_body_raises_comes_out_bare(anyio_backend: str) -> None:
    with pytest.raises(LookupError, match="mine"):
        async with scene():
            raise LookupError("mine")
