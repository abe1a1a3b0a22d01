"""The live screen on a daemon: what is up, what passes, what becomes of it."""

import re
from pathlib import Path

import pytest

from anyvici import Client
from tests.cli.tmux import tmux
from tests.conformance.gateways import Gateways

pytestmark = pytest.mark.anyio


async def test_a_tunnel(gateways: Gateways, client: Client, tmp_path: Path) -> None:
    await client.initiate(ike="gw", child="net")
    async with tmux(tmp_path, 160, 40) as terminal:
        await terminal.start(gateways.addresses["moon"], "top")
        await terminal.shows("strongSwan ", "1 established", "1 installed", "ESTABLISHED")
        for _ in range(20):
            await gateways.exchange(bytes(1000))
        await terminal.until(lambda screen: re.search(r"INSTALLED .* (19|2\d)\.\d KiB", screen))
        await client.rekey(child="net")
        await terminal.shows("rekeyed    gw[", " net{")
        await client.rekey(ike="gw")
        await terminal.until(lambda screen: re.search(r"rekeyed    gw\[\d+] → gw\[\d+]", screen))
        await client.terminate(ike="gw")
        await terminal.shows("down       gw[", "  no SAs")
        await terminal.keys("q")
        await terminal.shows_no("anyvici top")


async def test_a_restart(gateways: Gateways, client: Client, tmp_path: Path) -> None:
    await client.initiate(ike="gw", child="net")
    async with tmux(tmp_path, 80, 24) as terminal:
        await terminal.start(gateways.addresses["moon"], "top")
        await terminal.shows("1 installed")
        await gateways.kill("moon")
        await terminal.shows("charon is gone since ", "1 installed")
        await gateways.start("moon")
        await terminal.shows("charon is there again, after ", "resynced   2 SAs gone (", "  no SAs")
        await terminal.keys("q")
        await terminal.shows_no("anyvici top")
