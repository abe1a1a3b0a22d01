"""initiate, terminate, rekey, install and their like: they do it, and tell the truth."""

import json
import re
import signal

import pytest

from anyvici import Client
from tests.cli.program import Running, anyvici, running
from tests.conformance.gateways import Gateways
from tests.conformance.state import eventually
from tests.conformance.talks import assert_down, joined, the_child, the_sa, to_nobody
from tests.live.gateways import shared_secret

pytestmark = pytest.mark.anyio

SELECTORS = "10.1.0.0/16 === 10.2.0.0/16"


async def test_initiate_and_terminate(gateways: Gateways, client: Client, peer: Client) -> None:
    moon = gateways.addresses["moon"]
    ended = await anyvici(moon, "initiate", "--child", "net")
    assert (ended.code, ended.errors) == (0, "")
    ike_sa = await the_sa(client)
    child = the_child(ike_sa)
    assert ended.lines[0] == f"[IKE] initiating IKE_SA gw[{ike_sa.uniqueid}] to 10.99.0.2"
    where = f"#{child.uniqueid} in IKE_SA gw #{ike_sa.uniqueid}"
    assert ended.lines[-1].startswith(f"CHILD_SA net up: {where}, {SELECTORS}, ")

    again = await anyvici(moon, "initiate", "--child", "net")
    assert (again.code, len(again.errors.splitlines())) == (1, 2)
    assert again.errors.startswith(f"CHILD_SA net #{child.uniqueid} is up in IKE_SA gw #")
    assert "due to existing duplicate" in again.errors

    ended = await anyvici(moon, "terminate", "--child-id", str(child.uniqueid))
    assert (ended.code, ended.lines[-1]) == (0, "terminated 1 of 1")
    assert (await the_sa(client)).child_sas == []

    ended = await anyvici(moon, "--json", "terminate", "--ike-id", str(ike_sa.uniqueid))
    assert (ended.code, ended.errors) == (0, "")
    assert ended.records[-1] == {"success": True, "matches": 1, "terminated": 1}
    assert {each["event"] for each in ended.records[:-1]} == {"control-log"}
    await assert_down(client, peer)


async def test_initiate_in_json(gateways: Gateways, client: Client) -> None:
    ended = await anyvici(gateways.addresses["moon"], "--json", "initiate", "-c", "net")
    *log, result = ended.records
    ike_sa = await the_sa(client)
    child = the_child(ike_sa)
    assert {each["ikesa_uniqueid"] for each in log if "ikesa_uniqueid" in each} == {ike_sa.uniqueid}
    assert result["success"] is True
    assert result["ike_sa"]["initiator_spi"] == ike_sa.initiator_spi
    (told,) = result["ike_sa"]["child_sas"]
    assert (told["uniqueid"], told["spi_in"]) == (child.uniqueid, child.spi_in)


async def test_an_ike_sa_alone(gateways: Gateways, client: Client) -> None:
    ended = await anyvici(gateways.addresses["moon"], "initiate", "--ike", "gw", "-l", "-1")
    number = (await the_sa(client)).uniqueid
    assert ended.code == 0
    assert ended.out.startswith(f"IKE_SA gw up: #{number}, moon 10.99.0.1 === sun 10.99.0.2, ")
    assert len(ended.lines) == 1


async def test_rekey(gateways: Gateways, client: Client) -> None:
    await client.initiate(child="net")
    before = await the_sa(client)
    moon = gateways.addresses["moon"]

    async def is_replaced() -> bool:
        return any(sa.uniqueid != before.uniqueid for sa in await client.list_sas())

    async def has_another_child() -> bool:
        (sa,) = await client.list_sas(ike="gw")
        numbers = {child.uniqueid for child in sa.child_sas if child.state == "INSTALLED"}
        return bool(numbers - {the_child(before).uniqueid})

    ended = await anyvici(moon, "rekey", "--child", "net")
    assert (ended.code, ended.out) == (0, "rekeying 1 SA\n")
    await eventually(has_another_child)
    ended = await anyvici(moon, "--json", "rekey", "--ike", "gw")
    assert (ended.code, ended.records) == (0, [{"success": True, "matches": 1}])
    await eventually(is_replaced)
    ended = await anyvici(moon, "rekey", "--ike", "nothing")
    assert ended.code == 1
    assert ended.errors == "anyvici: rekey: no matching SAs to rekey found\n"


async def test_install_and_uninstall(gateways: Gateways, client: Client) -> None:
    moon = gateways.addresses["moon"]
    ended = await anyvici(moon, "install", "--child", "net")
    assert (ended.code, ended.out) == (0, "installed net\n")
    assert [policy.child for policy in await client.list_policies()] == ["net"]
    ended = await anyvici(moon, "uninstall", "--child", "net", "--ike", "gw")
    assert (ended.code, ended.out) == (0, "uninstalled net\n")
    assert await client.list_policies() == []
    ended = await anyvici(moon, "uninstall", "--child", "net")
    assert (ended.code, ended.errors) == (1, "anyvici: uninstall: policy 'net' not found\n")


async def test_redirect(gateways: Gateways, peer: Client) -> None:
    """Nobody is there where moon is sent to."""
    await peer.initiate(child="net")
    ended = await anyvici(
        gateways.addresses["sun"], *("redirect", "--peer-id", "moon", "--gateway", "10.99.0.9")
    )
    assert (ended.code, ended.out) == (0, "redirecting 1 SA\n")


# Why it fails.


