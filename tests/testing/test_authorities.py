"""Authorities: what charon 5.9.8 answers to the same, and what it then lists."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cryptography")

from tests.testing.asking import Asked
from tests.testing.certificates import certificate, name

CA = certificate(name("the CA"), ca=True)
OTHER = certificate(name("other CA"), ca=True)
NO_CA = certificate(name("moon"))

CASES: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"key": "value", "list": ["item"]}, None),
    ({"": {"cacert": CA}}, None),
    ({"a": {"cacert": CA, "inner": {"x": "1"}}}, None),
    ({"a": {"cacert": CA, "foo": []}}, None),
    ({"a": {"cacert": CA, "slot": " 0x1", "handle": "01", "module": "m"}}, None),
    ({"a": {"cacert": CA, "slot": ""}}, None),
    ({"a": {"cacert": CA, "slot": "1 "}}, "invalid value for: slot, authority discarded"),
    ({"a": {"cacert": CA, "slot": "x"}}, "invalid value for: slot, authority discarded"),
    ({"a": {"cert_uri_base": "ü"}}, "invalid value for: cert_uri_base, authority discarded"),
    ({"a": {"crl_uris": ["ü"]}}, "invalid value for: crl_uris, authority discarded"),
    ({"a": {"crl_uris": "x"}}, "unknown option: crl_uris, authority discarded"),
    ({"a": {"cacert": [CA]}}, "unknown option: cacert, authority discarded"),
    ({"a": {"foo": "1"}}, "unknown option: foo, authority discarded"),
    ({"a": {}}, "CA certificate missing: a"),
    ({"a": {"cacert": NO_CA}}, "CA certificate missing: a"),
    ({"a": {"cacert": "garbage"}}, "CA certificate missing: a"),
    ({"a": {"handle": "01"}}, "CA certificate missing: a"),
    ({"a": {"file": "/nowhere"}}, "CA certificate missing: a"),
]


@pytest.mark.parametrize(("message", "refusal"), CASES)
def test_load_authority(message: dict[str, Any], refusal: str | None) -> None:
    assert Asked().refusal("load-authority", message) == refusal


def test_authorities_are_listed_in_the_order_of_loading() -> None:
    ask = Asked()
    uris = {"ocsp_uris": ["http://o"], "crl_uris": ["http://1", "http://2"]}
    ask("load-authority", {"a": {"cacert": CA}, "b": {"cacert": CA}})
    ask("load-authority", {"a": {"cert_uri_base": "http://c", **uris, "cacert": OTHER}})
    assert ask("get-authorities") == {"authorities": ["b", "a"]}
    assert ask("list-authorities", {"name": "a"}) == {}
    (item,) = ask.streamed
    assert list(item["a"].items()) == [
        ("cacert", "CN=other CA"),
        ("crl_uris", ["http://1", "http://2"]),
        ("ocsp_uris", ["http://o"]),
        ("cert_uri_base", "http://c"),
    ]
    ask("list-authorities")
    assert [list(item) for item in ask.streamed] == [["b"], ["a"]]


def test_what_stands_before_a_refusal_is_loaded() -> None:
    ask = Asked()
    ask("load-authority", {"ok": {"cacert": CA}, "bad": {"x": "1"}, "never": {"cacert": CA}})
    assert ask("get-authorities") == {"authorities": ["ok"]}


def test_a_certificate_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(CA)
    assert Asked().refusal("load-authority", {"a": {"file": str(file)}}) is None


def test_a_ca_certificate_is_held_by_whoever_wants_it() -> None:
    ask = Asked()

    def listed() -> int:
        ask("list-certs")
        return len(ask.streamed)

    ask("load-authority", {"a": {"cacert": CA}, "b": {"cacert": CA}})
    ask("load-cert", {"type": "X509", "data": CA})
    assert listed() == 1
    ask("clear-creds")
    assert ask.refusal("unload-authority", {"name": "a"}) is None
    assert listed() == 1
    assert ask.refusal("unload-authority", {"name": "b"}) is None
    assert listed() == 0


def test_unload_authority_refused() -> None:
    ask = Asked()
    assert ask.refusal("unload-authority", {}) == "unload: missing authority name"
    assert ask.refusal("unload-authority", {"name": "a"}) == "unload: authority 'a' not found"
