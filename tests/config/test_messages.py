"""What the errors say stays one line that can be read."""

from datetime import timedelta

import pytest

from .refused import refusal


def test_of_long_values_the_beginning_is_shown():
    message = refusal({"mobike": "x" * 10000})
    assert message.startswith(f"gw.mobike: '{'x' * 57}'... is neither")


def test_a_list_is_suggested_for_a_value():
    config = {"children": {"net": {"local_ts": "10.1.0.0/16, 10.2.0.0/16"}}}
    message = "a list belongs here: ['10.1.0.0/16', '10.2.0.0/16']"
    assert refusal(config) == f"gw.children.net.local_ts: {message}"
    for value in (b"PEM", 5, True, timedelta(1), "x" * 100):
        message = "gw.local.certs: a list belongs here, not a single value"
        assert refusal({"local": {"certs": value}}) == message


TIME = "a time: a number and at most one unit s, m, h or d"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"version": 3}, "version: 3 is above 2"),
        ({"remote_port": 70000}, "remote_port: 70000 is above 65535"),
        (
            {"rekey_time": "1" * 20},
            "rekey_time: charon cuts '11111111111111111111' after 15 characters",
        ),
        ({"rekey_time": -1}, "rekey_time: '-1' is negative"),
        ({"rekey_time": "010"}, "rekey_time: '010' is octal to charon, as it begins with 0"),
        (
            {"rekey_time": ""},
            f"rekey_time: an empty text, which charon reads as 0, is not {TIME}",
        ),
        (
            {"rekey_time": "1h30m"},
            f"rekey_time: '1h30m' is not {TIME}",
        ),
        ({"rekey_time": timedelta(seconds=1.5)}, "rekey_time: 0:00:01.500000 is not whole seconds"),
        ({"rekey_time": timedelta(seconds=-5)}, "rekey_time: '-5' is negative"),
        ({"keyingtries": 10**5000}, "keyingtries: an int of more than 64 bits"),
        (
            {"fragmentation": "fource"},
            "fragmentation: 'fource' is none of yes, no, force, accept, did you mean force?",
        ),
        ({"unique": True}, "unique: 'yes' is none of never, no, replace, keep"),
        (
            {"mobike": "on"},
            "mobike: 'on' is neither yes, true, enabled, 1 nor no, false, disabled, 0",
        ),
        ({"mobike": 2}, "mobike: an int here is 1 for yes or 0 for no"),
        ({"ppk_id": ""}, "ppk_id: an empty text, which charon reads as %any"),
        (
            {"ppk_id": "x" * 512},
            "ppk_id: a text of 512 characters; charon keeps 511 and cuts the rest",
        ),
        ({"dscp": "46"}, "dscp: '46' is not binary digits, like 101110"),
        ({"dscp": "1111111"}, "dscp: '1111111' has more than six binary digits"),
        ({"vips": ["fe80::1%lo"]}, "vips[0]: 'fe80::1%lo' has a zone, which charon does not know"),
        (
            {"local": {"auth": "pubkey-sha265"}},
            "local.auth: charon would ignore 'sha265' in 'pubkey-sha265'",
        ),
        (
            {"local": {"auth": "eap-md6"}},
            "local.auth: md6 is no EAP method that charon knows; it would take any",
        ),
    ],
)
def test_the_words_of_a_refusal(config, message):
    assert refusal(config) == f"gw.{message}"


def test_only_the_first_thing_wrong_is_told():
    assert refusal({"version": 3, "xyz": 1}).startswith("gw.version")
    assert refusal({"xyz": 1, "version": 3}).startswith("gw.xyz")
