"""Every class of events that charon raises, and names that look like something else."""

import anyio
import pytest

from anyvici import (
    Alert,
    ChildRekey,
    ChildSaState,
    ChildUpDown,
    Client,
    CommandError,
    IkeRekey,
    IkeSaState,
    IkeUpdate,
    IkeUpDown,
    Log,
    LogGroup,
    UnknownEvent,
)
from tests.conformance.talks import (
    next_of,
    story,
    take,
    the_child,
    the_sa,
    to_nobody,
)
from tests.live.charon import PATIENCE
from tests.live.gateways import shared_secret

pytestmark = pytest.mark.anyio


async def test_up_and_down(client: Client, peer: Client) -> None:
    async with client.subscribe(IkeUpDown, ChildUpDown) as here:
        async with peer.subscribe(IkeUpDown, ChildUpDown) as there:
            await client.initiate(child="net")
            listed = await the_sa(client)
            for events, ike_id in ((here, listed.uniqueid), (there, (await the_sa(peer)).uniqueid)):
                ike, child = await take(2, events)
                assert isinstance(ike, IkeUpDown)
                assert isinstance(child, ChildUpDown)
                assert ike.up
                assert child.up
                assert ike.ike_sa.uniqueid == child.ike_sa.uniqueid == ike_id
                assert ike.ike_sa.state is IkeSaState.ESTABLISHED
                assert ike.ike_sa.child_sas == []
                assert the_child(child.ike_sa).name == "net"
            await client.terminate(ike="gw")
            for events in (here, there):
                ike, child = await take(2, events)
                assert story([ike, child]) == [
                    ("IkeUpDown", False, "gw"),
                    ("ChildUpDown", False, "gw"),
                ]
                assert ike.ike_sa.state is IkeSaState.DELETING
                assert the_child(child.ike_sa).state is ChildSaState.INSTALLED


async def test_a_child_goes_down_alone(client: Client, peer: Client) -> None:
    await client.initiate(child="net")
    async with peer.subscribe(IkeUpDown, ChildUpDown) as events:
        await client.terminate(child="net")
        (event,) = await take(1, events)
    assert story([event]) == [("ChildUpDown", False, "gw")]
    assert event.ike_sa.state is IkeSaState.ESTABLISHED
    (child,) = event.ike_sa.child_sas
    assert child.state is ChildSaState.DELETED


async def test_what_never_was_up_goes_down(client: Client, peer: Client) -> None:
    await client.load_shared(**shared_secret("not what sun has"))
    async with client.subscribe(IkeUpDown, ChildUpDown) as here, peer.subscribe(IkeUpDown) as there:
        with pytest.raises(CommandError, match="establishing CHILD_SA 'net' failed"):
            await client.initiate(child="net")
        for (event,) in (await take(1, here), await take(1, there)):
            assert story([event]) == [("IkeUpDown", False, "gw")]
            assert event.ike_sa.state is IkeSaState.CONNECTING


async def test_what_is_ended_while_it_connects_goes_without_a_word(client: Client) -> None:
    await client.load_conn("nobody", to_nobody())
    async with client.subscribe(IkeUpDown) as events:
        await client.initiate(ike="nobody", child="net", timeout=-1)  # does not wait
        await client.terminate(ike="nobody")
        await client.initiate(child="net", ike="gw")
        (event,) = await take(1, events)
    assert story([event]) == [("IkeUpDown", True, "gw")]


async def test_an_ike_sa_is_rekeyed(client: Client, peer: Client) -> None:
    await client.initiate(child="net")
    before = await the_sa(client)
    async with client.subscribe(IkeRekey, IkeUpDown) as here:
        async with peer.subscribe(IkeRekey, IkeUpDown) as there:
            await client.rekey(ike_id=before.uniqueid)
            event, of_peer = await next_of(IkeRekey, here), await next_of(IkeRekey, there)
    assert event.old.name == event.new.name == "gw"
    assert event.old.uniqueid == before.uniqueid != event.new.uniqueid
    assert event.old.initiator_spi == before.initiator_spi != event.new.initiator_spi
    assert event.new.initiator_spi == of_peer.new.initiator_spi
    assert event.old.child_sas == event.new.child_sas == []
    assert event.old.state in (IkeSaState.REKEYING, IkeSaState.REKEYED)
    assert event.new.state is IkeSaState.ESTABLISHED


