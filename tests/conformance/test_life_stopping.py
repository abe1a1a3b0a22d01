"""What a charon says goodbye with that is asked to stop."""

import anyio
import pytest

from anyvici import ConnectionLost
from tests.conformance.lives import Life
from tests.conformance.sentences import ended, ended_by_peer, failed
from tests.conformance.talks import to_nobody

pytestmark = pytest.mark.anyio


async def test_sigterm(life: Life) -> None:
    """Everything that waits is answered; the peer is told; what was not up goes silently."""
    await life.moon.ask("load-conn", {"nobody": to_nobody()})
    await life.load_two()
    await life.up()
    await life.add("net2")
    async with anyio.create_task_group() as tasks:
        answer = life.moon.begin(tasks, "initiate", {"ike": "nobody", "child": "net"})
        await life.moon.lists("gw ESTABLISHED net=INSTALLED net2=INSTALLED", "nobody CONNECTING")
        await life.gateways.shut_down("moon")
        await life.moon.told(*ended("gw", "net", "net2"))
        assert await answer.get() == failed()
    await life.sun.told(*ended_by_peer("gw", "net", "net2"))
    await life.sun.lists()
    with pytest.raises(ConnectionLost):
        while True:
            await life.moon.gateway.call("version")
    await life.gateways.start("moon")
