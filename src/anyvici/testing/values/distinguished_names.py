"""Distinguished names, from text to DER and back, and compared, as charon does it."""

import re
from typing import NamedTuple

from anyvici.testing.values import der

ROOM = 511  # charon prints an identity into a buffer of 512, one octet of it for the end
_BROKEN = "(invalid ID_DER_ASN1_DN)"
_MOST = 20  # RDNs in a name that is given as text
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")

# What an attribute is printed as, and the octets of its OID.
_ATTRIBUTES = {
    "ND": "028206010a0714",
    "UID": "0992268993f22c640101",
    "DC": "0992268993f22c640119",
    "CN": "550403",
    "SN": "550404",
    "serialNumber": "550405",
    "C": "550406",
    "L": "550407",
    "ST": "550408",
    "STREET": "550409",
    "O": "55040a",
    "OU": "55040b",
    "T": "55040c",
    "D": "55040d",
    "postalAddress": "550410",
    "postalCode": "550411",
    "N": "550429",
    "G": "55042a",
    "I": "55042b",
    "ID": "55042d",
    "dnQualifier": "55042e",
    "dmdName": "550436",
    "pseudonym": "550441",
    "E": "2a864886f70d010901",
    "unstructuredName": "2a864886f70d010902",
    "unstructuredAddress": "2a864886f70d010908",
    "employeeNumber": "6086480186f842030103",
    "TCGID": "2b060104018931010102024b",
}
_OTHER_NAMES = {
    "email": "E",
    "emailaddress": "E",
    "un": "unstructuredName",
    "ua": "unstructuredAddress",
    "en": "employeeNumber",
}
# Only printed: they cannot be given by name.
_PRINTED_ONLY = {"userCertificate": "550424", "role": "550448"}

_OIDS = {name.lower(): bytes.fromhex(oid) for name, oid in _ATTRIBUTES.items()}
_OIDS |= {other: _OIDS[name.lower()] for other, name in _OTHER_NAMES.items()}
_NAMES = {bytes.fromhex(oid): name for name, oid in (_ATTRIBUTES | _PRINTED_ONLY).items()}
_IA5 = (_OIDS["e"], _OIDS["un"])


class Rdn(NamedTuple):
    """One attribute of a name; what stands together in a SET is not kept together."""

    oid: bytes
    tag: int
    value: bytes


def encode(text: str) -> bytes | None:
    """Return the DER of a name that is given as C=XX, O=fx or /C=XX/O=fx; None if it is none."""
    text = text.lstrip(" ")
    separator = "/" if text.startswith("/") else ","
    text = text.removeprefix("/")
    rdn = re.compile(rf" *([^ ][^ =]*)[ =]+([^{separator}]*)(?:{separator}|$)")
    sets: list[bytes] = []
    position = 0
    while text[position:].strip(" "):
        match = rdn.match(text, position)
        oid = match and _OIDS.get(match[1].lower())
        if match is None or oid is None or len(sets) == _MOST:
            return None
        sets.append(_encode_rdn(oid, match[2].rstrip(" ")))
        position = match.end()
    return der.wrap(der.SEQUENCE, *sets)


def _encode_rdn(oid: bytes, value: str) -> bytes:
    tag = der.IA5_STRING if oid in _IA5 else der.PRINTABLE_STRING
    if tag == der.PRINTABLE_STRING and not _PRINTABLE.fullmatch(value):
        tag = der.UTF8_STRING
    attribute = der.wrap(der.OID, oid), der.wrap(tag, value.encode())
    return der.wrap(der.SET, der.wrap(der.SEQUENCE, *attribute))


def rdns(name: bytes) -> tuple[list[Rdn], bool]:
    """Return the attributes of a name, and whether it can be read to its end."""
    found: list[Rdn] = []
    try:
        outer = der.element(name)
        for attributes in der.elements(outer.content):
            found.extend(_attribute(each) for each in der.elements(attributes.content))
    except ValueError:
        return found, False
    return found, bool(found) and len(outer.whole) == len(name)


def _attribute(sequence: der.Element) -> Rdn:
    oid, value = der.inside(sequence.whole, der.OID)
    return Rdn(oid.content, value.tag, value.content)


def distinguished_name(name: bytes) -> str:
    """Return a name as charon prints it, the DER of a certificate's subject for one."""
    attributes, sound = rdns(name)
    texts = [f"{_type(each.oid)}={_printed(each.value)}" for each in attributes]
    text = ", ".join(texts)
    if attributes and not sound:
        text += ", " + _BROKEN
    return text if len(text) <= ROOM else _too_long(attributes)


def _too_long(attributes: list[Rdn]) -> str:
    """Return as many whole pieces as there is room for, and a word that it is not all."""
    text = ""
    for attribute in attributes:
        for piece in (f"{_type(attribute.oid)}=", _printed(attribute.value), ", "):
            if len(text) + len(piece) > ROOM:
                return (text + _BROKEN)[:ROOM]
            text += piece
    return text


def _type(oid: bytes) -> str:
    """Return the name of an attribute; charon does not look further than the OIDs it knows."""
    known = next((name for prefix, name in _NAMES.items() if oid.startswith(prefix)), None)
    return known or oid.hex(":")


def _printed(value: bytes) -> str:
    return "".join(chr(octet) if 0x20 <= octet < 0x7F else "?" for octet in value)


def wildcards(name: bytes, pattern: bytes) -> int | None:
    """Return how many attributes of a pattern match by being *; None if the name does not match."""
    if name == pattern:
        return 0
    (ours, sound), (theirs, sound_too) = rdns(name), rdns(pattern)
    if not sound or not sound_too or len(ours) != len(theirs):
        return None
    if not all(_matches(mine, its) for mine, its in zip(ours, theirs, strict=True)):
        return None
    return sum(its.value == b"*" for its in theirs)


def _matches(mine: Rdn, its: Rdn) -> bool:
    if mine.oid != its.oid:
        return False
    if its.value == b"*" or mine.value == its.value:
        return True
    caseless = mine.tag == der.PRINTABLE_STRING or (
        mine.tag == der.IA5_STRING and mine.oid == _OIDS["e"]
    )
    return caseless and mine.tag == its.tag and mine.value.lower() == its.value.lower()
