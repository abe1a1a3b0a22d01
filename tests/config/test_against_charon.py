"""The checks against a real charon: it takes what they let pass, and what is said to be right."""

import re
import socket
from collections.abc import Iterable
from typing import Any

import pytest

from anyvici import Connection
from anyvici.config import options
from anyvici.config.check import check_cert, check_conn, check_key, check_pool, check_shared
from anyvici.config.words import Words
from tests.live.charon import Charon

from . import keys
from .asking import accepted, ca_certificate, mutated, refusals
from .places import PLACES, Place

pytestmark = [pytest.mark.live, pytest.mark.anyio]

PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""


async def version_of(client: Connection) -> tuple[int, ...]:
    return numbers_of((await client.call("version"))["version"])


def numbers_of(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall("[0-9]+", version)[:3]))


def stand_in(charon: Charon, name: str, value: Any) -> Any:
    """Return for certificates, and files of them, some that there are."""
    if name == "pubkeys":
        return PUBLIC_KEY
    if name in ("certs", "cacerts", "cacert"):
        return ca_certificate()
    return f"{charon.folder}/ca.pem" if name == "file" else value


def is_here(place: Place, name: str, value: Any, version: tuple[int, ...]) -> bool:
    """Tell whether this daemon, on this machine, can know the value."""
    option = place.layout.options[name]
    since = [option.since]
    if isinstance(option.kind, Words):
        since.append(option.kind.since.get(str(value).lower(), ""))
    if any(numbers_of(release) > version for release in since):
        return False
    if name in ("handle", "slot", "module") or str(value).lower() == "selinux":
        return False
    if "bliss" in str(value) and version >= (6,):
        return False
    return "[" not in str(value) or has_names_of_services()


def has_names_of_services() -> bool:
    """Tell whether the machine has /etc/services, and /etc/protocols with it."""
    try:
        return socket.getservbyname("http") == 80
    except OSError:
        return False


async def disagreements(
    client: Connection, place: Place, name: str, values: Iterable[Any]
) -> dict[str, str]:
    """Return what passes the check, and charon refuses."""
    asked = {repr(value): accepted(place, name, value) for value in values}
    passing = {value: message for value, message in asked.items() if message is not None}
    answers = await refusals(client, [(place.command, message) for message in passing.values()])
    return {
        f"{name} = {value:.80}": answer
        for value, answer in zip(passing, answers, strict=True)
        if answer
    }


@pytest.mark.parametrize("title", PLACES)
async def test_charon_takes_what_is_right(client: Connection, charon: Charon, title: str):
    place, version = PLACES[title], await version_of(client)
    found: dict[str, str] = {}
    for name, key in place.keys.items():
        right = [value for value in key.right if is_here(place, name, value, version)]
        right = [stand_in(charon, name, value) for value in right]
        if title in ("certificate", "authority") and name not in ("file", "cacert"):
            place = place._replace(needs=("file", f"{charon.folder}/ca.pem"))
        assert None not in [accepted(place, name, value) for value in right]
        found |= await disagreements(client, place, name, right)
    assert found == {}


# Kinds of which charon alone knows what is right: names of algorithms and services, certificates.
OPEN = {"proposals", "ah_proposals", "esp_proposals", "label_mode", "local_ts", "remote_ts"}
OPEN |= {"certs", "cacerts", "pubkeys", "cacert", "file", "handle", "slot", "module"}


@pytest.mark.parametrize("title", ["connection", "round", "child", "pool"])
async def test_charon_takes_what_the_check_lets_pass(client: Connection, title: str):
    place, version = PLACES[title], await version_of(client)
    found: dict[str, str] = {}
    for name, key in place.keys.items():
        texts = [value for value in key.right + key.wrong if isinstance(value, str | int)]
        texts = [value for value in texts if is_here(place, name, value, version)]
        if name not in OPEN and numbers_of(place.layout.options[name].since) <= version:
            mutants = mutated([str(value) for value in texts if len(str(value)) < 60])
            mutants = [text for text in mutants if is_here(place, name, text, version)]
            found |= await disagreements(client, place, name, [*texts, *mutants])
    assert found == {}


# What else there is.


async def test_pools_with_attributes_under_numbers(client: Connection):
    pools = [check_pool("x", {"addrs": "10.3.0.1", "25": [value]}) for value in keys.NUMBERED.right]
    answers = await refusals(client, [("load-pool", {"x": pool}) for pool in pools])
    assert not any(answers)


async def test_secrets(client: Connection):
    owners = [owner for owner in keys.IDENTITY_RIGHT if len(owner) < 256]
    messages = [check_shared(type="IKE", data="x", id="1", owners=[owner]) for owner in owners]
    words = options.SHARED.options["type"].kind
    assert isinstance(words, Words)
    messages += [check_shared(type=word, data=b"\xff\0") for word in words.since]
    assert not any(await refusals(client, [("load-shared", message) for message in messages]))


async def test_types_of_certificates_and_keys(client: Connection):
    message = check_cert(type="X509", data=ca_certificate(), flag="CA")
    assert not any(await refusals(client, [("load-cert", message)]))
    for command, layout, check in (
        ("load-cert", options.CERT, check_cert),
        ("load-key", options.KEY, check_key),
    ):
        words = layout.options["type"].kind
        assert isinstance(words, Words)
        messages = [check(type=word, data=b"x") for word in words.since if word != "bliss"]
        answers = await refusals(client, [(command, message) for message in messages])
        assert {answer.partition(" ")[0] for answer in answers} == {"parsing"}  # failed


@pytest.mark.parametrize("names", [("gw", "c" * 244), ("g" * 155, "c" * 99), ("", "net")])
async def test_names_that_fit_are_not_cut(client: Connection, names):
    name, child = names
    config = {"children": {child: {"mode": "pass", "start_action": "trap"}}}
    await client.call("load-conn", {name: check_conn(name, config)})
    request = {"pass": True, "ike": name}
    async with client.stream("list-policies", "list-policy", request) as policies:
        assert [list(policy) async for policy in policies] == [[f"{name}/{child}"]]
    await client.call("unload-conn", {"name": name})
