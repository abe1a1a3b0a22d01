"""Commands that hold a worker thread of charon: bounded, cancelled, and their traps."""

from datetime import timedelta

import anyio
import pytest

from anyvici import Client, CommandError, IkeSaState, LocalProtocolError, connect
from tests.conformance.gateways import Gateways
from tests.conformance.state import eventually
from tests.conformance.talks import the_child, the_sa, to_nobody
from tests.live.charon import PATIENCE

pytestmark = pytest.mark.anyio

MANY = 20  # more than charon has threads


async def idle_workers(client: Client) -> int:
    return (await client.stats()).workers.idle


async def at_rest(client: Client) -> int:
    """Return how many workers are idle when charon has nothing to do: they come to rest soon."""
    most = 0

    async def is_stable() -> bool:
        nonlocal most
        before, most = most, max(most, await idle_workers(client))
        return before == most >= 7

    await eventually(is_stable)
    return most


async def assert_recovers(client: Client, idle: int, seconds: float = PATIENCE) -> None:
    """Wait until as many workers are idle as before."""
    with anyio.fail_after(seconds):
        while await idle_workers(client) < idle:
            await anyio.sleep(0.01)


async def load_nobodies(client: Client) -> None:
    await client.load_conns({f"nobody-{number}": to_nobody(number) for number in range(MANY)})


async def assert_answers_within_a_second(client: Client) -> None:
    with anyio.fail_after(1):
        assert (await client.version()).daemon == "charon"


async def test_twenty_are_cancelled_by_a_deadline(client: Client) -> None:
    await load_nobodies(client)
    idle = await at_rest(client)
    with anyio.move_on_after(0.1):
        await initiate_all(client)
    await assert_answers_within_a_second(client)
    await assert_recovers(client, idle, 5)  # charon was told to stop waiting when we would


async def test_twenty_are_cancelled_unforeseen(client: Client) -> None:
    """charon knows of no deadline, and waits until it takes nobody for dead."""
    await load_nobodies(client)
    idle = await at_rest(client)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(initiate_all, client)
        await anyio.sleep(0.1)
        tasks.cancel_scope.cancel()
    await assert_answers_within_a_second(client)
    attempts = await client.list_sas()
    assert {ike_sa.state for ike_sa in attempts} == {IkeSaState.CONNECTING}
    assert len(attempts) == 4  # which is max_blocking; the other 16 were never sent
    for ike_sa in attempts:
        await client.terminate(ike_id=ike_sa.uniqueid, timeout=-1)
    await assert_recovers(client, idle, 5)


async def test_many_clients_with_few_threads_each(gateways: Gateways, client: Client) -> None:
    """An initiate of one client is not held up by those that have left another."""
    await load_nobodies(client)
    async with connect(gateways.addresses["moon"], max_blocking=1) as other:
        with anyio.move_on_after(0.1):
            await initiate(other, 0)
        await client.initiate(ike="gw", child="net")
    assert {sa.name for sa in await client.list_sas()} == {"gw", "nobody-0"}


async def initiate_all(client: Client) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(MANY):
            tasks.start_soon(initiate, client, number)


async def initiate(client: Client, number: int) -> None:
    """Initiate to nobody, which ends in a cancellation, or when charon has waited as long."""
    with pytest.raises(CommandError, match="not established after"):
        await client.initiate(ike=f"nobody-{number}", child="net")


# The time that charon is given.


async def test_the_callers_deadline_is_charons(client: Client) -> None:
    await client.load_conn("nobody", to_nobody())
    idle = await at_rest(client)
    before = anyio.current_time()
    with pytest.raises((TimeoutError, CommandError)):
        with anyio.fail_after(1):
            await client.initiate(ike="nobody", child="net")
    assert 0.9 < anyio.current_time() - before < 3
    await assert_recovers(client, idle, 3)


@pytest.mark.parametrize("timeout", [0.3, timedelta(milliseconds=300)])
async def test_the_argument_is_charons_deadline(client: Client, timeout: float | timedelta) -> None:
    await client.load_conn("nobody", to_nobody())
    with pytest.raises(CommandError) as caught:
        with anyio.fail_after(PATIENCE):
            await client.initiate(ike="nobody", child="net", timeout=timeout)
    assert caught.value.errmsg == "CHILD_SA 'net' not established after 300ms"
    assert (await the_sa(client)).state is IkeSaState.CONNECTING  # the attempt goes on


