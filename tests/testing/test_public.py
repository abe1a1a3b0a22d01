"""What users see of it: names, types, docstrings, where it can be used; and why it starts fast."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import anyvici.testing
from anyvici import CommandError, LocalProtocolError, connect, open_connection
from anyvici.testing import SimulatedCharon

ROOT = Path(__file__).parents[2]
METHODS = {name: use for name, use in vars(SimulatedCharon).items() if name[0] != "_"}
UNITS = {
    "after": "seconds",
    "latency": "seconds",
    "retransmit_timeout": "seconds",
    "seconds": "seconds",
    "octets": "octets",
    "octets_in": "octets",
    "octets_out": "octets",
}


def function(name: str) -> Any:
    use = vars(SimulatedCharon)[name]
    return use.fget if isinstance(use, property) else use


# Names, types and docstrings.


def test_there_is_one_name() -> None:
    assert anyvici.testing.__all__ == ["SimulatedCharon"]
    assert anyvici.testing.SimulatedCharon is SimulatedCharon


@pytest.mark.parametrize("name", ["__init__", *METHODS])
def test_everything_has_a_type(name: str) -> None:
    signature = inspect.signature(function(name))
    _self, *parameters = signature.parameters.values()
    annotations = [signature.return_annotation, *(each.annotation for each in parameters)]
    assert inspect.Signature.empty not in annotations


@pytest.mark.parametrize("name", ["__init__", *METHODS])
def test_numbers_have_units(name: str) -> None:
    called = function(name)
    told = (SimulatedCharon if name == "__init__" else called).__doc__
    for parameter in inspect.signature(called).parameters.values():
        if parameter.annotation is float or parameter.name in UNITS:
            assert UNITS[parameter.name] in told


# It starts at once, because there is nothing to wait for.

STARTING = """
import sys, anyio
from anyvici import open_connection
from anyvici.testing import SimulatedCharon

SLOW = {"import", "_thread.start_new_thread", "subprocess.Popen", "os.fork", "os.posix_spawn"}
seen = []

async def main():
    sys.addaudithook(lambda event, args: event in SLOW and seen.append((event, args[:1])))
    async with SimulatedCharon() as charon, SimulatedCharon() as peer:
        charon.peer(peer)
        for address in (charon.address, charon.connect()):
            async with open_connection(address) as connection:
                await connection.call("version")
    print(seen)
    import this

anyio.run(main, backend=sys.argv[1])
assert seen[0] == ("import", ("this",))
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_nothing_is_imported_late_and_no_thread_or_process_is_started(backend: str) -> None:
    command = [sys.executable, "-c", STARTING, backend]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout.splitlines()[:1]) == (0, ["[]"]), told.stderr


# Inside of its `async with`, and outside.


@pytest.mark.anyio
async def test_it_is_entered_once() -> None:
    async with SimulatedCharon() as charon:
        with pytest.raises(RuntimeError, match="is entered once"):
            async with charon:
                pass
        async with connect(charon.address) as client:
            assert (await client.version()).daemon == "charon"
    with pytest.raises(RuntimeError, match="is entered once"):
        async with charon:
            pass


USES: dict[str, Callable[[SimulatedCharon], object]] = {
    "address": lambda charon: charon.address,
    "connect": lambda charon: charon.connect(),
    "refuse": lambda charon: charon.refuse(),
    "accept": lambda charon: charon.accept(),
    "disconnect": lambda charon: charon.disconnect(),
    "stop": lambda charon: charon.stop(),
    "shut_down": lambda charon: charon.shut_down(),
    "start": lambda charon: charon.start(),
    "restart": lambda charon: charon.restart(after=1),
    "flood": lambda charon: charon.flood("log", 1),
    "emit": lambda charon: charon.emit("log", {}),
    "peer": lambda charon: charon.peer(charon),
    "peer_down": lambda charon: charon.peer_down("gw"),
    "peer_up": lambda charon: charon.peer_up("gw"),
    "rekey": lambda charon: charon.rekey(),
    "traffic": lambda charon: charon.traffic("net"),
}
FAULTS = {"swallow", "delay", "fail", "garble", "split", "heal"}


@pytest.mark.anyio
@pytest.mark.parametrize("use", USES)
async def test_it_is_used_inside(use: str) -> None:
    charon = SimulatedCharon()
    with pytest.raises(RuntimeError, match="inside of `async with"):
        USES[use](charon)
    async with charon:
        pass
    with pytest.raises(RuntimeError, match="inside of `async with"):
        USES[use](charon)


def test_there_are_no_other_uses() -> None:
    assert METHODS.keys() == USES.keys() | FAULTS


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("event", "message", "error"),
    [
        ("log", {"msg": None}, TypeError),
        ("log", {"msg": "x" * 65536}, LocalProtocolError),
        ("log", {"x" * 256: ""}, LocalProtocolError),
        ("", {}, LocalProtocolError),
    ],
)
async def test_what_cannot_be_emitted(event: str, message: Any, error: type[Exception]) -> None:
    """Though nobody has registered for it, and however late it is to come."""
    async with SimulatedCharon() as charon:
        charon.delay("log", 0.01)
        with pytest.raises(error):
            charon.emit(event, message)


@pytest.mark.anyio
async def test_faults_can_be_asked_for_before() -> None:
    charon = SimulatedCharon()
    charon.fail("version", "not today")
    charon.split(3)
    async with charon, open_connection(charon.address) as connection:
        with pytest.raises(CommandError, match="not today"):
            await connection.call("version")


@pytest.mark.anyio
async def test_a_peer_that_has_left_does_not_answer() -> None:
    conn = {
        "remote_addrs": ["192.0.2.7"],
        "local": {"auth": "psk"},
        "remote": {"auth": "psk"},
    }
    async with SimulatedCharon() as charon:
        async with SimulatedCharon(hosts=["192.0.2.7"]) as other:
            charon.peer(other)
        charon.restart()
        async with open_connection(charon.address) as connection:
            await connection.call("load-conn", {"gw": conn})
            with pytest.raises(CommandError, match="not established after 20ms"):
                await connection.call("initiate", {"ike": "gw", "timeout": 20})
