"""Connections: what charon 5.9.8 answers, logs and lists of what it is given."""

from typing import Any

import pytest

pytest.importorskip("cryptography")

from anyvici.wire.message import encode
from tests.testing.loading import Loading

INVALID = "invalid value for: {}, config discarded"
UNKNOWN = "unknown option: {}, config discarded"
LISTS = {"groups": [], "cert_policy": [], "certs": [], "cacerts": []}
CONNECTION = {
    "local_addrs": ["%any"],
    "remote_addrs": ["%any"],
    "version": "IKEv1/2",
    "reauth_time": "0",
    "rekey_time": "14400",
    "unique": "UNIQUE_NO",
    "local-1": LISTS,
    "remote-1": LISTS,
    "children": {},
}
CHILD = {
    "mode": "TUNNEL",
    "rekey_time": "3600",
    "rekey_bytes": "0",
    "rekey_packets": "0",
    "dpd_action": "none",
    "close_action": "none",
    "local-ts": ["dynamic"],
    "remote-ts": ["dynamic"],
}

# Key, value, and what is listed under the key (None: nothing), or ... if it is refused.
CONNECTIONS: list[tuple[str, Any, Any]] = [
    ("version", "1", "IKEv1"),
    ("version", "3", "(3)"),
    ("version", "-1", "(-1)"),
    ("version", "0x2", "IKEv2"),
    ("version", "5 ", ...),
    ("rekey_time", "", "0"),
    ("rekey_time", "010m", "480"),
    ("rekey_time", "5  D", "432000"),
    ("rekey_time", " s", "0"),
    ("rekey_time", "-1", "14400"),
    ("rekey_time", "-1m", "4294967236"),
    ("rekey_time", "1h30m", ...),
    ("rekey_time", "5m ", ...),
    ("rekey_time", "1234567890123456789", "2249056121"),
    ("reauth_time", "99999999999999d", "727625344"),
    ("dpd_delay", "0x5d", "93"),
    ("dpd_delay", "0", None),
    ("unique", "Never", "UNIQUE_NEVER"),
    ("unique", "on", ...),
    ("mediation", "yes", None),
    ("childless", "prefer", ...),
    ("keyingtries", "%forever", ...),
    ("local_port", "70000", None),
    ("dscp", "012", ...),
    ("ocsp", "never", ...),
    ("ppk_id", "", "%any"),
    ("ppk_required", "1", "yes"),
    ("ppk_required", "ü", ...),
    ("local_addrs", ["a, b", " c ", "'d,e'", ""], ["a", "b", "c", "d,e"]),
    ("local_addrs", [""], []),
    ("local_addrs", [], ["%any"]),
    ("vips", ["0.0.0.0", "::"], None),
    ("vips", ["%config"], ...),
    ("proposals", ["default", "aes128-sha256-modp2048"], None),
    ("proposals", ["aes128-sha256"], ...),
    ("proposals", ["aes128-sha256-modp2048-" + "aes128-" * 80], ...),
]
CHILDREN: list[tuple[str, Any, Any]] = [
    ("mode", "Transport_Proxy", "TRANSPORT_PROXY"),
    ("mode", "iptfs", ...),
    ("label", "a b", "61206200"),
    ("label", "", ...),
    ("rekey_time", "-1", "18446744073709551615"),
    ("rekey_bytes", "5 g", "5368709120"),
    ("rekey_bytes", "99999999999999g", "14131891009335853056"),
    ("rekey_bytes", "5kb", ...),
    ("rekey_packets", "1234567890123456", "123456789012345"),
    ("dpd_action", "restart", "start"),
    ("dpd_action", "start|Trap|none", "trap | start"),
    ("close_action", "|", "none"),
    ("close_action", "route|start", ...),
    ("close_action", "hold", ...),
    ("interface", "", ""),
    ("priority", "-1", "4294967295"),
    ("mark_in", "%unique-dir/0xf", None),
    ("mark_in", "%same", ...),
    ("set_mark_in", "%same/1", None),
    ("set_mark_in", "1/x", ...),
    ("if_id_in", "%UNIQUE", None),
    ("if_id_in", "1/1", ...),
    ("tfc_padding", "mtu", None),
    ("tfc_padding", "MTU", ...),
    ("label_mode", "selinux", ...),
    ("hw_offload", "packet", ...),
    ("per_cpu_sas", "yes", ...),
    ("local_ts", ["10.0.0.0/33"], None),
    ("local_ts", ["x"], ...),
    ("esp_proposals", ["default"], None),
    ("ah_proposals", ["aes128"], ...),
]
AUTHS: list[tuple[str, dict[str, str] | None]] = [
    ("PSK", {"class": "pre-shared key"}),
    ("rsa-2048-sha256", {"class": "public key"}),
    ("RSA", None),
    ("ed25519", None),
    ("any", None),
    ("xauth-a-b", {"class": "XAuth", "xauth": "a-b"}),
    ("xauthfoo", {"class": "XAuth"}),
    ("eap", {"class": "EAP"}),
    ("eap-TLS:rsa", {"eap-type": "EAP_TLS", "class": "EAP"}),
    ("eap-0x4", {"eap-type": "EAP_MD5", "class": "EAP"}),
    ("eap-300", {"eap-type": "(300)", "class": "EAP"}),
    ("eap-5-7-9", {"eap-vendor": "7", "eap-type": "EAP_OTP", "class": "EAP"}),
    ("eap-md5-0", {"eap-type": "EAP_MD5", "class": "EAP"}),
    ("eap-4294967300", {"eap-type": "EAP_MD5", "class": "EAP"}),
    ("eap-99999999999999999999999", {"eap-type": "(-1)", "class": "EAP"}),
]
LOGGED: list[tuple[str, dict[str, Any], str]] = [
    ("local", {"auth": "EAP-md5"}, "1[LIB] unknown or invalid EAP method: EAP"),
    ("local", {"auth": "eap-5-x"}, "1[LIB] invalid EAP vendor: x"),
    ("local", {"auth": "pubkey-foo-rsa-2048"}, "1[CFG] ignoring invalid auth token: 'foo'"),
    ("local", {"auth": "pubkey-sha256-ike:"}, "1[CFG] ignoring invalid auth token: 'ike:'"),
    ("child", {"mark_in": "%same"}, "1[APP] unexpected use of %same mark"),
    ("child", {"mark_in": "5x"}, "1[APP] invalid mark value: 5x"),
    ("child", {"mark_in": "1/1/1"}, "1[LIB] invalid mark mask: /1"),
    ("child", {"if_id_out": "%uniquex"}, "1[APP] invalid interface ID: %uniquex"),
    ("child", {"label": ""}, "1[LIB] invalid empty security label"),
    ("child", {"esp_proposals": ["foo"]}, "1[CFG] algorithm 'foo' not recognized"),
]
ANSWERS: list[tuple[dict[str, Any] | bytes, str | None]] = [
    ({}, None),
    ({"key": "value", "list": ["item"]}, None),
    ({"": {}}, None),
    ({"c": {"foo": []}}, None),
    ({"c": {"foo": ["x"]}}, UNKNOWN.format("foo")),
    ({"c": {"": ""}}, UNKNOWN.format("")),
    ({"c": {"Version": "1"}}, UNKNOWN.format("Version")),
    ({"c": {"version": ["1"]}}, UNKNOWN.format("version")),
    ({"c": {"proposals": "default"}}, UNKNOWN.format("proposals")),
    ({"c": {"children": ["n"]}}, UNKNOWN.format("children")),
    ({"c": {"foo": {}}}, "invalid section: foo"),
    ({"c": {"loca": {}}}, "invalid section: loca"),
    ({"c": {"localfoo": {}, "REMOTE": {}, "Children": {"n": {}}}}, None),
    ({"c": {"children": {"key": "value", "n": {"inner": {"foo": "x"}}}}}, None),
    ({"c": {"local": {"foo": {}}}}, "invalid section: foo"),
    ({"c": {"local": {"cert": {}}}}, "handle or file path missing: cert"),
    ({"c": {"local": {"CERT1": {"handle": "00"}}}}, "unable to load certificate: CERT1"),
    ({"c": {"local": {"cacert": {"file": "/nowhere"}}}}, "unable to load certificate: cacert"),
    (
        {"c": {"local": {"cert": {"handle": "00", "file": "x"}}}},
        "handle and file path given: cert",
    ),
    ({"c": {"local": {"certs": ["x"]}}}, INVALID.format("certs")),
    ({"c": {"mediation": "yes", "mediated_by": "x"}}, "parsing request failed"),
    (encode({"c": {}}) + b"\2", "parsing request failed"),
    (encode({"c": {}}) + b"\1\1d", None),
]


