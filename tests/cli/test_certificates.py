"""list-certs: which certificates, in full, in short, in PEM and as JSON."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

import anyvici as library
from anyvici.testing import SimulatedCharon
from tests.cli.program import anyvici
from tests.testing import certificates as made
from tests.testing.certificates import certificate, name

pytestmark = pytest.mark.anyio

AC = json.loads((Path(__file__).parent.parent / "samples/load-cert-ac.json").read_text())


@pytest.fixture
async def loaded(charon: SimulatedCharon) -> SimulatedCharon:
    """A daemon with a certificate of its own, that of a CA, and some others."""
    ca = certificate(name("\N{SNOWMAN}"), "ecdsa", ca=True)
    async with library.connect(charon.address) as client:
        await client.load_key(type="ed25519", data=made.private_key("ed25519"))
        await client.load_cert(type="X509", data=certificate(name("moon")))
        await client.load_cert(type="X509", data=ca)
        await client.load_cert(type="X509_CRL", data=made.revocation_list(name("ca"), 5))
        attributes = AC["packets"][0]["message"]["data"]["hex"]
        await client.load_cert(type="X509_AC", data=bytes.fromhex(attributes))
        await client.load_cert(type="PUBKEY", data=made.public_key("ed448"))
    return charon


async def test_list_certs(loaded: SimulatedCharon) -> None:
    ended = await anyvici(loaded.address, "list-certs")
    assert (ended.code, ended.errors) == (0, "")
    titles = [line for line in ended.lines if not line.startswith(" ")]
    assert titles == ["public key", "CN=moon", "CN=\N{SNOWMAN}", "attributes", "CN=ca"]
    assert "  end entity, has private key" in ended.lines


async def test_list_certs_in_short(loaded: SimulatedCharon) -> None:
    lines = (await anyvici(loaded.address, "list-certs", "--short")).lines
    assert len(lines) == 6
    assert lines[2].split()[:6] == ["CN=moon", "end", "entity", "ED25519", "256", "*"]
    assert re.search(r" in [0-9dh]+$", lines[2])


@pytest.mark.parametrize(
    ("options", "titles"),
    [
        (["--type", "x509"], ["CN=moon", "CN=\N{SNOWMAN}"]),
        (["-t", "X509_CRL"], ["CN=ca"]),
        (["--flag", "ca"], ["CN=\N{SNOWMAN}"]),
        (["-f", "none", "-t", "x509"], ["CN=moon"]),
        (["--subject", "CN=moon"], ["CN=moon"]),
        (["-s", "CN=nobody"], []),
    ],
)
async def test_which_certificates(
    loaded: SimulatedCharon, options: list[str], titles: list[str]
) -> None:
    ended = await anyvici(loaded.address, "list-certs", *options)
    assert [line for line in ended.lines if not line.startswith(" ")] == titles


async def test_pem_is_what_was_loaded(loaded: SimulatedCharon) -> None:
    ended = await anyvici(loaded.address, "list-certs", "--pem", "--subject", "CN=moon")
    assert ended.out == certificate(name("moon")).decode()
    everything = await anyvici(loaded.address, "list-certs", "-p")
    labels = [line for line in everything.lines if line.startswith("-----BEGIN ")]
    assert [label.strip("-").removeprefix("BEGIN ") for label in labels] == [
        *("PUBLIC KEY", "CERTIFICATE", "CERTIFICATE", "ATTRIBUTE CERTIFICATE", "X509 CRL"),
    ]


async def test_json_has_what_was_told_and_what_was_read(loaded: SimulatedCharon) -> None:
    ended = await anyvici(loaded.address, "list-certs", "--json", "--subject", "CN=moon")
    (found,) = ended.records
    parsed = found.pop("parsed")
    assert found.keys() == {"type", "flag", "has_privkey", "data"}
    octets = base64.b64decode(found["data"])
    assert parsed["sha256"] == hashlib.sha256(octets).hexdigest()
    assert (parsed["subject"], parsed["key_type"]) == ("CN=moon", "ED25519")
