"""load-cert, load-key, load-shared and load-token: charon ignores what it does not know there."""

from typing import Any

import pytest

from anyvici import LocalProtocolError
from anyvici.config.check import check_cert, check_key, check_shared, check_token
from anyvici.config.options import CERT, KEY, SHARED, TOKEN

from .keys import (
    BLOB_WRONG,
    HANDLE_RIGHT,
    HANDLE_WRONG,
    IDENTITY_RIGHT,
    IDENTITY_WRONG,
    NUMBER_RIGHT,
    NUMBER_WRONG,
    TEXT_RIGHT,
    TEXT_WRONG,
)


def refusal(check: Any, **parameters: Any) -> str:
    with pytest.raises(LocalProtocolError) as caught:
        check(**parameters)
    return str(caught.value)


def type_error(check: Any, **parameters: Any) -> str:
    with pytest.raises(TypeError) as caught:
        check(**parameters)
    return str(caught.value)


def test_no_parameter_is_forgotten():
    assert set(CERT.options) == {"type", "flag", "data"}
    assert set(KEY.options) == {"type", "data"}
    assert set(SHARED.options) == {"type", "data", "owners", "id"}
    assert set(TOKEN.options) == {"handle", "slot", "module", "pin"}
    layouts = (CERT, KEY, SHARED, TOKEN)
    assert [key for layout in layouts for key in layout.options if layout.options[key].many] == [
        "owners"
    ]


# Certificates.

TYPES = "X509 X509_AC X509_CRL OCSP_REQUEST OCSP_RESPONSE PUBKEY PKCS10_REQUEST PGP ANY"
LEGACY = "x509 x509ca x509aa x509ocsp x509ac x509crl pubkey"


@pytest.mark.parametrize("type_", f"{TYPES} {LEGACY}".split())
def test_types_of_certificates(type_):
    assert check_cert(type=type_, data=b"DER") == {"type": type_, "data": b"DER"}
    assert check_cert(type=type_, data="PEM", flag="NONE")["flag"] == "NONE"


@pytest.mark.parametrize("flag", ["NONE", "CA", "AA", "OCSP", "ca"])
def test_flags_are_for_x509(flag):
    assert check_cert(type="x509", data=b"DER", flag=flag)["flag"] == flag


@pytest.mark.parametrize("type_", ["X509_CRL", "x509ca", "PUBKEY"])
def test_other_types_have_no_flag(type_):
    message = "load-cert: flag CA goes with type X509 only; charon would ignore it"
    assert refusal(check_cert, type=type_, data=b"DER", flag="CA") == message


@pytest.mark.parametrize("type_", ["", "X.509", "crl", "x509_ca", "ü"])
def test_wrong_types_of_certificates(type_):
    assert refusal(check_cert, type=type_, data=b"DER").startswith("load-cert.type: ")


@pytest.mark.parametrize("flag", ["", "ANY", "SERVER"])
def test_wrong_flags(flag):
    message = refusal(check_cert, type="X509", data=b"DER", flag=flag)
    assert message.startswith("load-cert.flag: ")


# Keys.


@pytest.mark.parametrize(
    "type_", ["any", "rsa", "ecdsa", "dsa", "ed25519", "ed448", "bliss", "RSA", "Any"]
)
def test_types_of_keys(type_):
    assert check_key(type=type_, data=b"DER") == {"type": type_, "data": b"DER"}


@pytest.mark.parametrize("type_", ["", "priv", "private", "pkcs8"])
def test_wrong_types_of_keys(type_):
    assert refusal(check_key, type=type_, data=b"DER").startswith("load-key.type: ")


# Secrets.


@pytest.mark.parametrize("type_", ["IKE", "EAP", "XAUTH", "NTLM", "PPK", "ike", "Ntlm"])
@pytest.mark.parametrize("data", ["secret", "0sFpZAZqEN6Ti9sqt4ZP5EWcqx", "ü", b"\xff\0"])
def test_secrets(type_, data):
    assert check_shared(type=type_, data=data) == {"type": type_, "data": data}


