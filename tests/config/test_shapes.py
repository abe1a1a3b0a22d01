"""Names, sections and unknown keys: where things stand, and what the errors say."""

from collections import UserDict
from datetime import timedelta
from typing import Any

import pytest

from anyvici import encode
from anyvici.config.check import check_authority, check_conn, check_pool

from .refused import refusal, type_error

CONFIG: dict[str, Any] = {
    "version": 2,
    "mobike": False,
    "local_addrs": ("10.99.0.1",),
    "proposals": ["aes128-sha256-x25519"],
    "rekey_time": timedelta(hours=4),
    "local": {"auth": "pubkey", "certs": [b"\x30\x82"], "cert-2": {"file": "moon.pem"}},
    "LOCAL-2": {"auth": "eap-tls", "CAcert": {"handle": "ab", "slot": 1}},
    "remotely": {"auth": "psk", "round": 1},
    "Children": {
        "net": {"local_ts": ["10.1.0.0/16"], "start_action": "trap|start", "rekey_time": "1h"},
        "": {},
        "a b.c/d": {"mode": "PASS"},
    },
}


def test_a_whole_connection_comes_out_as_it_is_sent():
    checked = check_conn("gw", CONFIG)
    assert checked == {
        "version": "2",
        "mobike": "no",
        "local_addrs": ["10.99.0.1"],
        "proposals": ["aes128-sha256-x25519"],
        "rekey_time": "14400",
        "local": {"auth": "pubkey", "certs": [b"\x30\x82"], "cert-2": {"file": "moon.pem"}},
        "LOCAL-2": {"auth": "eap-tls", "CAcert": {"handle": "ab", "slot": "1"}},
        "remotely": {"auth": "psk", "round": "1"},
        "Children": {
            "net": {"local_ts": ["10.1.0.0/16"], "start_action": "trap|start", "rekey_time": "1h"},
            "": {},
            "a b.c/d": {"mode": "PASS"},
        },
    }
    assert list(checked) == list(CONFIG), "the order of rounds matters"
    assert encode({"gw": checked})


def test_what_was_given_is_not_touched():
    before = repr(CONFIG)
    checked = check_conn("gw", CONFIG)
    checked["children"] = {}
    checked["local"]["auth"] = "psk"
    assert repr(CONFIG) == before


def test_what_has_been_checked_can_be_checked_again():
    checked = check_conn("gw", CONFIG)
    assert check_conn("gw", checked) == checked


def test_every_mapping_will_do():
    assert check_conn("gw", UserDict(local=UserDict(auth="psk"))) == {"local": {"auth": "psk"}}


# Unknown keys.


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"rekey_tme": 1}, "gw.rekey_tme: unknown key, did you mean rekey_time?"),
        ({"Version": 1}, "gw.Version: unknown key, did you mean version?"),
        ({"dpd-delay": 1}, "gw.dpd-delay: unknown key, did you mean dpd_delay?"),
        ({"local_prot": 1}, "gw.local_prot: unknown key, did you mean local_port?"),
        ({"xyz": []}, "gw.xyz: unknown key in a connection"),
        ({"": "x"}, "gw.'': unknown key in a connection"),
        ({"xyz": {}}, "gw.xyz: unknown section in a connection"),
        ({"childen": {}}, "gw.childen: unknown section, did you mean children?"),
        ({"esp_proposals": []}, "gw.esp_proposals: unknown key, it belongs in a child"),
        (
            {"auth": "psk"},
            "gw.auth: unknown key, it belongs in a round of authentication (local, remote)",
        ),
        ({"local": {"atuh": 1}}, "gw.local.atuh: unknown key, did you mean auth?"),
        (
            {"local": {"xyz": {}}},
            "gw.local.xyz: unknown section in a round of authentication (local, remote)",
        ),
        (
            {"local": {"cert1": {"fil": 1}}},
            "gw.local.cert1.fil: unknown key, did you mean file?",
        ),
        (
            {"children": {"net": {"lifetime": 1}}},
            "gw.children.net.lifetime: unknown key, did you mean life_time?",
        ),
        (
            {"children": {"net": {"mobike": True}}},
            "gw.children.net.mobike: unknown key, it belongs in a connection",
        ),
        ({"children": {"net": {"sub": {}}}}, "gw.children.net.sub: unknown section in a child"),
    ],
)
def test_an_unknown_key_of_a_connection(config, message):
    assert refusal(config) == message


def test_an_unknown_key_of_a_pool_or_authority():
    assert refusal({"addr": "x"}, "rw", check_pool) == "rw.addr: unknown key, did you mean addrs?"
    message = "ca.crl_uri: unknown key, did you mean crl_uris?"
    assert refusal({"crl_uri": []}, "ca", check_authority) == message
    message = "ca.mobike: unknown key in an authority"
    assert refusal({"mobike": True}, "ca", check_authority) == message
    assert refusal({"x": {}}, "ca", check_authority) == "ca.x: unknown section in an authority"