@pytest.mark.parametrize(("key", "value", "listed"), CONNECTIONS)
def test_reads_an_option_of_a_connection(key: str, value: Any, listed: Any) -> None:
    _check({"c": {key: value}}, key, listed, lambda daemon: daemon.listed()["c"])


@pytest.mark.parametrize(("key", "value", "listed"), CHILDREN)
def test_reads_an_option_of_a_child(key: str, value: Any, listed: Any) -> None:
    message = {"c": {"children": {"n": {key: value}}}}
    _check(message, key, listed, lambda daemon: daemon.listed()["c"]["children"]["n"])


def _check(message: dict[str, Any], key: str, listed: Any, section: Any) -> None:
    daemon = Loading()
    errmsg = daemon.refusal("load-conn", message)
    if listed is ...:
        unknown = key in ("ocsp", "per_cpu_sas")  # they came later
        assert errmsg == (UNKNOWN if unknown else INVALID).format(key)
        assert daemon.listed() == {}
    else:
        assert errmsg is None
        assert section(daemon).get(key) == listed


@pytest.mark.parametrize(("auth", "listed"), AUTHS)
def test_reads_how_to_authenticate(auth: str, listed: dict[str, str] | None) -> None:
    daemon = Loading()
    errmsg = daemon.refusal("load-conn", {"c": {"local": {"auth": auth}}})
    assert errmsg == (None if listed else INVALID.format("auth"))
    if listed:
        section = dict(daemon.listed()["c"]["local-1"])
        assert list(section.items()) == list((listed | LISTS).items())


