"""The methods of authentication: psk, pubkey-sha256, eap-tls:rsa-2048, xauth-pam.

charon is strict about the first letters and then takes anything: pubkey-sha265 is pubkey with any
hash, eap-md6 and EAP-md5 are EAP with any method.
"""

import re
from typing import Any

from anyvici.config.numbers import Quantity
from anyvici.config.values import WrongValue, limited, shown

_SHA2 = {"sha256", "sha384", "sha512"}
_HASHES = {"md5", "sha1", "sha224"} | _SHA2
_SHA3 = {"sha3_224", "sha3_256", "sha3_384", "sha3_512"}

# The kinds of keys, and what can be asked of their signatures.
_KEYS = {
    "pubkey": _HASHES | {"identity"},
    "rsa": _HASHES,
    "rsa/pss": _HASHES | _SHA3,
    "ecdsa": {"sha1"} | _SHA2,
    "ed25519": {"identity"},
    "ed448": {"identity"},
    "bliss": _SHA2,  # up to 5.x
}
_SIZED = ("rsa", "rsa/pss", "ecdsa", "bliss")
_FIRST = ("pubkey", "rsa", "ecdsa", "bliss", "ike:")

_EAP = re.compile("eap-([a-zA-Z0-9]+)(?:-([a-zA-Z0-9]+))?")
_EAP_METHODS = frozenset(
    {"identity", "md5", "otp", "gtc", "tls", "ttls", "sim", "aka", "peap", "mschapv2", "tnc"}
    | {"pt", "dynamic", "radius"}
)
_eap_number = Quantity()
_vendor = Quantity(0xFFFFFD)


def method(value: Any) -> str:
    """Take a method of authentication."""
    text = limited(value, 63)
    if text.lower() == "psk" or re.fullmatch("(?i:xauth)(-.+)?", text):
        return text
    if text.lower().startswith("eap"):
        _check_eap(text)
    elif text.startswith(_FIRST):
        _check_constraints(text, ike=True)
    else:
        raise WrongValue(f"{shown(text)} is none of psk, pubkey, rsa, ecdsa, ike:, eap and xauth")
    return text


def _check_eap(text: str) -> None:
    method, colon, constraints = text.partition(":")
    if method.lower() != "eap":
        match = _EAP.fullmatch(method)
        if match is None:
            raise WrongValue(f"{shown(text)} would be EAP with any method: write eap-md5")
        _check_eap_method(*match.groups())
    if colon:
        _check_constraints(constraints, ike=False)


def _check_eap_method(name: str, vendor: str | None) -> None:
    if name.lower() not in _EAP_METHODS and (not name[0].isdigit() or not _eap_number.read(name)):
        raise WrongValue(f"{name} is no EAP method that charon knows; it would take any")
    if vendor is not None:
        _vendor.read(vendor)


def _check_constraints(text: str, *, ike: bool) -> None:
    """Check keys and hashes: rsa-2048-sha256-ecdsa-256-sha384. Those for IKE begin with ike:."""
    known: set[str] = set()
    size = False  # whether a number may come now, the least size of the key
    for word in text.split("-"):
        key = word.removeprefix("ike:") if ike else word
        if key in _KEYS:
            known, size = _KEYS[key], key in _SIZED
            continue
        if word not in known and not (size and re.fullmatch("[1-9][0-9]*", word)):
            raise WrongValue(f"charon would ignore {word!r} in {shown(text)}")
        size = False