async def test_without_waiting(client: Client) -> None:
    await client.load_conn("nobody", to_nobody())
    with anyio.fail_after(1):
        await client.initiate(ike="nobody", child="net", timeout=-1)
    assert (await the_sa(client)).state is IkeSaState.CONNECTING


async def test_charon_gives_up_a_peer_that_does_not_answer(client: Client) -> None:
    await client.load_conn("nobody", to_nobody())
    with pytest.raises(CommandError) as caught:
        await client.initiate(ike="nobody", child="net")
    assert caught.value.errmsg == "establishing CHILD_SA 'net' failed"
    assert caught.value.detail == "establishing IKE_SA failed, peer not responding"
    assert await client.list_sas() == []


async def test_terminating_ends_an_attempt(client: Client) -> None:
    await client.load_conn("nobody", to_nobody())

    async def is_connecting() -> bool:
        return bool(await client.list_sas(ike="nobody"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fail_to_initiate, client)
        await eventually(is_connecting)
        ended = await client.terminate(ike="nobody")
        assert (ended.matches, ended.terminated) == (1, 1)
    assert await client.list_sas() == []


async def fail_to_initiate(client: Client) -> None:
    with pytest.raises(CommandError, match="establishing CHILD_SA 'net' failed"):
        with anyio.fail_after(3):  # before charon gives up by itself
            await client.initiate(ike="nobody", child="net")


async def test_a_peer_that_is_gone_is_forced_down(gateways: Gateways, client: Client) -> None:
    await client.initiate(child="net")
    async with gateways.frozen("sun"):
        with pytest.raises(CommandError) as caught:
            await client.terminate(ike="gw", force=True, timeout=0.5)
        assert (caught.value.matches, caught.value.terminated) == (1, 0)
        assert await client.list_sas() == []  # though charon says that it failed


# The traps of initiate and terminate.


async def test_either_of_two_selectors_is_not_sent(client: Client) -> None:
    """charon would end gw, whatever the number."""
    await client.initiate(child="net")
    for command in (client.terminate, client.rekey):
        with pytest.raises(LocalProtocolError, match="OR"):
            await command(ike="gw", ike_id=99999)
        with pytest.raises(LocalProtocolError, match="needs one of"):
            await command()
    assert (await the_sa(client)).state is IkeSaState.ESTABLISHED


async def test_both_of_two_selectors_with_a_child(client: Client) -> None:
    await client.initiate(child="net")
    listed = await the_sa(client)
    with pytest.raises(CommandError, match="no matching SAs to terminate found") as caught:
        await client.terminate(ike="gw", ike_id=99999, child="net")
    assert (caught.value.matches, caught.value.terminated) == (0, 0)
    ended = await client.terminate(ike="gw", ike_id=listed.uniqueid, child="net")
    assert (ended.matches, ended.terminated) == (1, 1)
    assert (await the_sa(client)).state is IkeSaState.ESTABLISHED


async def test_a_child_that_is_up_is_not_initiated_again(client: Client) -> None:
    await client.initiate(child="net")
    up = the_child(await the_sa(client))
    with pytest.raises(CommandError) as caught:
        await client.initiate(child="net")
    assert caught.value.errmsg == "establishing CHILD_SA 'net' failed"
    assert "not establishing CHILD_SA net{" in caught.value.detail
    assert f"due to existing duplicate {{{up.uniqueid}}}" in caught.value.detail
    assert caught.value.detail in str(caught.value)
    assert the_child(await the_sa(client)).uniqueid == up.uniqueid


async def test_an_ike_sa_that_is_up_is_waited_for(client: Client) -> None:
    """Up to 5.9.10; the timeout ends it."""
    await client.initiate(ike="gw")
    version = (await client.version()).version
    if tuple(map(int, version.split("."))) >= (5, 9, 11):
        await client.initiate(ike="gw")
        return
    with pytest.raises(CommandError, match="IKE_SA 'gw' not established after 300ms"):
        await client.initiate(ike="gw", timeout=0.3)
    assert (await the_sa(client)).child_sas == []


async def test_not_waiting_for_the_end(client: Client) -> None:
    await client.initiate(child="net")
    with anyio.fail_after(5):
        ended = await client.terminate(ike="gw", timeout=-1)
    assert (ended.matches, ended.terminated) == (1, 1)
