"""The gateways themselves: other tests can only be as good as these."""

import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from anyvici import open_connection
from tests.conformance.state import INITIATE, list_conns, the_ike_sa
from tests.live import charon
from tests.live.charon import PATIENCE, Charon
from tests.live.gateways import Gateways

ROOT = Path(__file__).parents[2]


@pytest.mark.anyio
async def test_several_pairs_run_at_once(gateways: Gateways) -> None:
    with Gateways() as others:
        addresses = {*gateways.addresses.values(), *others.addresses.values()}
        assert len(addresses) == 4
        for address in addresses:
            async with open_connection(address) as connection:
                assert (await connection.call("version"))["daemon"] == "charon"
    assert_removed(others)
    async with open_connection(gateways.addresses["sun"]) as connection:
        assert await list_conns(connection) == ["gw"]


def test_a_failed_start_leaves_nothing(pair: Gateways, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charon, "CHARON", "/bin/false")
    failing = Gateways()
    with pytest.raises(RuntimeError, match="charon of moon has failed"), failing:
        pass
    assert_removed(failing)


def test_a_killed_charon_is_started_again(pair: Gateways) -> None:
    with Charon("again") as again:
        again.start()
        again.kill()
        assert not again.running
        assert not again.answers()
        again.start()
        assert again.answers()
        again.terminate()
        again.start()  # waits for the end of the one before
        assert again.answers()


@pytest.mark.anyio
async def test_a_pair_alone_is_ready_to_be_used(gateways: Gateways) -> None:
    with alone() as (_, addresses):
        assert list(addresses) == ["moon", "sun"]
        async with open_connection(addresses["moon"]) as connection:
            await connection.call("initiate", INITIATE)
            assert (await the_ike_sa(connection))["remote-id"] == "sun"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_pair_alone_does_not_outlive_its_process(pair: Gateways, number: signal.Signals) -> None:
    with alone() as (process, addresses):
        clients = [charon.connected(address) for address in addresses.values()]
        process.send_signal(number)
        ended = process.wait(PATIENCE)
        assert all(is_hung_up(client) for client in clients)
        assert ended == (-number if number is signal.SIGKILL else 0)
        assert not any(folder(address).exists() for address in addresses.values())


@contextmanager
def alone() -> Generator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A pair run by itself, and the addresses that it prints."""
    command = [sys.executable, "-m", "tests.live.gateways"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        addresses = dict(process.stdout.readline().split() for _ in range(2))
        try:
            yield process, addresses
        finally:
            process.kill()


def is_hung_up(client: socket.socket) -> bool:
    """Tell whether the other end is gone; wait for that if need be."""
    with client:
        client.settimeout(PATIENCE)
        try:
            return client.recv(1) == b""
        except ConnectionResetError:  # charon had not even accepted it
            return True


def folder(address: str) -> Path:
    return Path(address.removeprefix("unix://")).parent


def assert_removed(pair: Gateways) -> None:
    for name in pair.addresses:
        assert not pair[name].running
        assert not Path(f"/proc/{pair[name].pid}").exists()
        assert not pair[name].folder.exists()
