"""Many commands: in batches, in streams that are left, from tasks that are cancelled."""

import random
from collections import Counter

import anyio
import pytest
from anyio.lowlevel import checkpoint

from anyvici import BatchError, CommandError, Connection, Message
from tests.conformance.state import list_conns
from tests.live.charon import PATIENCE

pytestmark = pytest.mark.anyio


def load_conns(count: int) -> list[tuple[str, Message]]:
    return [("load-conn", {f"c{number}": {"version": 2}}) for number in range(count)]


async def test_a_batch_with_one_that_fails(moon: Connection) -> None:
    commands = load_conns(200)
    commands[100] = ("load-conn", {"c100": {"colour": "blue"}})
    with pytest.raises(BatchError) as caught:
        await moon.batch(commands)
    assert list(caught.value.errors) == [100]
    assert caught.value.errmsg == "unknown option: colour, config discarded"
    assert [reply["success"] for reply in caught.value.replies].count("yes") == 199
    loaded = [f"c{number}" for number in range(200) if number != 100]
    assert sorted(await list_conns(moon)) == sorted([*loaded, "gw"])

    replies = await moon.batch([("unload-conn", {"name": name}) for name in loaded])
    assert replies == [{"success": "yes"}] * 199
    assert await list_conns(moon) == ["gw"]


async def test_a_stream_is_left_after_one_item_of_a_thousand(moon: Connection) -> None:
    await moon.batch(load_conns(1000))
    async with moon.stream("list-conns", "list-conn") as items:
        async for item in items:
            assert len(item) == 1
            break
    with pytest.raises(CommandError, match="connection 'nowhere' not found"):
        await moon.call("unload-conn", {"name": "nowhere"})
    assert (await moon.call("version"))["daemon"] == "charon"
    assert len(await list_conns(moon)) == 1001


# Commands whose failure names what they were asked for.
TELLING = {
    "initiate": ("child", "CHILD_SA config '{}' not found"),
    "load-cert": ("type", "invalid certificate type '{}'"),
    "load-key": ("type", "invalid key type: {}"),
    "load-shared": ("type", "invalid shared key type: {}"),
    "uninstall": ("child", "policy '{}' not found"),
    "unload-authority": ("name", "unload: authority '{}' not found"),
    "unload-conn": ("name", "unload: connection '{}' not found"),
    "unload-pool": ("name", "{} not found"),
}


class Asker:
    """Asks question after question, is cancelled at random, and compares what it is told."""

    def __init__(self, connection: Connection, name: str, seed: int) -> None:
        self._connection = connection
        self._name = name
        self._random = random.Random(seed)
        self.seen: Counter[str] = Counter()

    async def ask(self, count: int) -> None:
        asking = [self._fail, self._fail, self._fail, self._version, self._list, self._overhear]
        for number in range(count):
            with self._some_time() as scope:
                await self._random.choice(asking)(f"{self._name}-{number}")
                self.seen["answered"] += 1
            self.seen["cancelled"] += scope.cancelled_caught

    def _some_time(self) -> anyio.CancelScope:
        """Return a scope that is cancelled already, soon, in about the time it takes, or never."""
        kind = self._random.randrange(4)
        if kind == 0:
            scope = anyio.CancelScope()
            scope.cancel()
            return scope
        seconds = [0.001, 0.05, PATIENCE][kind - 1]
        return anyio.move_on_after(self._random.random() * seconds if kind < 3 else seconds)

    async def _fail(self, question: str) -> None:
        command = self._random.choice(list(TELLING))
        key, answer = TELLING[command]
        with pytest.raises(CommandError) as caught:
            await self._connection.call(command, {key: question})
        assert caught.value.command == command
        assert caught.value.errmsg == answer.format(question)

    async def _version(self, _question: str) -> None:
        assert (await self._connection.call("version"))["daemon"] == "charon"

    async def _list(self, _question: str) -> None:
        selector = {"ike": self._name}
        async with self._connection.stream("list-conns", "list-conn", selector) as items:
            assert [list(item) async for item in items] == [[self._name]]

    async def _overhear(self, _question: str) -> None:
        async with self._connection.subscribe("list-conn", "ike-updown"):
            await checkpoint()


async def test_two_thousand_calls_by_fifty_tasks_that_are_cancelled(moon: Connection) -> None:
    askers = [Asker(moon, f"c{number}", seed=number) for number in range(50)]
    await moon.batch(load_conns(50))
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            for asker in askers:
                tasks.start_soon(asker.ask, 40)
    seen = sum((asker.seen for asker in askers), Counter())
    assert seen.total() == 2000
    assert min(seen["answered"], seen["cancelled"]) > 200
    with pytest.raises(CommandError, match="'the last' not found"):
        await moon.call("unload-conn", {"name": "the last"})
    assert len(await list_conns(moon)) == 51
