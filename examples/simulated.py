"""status.py at work on a simulated gateway, on any machine: python simulated.py."""

import sys

import anyio
import status

import anyvici
from anyvici.testing import SimulatedCharon

GW: anyvici.ConnConfig = {
    "remote_addrs": ["192.0.2.7"],
    "proposals": ["aes256-sha256-curve25519"],
    "local": {"auth": "psk", "id": "moon"},
    "remote": {"auth": "psk", "id": "sun"},
    "children": {"net": {"local_ts": ["10.1.0.0/16"], "remote_ts": ["10.2.0.0/16"]}},
}


async def live(charon: SimulatedCharon) -> None:
    """Load a connection, take its tunnel up, rekey it, and take it down."""
    async with anyvici.connect(charon.address) as client:
        await client.load_conn("gw", GW)
        await client.load_shared(type="IKE", data="what moon and sun know")
        async with client.initiate(child="net", timeout=10) as lines:
            async for line in lines:
                print("   ", line.msg)
        await anyio.sleep(0.5)
        charon.traffic("net", octets_in=123_456)
        charon.rekey(child="net")
        await anyio.sleep(0.5)
        for ike_sa in await client.list_sas():
            print(status.description(ike_sa))
        await client.terminate(ike="gw", timeout=10)


async def main() -> None:
    """Show what goes on while it lasts."""
    async with SimulatedCharon(latency=0.1) as charon, anyio.create_task_group() as tasks:
        tasks.start_soon(status.show, charon.address)
        await anyio.sleep(0.5)
        await live(charon)
        await anyio.sleep(0.5)
        tasks.cancel_scope.cancel()


if __name__ == "__main__":
    anyio.run(main, backend=sys.argv[1] if len(sys.argv) > 1 else "asyncio")
