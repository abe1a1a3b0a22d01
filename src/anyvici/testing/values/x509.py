"""The insides of X.509 certificates, revocation lists and attribute certificates.

Read no closer than charon's plugin x509 does; ValueError or IndexError is raised for what it does
not take.
"""

from collections.abc import Iterator
from typing import NamedTuple

from anyvici.testing.values import der
from anyvici.testing.values.identities import DN, KEY_ID, Identity

_VERSION_TAG, _EXTENSIONS_TAG, _CRL_EXTENSIONS_TAG = 0xA0, 0xA3, 0xA0

_KEY_ID_OF_SUBJECT = bytes.fromhex("551d0e")
_OTHER_NAMES = bytes.fromhex("551d11")
_BASIC_CONSTRAINTS = bytes.fromhex("551d13")
_CRL_NUMBER = bytes.fromhex("551d14")
_KEY_ID_OF_AUTHORITY = bytes.fromhex("551d23")
_KEY_USES = bytes.fromhex("551d25")
_OCSP_SIGNING = bytes.fromhex("2b06010505070309")
# What may be critical: those that charon looks into.
_KNOWN = (
    {
        bytes.fromhex("551d") + bytes([last])
        for last in (14, 15, 17, 19, 30, 31, 32, 33, 35, 36, 37, 54)
    }
    | {bytes.fromhex("2b06010505070101"), bytes.fromhex("2b06010505070107")}
    | {bytes.fromhex("6086480186f84201") + bytes([last]) for last in (3, 4, 8, 13)}
)
# The types of identities by the tags of other names.
_NAME_TYPES = {0x81: 3, 0x82: 2, 0xA4: DN}
_ADDRESS_TAG, _ADDRESS_TYPES = 0x87, {4: 1, 16: 5}


class Extension(NamedTuple):
    """An extension of a certificate."""

    oid: bytes
    critical: bool
    value: bytes


class X509(NamedTuple):
    """What charon needs to know of a certificate."""

    names: tuple[Identity, ...]  # the subject first
    public_key: bytes
    flags: frozenset[str]


class Issue(NamedTuple):
    """One issue of a revocation list: whose it is, and how new."""

    issuer: Identity
    authority_key_id: bytes
    number: bytes
    updated: bytes


def certificate(data: bytes) -> X509:
    """Read a certificate."""
    signed, _, _ = der.inside(data, der.SEQUENCE, der.SEQUENCE, der.BIT_STRING)[:3]
    fields = list(der.elements(signed.content))
    version = fields.pop(0) if fields[0].tag == _VERSION_TAG else None
    serial, _, issuer, _, subject, public_key = fields[:6]
    if (serial.tag, issuer.tag, subject.tag) != (der.INTEGER, der.SEQUENCE, der.SEQUENCE):
        raise ValueError("no certificate")
    extensions = [each for each in fields[6:] if each.tag == _EXTENSIONS_TAG]
    if extensions and (version is None or der.element(version.content).content != b"\2"):
        raise ValueError("extensions are for version 3")
    found = {each.oid: each for field in extensions for each in _extensions(field.content)}
    if any(each.critical and each.oid not in _KNOWN for each in found.values()):
        raise ValueError("an unknown extension is critical")
    names = [Identity(DN, subject.whole), *_other_names(found), Identity(KEY_ID, serial.content)]
    return X509((*names, *_key_id(found)), public_key.whole, _flags(found))


def _extensions(data: bytes) -> Iterator[Extension]:
    for each in der.inside(data):
        oid, *critical, value = der.inside(each.whole, der.OID)
        tags = [element.tag for element in (*critical, value)]
        if tags not in ([der.OCTET_STRING], [der.BOOLEAN, der.OCTET_STRING]):
            raise ValueError("no extension")
        yield Extension(oid.content, any(each.content != b"\0" for each in critical), value.content)


_Extensions = dict[bytes, Extension]


def _flags(extensions: _Extensions) -> frozenset[str]:
    flags = set()
    if constraints := extensions.get(_BASIC_CONSTRAINTS):
        first = der.inside(constraints.value)[:1]
        if first and first[0].tag == der.BOOLEAN and first[0].content != b"\0":
            flags.add("CA")
    uses = extensions.get(_KEY_USES)
    if uses and any(use.content == _OCSP_SIGNING for use in der.inside(uses.value)):
        flags.add("OCSP")
    return frozenset(flags)


def _key_id(extensions: _Extensions) -> Iterator[Identity]:
    if extension := extensions.get(_KEY_ID_OF_SUBJECT):
        key_id = der.element(extension.value)
        if key_id.tag != der.OCTET_STRING:
            raise ValueError("no key id")
        yield Identity(KEY_ID, key_id.content)


def _other_names(extensions: _Extensions) -> Iterator[Identity]:
    """Iterate over the subject's other names of the kinds that are identities, too."""
    extension = extensions.get(_OTHER_NAMES)
    for name in der.inside(extension.value) if extension else ():
        if name.tag == _ADDRESS_TAG and len(name.content) in _ADDRESS_TYPES:
            yield Identity(_ADDRESS_TYPES[len(name.content)], name.content)
        elif name.tag in _NAME_TYPES:
            yield Identity(_NAME_TYPES[name.tag], name.content)


def revocation_list(data: bytes) -> Issue:
    """Read a certificate revocation list."""
    signed, _, _ = der.inside(data, der.SEQUENCE, der.SEQUENCE, der.BIT_STRING)[:3]
    fields = list(der.elements(signed.content))
    if fields[0].tag == der.INTEGER:
        del fields[0]
    _, issuer, updated = fields[:3]
    if issuer.tag != der.SEQUENCE:
        raise ValueError("no revocation list")
    extensions = [each for each in fields[3:] if each.tag == _CRL_EXTENSIONS_TAG]
    found = {each.oid: each for field in extensions for each in _extensions(field.content)}
    number = der.element(found[_CRL_NUMBER].value).content if _CRL_NUMBER in found else b""
    key_id = b""
    if authority := found.get(_KEY_ID_OF_AUTHORITY):
        key_id = b"".join(e.content for e in der.inside(authority.value) if e.tag == 0x80)
    return Issue(Identity(DN, issuer.whole), key_id, number, updated.content)


def attribute_certificate(data: bytes) -> Identity:
    """Read an attribute certificate, and return whose it is."""
    signed, _, _ = der.inside(data, der.SEQUENCE, der.SEQUENCE, der.BIT_STRING)[:3]
    fields = der.inside(signed.whole, der.INTEGER, der.SEQUENCE)
    _, holder, issuer, _, serial, validity, _ = fields[:7]
    if (issuer.tag, serial.tag, validity.tag) != (0xA0, der.INTEGER, der.SEQUENCE):
        raise ValueError("no attribute certificate")
    for each in der.elements(holder.content):
        if each.tag == 0xA1:
            return Identity(DN, der.element(each.content).content)
    return Identity(0, b"")
