"""`anyvici top` in a real terminal."""

import re

import anyio
import pytest
from rich.cells import cell_len

from anyvici import Client, connect
from anyvici.testing import SimulatedCharon
from tests.cli.program import PATIENCE, anyvici
from tests.cli.tmux import Tmux, tmux
from tests.watch.tables import gw

pytestmark = pytest.mark.anyio

NAMES = ["berlin", "london", "oslo"]


async def load(client: Client, *names: str) -> None:
    await client.load_shared(type="IKE", data="secret")
    for number, name in enumerate(names, 1):
        remote = {"auth": "psk", "id": f"{name}.example.org"}
        await client.load_conn(name, gw(number, f"{name}-net", remote=remote))


async def up(client: Client, *names: str) -> None:
    await load(client, *names)
    for name in names:
        await client.initiate(child=f"{name}-net", timeout=PATIENCE)


async def flow(charon: SimulatedCharon, name: str) -> None:
    """Let octets pass for ever."""
    while True:
        charon.traffic(f"{name}-net", octets_in=300_000, octets_out=1000)
        await anyio.sleep(0.1)


async def is_restored(terminal: Tmux) -> None:
    """Check that the shell has its terminal as it was, and what was on it."""
    await terminal.shows("$ ")
    assert await terminal.tells("alternate_on") == "0"
    assert await terminal.tells("cursor_flag") == "1"
    assert await terminal.tells("wrap_flag") == "1"
    await terminal.shell("stty -a > after; cmp before after && echo same as bef''ore")
    await terminal.shows("same as before")


async def started(terminal: Tmux, charon: SimulatedCharon, folder) -> None:
    """Note how the terminal is, and start top on it."""
    await terminal.shell(f"cd {folder}; stty -a > before")
    await terminal.start(charon.address, "top")
    await terminal.shows("anyvici top", "strongSwan 5.9.8", "q quit")


async def test_at_80x24(charon, tmp_path):
    async with connect(charon.address) as client, tmux(tmp_path, 80, 24) as terminal:
        await up(client, *NAMES)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(flow, charon, "london")
            await started(terminal, charon, tmp_path)
            await terminal.shows("watching   3 IKE_SAs, 3 CHILD_SAs")
            lines = await terminal.until(
                lambda screen: re.search(r"london-net +2 INSTALLED.* MiB .*[▁-▇]{2}", screen)
            )
            tasks.cancel_scope.cancel()
        assert len(lines) == 24
        assert max(cell_len(line) for line in lines) <= 80
        assert lines[1].startswith(" IKE_SAs       3  3 established ")
        assert lines[2].startswith(" CHILD_SAs     3  3 installed ")
        assert lines[4].split() == "NAME▲ ID STATE REMOTE REKEY IN/s OUT/s".split()
        names = [line.split()[0:2] for line in lines[5:11] if line.startswith("▾")]
        assert names == [["▾", name] for name in NAMES]
        assert "q quit" in lines[-1]
        assert await terminal.tells("cursor_flag") == "0"
        assert any("\x1b[32mESTABLISHED" in line for line in await terminal.lines("-e"))
        await terminal.keys("q")
        await is_restored(terminal)


async def test_keys(charon, tmp_path):
    async with connect(charon.address) as client, tmux(tmp_path, 200, 40) as terminal:
        await up(client, *NAMES)
        charon.traffic("oslo-net", octets_in=5000)
        await started(terminal, charon, tmp_path)
        await terminal.shows("IN/s", "CRYPTO", "4.9 KiB")
        await terminal.keys("I")
        assert (await terminal.shows("IN▼"))[5].startswith("▾ oslo")
        await terminal.type("/lon")
        await terminal.shows("filter: lon (1 of 3 IKE_SAs)")
        await terminal.shows_no("berlin")
        await terminal.keys("Escape")
        await terminal.shows("▾ berlin", "berlin-net")
        await terminal.keys("c")
        await terminal.shows("▸ berlin")
        await terminal.keys("c", "Down", "Down", "Enter")  # at once, each on what is then there
        await terminal.shows("IKE_SA berlin[1]", "CHILD_SA berlin-net{1}", "reqid 1")
        await terminal.keys("?")
        await terminal.shows("sort by time to rekeying")
        await terminal.keys("Escape", "p")
        await terminal.shows("PAUSED")
        await client.terminate(ike="london", timeout=PATIENCE)
        await terminal.keys("End")
        await terminal.shows("PAUSED", "london-net")
        await terminal.keys("p")
        await terminal.shows("down       london[2]", "2 established")
        await terminal.keys("e")
        await terminal.keys("e")
        await terminal.shows_no("─ events")
        await terminal.keys("C-c")
        await is_restored(terminal)


