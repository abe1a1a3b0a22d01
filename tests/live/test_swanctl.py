"""swanctl, the tool that comes with strongSwan, on the same daemon at the same time."""

import pytest
from anyio import run_process

from anyvici import Connection
from tests.live.gateways import Gateways
from tests.live.state import (
    UP_AND_DOWN,
    establish,
    eventually,
    story,
    the_child_sa,
    the_ike_sa,
    until,
)

pytestmark = pytest.mark.anyio


async def swanctl(gateways: Gateways, *arguments: str) -> str:
    command = ["swanctl", *arguments, "--uri", gateways.addresses["moon"]]
    return (await run_process(command)).stdout.decode()


async def test_it_sees_what_we_do(gateways: Gateways, moon: Connection) -> None:
    await establish(moon)
    child_sa = the_child_sa(await the_ike_sa(moon))
    listed = await swanctl(gateways, "--list-sas")
    assert "gw: #" in listed
    assert child_sa["spi-in"] in listed
    assert "10.1.0.0/16" in await swanctl(gateways, "--list-conns")


async def test_we_see_what_it_does(gateways: Gateways, moon: Connection) -> None:
    async with moon.subscribe(*UP_AND_DOWN) as events:
        assert "initiate completed successfully" in await swanctl(
            gateways, "--initiate", "--child", "net"
        )
        came = await until("child-updown", events)
        assert story(came) == ["ike-updown up", "child-updown up"]
        assert "terminate completed successfully" in await swanctl(
            gateways, "--terminate", "--ike", "gw"
        )
        went = await until("child-updown", events)
        assert story(went) == ["ike-updown down", "child-updown down"]


async def test_charon_is_well(gateways: Gateways, moon: Connection) -> None:
    async def is_idle() -> bool:  # no thread of it is stuck in a command of ours
        stats = await moon.call("stats")
        return int(stats["workers"]["idle"]) >= 5 and stats["ikesas"]["total"] == "0"

    await eventually(is_idle)
    assert "uptime: " in await swanctl(gateways, "--stats")
