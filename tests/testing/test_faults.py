"""What can go wrong on demand, as clients see it."""

import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any

import anyio
import pytest

import anyvici
from anyvici import (
    Client,
    CommandError,
    ConnectError,
    Connection,
    ConnectionLost,
    EventsLost,
    RemoteProtocolError,
    UnknownEvent,
    connect,
    encode,
    open_connection,
)
from anyvici.testing import SimulatedCharon

pytestmark = pytest.mark.anyio

GW: dict[str, Any] = {
    "remote_addrs": ["192.0.2.7"],
    "local": {"auth": "psk", "id": "moon"},
    "remote": {"auth": "psk", "id": "sun"},
    "children": {"net": {"remote_ts": ["10.2.0.0/16"]}},
}


@pytest.fixture
async def client(charon: SimulatedCharon) -> AsyncGenerator[Client]:
    """A client of it, with the connection gw and its secret loaded."""
    async with connect(charon.address, abandon_timeout=0.2) as client:
        await client.load_conn("gw", GW)
        await client.load_shared(type="IKE", data="secret")
        yield client


@pytest.fixture
async def connection(charon: SimulatedCharon) -> AsyncGenerator[Connection]:
    async with open_connection(charon.address) as connection:
        yield connection


async def has_ended(connection: Connection) -> None:
    with anyio.fail_after(5), pytest.raises(ConnectionLost):
        while True:
            await connection.call("version")
            await anyio.sleep(0.01)


async def test_restart(charon: SimulatedCharon, client: Client, connection: Connection) -> None:
    await client.initiate(child="net", timeout=5)
    charon.restart()
    await has_ended(connection)
    async with connect(charon.address) as again:
        assert await again.list_sas() == []
        assert await again.get_conns() == []
        await again.load_conn("gw", GW)
        await again.load_shared(type="IKE", data="secret")
        await again.initiate(child="net", timeout=5)
        (sa,) = await again.list_sas()
        assert (sa.uniqueid, sa.child_sas[0].uniqueid) == (1, 1)


async def test_a_restart_takes_as_long_as_it_is_told(charon: SimulatedCharon) -> None:
    charon.restart(after=0.1)
    with pytest.raises(ConnectError, match="nobody listens there"):
        async with connect(charon.address):
            pass
    with anyio.fail_after(5):
        while True:
            await anyio.sleep(0.02)
            try:
                async with connect(charon.address) as client:
                    assert (await client.version()).daemon == "charon"
                    return
            except ConnectError:
                continue


async def test_stop_and_start(charon: SimulatedCharon, connection: Connection) -> None:
    charon.stop()
    await has_ended(connection)
    with pytest.raises(ConnectError):
        charon.connect()
    charon.start()
    async with open_connection(charon.connect()) as again:
        assert (await again.call("version"))["daemon"] == "charon"


async def test_disconnect(charon: SimulatedCharon, client: Client, connection: Connection) -> None:
    await client.initiate(child="net", timeout=5)
    charon.disconnect()
    await has_ended(connection)
    async with connect(charon.address) as again:
        assert len(await again.list_sas()) == 1


async def test_refuse(charon: SimulatedCharon, connection: Connection) -> None:
    charon.refuse()
    with pytest.raises(ConnectError, match="Connection refused"):
        async with open_connection(charon.address):
            pass
    assert await connection.call("get-conns") == {"conns": []}
    charon.accept()
    async with open_connection(charon.address) as another:
        assert await another.call("get-conns") == {"conns": []}


async def test_swallow(charon: SimulatedCharon, client: Client) -> None:
    charon.swallow("get-conns")
    with anyio.move_on_after(0.1) as scope:
        await client.get_conns()
    assert scope.cancelled_caught
    charon.heal("get-conns")
    assert await client.get_conns() == ["gw"]


async def test_swallow_an_event(charon: SimulatedCharon, client: Client) -> None:
    charon.swallow("ike-updown")
    async with client.subscribe(anyvici.IkeUpDown, anyvici.ChildUpDown) as events:
        await client.initiate(child="net", timeout=5)
        with anyio.fail_after(5):
            assert isinstance(await anext(events), anyvici.ChildUpDown)


async def test_delay(charon: SimulatedCharon, connection: Connection) -> None:
    charon.delay("version", 0.1)
    begin = anyio.current_time()
    await connection.call("version")
    assert anyio.current_time() - begin >= 0.1


