"""Certificates, keys and secrets: what charon 5.9.8 answers to the same, and what it then lists."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cryptography")

from cryptography import x509
from cryptography.hazmat.primitives.serialization import PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from anyvici.testing.values.certificates import parse_certificate
from anyvici.testing.values.identities import identity
from tests.testing.asking import Asked
from tests.testing.certificates import (
    DER,
    PEM,
    TRADITIONAL,
    certificate,
    name,
    private_key,
    public_key,
    revocation_list,
)

SAMPLES = Path(__file__).parent.parent / "samples"
MOON = certificate(name("moon"), "rsa")
CA = certificate(name((NameOID.COUNTRY_NAME, "XX"), "the CA"), ca=True)
NULL = b"\x05\0"


@pytest.fixture
def ask() -> Asked:
    return Asked()


def listed(ask: Asked, **wanted: str) -> list[tuple[str, ...]]:
    """Return what list-certs tells but for the data."""
    ask("list-certs", wanted)
    items = [{key: value for key, value in item.items() if key != "data"} for item in ask.streamed]
    return [tuple(item.values()) for item in items]


def unrecognized(oid: str, value: bytes = NULL) -> x509.ExtensionType:
    return x509.UnrecognizedExtension(ObjectIdentifier(oid), value)


# Certificates.

SUBJECTS = [
    (name(), ""),
    (name("a, b"), "CN=a, b"),
    (name("ü\n"), "CN=???"),
    (name((NameOID.EMAIL_ADDRESS, "a@b.c"), (NameOID.USER_ID, "u")), "E=a@b.c, UID=u"),
    (name((NameOID.BUSINESS_CATEGORY, "x")), "55:04:0f=x"),
    (name((NameOID.GIVEN_NAME, "g"), (NameOID.TITLE, "t")), "G=g, T=t"),
    (
        x509.Name([x509.RelativeDistinguishedName([*name("a"), *name("b")]), *name("c").rdns]),
        "CN=a, CN=b, CN=c",
    ),
    (
        name(*[(NameOID.ORGANIZATION_NAME, "o" * 60)] * 10),
        ("O=" + "o" * 60 + ", ") * 7 + "O=" + "o" * 60 + "(",
    ),
]


@pytest.mark.parametrize(("subject", "printed"), SUBJECTS)
def test_subjects(ask: Asked, subject: x509.Name, printed: str) -> None:
    assert ask("load-cert", {"type": "X509", "data": certificate(subject)}) == {"success": "yes"}
    assert ask.logged == [f"1[CFG] loaded certificate '{printed}'"]


EXTENSIONS = {
    "critical, unknown": (unrecognized("1.2.3.4"), True, False),
    "unknown": (unrecognized("1.2.3.4"), False, True),
    "critical, known but of no use": (unrecognized("2.5.29.46"), True, False),
    "critical, known": (x509.InhibitAnyPolicy(1), True, True),
    "key id that is none": (unrecognized("2.5.29.14"), False, False),
    "authority key id that is none": (unrecognized("2.5.29.35"), False, True),
    "uses that are none": (unrecognized("2.5.29.37"), False, False),
    "names that are none": (unrecognized("2.5.29.17"), False, False),
}


@pytest.mark.parametrize("case", EXTENSIONS)
def test_extensions(ask: Asked, case: str) -> None:
    extension, critical, taken = EXTENSIONS[case]
    data = certificate(name("moon"), extensions={extension: critical})
    refusal = None if taken else "parsing X509 certificate failed"
    assert ask.refusal("load-cert", {"type": "X509", "data": data}) == refusal


FAILED = "1[LIB] building CRED_CERTIFICATE - X509 failed, tried 3 builders"
LACKS = "ca certificate lacks CA basic constraint, rejected"
LOADED: list[tuple[dict[str, Any], str | None]] = [
    ({}, "certificate type missing"),
    ({"type": "foo"}, "invalid certificate type 'foo'"),
    ({"type": ""}, "invalid certificate type ''"),
    ({"type": "ü"}, "certificate type missing"),
    ({"type": "X509", "data": ""}, "certificate data missing"),
    ({"type": "X509", "flag": "foo", "data": MOON}, "invalid certificate flag 'foo'"),
    ({"type": "X509", "data": "garbage"}, "parsing X509 certificate failed"),
    ({"type": "X509", "data": MOON[:-20]}, "parsing X509 certificate failed"),
    ({"type": "X509", "data": b"  " + MOON}, "parsing X509 certificate failed"),
    ({"type": "X509_CRL", "data": MOON}, "parsing X509_CRL certificate failed"),
    ({"type": "x509ac", "data": MOON}, "parsing X509_AC certificate failed"),
    ({"type": "PUBKEY", "data": MOON}, "parsing PUBKEY certificate failed"),
    ({"type": "PGP", "data": MOON}, "parsing PGP certificate failed"),
    ({"type": "X509", "flag": "CA", "data": MOON}, LACKS),
    ({"type": "x509ca", "data": MOON}, LACKS),
    ({"type": "X509", "flag": "ANY", "data": MOON}, LACKS),
    ({"type": "x509", "data": CA}, None),
    ({"type": "ANY", "data": CA}, None),
    ({"type": "X509_CRL", "flag": "foo", "data": revocation_list(name("x"), 1)}, None),
    ({"type": "X509", "data": b"before\n" + MOON + b"after\n" + CA}, None),
    ({"type": "X509", "data": MOON.replace(b"CERTIFICATE", b"ANYTHING")}, None),
    ({"type": "X509", "data": MOON.replace(b"\n", b"\r\n")}, None),
    ({"type": "X509", "data": certificate(name("x"), encoding=DER) + b"\n"}, None),
    (
        {"type": "X509", "data": certificate(name("x"), encoding=DER) + b"\n\n"},
        "parsing X509 certificate failed",
    ),
]


@pytest.mark.parametrize(("message", "refusal"), LOADED)
def test_load_cert(ask: Asked, message: dict[str, Any], refusal: str | None) -> None:
    assert ask.refusal("load-cert", message) == refusal


def test_what_is_logged_of_certificates(ask: Asked) -> None:
    ask("load-cert", {"type": "X509", "data": "garbage"})
    assert ask.logged == [FAILED]
    ask("load-cert", {"type": "x509ca", "data": MOON})
    assert ask.logged == ["1[CFG] loaded certificate 'CN=moon'", f"1[CFG]   {LACKS}"]


def load_all(ask: Asked) -> None:
    """Load one of each kind, in another order than they are listed in."""
    attributes = json.loads((SAMPLES / "load-cert-ac.json").read_text())["packets"][0]["message"]
    signer = {x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]): False}
    aliases = {x509.SubjectAlternativeName([x509.DNSName("sun.example.org")]): False}
    for message in (
        {"type": "X509_CRL", "data": revocation_list(name("ca"), 5)},
        {"type": "X509_AC", "data": bytes.fromhex(attributes["data"]["hex"])},
        {"type": "X509", "data": certificate(name("ocsp"), extensions=signer)},
        {"type": "X509", "data": certificate(name("caocsp"), ca=True, extensions=signer)},
        {"type": "X509", "flag": "AA", "data": certificate(name("aa"))},
        {"type": "X509", "data": CA},
        {"type": "X509", "data": MOON},
        {"type": "X509", "data": MOON},
        {"type": "X509", "data": certificate(name("sun"), "ecdsa", extensions=aliases)},
        {"type": "PUBKEY", "data": public_key("ed448")},
    ):
        assert ask.refusal("load-cert", message) is None


def test_certificates_are_listed_by_type_and_flag(ask: Asked) -> None:
    load_all(ask)
    ask("load-key", {"type": "rsa", "data": private_key("rsa")})
    x509s = [("X509", "NONE"), ("X509", "NONE", "yes"), ("X509", "CA"), ("X509", "AA")]
    x509s.append(("X509", "OCSP"))  # and what is both CA and OCSP is nowhere
    everything = [("PUBKEY",), *x509s, ("X509_AC",), ("X509_CRL",)]
    assert listed(ask) == everything
    assert listed(ask, flag="CA") == everything
    assert listed(ask, type="x509") == x509s
    assert listed(ask, type="X509", flag="ca") == listed(ask, type="x509ca") == [("X509", "CA")]
    assert listed(ask, type="pubkey") == [("PUBKEY",)]
    assert listed(ask, type="PGP") == []
    assert listed(ask, type="foo") == []
    assert ask.logged == ["1[CFG] invalid certificate type 'foo'"]


BY_SUBJECT = {
    "CN=moon": 1,
    "CN=MOON": 0,  # it is a UTF8String
    "CN=*": 5,
    "C=XX, CN=*": 1,
    "C=XX, O=fx, CN=a.fx": 1,
    "sun.example.org": 1,
    "*.example.org": 1,
    "keyid:#1267": 5,
    "moon": 0,
    "%any": 8,
}


@pytest.mark.parametrize("subject", BY_SUBJECT)
def test_certificates_by_subject(ask: Asked, subject: str) -> None:
    load_all(ask)
    assert len(listed(ask, subject=subject)) == BY_SUBJECT[subject]


def test_a_revocation_list_makes_way_for_a_newer_one(ask: Asked) -> None:
    for number, kept in ((5, 5), (4, 5), (300, 300), (6, 300)):
        data = revocation_list(name("ca"), number)
        assert ask.refusal("load-cert", {"type": "X509_CRL", "data": data}) is None
        listed(ask)
        assert [item["data"] for item in ask.streamed] == [revocation_list(name("ca"), kept)]


def test_a_public_key_gets_the_name_of_its_owner(ask: Asked) -> None:
    store = ask.gateway.credentials
    for owner in ("moon", "moon", "sun"):
        key = parse_certificate("PUBKEY", public_key("ed25519"))
        assert key is not None
        assert key.bare
        named = store.name(store.add_certificate(key), identity(owner))
        assert named.subject == owner
    assert listed(ask) == [("PUBKEY", "sun"), ("PUBKEY", "moon")]
    assert listed(ask, subject="sun") == [("PUBKEY", "sun")]


def test_public_keys_of_pkcs1_are_not_taken(ask: Asked) -> None:
    data = public_key("rsa", PEM, PublicFormat.PKCS1)
    message = {"type": "PUBKEY", "data": data}
    assert ask.refusal("load-cert", message) == "parsing PUBKEY certificate failed"


def test_clear_creds_and_flush_certs(ask: Asked) -> None:
    load_all(ask)
    ask("load-authority", {"a": {"cacert": CA}})
    assert ask("flush-certs", {"type": "x509crl"}) == {"success": "yes"}
    assert ask.refusal("flush-certs", {"type": "foo"}) == "invalid certificate type 'foo'"
    assert ask("clear-creds") == {"success": "yes"}
    assert listed(ask) == [("X509", "CA")]


# Private keys.


def key_id(key: str) -> str:
    """Return the hash of the bare key, which is what follows the algorithm."""
    info = parse_certificate("PUBKEY", public_key(key))
    assert info is not None
    return info.key_id


KEY_FORMS = [
    ("any", "rsa", {}, True),
    ("RSA", "rsa", {"form": TRADITIONAL}, True),
    ("rsa", "rsa", {"encoding": DER, "form": TRADITIONAL}, True),
    ("ecdsa", "ecdsa", {"form": TRADITIONAL}, True),
    ("ed25519", "ed25519", {"encoding": DER}, True),
    ("ed448", "ed448", {}, True),
    # PKCS#8 tells what it is, and is believed; but not that it is ECDSA.
    ("rsa", "ed25519", {}, True),
    ("ecdsa", "rsa", {}, True),
    ("rsa", "ecdsa", {}, False),
    ("ecdsa", "rsa", {"form": TRADITIONAL}, False),
    ("dsa", "rsa", {}, False),
    ("any", "rsa", {"password": b"x"}, False),
    ("any", "rsa", {"form": TRADITIONAL, "password": b"x"}, False),
]


@pytest.mark.parametrize(("kind", "key", "form", "taken"), KEY_FORMS)
def test_load_key(ask: Asked, kind: str, key: str, form: dict[str, Any], taken: bool) -> None:
    reply = ask("load-key", {"type": kind, "data": private_key(key, **form)})
    if taken:
        assert reply == {"success": "yes", "id": key_id(key)}
        assert ask.logged == [f"1[CFG] loaded {kind.upper()} private key"]
        assert ask("get-keys") == {"keys": [key_id(key)]}
    else:
        assert reply["errmsg"] == f"parsing {kind.upper()} private key failed"


KEYS_REFUSED = [
    ({}, "key type missing"),
    ({"type": "foo"}, "invalid key type: foo"),
    ({"type": "any"}, "key data missing"),
    ({"type": "any", "data": MOON}, "parsing ANY private key failed"),
    ({"type": "any", "data": public_key("rsa")}, "parsing ANY private key failed"),
]


@pytest.mark.parametrize(("message", "refusal"), KEYS_REFUSED)
def test_load_key_refused(ask: Asked, message: dict[str, Any], refusal: str) -> None:
    assert ask.refusal("load-key", message) == refusal


def test_unload_key(ask: Asked) -> None:
    for key in ("rsa", "ecdsa", "ed25519", "rsa"):
        ask("load-key", {"type": "any", "data": private_key(key)})
    assert ask("get-keys")["keys"] == [key_id(key) for key in ("rsa", "ed25519", "ecdsa")]
    assert ask.refusal("unload-key", {}) == "key id missing"
    assert ask.refusal("unload-key", {"id": "zz"}) == "key not found"
    assert ask.logged == ["1[CFG] unloaded private key with id 00"]
    assert ask.refusal("unload-key", {"id": "0x" + key_id("rsa").upper()}) is None
    info = hashlib.sha1(public_key("ecdsa", DER)).hexdigest()
    assert ask.refusal("unload-key", {"id": info}) is None
    assert ask("get-keys")["keys"] == [key_id("ed25519")]


def test_there_is_no_token(ask: Asked) -> None:
    assert ask.refusal("load-token", {}) == "keyid missing"
    refusal = ask.refusal("load-token", {"handle": "01", "slot": "1", "pin": "1"})
    assert refusal == "loading private key from token failed"


# Shared secrets.

SECRETS = [
    ({}, "shared key type missing"),
    ({"type": "foo"}, "invalid shared key type: foo"),
    ({"type": "IKE"}, "shared key data missing"),
    ({"type": "IKE", "data": "x", "owners": ["ü"]}, "parsing shared key owners failed"),
    ({"type": "ike", "data": b"\xff"}, "1[CFG] loaded IKE shared key for: '%any'"),
    (
        {"type": "xauth", "data": "x", "owners": "carol"},
        "1[CFG] loaded EAP shared key for: '%any'",
    ),
    (
        {"id": "", "type": "ntlm", "data": "x", "owners": ["a", "C=XX,O=fx"]},
        "1[CFG] loaded NTLM shared key with id '' for: 'a', 'C=XX, O=fx'",
    ),
    (
        {"id": "1", "type": "PPK", "data": "x", "owners": ["x" * 300]},
        f"1[CFG] loaded PPK shared key with id '1' for: '{'x' * 255}'",
    ),
]


@pytest.mark.parametrize(("message", "said"), SECRETS)
def test_load_shared(ask: Asked, message: dict[str, Any], said: str) -> None:
    assert [ask.refusal("load-shared", message)] == ([said] if not ask.logged else [None])
    assert ask.logged in ([], [said])


def test_secrets_by_id(ask: Asked) -> None:
    for unique in ("1", "2", "1", None, None):
        message = {"type": "IKE", "data": "x"} | ({"id": unique} if unique else {})
        assert ask.refusal("load-shared", message) is None
    assert ask("get-shared") == {"keys": ["1", "2"]}
    assert ask("unload-shared", {"id": "1"}) == {"success": "yes"}
    assert ask("unload-shared", {"id": "1"}) == {"success": "yes"}
    assert ask.logged == ["1[CFG] unloaded shared key with id '1'"]
    assert ask.refusal("unload-shared", {}) == "unique identifier missing"
    assert ask("get-shared") == {"keys": ["2"]}


# Which one moon takes for sun: real gateways have come to terms by these, and not by others.
CHOICES = [
    ([("other", ["moon"]), ("taken", ["sun"])], "taken"),
    ([("taken", ["%any"]), ("other", ["moon"])], "taken"),
    ([("other", ["sun"]), ("taken", ["moon", "sun"])], "taken"),
    ([("taken", ["*un"]), ("other", ["%any"])], "taken"),
    ([("other", ["*un", "moon"]), ("taken", ["SUN"])], "taken"),
    ([("other", ["sun"]), ("taken", ["sun"])], "taken"),
    ([("other", ["elsewhere"])], None),
]


@pytest.mark.parametrize(("secrets", "taken"), CHOICES)
def test_the_best_secret(
    ask: Asked, secrets: list[tuple[str, list[str]]], taken: str | None
) -> None:
    for data, owners in secrets:
        ask("load-shared", {"type": "IKE", "data": data, "owners": owners})
    expected = None if taken is None else taken.encode()
    assert ask.gateway.credentials.secret("IKE", "moon", "sun") == expected
    assert ask.gateway.credentials.secret("EAP", "moon", "sun") is None
