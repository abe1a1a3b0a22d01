"""Identities: every expectation is what charon 5.9.8 has told of the same text."""

import pytest

from anyvici.testing.values.identities import identity, matches

PRINTED = {
    "moon": "moon",
    "@moon": "moon",
    "a@b.c": "a@b.c",
    "@@moon": "moon",
    "@#0a0B": "0a:0b",
    "@#abc": "0a:bc",
    "@#4142": "AB",
    "@#zz": "00",
    "@#": "",
    "%any": "%any",
    "": "%any",
    "*": "%any",
    "0.0.0.0": "%any",
    "::": "%any",
    "0:0::0": "::",
    "1.2.3.4": "1.2.3.4",
    "01.2.3.4": "01.2.3.4",
    "10.1.2.3/8": "10.0.0.0/8",
    "10.0.0.0/33": "10.0.0.0/33",
    "10.0.0.0/x": "0.0.0.0/0",
    "10.0.0.1-10.0.0.9": "10.0.0.1-10.0.0.9",
    "FE80::0:1": "fe80::1",
    "fe80::1/10": "fe80::/10",
    "a:b": "a:b",
    # Prefixes of types take octets, not what one would think.
    "ipv4:1.2.3.4": "49.46.50.46",
    "ipv4:#0a000001": "10.0.0.1",
    "ipv4:#0a": "(invalid ID_IPV4_ADDR)",
    "ipv4net:10.0.0.0/8": "49.48.46.48/0",
    "fqdn:1.2.3.4": "1.2.3.4",
    "dns:#00ff41": "??A",
    "KEYID:x": "x",
    "keyid:aaaaaaaaaaaaaaaaaaaa": ":".join(["61"] * 20),
    "xmppaddr:a": "(ASN.1 general name)",
    "uri:http://x": "uri:http://x",
    "{11}:abc": "abc",
    "{}:x": "%any",
    "{99}:abc": "(unknown ID type: 99)",
    # Distinguished names, and what is none.
    "C=XX,O=fx , CN=a": "C=XX, O=fx, CN=a",
    "/C=XX/O=fx": "C=XX, O=fx",
    "c=xx, cn=a=b": "C=xx, CN=a=b",
    "emailAddress=x,UN=y,UA=z,EN=5": "E=x, unstructuredName=y, unstructuredAddress=z, "
    "employeeNumber=5",
    "C= =XX,": "C=XX",
    "C=,O=": "C=, O=",
    "C=XX,,O=fx": "C=XX,,O=fx",
    "a=b": "a=b",
    "organizationIdentifier=x": "organizationIdentifier=x",  # not before 6.0
    "OU=1," * 20 + "CN=a": "OU=1," * 20 + "CN=a",
    "asn1dn:C=XX": "",
    "asn1dn:#300d310b3009060355040613025858": "C=XX",
    "asn1dn:#300d310b300906035504061302585800": "C=XX, (invalid ID_DER_ASN1_DN)",
    "asn1dn:#300c310a300806032a03040c0141": "2a:03:04=A",
    # Cut where the buffers end.
    "x" * 600: "x" * 511,
    "EN=" + ",EN=".join(["a" * 22] * 19): (f"employeeNumber={'a' * 22}, " * 13 + "(inv"),
}


@pytest.mark.parametrize("text", PRINTED)
def test_an_identity_is_printed_as_charon_prints_it(text: str) -> None:
    assert identity(text) == PRINTED[text]


# What is configured, and whom it lets in.
MATCHING = {
    "%any": ["moon", "a@b.c", "C=XX", "10.0.0.1"],
    "moon": ["moon", "MOON"],
    "*.example.org": ["moon.example.org", "MOON.Example.org", "*.example.org"],
    "*@b.c": ["a@b.c", "A@B.C"],
    "fqdn:*": ["moon", "*.example.org"],
    "10.0.0.0/8": ["10.0.0.1", "10.0.0.0/8"],
    "10.0.0.1-10.0.0.9": ["10.0.0.9", "10.0.0.1-10.0.0.9"],
    "0.0.0.0/0": ["1.2.3.4"],
    "::/0": ["fe80::1"],
    "keyid:moon": ["keyid:moon"],
    "C=XX, O=*, CN=a": ["C=XX, O=fx, CN=a", "c=xx, o=, cn=A"],
    "E=a@b.c": ["E=A@B.c"],
    "UN=a": ["UN=a"],
    "CN=a*b": ["CN=a*b"],
}
NOT_MATCHING = {
    "moon": ["sun", "moon.example.org", "keyid:moon", "moon@"],
    "*.example.org": ["example.org", "a@moon.example.org"],
    "*@b.c": ["moon"],
    "10.0.0.0/8": ["11.0.0.1", "10.1.0.0/16", "10.0.0.1-10.0.0.9", "::1"],
    "0.0.0.0/0": ["10.0.0.0/8", "moon"],
    "C=XX, CN=a": ["CN=a, C=XX", "C=XX", "C=XX, CN=a, CN=b", "C=XX, CN=b"],
    "UN=a": ["UN=A"],
    "CN=a*b": ["CN=A*b", "CN=axb"],
}


@pytest.mark.parametrize("pattern", MATCHING)
def test_who_matches(pattern: str) -> None:
    assert [one for one in MATCHING[pattern] if not matches(pattern, one)] == []


@pytest.mark.parametrize("pattern", NOT_MATCHING)
def test_who_does_not(pattern: str) -> None:
    assert [one for one in NOT_MATCHING[pattern] if matches(pattern, one)] == []