async def test_rekeying_and_failures_are_told(charon, tmp_path):
    async with connect(charon.address) as client, tmux(tmp_path, 100, 30) as terminal:
        await up(client, "berlin")
        await load(client, "berlin", "london")
        await started(terminal, charon, tmp_path)
        charon.rekey("berlin")
        await terminal.shows("rekeyed    berlin[1] → berlin[2]")
        charon.rekey(child="berlin-net")
        await terminal.shows("rekeyed    berlin[2] berlin-net{1} → berlin-net{2}")
        charon.peer_down("london")
        await client.initiate(child="london-net", timeout=-1)
        await terminal.shows("CONNECTING", "1 connecting")
        await client.terminate(ike="london", timeout=-1, force=True)
        await terminal.shows("failed     london[3]")


async def test_a_restart(charon, tmp_path):
    """While charon is gone it is told; when it is back, and what was lost."""
    async with tmux(tmp_path, 80, 24) as terminal:
        async with connect(charon.address) as client:
            await up(client, *NAMES)
        await started(terminal, charon, tmp_path)
        await terminal.shows("oslo-net")
        charon.stop()
        await terminal.shows("charon is gone since ", "this is what was last known", "oslo-net")
        await terminal.shows("gone       charon is gone: ")
        charon.start()
        await terminal.keys("e")
        await terminal.shows("charon is there again, after ", "resynced   6 SAs gone (")
        await terminal.shows_no("is what was last known")
        await terminal.shows("  no SAs")
        async with connect(charon.address) as client:
            await up(client, "berlin")
        await terminal.shows("up         berlin[1] berlin-net{1}", "1 installed")
        await terminal.keys("q")
        await is_restored(terminal)


async def test_another_size(charon, tmp_path):
    async with connect(charon.address) as client, tmux(tmp_path, 80, 24) as terminal:
        await up(client, *NAMES)
        await started(terminal, charon, tmp_path)
        for width, height, text in (
            (220, 50, "CRYPTO"),
            (40, 10, " NAME▲       STATE       REMOTE"),
            (12, 3, " anyvici top"),
            (80, 24, "REKEY"),
        ):
            await terminal.resize(width, height)
            lines = await terminal.shows(text)
            assert len(lines) <= height
        await terminal.keys("q")
        await is_restored(terminal)


async def test_a_signal(charon, tmp_path):
    async with tmux(tmp_path, 80, 24) as terminal:
        await started(terminal, charon, tmp_path)
        pid = (await children(await terminal.tells("pane_pid")))[0]
        await anyio.run_process(["kill", "-TERM", pid])
        await is_restored(terminal)


async def children(pid: str) -> list[str]:
    """Return the processes that a process has started."""
    return (await anyio.run_process(["pgrep", "-P", pid])).stdout.decode().split()


async def test_stopped_and_continued(charon, tmp_path):
    """Ctrl-Z gives the terminal back; fg takes it again."""
    async with tmux(tmp_path, 80, 24) as terminal:
        await started(terminal, charon, tmp_path)
        await terminal.keys("C-z")
        await terminal.shows("Stopped")
        assert await terminal.tells("alternate_on") == "0"
        assert await terminal.tells("cursor_flag") == "1"
        await terminal.shell("fg")
        await terminal.shows("anyvici top", "q quit")
        assert await terminal.tells("alternate_on") == "1"
        await terminal.keys("q")
        await is_restored(terminal)


async def test_a_screen_that_stands_still(charon, tmp_path):
    """After Ctrl-S nothing is drawn; keys do what they do, and what is drawn later is new."""
    async with connect(charon.address) as client, tmux(tmp_path, 80, 24) as terminal:
        await started(terminal, charon, tmp_path)
        await terminal.keys("C-s")
        await up(client, "berlin")
        await terminal.keys("e")
        assert "  no SAs" in await terminal.lines()
        await terminal.keys("C-q")
        await terminal.shows("berlin-net", "1 installed")
        await terminal.keys("C-s")
        await terminal.keys("q")
        await is_restored(terminal)


async def test_no_way_to_go_on(charon, tmp_path, monkeypatch):
    """An error is one line, on the terminal as it was."""
    async with tmux(tmp_path, 80, 24) as terminal:
        await started(terminal, charon, tmp_path)
        monkeypatch.setattr(charon._life, "_version", (5, 9, 1))  # which has no ike-update
        charon.restart()
        lines = await terminal.shows("anyvici: ", "ike-update")
        assert sum("anyvici: " in line for line in lines) == 1
        await is_restored(terminal)


async def test_without_a_terminal(charon):
    ended = await anyvici(charon.address, "top")
    assert (ended.code, ended.out) == (2, "")
    assert ended.errors.startswith("anyvici: top is for a terminal, and for people; ")
    assert "anyvici list-sas" in ended.errors
    assert "anyvici events" in ended.errors