@pytest.mark.parametrize("type_", ["", "PSK", "PIN", "IKEv2"])
def test_wrong_types_of_secrets(type_):
    assert refusal(check_shared, type=type_, data="x").startswith("load-shared.type: ")


def test_owners():
    for owners in (["moon", "sun"], ("moon", "sun"), ["%any"]):
        checked = check_shared(type="IKE", data="x", owners=owners)
        assert checked["owners"] == list(owners)
    for owner in [*IDENTITY_RIGHT, "x" * 255]:
        if len(owner) < 256:
            assert check_shared(type="IKE", data="x", owners=["moon", owner])
    for owner in [*IDENTITY_WRONG, "x" * 256]:
        message = refusal(check_shared, type="IKE", data="x", owners=["moon", owner])
        assert message.startswith("load-shared.owners[1]: ")


def test_owners_that_would_be_everybody():
    message = "load-shared: owners is an empty list, and the secret would be for everybody"
    assert refusal(check_shared, type="IKE", data="x", owners=[]) == message
    message = "load-shared.owners: a list belongs here: ['moon', 'sun']"
    assert refusal(check_shared, type="IKE", data="x", owners="moon, sun") == message
    message = "load-shared.owners[0]: an empty text, which charon reads as %any"
    assert refusal(check_shared, type="IKE", data="x", owners=[""]) == message


@pytest.mark.parametrize("id_", ["", "1", "a b"])
def test_ids_of_secrets(id_):
    assert check_shared(type="IKE", data="x", id=id_)["id"] == id_


@pytest.mark.parametrize("id_", TEXT_WRONG)
def test_an_id_that_charon_would_take_for_none(id_):
    assert refusal(check_shared, type="IKE", data="x", id=id_).startswith("load-shared.id: ")


# Tokens.


def test_tokens():
    checked = check_token(handle="ab01", slot=1, module="pkcs11", pin="1234")
    assert checked == {"handle": "ab01", "slot": "1", "module": "pkcs11", "pin": "1234"}
    for handle in HANDLE_RIGHT:
        assert check_token(handle=handle) == {"handle": handle}
    for handle in HANDLE_WRONG:
        assert refusal(check_token, handle=handle).startswith("load-token.handle: ")
    for slot in NUMBER_RIGHT:
        if slot != 4294967293:
            assert check_token(handle="ab", slot=slot)
    for slot in [*NUMBER_WRONG, 2**31]:
        assert refusal(check_token, handle="ab", slot=slot).startswith("load-token.slot: ")
    for text in TEXT_RIGHT:
        assert check_token(handle="ab", module=text, pin=text)
    for text in TEXT_WRONG:
        assert refusal(check_token, handle="ab", module=text).startswith("load-token.module: ")


def test_no_message_shows_a_secret():
    for pin in TEXT_WRONG:
        message = refusal(check_token, handle="ab", pin=pin)
        assert message == "load-token.pin: the text is not all printable ASCII, as charon wants it"
    for data in BLOB_WRONG:
        message = refusal(check_shared, type="IKE", data=data)
        assert message.startswith("load-shared.data: ")
        assert len(message) < 150


@pytest.mark.parametrize("value", [None, 5, 1.5, object()])
def test_wrong_types(value):
    kind = type(value).__name__
    text, data = f"a str belongs here, not {kind}", f"bytes or str belongs here, not {kind}"
    assert type_error(check_cert, type=value, data="x") == f"load-cert.type: {text}"
    assert type_error(check_cert, type="X509", data=value) == f"load-cert.data: {data}"
    assert type_error(check_key, type=value, data="x") == f"load-key.type: {text}"
    assert type_error(check_key, type="any", data=value) == f"load-key.data: {data}"
    assert type_error(check_shared, type=value, data="x") == f"load-shared.type: {text}"
    assert type_error(check_shared, type="IKE", data=value) == f"load-shared.data: {data}"
    assert type_error(check_token, handle=value) == f"load-token.handle: {text}"
    if value is not None:
        assert type_error(check_token, handle="ab", pin=value) == f"load-token.pin: {text}"