@pytest.mark.parametrize("screen", [False, True], ids=["in a pipe", "on a screen"])
async def test_a_wrong_secret(gateways: Gateways, client: Client, screen: bool) -> None:
    await client.load_shared(**shared_secret("this is not it"))
    moon = gateways.addresses["moon"]
    ended = await anyvici(moon, "initiate", "--child", "net", screen=screen)
    assert ended.code == 1
    *why, error = ended.errors.splitlines()
    reason = "received AUTHENTICATION_FAILED notify error"
    assert error == f"anyvici: initiate: establishing CHILD_SA 'net' failed ({reason})"
    assert (why if screen else ended.lines)[-1] == f"[IKE] {reason}"
    assert await client.list_sas() == []


async def test_no_proposal(gateways: Gateways, client: Client) -> None:
    await client.load_conn("gw", joined("moon", proposals=["aes256-sha512-modp2048"]))
    ended = await anyvici(gateways.addresses["moon"], "initiate", "--child", "net")
    assert ended.code == 1
    assert "NO_PROPOSAL_CHOSEN" in ended.lines[-1]
    assert "NO_PROPOSAL_CHOSEN" in ended.errors


async def test_no_child_but_an_ike_sa(gateways: Gateways, client: Client) -> None:
    """What is left is told."""
    child = joined("moon")["children"]["net"]
    children = {"net": {**child, "esp_proposals": ["aes256-sha512"]}}
    await client.load_conn("gw", joined("moon", children=children))
    ended = await anyvici(gateways.addresses["moon"], "initiate", "--child", "net")
    number = (await the_sa(client)).uniqueid
    state, error = ended.errors.splitlines()
    assert ended.code == 1
    assert state == f"IKE_SA gw #{number} is ESTABLISHED, CHILD_SA net is not up"
    assert "failed to establish CHILD_SA, keeping IKE_SA" in error
    assert "NO_PROPOSAL_CHOSEN" in ended.out


async def test_nobody_answers_in_time(gateways: Gateways, client: Client) -> None:
    await client.load_conn("nobody", to_nobody())
    ended = await anyvici(
        gateways.addresses["moon"], *("initiate", "-i", "nobody", "-c", "net", "-t", "0.3")
    )
    number = (await the_sa(client)).uniqueid
    assert ended.code == 1
    assert ended.errors == (
        f"the daemon goes on: IKE_SA nobody #{number} is CONNECTING; "
        f"`anyvici terminate --ike-id {number}` ends it\n"
        "anyvici: initiate: CHILD_SA 'net' not established after 300ms\n"
    )


# Interrupted.


async def connecting(program: Running) -> int:
    """Wait until it initiates; return the number of the IKE_SA."""
    line = json.loads(await program.line())
    while "ikesa_uniqueid" not in line:  # others may be among them, up to 5.9.10
        line = json.loads(await program.line())
    number: int = line["ikesa_uniqueid"]
    return number


@pytest.mark.parametrize("way", ["leave", "terminate"])
async def test_interrupted(gateways: Gateways, client: Client, way: str) -> None:
    await client.load_conn("nobody", to_nobody())
    await client.initiate(child="net", ike="gw")
    line = ["--json", "initiate", "-i", "nobody", "-c", "net", "--on-interrupt", way]
    async with running(gateways.addresses["moon"], *line) as program:
        number = await connecting(program)
        ended = await program.interrupted(signal.SIGINT)
    assert ended.code == 130
    names = sorted(sa.name for sa in await client.list_sas())
    told = ended.errors.splitlines()[-1]
    if way == "leave":
        assert told.startswith(f"interrupted: the daemon goes on: IKE_SA nobody #{number} is ")
        assert names == ["gw", "nobody"]
    else:
        assert told == f"interrupted: IKE_SA nobody #{number} was ended"
        assert names == ["gw"]


async def load_two(client: Client, peer: Client) -> None:
    """Load another child, for one address of the network."""
    for gateway, side, mine in ((client, "moon", "local_ts"), (peer, "sun", "remote_ts")):
        net = joined(side)["children"]["net"]
        children = {"net": net, "one": net | {mine: ["10.1.0.1/32"]}}
        await gateway.load_conn("gw", joined(side, children=children))


async def test_an_interrupted_child(gateways: Gateways, client: Client, peer: Client) -> None:
    """The IKE_SA was there, and what it carries: only the new child goes, when it has come."""
    await load_two(client, peer)
    await client.initiate(child="one")
    before = await the_sa(client)
    line = ["--json", "initiate", "-c", "net", "--on-interrupt", "terminate"]
    async with running(gateways.addresses["moon"], *line) as program:
        async with gateways.frozen("sun"):
            assert await connecting(program) == before.uniqueid
            program.process.send_signal(signal.SIGINT)
            assert (await program.error_line()).startswith("ending what was begun")
        ended = await program.ended()
    assert ended.code == 130
    told = rf"interrupted: CHILD_SA net #\d+ in IKE_SA gw #{before.uniqueid} was ended\n"
    assert re.fullmatch(told, ended.errors)
    assert the_child(await the_sa(client)).uniqueid == the_child(before).uniqueid


async def test_an_interrupted_terminate(gateways: Gateways, client: Client) -> None:
    await client.initiate(child="net")
    number = (await the_sa(client)).uniqueid
    moon = gateways.addresses["moon"]
    async with gateways.frozen("sun"):
        async with running(moon, "--json", "terminate", "--ike", "gw") as program:
            assert await connecting(program) == number
            ended = await program.interrupted(signal.SIGTERM)
        assert ended.code == 143
        left = f"1 left: IKE_SA gw #{number} (DELETING)"
        assert ended.errors == f"interrupted: the daemon goes on; {left}\n"
        ended = await anyvici(moon, *("terminate", "-I", str(number), "--force", "-t", "0.1"))
        assert (ended.code, ended.lines[-1]) == (0, "terminated 1 of 1")
        assert await client.list_sas() == []