async def test_a_child_sa_is_rekeyed(client: Client, peer: Client) -> None:
    await client.initiate(child="net")
    before = await the_sa(client)
    child = the_child(before)
    async with (
        client.subscribe(ChildRekey, ChildUpDown) as here,
        peer.subscribe(ChildRekey) as there,
    ):
        await client.rekey(child="net")
        event, (of_peer,) = await next_of(ChildRekey, here), await take(1, there)
    assert event.ike_sa.name == "gw"
    assert event.ike_sa.uniqueid == before.uniqueid
    assert event.old.name == event.new.name == "net"
    assert event.old.uniqueid == child.uniqueid != event.new.uniqueid
    assert event.old.reqid == event.new.reqid
    assert event.old.spi_in == child.spi_in != event.new.spi_in
    assert event.new.state is ChildSaState.INSTALLED
    assert event.ike_sa.child_sas == [event.old, event.new]
    assert (event.new.spi_in, event.new.spi_out) == (of_peer.new.spi_out, of_peer.new.spi_in)


async def test_the_responder_moves_to_port_4500(client: Client, peer: Client) -> None:
    async with peer.subscribe(IkeUpdate) as events:
        await client.initiate(child="net")
        (event,) = await take(1, events)
    assert (event.local_host, event.local_port) == ("10.99.0.2", 4500)
    assert (event.remote_host, event.remote_port) == ("10.99.0.1", 4500)
    assert event.ike_sa.name == "(unnamed)"
    assert event.ike_sa.state is IkeSaState.CONNECTING
    assert (event.ike_sa.local_host, event.ike_sa.local_port) == ("10.99.0.2", 500)
    assert (event.ike_sa.local_id, event.ike_sa.remote_id) == ("%any", "%any")


async def test_log(client: Client) -> None:
    async with client.subscribe(Log) as events:
        await client.initiate(child="net")
        with anyio.fail_after(PATIENCE):
            async for line in events:
                if "IKE_SA gw" in line.msg and "established between" in line.msg:
                    break
    assert line.group is LogGroup.IKE
    assert line.level == 0
    assert line.thread >= 1
    assert line.ikesa_name == "gw"
    assert line.ikesa_uniqueid == (await the_sa(client)).uniqueid


async def test_control_log(client: Client) -> None:
    async with client.initiate(child="net") as lines:
        seen = [line async for line in lines]
        assert lines.result is not None
    assert seen[0].msg.startswith("initiating IKE_SA gw[")
    assert seen[-1].msg.startswith("CHILD_SA net{")
    assert {line.ikesa_name for line in seen} == {"gw"}
    assert {line.ikesa_uniqueid for line in seen} == {(await the_sa(client)).uniqueid}
    assert {LogGroup.IKE, LogGroup.ENC, LogGroup.NET} <= {line.group for line in seen}
    assert {line.level for line in seen} == {0, 1}
    async with client.terminate(ike="gw", loglevel=0) as lines:
        assert {line.level async for line in lines} == {0}
        assert (lines.result.matches, lines.result.terminated) == (1, 1)


async def test_no_control_log(client: Client) -> None:
    async with client.initiate(child="net", loglevel=-1) as lines:
        assert [line async for line in lines] == []
        assert lines.result is not None


async def test_alert(client: Client) -> None:
    version = (await client.version()).version
    if tuple(map(int, version.split("."))) < (6, 0, 3):
        with pytest.raises(UnknownEvent, match="alert"):
            async with client.subscribe(Alert):
                pass
        with pytest.raises(UnknownEvent, match="alert"):
            async with client.subscribe(IkeUpDown, Alert):
                pass
        return
    async with client.subscribe(Alert) as events:
        await client.load_conn("nobody", to_nobody())
        await client.initiate(ike="nobody", child="net", timeout=-1)
        (alert,) = await take(1, events)
    assert alert.type.known
