"""A tunnel as a block of code, against a gateway in memory; the live tests have the real thing."""

from typing import Any

import anyio
import pytest

from anyvici import CommandError, ConnectionLost
from tests.client.gateway import Gateway

pytestmark = pytest.mark.anyio


class Unlucky(Exception):
    pass


async def test_up_on_entering_and_down_on_leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    gateway.bring_up()
    gateway.sas[1]["child-sas"].clear()  # an IKE_SA that was there before
    async with gateway.client(monkeypatch) as client:
        async with client.tunnel(ike="gw", child="net") as tunnel:
            assert tunnel.ike_sa.uniqueid == 2
            assert tunnel.child_sa.uniqueid == 2
            assert tunnel.child_sa.name == "net"
            assert set(gateway.sas) == {1, 2}
        assert set(gateway.sas) == {1}


async def test_down_when_the_body_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client:
        with pytest.raises(Unlucky):
            async with client.tunnel(ike="gw", child="net"):
                raise Unlucky
        assert gateway.sas == {}


async def test_down_when_the_body_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client:
        with anyio.move_on_after(0.01):
            async with client.tunnel(ike="gw", child="net"):
                await anyio.sleep_forever()
        assert gateway.sas == {}


async def test_an_attempt_that_is_cancelled_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the daemon gets to it only later: it is waited for until it is answered."""
    gateway = Gateway()
    held = gateway.hold("initiate")
    async with gateway.client(monkeypatch) as client, anyio.create_task_group() as tasks:

        async def release() -> None:
            while gateway.count("list-sas") < 3:  # one before, and some that saw nothing
                await anyio.sleep(0.01)
            held.set()

        tasks.start_soon(release)
        with anyio.move_on_after(0.01) as scope:
            async with client.tunnel(ike="gw", child="net"):
                pytest.fail("entered")
        assert scope.cancelled_caught
        assert gateway.count("initiate") == 1
        assert gateway.sas == {}


async def test_one_that_is_up_is_refused_or_adopted(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client:
        gateway.bring_up()
        with pytest.raises(CommandError, match="CHILD_SA 'net' is up already, as 1"):
            async with client.tunnel(ike="gw", child="net"):
                pytest.fail("entered")
        assert set(gateway.sas) == {1}
        async with client.tunnel(ike="gw", child="net", existing="adopt") as tunnel:
            assert tunnel.child_sa.uniqueid == 1
        assert gateway.count("initiate") == 0
        assert gateway.sas[1]["child-sas"] == {}  # the CHILD_SA was adopted, not the IKE_SA


async def test_rekeyed_ones_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """An IKE_SA that was there before stays, though it was rekeyed and has another uniqueid."""
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client:
        old = gateway.bring_up()
        gateway.sas[old]["child-sas"].clear()
        async with client.tunnel(ike="gw", child="net"):
            new = gateway.bring_up()
            gateway.sas[new]["child-sas"].clear()
            before, after = gateway.sas.pop(old), gateway.sas[new]
            await gateway.emit("ike-rekey", {"gw": {"old": before, "new": after}})
        assert set(gateway.sas) == {new}


async def test_an_ike_sa_that_carries_another_child_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    async with gateway.client(monkeypatch) as client:
        async with client.tunnel(ike="gw", child="net") as tunnel:
            children = gateway.sas[tunnel.ike_sa.uniqueid]["child-sas"]
            other: dict[str, Any] = {**children["net-1"], "name": "other", "uniqueid": "77"}
            children["other-77"] = other
        assert list(gateway.sas[1]["child-sas"]) == ["other-77"]


async def test_a_failed_initiate_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    gateway.refuses = True
    async with gateway.client(monkeypatch) as client:
        with pytest.raises(CommandError, match="establishing"):
            async with client.tunnel(ike="gw", child="net"):
                pytest.fail("entered")


async def test_one_that_does_not_stay_up(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    monkeypatch.setattr(gateway, "bring_up", lambda: 0)
    async with gateway.client(monkeypatch) as client:
        with pytest.raises(CommandError, match="did not stay up"):
            async with client.tunnel(ike="gw", child="net"):
                pytest.fail("entered")


async def test_what_does_not_end_in_time_is_destroyed(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    take_down = gateway.take_down

    def only_by_force(message: dict[str, Any]) -> int:
        return take_down(message) if "force" in message else 1

    monkeypatch.setattr(gateway, "take_down", only_by_force)
    async with gateway.client(monkeypatch) as client:
        async with client.tunnel(ike="gw", child="net", leave_timeout=0.2):
            pass
        assert gateway.sas == {}


async def test_a_daemon_that_is_gone_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()

    async def refused(address: object, until: float | None) -> None:
        raise ConnectionLost("gone")

    async with gateway.client(monkeypatch) as client:
        with pytest.raises(ConnectionLost):
            async with client.tunnel(ike="gw", child="net"):
                await gateway.restart()
                monkeypatch.setattr("anyvici.connection.connection.connect", refused)
        monkeypatch.setattr("anyvici.connection.connection.connect", gateway.connect)
        with pytest.raises(Unlucky) as caught:
            async with client.tunnel(ike="gw", child="net"):
                await gateway.restart()
                monkeypatch.setattr("anyvici.connection.connection.connect", refused)
                raise Unlucky
        (note,) = caught.value.__notes__
        assert note.startswith("the tunnel gw/net could not be ended: ")
