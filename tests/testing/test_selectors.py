"""Traffic selectors: what charon 5.9.8 makes of a text, and what gateways agree on."""

import pytest

from anyvici.testing.values.selectors import Selector, distinct, narrow

PRINTED: dict[str, str | None] = {
    "dynamic": "dynamic",
    "Dynamic": None,
    "dynamic ": None,
    "10.0.0.0/8": "10.0.0.0/8",
    "10.0.0.5/24": "10.0.0.0/24",
    "10.0.0.1": "10.0.0.1/32",
    "10.0.0.0/33": "10.0.0.0/32",
    "10.0.0.0/x": "0.0.0.0/0",
    "10.0.0.0/": "0.0.0.0/0",
    "10.0.0.0/256": "0.0.0.0/0",
    "10.0.0.0/257": "0.0.0.0/1",
    "10.0.0.0/ 8x": "10.0.0.0/8",
    "10.0.0.0/-1": None,
    "%any": "0.0.0.0/32",
    "%any6/0": "::/0",
    "fec0::5/64": "fec0::/64",
    "fec0::/129": "fec0::/128",
    "2001:DB8::A": "2001:db8::a/128",
    "::ffff:102:304": "::ffff:1.2.3.4/128",
    "::ffff:1.2.3.4": None,
    "fec0::1%eth0": None,
    "1.2.3": None,
    "010.0.0.1": None,
    " 10.0.0.1": None,
    "": None,
    "moon.example": None,
    "10.0.0.1-10.0.0.9": "10.0.0.1..10.0.0.9",
    "10.0.0.1 - 10.0.0.9": "10.0.0.1..10.0.0.9",
    "10.0.0.0-10.0.0.255": "10.0.0.0/24",
    "10.0.0.9-10.0.0.1": "10.0.0.9..10.0.0.1",
    "10.0.0.1-10.0.0.0": "10.0.0.1/31",
    "10.0.0.1--10.0.0.9": None,
    "10.0.0.1-::1": None,
    "%any-::5": "::..::5",
    "dynamic[]": "dynamic",
    "dynamic[any/any]": "dynamic",
    "dynamic[TCP]": "dynamic[tcp]",
    "dynamic[0x6]": "dynamic[tcp]",
    "dynamic[255]": "dynamic[255]",
    "dynamic[256]": None,
    "dynamic[6 ]": None,
    "dynamic[": None,
    "dynamic[tcp]x": "dynamic[tcp]",
    "dynamic[tcp]]": None,
    "dynamic[tcp/80]": "dynamic[tcp/http]",
    "dynamic[tcp/www]": "dynamic[tcp/http]",
    "dynamic[tcp/HTTP]": None,
    "dynamic[udp/http]": "dynamic[udp/80]",
    "dynamic[/80]": "dynamic[0/http]",
    "dynamic[any/514]": "dynamic[0/shell]",
    "dynamic[tcp/syslog]": "dynamic[tcp/shell]",
    "dynamic[99/80]": "dynamic[99/http]",
    "dynamic[sctp/80]": "dynamic[sctp/80]",
    "dynamic[tcp/80-81]": "dynamic[tcp/80-81]",
    "dynamic[tcp/80-]": "dynamic[tcp/80-0]",
    "dynamic[tcp/81-80]": "dynamic[tcp/81-80]",
    "dynamic[tcp/65536]": None,
    "dynamic[tcp/-80]": None,
    "dynamic[tcp/opaque]": "dynamic[tcp/OPAQUE]",
    "dynamic[6/65535-0]": "dynamic[tcp/OPAQUE]",
    "dynamic[icmp/8]": "dynamic[icmp/8]",
    "dynamic[icmp/2049]": "dynamic[icmp/8(1)]",
    "dynamic[icmp/3-1025]": "dynamic[icmp/3-4(1)]",
    "dynamic[58/1]": "dynamic[ipv6-icmp/1]",
    "10.0.0.0/8[tcp/22]": "10.0.0.0/8[tcp/ssh]",
}

AGREED = [
    (["10.2.0.0/16"], ["10.2.3.0/24[tcp]"], ["10.2.3.0/24[tcp]"]),
    (["10.2.0.0/16[tcp/80-90]"], ["0.0.0.0/0", "10.2.3.0/24[tcp]"], ["10.2.0.0/16[tcp/80-90]"]),
    (["10.2.0.0/16[udp/53]"], ["fec0::/64", "10.2.3.0/24[tcp]"], []),
    (["0.0.0.0/0"], ["10.2.0.0/16[udp/53]", "10.2.0.0/16[icmp]"], None),
    (["10.2.0.8-10.2.1.255"], ["10.2.0.5-10.2.0.9"], ["10.2.0.8/31"]),
    (["10.0.0.0/8"], ["10.2.0.0/24[any/opaque]"] * 2, ["10.2.0.0/24[0/OPAQUE]"]),
    (["10.2.0.0/16[tcp/opaque]"], ["10.2.0.0/24", "10.2.0.0/16[tcp/80]"], None),
    (["10.2.0.0/16[icmp]"], ["10.2.0.1/32[icmp/8]"], ["10.2.0.1/32[icmp/8]"]),
    (["dynamic"], ["10.2.0.0/24"], []),
]
LONGER = {3: ["10.2.0.0/16[icmp]", "10.2.0.0/16[udp/domain]"], 6: ["10.2.0.0/24[tcp/OPAQUE]"]}


def selectors(*texts: str) -> list[Selector]:
    return [selector for text in texts if (selector := Selector.parse(text))]


@pytest.mark.parametrize(("text", "printed"), PRINTED.items())
def test_reads_a_selector_as_charon_does(text: str, printed: str | None) -> None:
    selector = Selector.parse(text)
    assert (selector and str(selector)) == printed


@pytest.mark.parametrize("number", range(len(AGREED)))
def test_agrees_on_what_both_have(number: int) -> None:
    ours, theirs, agreed = AGREED[number]
    found = [str(selector) for selector in narrow(selectors(*ours), selectors(*theirs))]
    assert found == (LONGER[number] if agreed is None else agreed)


def test_leaves_out_what_is_within_another() -> None:
    given = selectors(
        *("10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8", "dynamic", "dynamic", "10.0.0.0/8[tcp]"),
        *("11.0.0.0/8[tcp/80]", "11.0.0.0/8[any/opaque]", "11.0.0.0/8", "11.0.0.0/8[tcp/opaque]"),
    )
    left = ["10.0.0.0/8", "dynamic", "dynamic", "11.0.0.0/8"]
    assert [str(selector) for selector in distinct(given)] == left


@pytest.mark.parametrize(
    ("text", "host", "resolved"),
    [
        ("dynamic", "10.0.0.1", "10.0.0.1/32"),
        ("dynamic[tcp/80]", "fec0::1", "fec0::1/128[tcp/http]"),
        ("dynamic", "%any", "0.0.0.0/0"),
        ("10.0.0.0/8", "10.0.0.1", "10.0.0.0/8"),
    ],
)
def test_dynamic_becomes_the_host(text: str, host: str, resolved: str) -> None:
    (selector,) = selectors(text)
    assert str(selector.resolve(host)) == resolved


def test_a_selector_can_be_a_key() -> None:
    assert len({*selectors("10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/8[tcp]")}) == 2