@pytest.mark.parametrize(("where", "options", "line"), LOGGED)
def test_logs_what_charon_logs(where: str, options: dict[str, Any], line: str) -> None:
    section = {"children": {"n": options}} if where == "child" else {where: options}
    daemon = Loading()
    daemon("load-conn", {"c": section})
    assert daemon.logged[0] == line


@pytest.mark.parametrize(("message", "errmsg"), ANSWERS)
def test_refuses_what_charon_refuses(message: dict[str, Any] | bytes, errmsg: str | None) -> None:
    assert Loading().refusal("load-conn", message) == errmsg


def test_lists_a_connection_with_its_defaults() -> None:
    daemon = Loading()
    assert daemon.refusal("load-conn", {"c": {"children": {"n": {}}}}) is None
    listed = daemon.listed()["c"]
    assert list(listed) == list(CONNECTION)
    assert {**listed, "children": dict(listed["children"])} | {
        side: dict(listed[side]) for side in ("local-1", "remote-1")
    } == CONNECTION | {"children": listed["children"]}
    assert list(listed["children"]["n"].items()) == list(CHILD.items())


def test_since_6_the_ports_are_listed() -> None:
    daemon = Loading((6, 0, 6))
    new = {"childless": "prefer", "ocsp": "both", "remote_port": "70000"}
    children = {
        "n": {"mode": "iptfs", "per_cpu_sas": "encap", "icmp": "1", "rekey_bytes": "9" * 25}
    }
    assert daemon.refusal("load-conn", {"c": new | {"children": children}}) is None
    listed = daemon.listed()["c"]
    assert list(listed)[2:4] == ["local_port", "remote_port"]
    assert (listed["local_port"], listed["remote_port"]) == ("500", "4464")
    assert listed["children"]["n"]["rekey_bytes"] == "18446744073709551615"
    daemon("unload-conn", {"name": "c"})
    assert daemon.logged == ["1[CFG] removed vici connection: c"]


def test_what_was_loaded_before_a_failure_stays() -> None:
    daemon = Loading()
    message = {"a": {}, "b": {"foo": "x"}, "c": {}}
    assert daemon.refusal("load-conn", message) == UNKNOWN.format("foo")
    assert daemon("get-conns") == {"conns": ["a"]}


def test_unload_conn_needs_a_connection() -> None:
    daemon = Loading()
    assert daemon.refusal("unload-conn", {}) == "unload: missing connection name"
    assert daemon.refusal("unload-conn", {"name": "x"}) == "unload: connection 'x' not found"
