"""Whatever happens to two gateways, the tables of those who watch them are right."""

import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import anyio
import pytest
import trio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from anyvici.models.sas import ChildSa, IkeSa
from anyvici.testing import SimulatedCharon
from anyvici.testing.commands.table import COMMANDS
from anyvici.testing.sas import sa as simulated
from anyvici.watch.comparison import differ
from tests.testing.test_any_order import HOSTS, LATENCY, PRELUDE, USED, Step
from tests.watch.stories import MOMENT, STEPS, InOrder, Watched, Watching, list_at_leisure

UP = ("ESTABLISHED", "REKEYING", "DELETING")
GONE = ("REKEYED", "DELETING", "DELETED")
LISTED = 1.9  # seconds in which a list is in, however it is held up
BACK = 20.0  # seconds in which a client has found its daemon again, and nothing is amiss any more
SEVERAL = 7, 2  # connections of a client: each for its own, or one for everything
LEISURE = 0.006, 0.02, 0.0  # seconds; an exchange takes 0.01
EXAMPLES, LENGTH = {math.inf: 80, 5.0: 80, 0.3: 30}, 30  # by the seconds between two lists

Truth = tuple[dict[int, simulated.IkeSa], dict[int, tuple[simulated.ChildSa, simulated.IkeSa]]]


# What there is.


def truth(side: Watched) -> Truth:
    """Return what events tell of: the IKE_SAs that are up, the CHILD_SAs and where they are."""
    ike_sas = {sa.uniqueid: sa for sa in side.sas.ike_sas if sa.state in UP}
    # charon destroys at once what was replaced and is terminated; the simulation ends it once more.
    ike_sas = {number: sa for number, sa in ike_sas.items() if sa not in side.replaced}
    pairs = [(child, sa) for sa in side.sas.ike_sas for child in sa.children]
    return ike_sas, {child.uniqueid: (child, sa) for child, sa in pairs if child.state in USED}


def present(side: Watched) -> set[simulated.IkeSa | simulated.ChildSa]:
    """Return what is listed, but for what is on its way out."""
    ike_sas = {sa for sa in side.sas.ike_sas if sa.state not in GONE and sa not in side.replaced}
    children = {child for sa in ike_sas for child in sa.children if child.state not in GONE}
    return ike_sas | children


def _as_it_is(sa: simulated.IkeSa | simulated.ChildSa) -> tuple[Any, ...]:
    if isinstance(sa, simulated.ChildSa):
        selectors = [[str(ts) for ts in each] for each in (sa.local_ts, sa.remote_ts)]
        return sa.name, sa.reqid, f"{sa.spi_in:08x}", f"{sa.spi_out:08x}", *selectors
    spis = f"{sa.initiator_spi:016x}", f"{sa.responder_spi:016x}"
    ends = [(end.host, end.port, end.id) for end in (sa.local, sa.remote)]
    return sa.name, sa.version, sa.initiator, *spis, *ends


# What the table shows.


def _as_shown(sa: IkeSa | ChildSa) -> tuple[Any, ...]:
    if isinstance(sa, ChildSa):
        return sa.name, sa.reqid, sa.spi_in, sa.spi_out, sa.local_ts, sa.remote_ts
    local = sa.local_host, sa.local_port, sa.local_id
    remote = sa.remote_host, sa.remote_port, sa.remote_id
    return sa.name, sa.version, sa.initiator, sa.initiator_spi, sa.responder_spi, local, remote


def _parents(side: Watched) -> dict[int, int]:
    ike_sas = side.table.ike_sas.values()
    return {child.uniqueid: sa.uniqueid for sa in ike_sas for child in sa.child_sas}


# Comparing.


def check(side: Watched, present_before: set[Any]) -> None:
    """Compare a table with what there is, and with itself."""
    _check_sas(side)
    _check_homes(side)
    _check_changes(side)
    for sa in present_before & present(side):
        is_ike_sa = isinstance(sa, simulated.IkeSa)
        assert sa.uniqueid in (side.table.ike_sas if is_ike_sa else side.table.child_sas)
    # Whatever else has happened: what the daemon has told of was not found by looking.
    assert side.faults.lost > -math.inf or not side.table.repairs


def _check_sas(side: Watched) -> None:
    ike_sas, child_sas = truth(side)
    expected: dict[Any, Any] = {(IkeSa, number): sa for number, sa in ike_sas.items()}
    expected |= {(ChildSa, number): child for number, (child, _) in child_sas.items()}
    ending = {sa.uniqueid for sa in side.sas.ike_sas if sa in side.replaced}
    ours = [sa for sa in side.table.ike_sas.values() if sa.state in UP]
    ours = [sa for sa in ours if sa.uniqueid not in ending]
    children = [sa for sa in side.table.child_sas.values() if sa.state in USED]
    shown = {(type(sa), sa.uniqueid): _as_shown(sa) for sa in (*ours, *children)}
    leaving = _leaving(side)
    assert shown == {
        key: _as_it_is(sa) for key, sa in expected.items() if key in shown or sa not in leaving
    }


def _leaving(side: Watched) -> set[simulated.IkeSa | simulated.ChildSa]:
    """Return what need not be shown: what goes, if it was not seen before it did."""
    if max(side.reader.resynced, side.faults.lost) == -math.inf:
        return set()
    ike_sas = [sa for sa in side.sas.ike_sas if sa.state == "DELETING"]
    inside = {child for sa in ike_sas for child in sa.children}
    children = [child for sa in side.sas.ike_sas for child in sa.children]
    return {*ike_sas, *inside, *(child for child in children if child.state == "DELETING")}


