"""Identities, proposals, hex digits and octets."""

import re
from typing import Any

from anyvici.config.values import WrongValue, limited, not_this, printable, shown

# charon fills the octets from the right, two digits each, a colon between them or none.
_HEX = re.compile("(0x)?[0-9a-fA-F]{1,2}(:?[0-9a-fA-F]{2})*")
_PROPOSAL = re.compile("[a-zA-Z0-9_ -]+")
_OID = re.compile(r"[0-9]+(\.[0-9]+)+")

# Prefixes of identities. What follows is taken as it stands, octet for octet, or as #hex.
_OF_TEXT = {"rfc822", "email", "userfqdn", "fqdn", "dns", "xmppaddr", "keyid", "uri"}
_OF_OCTETS = {"ipv4", "ipv6", "ipv4net", "ipv6net", "ipv4range", "ipv6range", "asn1gn", "asn1dn"}
_NUMBERED = re.compile(r"\{[0-9]+\}")
_REGEX = re.compile(r"(?i:asn1dn):\^.*\$")  # since 6.0.2


def proposal(value: Any) -> str:
    """Take one proposal. Which algorithms there are depends on the plugins of the daemon."""
    text = limited(value, 511)  # 2047 since 6.0.0, but an older one would cut it
    if "," in text:
        raise WrongValue(f"{shown(text)} is several proposals: give each as an item of the list")
    if not _PROPOSAL.fullmatch(text):
        raise WrongValue(f"{shown(text)} is not a proposal: algorithms joined by -, or default")
    return text


def oid(value: Any) -> str:
    """Take an object identifier. charon takes anything, and finds it in no certificate."""
    text = limited(value, 511)
    if not _OID.fullmatch(text):
        raise WrongValue(f"{shown(text)} is not an object identifier, like 1.3.6.1.4.1.36906")
    return text


def hexadecimal(value: Any) -> str:
    """Take hex digits, without or with colons. What is none, charon reads as 0."""
    text = printable(value)
    if not _HEX.fullmatch(text):
        raise WrongValue(f"{shown(text)} is not hex digits")
    return text


def identity(value: Any) -> str:
    """Take the identity of a peer."""
    return _identity(value, 511)


def owner(value: Any) -> str:
    """Take the identity of who has a secret."""
    return _identity(value, 255)


def octets(value: Any) -> str | bytes:
    """Take a certificate, key or secret. No message shows any of it."""
    data = any_octets(value)
    if not data:
        raise WrongValue("no octets")
    return data


def any_octets(value: Any) -> str | bytes:
    """Take octets, or the text that they are."""
    if not isinstance(value, str | bytes):
        raise not_this("bytes or str", value)
    return value


def _identity(value: Any, limit: int) -> str:
    if value == "":
        raise WrongValue("an empty text, which charon reads as %any")
    text = limited(value, limit)
    prefix, colon, rest = text.partition(":")
    prefix = prefix.lower()
    if text.startswith("@#"):
        hexadecimal(text[2:])
    elif colon and rest.startswith("#") and _is_prefix(prefix):
        hexadecimal(rest[1:])
    elif colon and prefix in _OF_OCTETS and not _REGEX.fullmatch(text):
        raise WrongValue(
            f"{shown(text)} is not what charon takes it for: after {prefix}: come the octets as "
            "#hex, or leave the prefix away"
        )
    return text


def _is_prefix(prefix: str) -> bool:
    return prefix in _OF_TEXT | _OF_OCTETS or _NUMBERED.fullmatch(prefix) is not None