# Sections.

NO_SECTION = "a section (a dict) belongs here, not"


@pytest.mark.parametrize("key", ["local", "remote-2", "LOCAL", "children", "Children"])
@pytest.mark.parametrize("value", ["x", b"x", 1, True, [], ["x"], (), timedelta(1)])
def test_a_value_for_a_section(key, value):
    assert refusal({key: value}) == f"gw.{key}: {NO_SECTION} a value or a list"


@pytest.mark.parametrize("value", [None, 1.5, {1}, object()])
def test_a_wrong_type_for_a_section(value):
    expected = f"{NO_SECTION} {type(value).__name__}"
    assert type_error(value) == f"gw: {expected}"
    assert type_error({"children": value}) == f"gw.children: {expected}"
    assert type_error({"children": {"net": value}}) == f"gw.children.net: {expected}"


def test_a_connection_that_is_no_dict():
    assert type_error([("version", 2)]) == f"gw: {NO_SECTION} list"
    assert type_error("x") == f"gw: {NO_SECTION} str"


def test_children_hold_sections_only():
    message = f"gw.children.rekey_time: {NO_SECTION} a value or a list"
    assert refusal({"children": {"rekey_time": "1h"}}) == message


@pytest.mark.parametrize(
    ("section", "there"),
    [
        ({}, "none"),
        ({"slot": 1}, "none"),
        ({"file": "x", "handle": "ab"}, "file and handle"),
    ],
)
def test_a_certificate_is_a_file_or_on_a_token(section, there):
    expected = f"exactly one of file, handle belongs here, there is {there}"
    assert refusal({"local": {"cacert": section}}) == f"gw.local.cacert: {expected}"


@pytest.mark.parametrize("key", ["slot", "module"])
def test_slot_and_module_are_of_a_token(key):
    expected = f"{key} goes with handle only"
    assert refusal({"local": {"cert": {"file": "x", key: "1"}}}) == f"gw.local.cert: {expected}"
    assert refusal({"file": "x", key: "1"}, "ca", check_authority) == f"ca: {expected}"


def test_an_authority_has_one_certificate():
    message = "ca: exactly one of cacert, file, handle belongs here, there is"
    assert refusal({}, "ca", check_authority) == f"{message} none"
    two = {"cacert": b"DER", "file": "x"}
    assert refusal(two, "ca", check_authority) == f"{message} cacert and file"


def test_a_pool_has_addresses():
    assert refusal({"dns": ["10.0.0.1"]}, "rw", check_pool) == "rw: addrs is missing"


def test_mediation():
    message = refusal({"mediated_by": "med"})
    assert message == "gw: mediated_by needs mediation_peer: without, charon 5.9.8 crashes"
    both = {"mediation": True, "mediated_by": "med", "mediation_peer": "sun"}
    assert refusal(both) == "gw: mediation and mediated_by exclude each other"
    assert check_conn("gw", both | {"mediation": "no"})
    assert check_conn("gw", {"mediation": "yes"})


# Names.


@pytest.mark.parametrize("name", ["ü", "a\nb", "\0", "\udc80"])
def test_names_are_printable(name):
    expected = f"the name {name!r} is not all printable ASCII, as charon wants it"
    assert refusal({}, name) == f"a connection: {expected}"
    assert refusal({"addrs": "10.0.0.1"}, name, check_pool) == f"a pool: {expected}"
    assert refusal({"file": "x"}, name, check_authority) == f"an authority: {expected}"
    assert refusal({name: 1}) == f"gw: {expected}"
    assert refusal({"children": {name: {}}}) == f"gw.children: {expected}"


@pytest.mark.parametrize("name", [None, 5, b"gw"])
def test_names_are_text(name):
    expected = f"a name is a str, not {type(name).__name__}"
    assert type_error({}, name) == f"a connection: {expected}"
    assert type_error({name: 1}) == f"gw: {expected}"


def test_names_that_charon_joins_have_room_together():
    assert check_conn("g" * 255, {}) == {}
    assert check_conn("g" * 254, {"children": {"": {}}})
    assert check_conn("gw", {"children": {"c" * 244: {}}})
    assert check_conn("g" * 155, {"children": {"c" * 99: {}}})
    for name, child in [("gw", "c" * 245), ("g" * 155, "c" * 100), ("g" * 11, "c" * 244)]:
        message = refusal({"CHILDREN": {child: {}}}, name)
        assert "has room" in message or "have room" in message
    assert "a name of 256 octets" in refusal({}, "g" * 256)
    assert "a name of 256 octets" in refusal({"local" + "l" * 251: {}})


def test_what_vici_cannot_carry():
    message = "gw.local.certs[0]: a value of 65536 octets; VICI takes up to 65535"
    assert refusal({"local": {"certs": [b"x" * 65536]}}) == message
    full = {f"local{number}": {"certs": [b"x" * 65535]} for number in range(9)}
    assert "above VICI's 524288 octets" in refusal(full)
