"""What the daemon told, as JSON: all of it, under stable names."""

import json

import pytest

from anyvici import (
    Algorithms,
    Certificate,
    ChildRekey,
    ChildSa,
    ConnectionConfig,
    IkeSa,
    IkeUpDown,
    InitiateResult,
    Stats,
    encode,
)
from anyvici.cli.records import record, to_json
from tests.cli.feeder import an_ike_sa

STATS = {
    "uptime": {"running": "6 minutes", "since": "Nov 22 09:03:20 2026"},
    "workers": {
        "total": "16",
        "idle": "11",
        "active": {"critical": "4", "high": "0", "medium": "1", "low": "0"},
    },
    "queues": {"critical": "0", "high": "0", "medium": "0", "low": "0"},
    "scheduled": "0",
    "ikesas": {"total": "3", "half-open": "0"},
    "mem": {"total": "5", "allocs": "1", "heap-1": {"total": "5", "allocs": "1"}},
}


def test_names_are_those_of_python_and_numbers_are_numbers() -> None:
    found = record(IkeSa.from_octets(encode(an_ike_sa(7))))
    assert found["name"] == "gw7"
    assert found["local_port"] == 4500
    assert found["initiator"] is True
    assert found["nat_local"] is False
    assert "reauth_time" not in found
    assert "raw" not in found
    assert [child["uniqueid"] for child in found["child_sas"]] == [14, 15]
    assert found["child_sas"][0]["spi_in"] == "c3b2a190"


def test_what_is_not_known_here_is_told_all_the_same() -> None:
    section = {"name": "net", "uniqueid": "1", "reqid": "1", "state": "INSTALLED", "mode": "TUNNEL"}
    news = {"new-key": "4711", "new-list": ["a"], "new-section": {"inner-key": "x"}}
    found = record(ChildSa.from_section("net-1", section | news))
    assert (found["new_key"], found["new_list"]) == ("4711", ["a"])
    assert found["new_section"] == {"inner-key": "x"}
    assert list(found)[-3:] == ["new_key", "new_list", "new_section"]


def test_sections_that_are_fields_under_other_names_are_told_once() -> None:
    conn = {
        "version": "IKEv2",
        "local-1": {"class": "EAP", "eap-type": "EAP_MD5"},
        "remote-1": {"class": "public key"},
        "remote-2": {"class": "XAuth"},
        "children": {"net": {"mode": "TUNNEL", "local-ts": ["dynamic"]}},
    }
    found = record(ConnectionConfig.from_octets(encode({"gw": conn})))
    assert not [key for key in found if "-" in key or key.endswith("_1")]
    assert [each["name"] for each in found["remote"]] == ["remote-1", "remote-2"]
    assert found["local"][0] | {"class": "EAP", "eap_type": "EAP_MD5"} == found["local"][0]
    assert found["children"][0]["local_ts"] == ["dynamic"]

    stats = record(Stats.from_section(STATS))
    assert stats["mem"] == {"total": 5, "allocs": 1, "heaps": [stats["mem"]["heaps"][0]]}
    assert stats["ikesas"] == {"total": 3, "half_open": 0}

    algorithms = record(Algorithms.from_section({"dh": {"MODP_2048": "gmp"}, "pqc": {"X": "y"}}))
    assert algorithms["ke"] == {"MODP_2048": "gmp"}
    assert algorithms["pqc"] == {"X": "y"}
    assert "dh" not in algorithms


def test_events_are_told_once() -> None:
    ike_sa = an_ike_sa(7)
    found = record(IkeUpDown.from_octets(encode({"up": True, **ike_sa})))
    assert list(found) == ["up", "ike_sa"]
    (name, section), *_ = ike_sa.items()
    old, new = section["child-sas"].values()
    children = {"net": {"old": old, "new": new}}
    event = {name: {**section, "child-sas": children}}
    assert list(record(ChildRekey.from_octets(encode(event)))) == ["ike_sa", "old", "new"]


def test_octets_are_base64() -> None:
    found = record(Certificate.from_octets(encode({"type": "X509", "data": b"\xff\x00\x30"})))
    assert found == {"type": "X509", "has_privkey": False, "data": "/wAw"}


def test_success_is_a_flag() -> None:
    assert record(InitiateResult.from_section({"success": "yes"})) == {"success": True}


@pytest.mark.parametrize("text", ["\x1b[2J", "a\udcffb", "日本", "two\nlines", '"'])
def test_a_record_is_one_line_of_ascii_and_loses_nothing(text: str) -> None:
    line = to_json({"remote_id": text})
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"remote_id": text}