async def test_a_delayed_initiate_is_bounded_by_its_timeout(
    charon: SimulatedCharon, client: Client
) -> None:
    charon.delay("initiate", 0.2)
    with pytest.raises(CommandError, match="not established after 50ms"):
        await client.initiate(child="net", timeout=0.05)
    with anyio.fail_after(5):  # the attempt goes on
        while not await client.list_sas():
            await anyio.sleep(0.01)


async def test_delay_an_event(charon: SimulatedCharon, client: Client) -> None:
    charon.delay("child-updown", 0.05)
    async with client.subscribe(anyvici.ChildUpDown) as events:
        begin = anyio.current_time()
        await client.initiate(child="net", timeout=5)
        with anyio.fail_after(5):
            assert (await anext(events)).up
        assert anyio.current_time() - begin >= 0.05


async def test_fail(charon: SimulatedCharon, client: Client) -> None:
    charon.fail("load-conn", "out of order", times=1)
    with pytest.raises(CommandError) as caught:
        await client.load_conn("other", GW)
    assert caught.value.errmsg == "out of order"
    assert await client.get_conns() == ["gw"]
    await client.load_conn("other", GW)
    assert await client.get_conns() == ["gw", "other"]


async def test_garble(charon: SimulatedCharon, connection: Connection) -> None:
    charon.garble("version", times=1)
    with pytest.raises(RemoteProtocolError, match="there is no element type 9"):
        await connection.call("version")
    assert (await connection.call("version"))["daemon"] == "charon"


async def test_garble_an_event(charon: SimulatedCharon, connection: Connection) -> None:
    charon.garble("log", b"\x03", times=1)
    async with connection.subscribe("log") as events:
        charon.flood("log", 2)
        with pytest.raises(RemoteProtocolError):
            _ = (await anext(events)).message
        assert (await anext(events)).message["msg"] == "flood"


async def test_flood(charon: SimulatedCharon, connection: Connection) -> None:
    async with connection.subscribe("log", capacity=100) as events:
        charon.flood("log", 1000, {"group": "NET", "level": 1, "thread": 7, "msg": "drop"})
        await connection.call("version")  # so all have arrived
        with pytest.raises(EventsLost) as caught:
            async for event in events:
                assert event.message["msg"] == "drop"
    assert caught.value.lost == 900


async def test_split(charon: SimulatedCharon, client: Client) -> None:
    charon.split(3)
    assert await client.get_conns() == ["gw"]
    await client.initiate(child="net", timeout=5)
    assert len(await client.list_sas()) == 1


async def test_everything_heals(charon: SimulatedCharon, connection: Connection) -> None:
    charon.fail("version", "no")
    charon.swallow("get-conns")
    charon.split(1)
    charon.heal()
    assert (await connection.call("version"))["daemon"] == "charon"
    assert await connection.call("get-conns") == {"conns": []}


async def test_a_peer_that_is_away(charon: SimulatedCharon, client: Client) -> None:
    charon.peer_down("gw")
    with pytest.raises(CommandError, match="not established after 50ms"):
        await client.initiate(child="net", timeout=0.05)
    (sa,) = await client.list_sas()
    assert sa.state == "CONNECTING"
    await client.terminate(ike="gw", timeout=5)
    charon.peer_up("gw")
    await client.initiate(child="net", timeout=5)


@pytest.mark.charon(retransmit_timeout=0.01, retransmit_tries=1)
async def test_a_peer_that_stays_away(charon: SimulatedCharon, client: Client) -> None:
    await client.initiate(child="net", timeout=5)
    charon.peer_down("gw")
    async with client.subscribe(anyvici.IkeUpDown, anyvici.ChildUpDown) as events:
        await client.rekey(ike="gw")
        with anyio.fail_after(5):
            told = [await anext(events), await anext(events)]
    assert [(type(event), event.up) for event in told] == [
        (anyvici.IkeUpDown, False),
        (anyvici.ChildUpDown, False),
    ]
    assert await client.list_sas() == []


async def test_rekey(charon: SimulatedCharon, client: Client) -> None:
    await client.initiate(child="net", timeout=5)
    async with client.subscribe(anyvici.IkeRekey, anyvici.ChildRekey) as events:
        charon.rekey("gw")
        event = await anext(events)
        assert isinstance(event, anyvici.IkeRekey)
        assert (event.old.uniqueid, event.new.uniqueid) == (1, 2)
        charon.rekey(child="net")
        event = await anext(events)
        assert isinstance(event, anyvici.ChildRekey)
        assert (event.old.uniqueid, event.new.uniqueid) == (1, 2)


