"""The client that strongSwan's makers publish: vici, from the Python Package Index."""

import socket
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
import vici
from anyio import from_thread, to_thread
from vici.exception import CommandException

from tests.conformance.gateways import Gateways
from tests.live.charon import PATIENCE
from tests.live.gateways import gw, shared_secret

pytestmark = pytest.mark.anyio

T = TypeVar("T")


@contextmanager
def session(address: str) -> Iterator[vici.Session]:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(address.removeprefix("unix://"))
        yield vici.Session(client)


async def with_session(gateways: Gateways, use: Callable[[vici.Session], T]) -> T:
    """Run a function with a session in a thread: it blocks."""

    def run() -> T:
        with session(gateways.addresses["moon"]) as client:
            return use(client)

    return await to_thread.run_sync(run, abandon_on_cancel=True)


def plain(value: Any) -> Any:
    """Return a message as text throughout: values are octets there."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.decode() if isinstance(value, bytes) else value


async def test_version(gateways: Gateways) -> None:
    version = plain(await with_session(gateways, lambda client: client.version()))
    assert list(version) == ["daemon", "version", "sysname", "release", "machine"]
    assert version["daemon"] == "charon"


async def test_what_is_loaded_is_listed(gateways: Gateways) -> None:
    def use(client: vici.Session) -> Any:
        client.load_shared(shared_secret())
        client.load_conn({"other": gw("moon")["gw"]})
        return client.get_conns(), list(client.list_conns()), client.unload_conn({"name": "other"})

    names, conns, nothing = await with_session(gateways, use)
    assert plain(names) == {"conns": ["gw", "other"]}
    assert isinstance(names, OrderedDict)
    (first, second) = plain(conns)
    assert first["gw"] == second["other"]
    assert first["gw"]["children"]["net"]["local-ts"] == ["10.1.0.0/16"]
    assert nothing is None


async def test_a_tunnel_up_and_down(gateways: Gateways) -> None:
    def use(client: vici.Session) -> Any:
        lines = list(client.initiate({"child": "net", "timeout": 20_000}))
        up = list(client.list_sas())
        gone = list(client.terminate({"ike": "gw", "timeout": 20_000}))
        return plain(lines), plain(up), plain(gone), plain(list(client.list_sas()))

    lines, up, gone, after = await with_session(gateways, use)
    assert lines[0]["msg"].startswith("initiating IKE_SA gw[")
    assert lines[-1]["msg"].startswith("CHILD_SA net{")
    assert list(lines[0]) == ["group", "level", "ikesa-name", "ikesa-uniqueid", "msg"]
    ((_, ike_sa),) = [entry for sa in up for entry in sa.items()]
    assert ike_sa["state"] == "ESTABLISHED"
    ((_, child_sa),) = ike_sa["child-sas"].items()
    assert (child_sa["name"], child_sa["state"]) == ("net", "INSTALLED")
    assert any("deleting IKE_SA gw[" in line["msg"] for line in gone)
    assert after == []


async def test_it_listens(gateways: Gateways) -> None:
    """A tunnel comes up and goes down, by another session, while it listens."""

    def use(client: vici.Session) -> list[tuple[str, bool]]:
        seen = []
        for name, message in client.listen(["ike-updown", "child-updown"], timeout=0.05):
            if name is None:  # nothing has happened for a while
                if not seen:
                    from_thread.run(up_and_down)
                continue
            seen.append((name.decode(), "up" in message))
            if len(seen) == 4:
                break
        return seen

    async def up_and_down() -> None:
        def both(other: vici.Session) -> None:
            list(other.initiate({"child": "net", "timeout": 20_000}))
            list(other.terminate({"ike": "gw", "timeout": 20_000}))

        await with_session(gateways, both)

    assert sorted(await with_session(gateways, use)) == [
        ("child-updown", False),
        ("child-updown", True),
        ("ike-updown", False),
        ("ike-updown", True),
    ]


REFUSALS: list[tuple[Callable[[vici.Session], Any], str]] = [
    (
        lambda client: list(client.initiate({"child": "x"})),
        "Command failed: CHILD_SA config 'x' not found",
    ),
    (
        lambda client: client.load_conn({"x": {"colour": "blue"}}),
        "Command failed: unknown option: colour, config discarded",
    ),
    (
        lambda client: client.unload_pool({"name": "x"}),
        "Command failed: x not found",
    ),
    (
        lambda client: client.get_counters({"name": "x"}),
        "Command failed: no counters found for this connection",
    ),
    (
        lambda client: client.rekey({"child": "x"}),
        "Command failed: no matching SAs to rekey found",
    ),
]


@pytest.mark.parametrize(("use", "message"), REFUSALS)
async def test_a_failure(
    gateways: Gateways, use: Callable[[vici.Session], Any], message: str
) -> None:
    with pytest.raises(CommandException, match=message):
        await with_session(gateways, use)


QUESTIONS = [
    *("stats", "get_algorithms", "get_authorities", "get_keys", "get_pools", "get_shared"),
    *("get_counters", "reset_counters", "clear_creds", "flush_certs", "reload_settings"),
]


@pytest.mark.parametrize("method", QUESTIONS)
async def test_it_can_ask(gateways: Gateways, method: str) -> None:
    assert isinstance(
        await with_session(gateways, lambda client: getattr(client, method)()), dict | None
    )


@pytest.mark.parametrize("method", ["list_certs", "list_authorities", "list_policies"])
async def test_it_can_list(gateways: Gateways, method: str) -> None:
    listed = await with_session(gateways, lambda client: list(getattr(client, method)()))
    assert listed == []
