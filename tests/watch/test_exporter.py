"""examples/exporter.py, run as anybody would."""

import socket
import sys
import urllib.request
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import DEVNULL

import anyio
import pytest
from prometheus_client.parser import text_string_to_metric_families

from anyvici import Client, connect
from anyvici.testing import SimulatedCharon

pytestmark = pytest.mark.anyio

EXPORTER = Path(__file__).parents[2] / "examples" / "exporter.py"
PATIENCE = 30

GW = {
    "remote_addrs": ["192.0.2.7"],
    "local": {"auth": "psk", "id": "moon"},
    "remote": {"auth": "psk", "id": "sun"},
    "children": {"net": {}},
}


def test_it_is_short() -> None:
    lines = [line for line in EXPORTER.read_text().splitlines() if line.strip()]
    assert len(lines) <= 40


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@asynccontextmanager
async def exporting(address: str) -> AsyncGenerator[str]:
    """Run the exporter and yield where its metrics are."""
    port = free_port()
    command = [sys.executable, str(EXPORTER), str(port), address]
    async with await anyio.open_process(command, stdout=DEVNULL, stderr=None) as process:
        try:
            yield f"http://127.0.0.1:{port}/metrics"
        finally:
            process.kill()


async def metrics(url: str) -> dict[str, float]:
    """Return what is exported, by name and labels; nothing while it is not there yet."""
    try:
        text = await anyio.to_thread.run_sync(lambda: urllib.request.urlopen(url).read().decode())
    except OSError:
        return {}
    return {
        " ".join([sample.name, *(str(value) for value in sample.labels.values())]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def until(url: str, **expected: float) -> dict[str, float]:
    """Return what is exported as soon as this is part of it."""
    found: dict[str, float] = {}
    try:
        with anyio.fail_after(PATIENCE):
            while not expected.items() <= found.items():
                found = await metrics(url)
                await anyio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"{found}")
    return found


async def load(client: Client) -> None:
    await client.load_conn("gw", GW)
    await client.load_shared(type="IKE", data="secret")


async def test_it_tells_of_tunnels_and_of_restarts(tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/charon.vici"
    async with exporting(address) as url:  # before there is a charon
        async with SimulatedCharon(address) as charon, connect(address, wait=5) as client:
            await load(client)
            found = await until(url, ipsec_charon_up=1)
            assert found["ipsec_ike_sas"] == 0
            await client.initiate(child="net")
            await until(url, **{"ipsec_ike_sas": 1, "ipsec_octets_total net gw sun 1 in": 0})
            charon.stop()
            found = await until(url, ipsec_charon_up=0)
            assert found["ipsec_ike_sas"] == 1  # as was last known
            charon.start()
            found = await until(url, ipsec_charon_up=1)
            assert found["ipsec_ike_sas"] == 0