async def test_what_is_not_there(charon: SimulatedCharon) -> None:
    with pytest.raises(LookupError, match="there is no IKE_SA gw"):
        charon.rekey("gw")
    with pytest.raises(LookupError, match="there is no CHILD_SA net"):
        charon.rekey(child="net")
    with pytest.raises(LookupError, match="there is no CHILD_SA net"):
        charon.traffic("net", 1)


async def test_traffic(charon: SimulatedCharon, client: Client) -> None:
    await client.initiate(child="net", timeout=5)
    charon.traffic("net", octets_in=3000, octets_out=10)
    (sa,) = await client.list_sas()
    (child,) = sa.child_sas
    assert (child.bytes_in, child.packets_in, child.use_in) == (3000, 3, 0)
    assert (child.bytes_out, child.packets_out, child.use_out) == (10, 1, 0)


async def test_emit(charon: SimulatedCharon, client: Client) -> None:
    async with client.subscribe(anyvici.Log) as events:
        charon.emit("log", {"group": "IKE", "level": 0, "thread": 3, "msg": "anything"})
        assert (await anext(events)).msg == "anything"


async def test_the_version_decides_which_events_there_are(charon: SimulatedCharon) -> None:
    async with connect(charon.address) as client:
        assert (await client.version()).version == "5.9.8"
        with pytest.raises(UnknownEvent):
            async with client.subscribe(anyvici.Alert):
                pass


@pytest.mark.charon(version="6.0.6")
async def test_a_newer_version(charon: SimulatedCharon, client: Client) -> None:
    assert (await client.version()).version == "6.0.6"
    async with client.subscribe(anyvici.Alert) as events:
        charon.emit("alert", {"type": "shutdown-signal"})
        assert (await anext(events)).type == "shutdown-signal"
    (listed,) = await client.list_conns()
    assert listed.remote_port == 500
    await client.initiate(child="net", timeout=5)
    await client.initiate(ike="gw", timeout=5)  # since 5.9.11 that is a success


@pytest.mark.parametrize("version", ["", "five", "4.3.2", "5.8.4", "6.1", "5.9.8-5"])
def test_no_version(version: str) -> None:
    with pytest.raises(ValueError, match="is no version of charon"):
        SimulatedCharon(version=version)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:0", "tcp://localhost:0"])
async def test_tcp(address: str) -> None:
    async with SimulatedCharon(address) as charon:
        assert charon.address != address
        async with connect(charon.address) as client:
            assert (await client.version()).daemon == "charon"


async def test_a_path_of_ones_own(tmp_path: Any) -> None:
    path = tmp_path / "vici"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))  # as a charon leaves it that was killed
    async with SimulatedCharon(str(path)) as charon:
        assert charon.address == str(path)
        async with connect(path) as client:
            assert (await client.version()).daemon == "charon"
    assert not path.exists()


async def test_it_takes_no_file_away(tmp_path: Any) -> None:
    path = tmp_path / "notes"
    path.write_text("important")
    with pytest.raises(OSError, match="in use"):
        async with SimulatedCharon(f"unix://{path}"):
            pass
    assert path.read_text() == "important"


async def test_no_address() -> None:
    with pytest.raises(ValueError, match="the address is a path, unix:// or tcp://"):
        async with SimulatedCharon("http://moon"):
            pass


# What is told to many.


async def test_a_fault_of_an_event_is_one_for_all(charon: SimulatedCharon) -> None:
    """However many have registered for it."""
    async with open_connection(charon.address) as one, open_connection(charon.connect()) as two:
        async with one.subscribe("log") as first, two.subscribe("log") as second:
            charon.swallow("log", times=1)
            charon.garble("log", encode({"msg": "garbled"}), times=1)
            charon.flood("log", 3)
            for events in (first, second):
                messages = [(await anext(events)).message["msg"] for _ in range(2)]
                assert messages == ["garbled", "flood"]


async def test_an_event_is_encoded_once(
    charon: SimulatedCharon, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = []

    def counted(message: Any) -> bytes:
        encoded.append(message)
        return encode(message)

    async with AsyncExitStack() as stack:
        feeds = []
        for _ in range(10):
            connection = await stack.enter_async_context(open_connection(charon.connect()))
            feeds.append(await stack.enter_async_context(connection.subscribe("log")))
        monkeypatch.setattr("anyvici.testing.session.encode", counted)
        charon._here().emit("log", {"msg": "to all"})
        assert [(await anext(events)).message["msg"] for events in feeds] == ["to all"] * 10
    assert encoded == [{"msg": "to all"}]
