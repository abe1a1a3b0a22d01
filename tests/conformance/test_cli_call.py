"""call: any command as it is, answered as the daemon answers it."""

import pytest

from anyvici import Client, Connection
from tests.cli.program import anyvici
from tests.conformance.gateways import Gateways

pytestmark = pytest.mark.anyio


async def test_a_command(gateways: Gateways, moon: Connection) -> None:
    ended = await anyvici(gateways.addresses["moon"], "--json", "call", "version")
    assert (ended.code, ended.errors) == (0, "")
    assert ended.records == [await moon.call("version")]


async def test_a_stream(gateways: Gateways, moon: Connection) -> None:
    line = ["--json", "call", "list-conns", "ike=gw", "--stream", "list-conn"]
    ended = await anyvici(gateways.addresses["moon"], *line)
    async with moon.stream("list-conns", "list-conn", {"ike": "gw"}) as conns:
        expected = [conn async for conn in conns]
    assert (ended.code, len(expected)) == (0, 1)
    assert ended.records == [*expected, conns.reply]


async def test_sections_and_lists(gateways: Gateways, client: Client) -> None:
    arguments = ["away.remote_addrs=192.0.2.7", "away.remote_addrs=192.0.2.8", "away.version=2"]
    ended = await anyvici(gateways.addresses["moon"], "--json", "call", "load-conn", *arguments)
    assert (ended.code, ended.records) == (0, [{"success": "yes"}])
    (away,) = [conn for conn in await client.list_conns() if conn.name == "away"]
    assert away.remote_addrs == ["192.0.2.7", "192.0.2.8"]
    assert away.version == "IKEv2"
    await client.unload_conn("away")


async def test_what_is_refused_is_printed_all_the_same(gateways: Gateways) -> None:
    line = ["--json", "call", "unload-conn", "name=nobody"]
    ended = await anyvici(gateways.addresses["moon"], *line)
    assert ended.code == 1
    assert [reply["success"] for reply in ended.records] == ["no"]
    assert ended.errors == f"anyvici: unload-conn: {ended.records[0]['errmsg']}\n"
