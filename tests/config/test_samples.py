"""Recorded requests of a real charon 5.9.8: what it took and understood is taken here, too."""

import json
from pathlib import Path
from typing import Any

import pytest

from anyvici import LocalProtocolError, RemoteProtocolError, decode, encode, unpack
from anyvici.config.check import (
    check_authority,
    check_cert,
    check_conn,
    check_key,
    check_pool,
    check_shared,
    check_token,
)

SAMPLES = Path(__file__).parent.parent / "samples"
NAMED = {"load-conn": check_conn, "load-pool": check_pool, "load-authority": check_authority}
OTHERS = {
    "load-cert": check_cert,
    "load-key": check_key,
    "load-shared": check_shared,
    "load-token": check_token,
}

# What charon refused though nothing is wrong with the form: it is what they hold.
CONTENT = {
    "load-cert-ee-as-ca-error",
    "load-cert-garbage-error",
    "load-token-error",
    "load-cert X509 garbage",
    "load-cert x509ca garbage",
    "load-cert ANY",
    "load-key garbage",
    "load-key garbage RSA upper",
    "load-token",
    "load-authority badcacert",
}

# What charon took, and did not understand as it was meant.
MISTAKEN = {
    "load-conn list at root",
    "load-conn kv at root only",
    "load-conn empty list unknown name",
    "load-conn empty value version",
    'load-conn time "-1"',
    'load-conn time "010"',
    'load-conn time ""',
    "load-conn time 20 digits",
}


def askable(body: bytes) -> bool:
    """Tell whether a dict says all that is in a request: it may be broken, or repeat a key."""
    try:
        return encode(decode(body)) == body
    except RemoteProtocolError:
        return False


def recorded() -> list[Any]:
    cases = []
    for path in sorted(SAMPLES.glob("load-*.json")):
        request, reply = json.loads(path.read_text("utf-8"))["packets"]
        cases.append((path.stem, bytes.fromhex(request["hex"]), reply["hex"]))
    broken = json.loads((SAMPLES / "malformed_requests.json").read_text("utf-8"))["cases"]
    for case in broken:
        if str(case["command"]).startswith("load-"):
            request = bytes.fromhex(case["wire_hex"])[4:]
            cases.append((case["label"], request, case["replies"][0]["hex"]))
    return [pytest.param(*case, id=case[0]) for case in cases if askable(unpack(case[1]).body)]


def check(command: str, message: dict[str, Any]) -> None:
    if command in OTHERS:
        OTHERS[command](**message)
        return
    for name, section in message.items():
        NAMED[command](name, section)


@pytest.mark.parametrize(("label", "packet", "reply"), recorded())
def test_what_charon_took_is_taken_and_what_it_refused_is_refused(label, packet, reply):
    _, command, body = unpack(packet)
    took = decode(unpack(bytes.fromhex(reply)).body)["success"] == "yes"
    if (took and label not in MISTAKEN) or label in CONTENT:
        check(command, decode(body))
    else:
        with pytest.raises((LocalProtocolError, TypeError)):
            check(command, decode(body))