def _check_homes(side: Watched) -> None:
    """See that CHILD_SAs are where they are, and in nothing else."""
    ike_sas, child_sas = truth(side)
    table, parents = side.table, _parents(side)
    inside = [child for sa in table.ike_sas.values() for child in sa.child_sas]
    assert len(inside) == len(parents)
    assert all(table.child_sas[child.uniqueid] is child for child in inside)
    for number in parents.keys() & child_sas.keys():
        ike_sa = child_sas[number][1]
        # Of IKEv1 nothing tells that CHILD_SAs have moved, as long as the old IKE_SA is there.
        if ike_sa.version == 2 or parents[number] not in ike_sas:
            assert parents[number] == ike_sa.uniqueid


def _check_changes(side: Watched) -> None:
    """See that who has read the changes knows what the table shows."""
    table, read = side.table, side.reader.sas
    shown: dict[Any, Any] = {(IkeSa, number): sa for number, sa in table.ike_sas.items()}
    shown |= {(ChildSa, number): sa for number, sa in table.child_sas.items()}
    assert read.keys() == shown.keys()
    assert not any(differ(sa, read[key]) for key, sa in shown.items())


# Stories.


@asynccontextmanager
async def watched(
    seed: int, refresh: float, connections: int, leisure: float
) -> AsyncIterator[Watching]:
    """Have both, with a table each."""
    options: dict[str, Any] = {"retransmit_timeout": 1.0, "retransmit_tries": 2}
    async with AsyncExitStack() as stack:
        charons = []
        for host in HOSTS.values():
            charon = SimulatedCharon(hosts=[host], latency=LATENCY, seed=seed, **options)
            charon._faults = InOrder()
            charons.append(await stack.enter_async_context(charon))
        charons[0].peer(charons[1])
        tasks = await stack.enter_async_context(anyio.create_task_group())
        pairs = zip(HOSTS, charons, strict=True)
        sides = {name: Watched(name, charon, tasks) for name, charon in pairs}
        for side in sides.values():
            side.faults.leisure = leisure
            await side.meet()
            await side.watch(stack, refresh, connections)
        yield Watching(sides)  # type: ignore[arg-type]
        tasks.cancel_scope.cancel()


def pending(side: Watched) -> float:
    """Return how many seconds a table has until it has to be right; 0 if it has none."""
    faults, now = side.faults, anyio.current_time()
    if not side.table.connected or len(_parents(side)) < len(side.table.child_sas):
        return 10 * MOMENT
    right = [faults.due + MOMENT, faults.marred + LISTED]
    if side.refresh < math.inf:
        right.append(faults.lost + 2 * (side.refresh + LISTED))  # rekeyed: at the second list
    return max(0.0, *(when - now for when in right))


async def settle(pair: Watching) -> None:
    """Let come what is due; there may always be something new."""
    await anyio.sleep(MOMENT)
    with anyio.fail_after(BACK):
        while (pause := max(map(pending, pair.sides.values()))) > 0:
            await anyio.sleep(pause)


async def live(plan: list[Step], seed: int, refresh: float, **options: Any) -> None:
    async with watched(seed, refresh, **options) as pair:
        for name, arguments in [*PRELUDE, *plan]:
            before = [present(side) for side in pair.sides.values()]
            await getattr(pair, name)(**arguments)
            await settle(pair)
            refreshed = name == "wait" and arguments["seconds"] > refresh + LISTED
            for side, present_before in zip(pair.sides.values(), before, strict=True):
                check(side, present_before if refreshed else set())


@pytest.mark.parametrize("refresh", [*EXAMPLES])
def test_tables_are_right_whatever_happens(refresh: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "list-sas", list_at_leisure)  # type: ignore[arg-type]
    lived = 0

    @settings(
        max_examples=EXAMPLES[refresh],
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes: by hand
    )
    @given(
        plan=st.lists(STEPS, min_size=LENGTH, max_size=LENGTH),
        seed=st.integers(0, 3),
        connections=st.sampled_from(SEVERAL),
        leisure=st.sampled_from(LEISURE),
    )
    def story(plan: list[Step], seed: int, **options: Any) -> None:
        nonlocal lived
        lives = partial(live, plan, seed, refresh, **options)
        trio.run(lives, clock=MockClock(autojump_threshold=0))
        lived += len(plan)

    story()
    assert lived >= EXAMPLES[refresh] * LENGTH * 0.9  # of the three together more than 5,000


def test_children_are_handed_on_that_were_listed_before_a_rekeying_was_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a gap the list has the CHILD_SA in the old IKE_SA, of which only the end is known."""
    monkeypatch.setitem(COMMANDS, "list-sas", list_at_leisure)  # type: ignore[arg-type]
    plan: list[Step] = [
        ("rekey", {"side": "moon", "ike": "gw", "child": None, "reauth": False}),
        ("disconnect", {"side": "moon", "refused": 0.0}),
        ("wait", {"seconds": 1.0}),
    ]
    lives = partial(live, plan, 0, math.inf, connections=SEVERAL[0], leisure=LEISURE[0])
    trio.run(lives, clock=MockClock(autojump_threshold=0))
