"""What type checkers make of a program; `nox -s types` runs mypy and pyright on it."""

from typing import assert_type

import anyvici
from anyvici import (
    ChildSa,
    ChildUpDown,
    Client,
    Connected,
    ControlLog,
    Disconnected,
    Gap,
    IkeSa,
    IkeUpDown,
    Log,
    Version,
)


async def lists(client: Client) -> None:
    assert_type(await client.list_sas(), list[IkeSa])
    async with client.list_sas(ike="gw") as sas:
        async for sa in sas:
            assert_type(sa, IkeSa)
            assert_type(sa.child_sas, list[ChildSa])
            assert_type(sa.rekey_time, int | None)
    assert_type(await client.get_conns(), list[str])


async def events(client: Client) -> None:
    async with client.subscribe(IkeUpDown) as one:
        async for event in one:
            assert_type(event, IkeUpDown)
    async with client.subscribe(IkeUpDown, ChildUpDown, Log, capacity=5) as three:
        async for any_of_them in three:
            assert_type(any_of_them, IkeUpDown | ChildUpDown | Log)


async def following(client: Client) -> None:
    async with anyvici.follow(client, IkeUpDown) as feed:
        async for one in feed:
            assert_type(one, IkeUpDown | Disconnected | Connected | Gap)
        assert_type(await anext(feed), IkeUpDown | Disconnected | Connected | Gap)
        assert_type(feed.lost, int)
    async with anyvici.follow(client, IkeUpDown, Log, capacity=5) as two:
        async for item in two:
            match item:
                case Connected(version=version, gap=gap):
                    assert_type(version, Version)
                    assert_type(gap, bool)
                case Disconnected(reason=reason):
                    assert_type(reason, str)
                case Gap(lost=lost):
                    assert_type(lost, int)
                case _:
                    assert_type(item, IkeUpDown | Log)


async def blocking(client: Client) -> None:
    assert_type(await client.initiate(child="net"), anyvici.InitiateResult)
    async with client.terminate(ike="gw") as lines:
        async for line in lines:
            assert_type(line, ControlLog)
        assert_type(lines.result, anyvici.TerminateResult)
    async with client.tunnel(ike="gw", child="net") as tunnel:
        assert_type(tunnel.child_sa, ChildSa)


async def configuration(client: Client) -> None:
    await client.load_conn(
        "gw",
        {
            "version": 2,
            "remote_addrs": ["192.0.2.1"],
            "local": {"auth": "psk", "id": "moon"},
            "remote": {"auth": "psk"},
            "children": {"net": {"remote_ts": ["10.2.0.0/16"], "rekey_time": "1h"}},
        },
    )
