"""The rounds of authentication of a connection, as load-conn gives them."""

from pathlib import Path

from anyvici.testing.commands.options import read
from anyvici.testing.commands.readers import (
    UNDEFINED,
    Invalid,
    Reader,
    an_identity,
    number,
    one_of,
    string,
    text,
)
from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import Refused
from anyvici.testing.requests import Section
from anyvici.testing.state.configs import Round
from anyvici.testing.values.certificates import Certificate, parse_certificate
from anyvici.testing.values.numbers import strtoul
from anyvici.testing.values.texts import tokens

_PUBLIC_KEY = ("ike:", "pubkey", "rsa", "ecdsa", "bliss")
_METHODS = {"identity": 1, "md5": 4, "otp": 5, "gtc": 6, "tls": 13, "sim": 18, "ttls": 21}
_METHODS |= {"aka": 23, "peap": 25, "mschapv2": 26, "tnc": 38, "pt": 54}
_METHODS |= {"radius": 256, "dynamic": 257}  # charon's own numbers
_METHOD_NAMES = {number: f"EAP_{name.upper()}" for name, number in _METHODS.items()}
_METHOD_NAMES |= {2: "EAP_NOTIFICATION", 3: "EAP_NAK", 33: "EAP_MSTLV", 54: "EAP_PT_EAP"}
_METHOD_NAMES |= {254: "EAP_EXPANDED", 255: "EAP_EXPERIMENTAL"}
_REVOCATION = one_of({"strict": "GOOD", "ifuri": "SKIPPED", "relaxed": ""})
_SIGNING = {"rsa", "rsa/pss", "ecdsa", "bliss", "ed25519", "ed448"}
_KEYS = {"pubkey", *_SIGNING}
_HASHES = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "identity"}
_TOKEN: dict[str, Reader] = {
    "handle": string,
    "slot": number(32),
    "module": string,
    "file": string,
}


def read_round(section: Section, gateway: Gateway) -> Round:
    """Read a section local* or remote*; its certificates stay even if the rest is refused."""
    round_ = Round()
    values = {"auth": _auth(round_), "ca_id": _ca_id(round_), "revocation": _revocation(round_)}
    values |= {key: _id(round_, key) for key in ("id", "aaa_id", "eap_id", "xauth_id")}
    values["round"] = number(32)
    lists: dict[str, Reader] = {
        "groups": lambda octets, gateway: [an_identity(octets, gateway)],
        "cert_policy": lambda octets, _: [text(octets)],
        "certs": _certificates("X509", round_),
        "cacerts": _certificates("X509", round_, of_ca=True),
        "pubkeys": _certificates("PUBKEY", round_),
    }

    def from_token(name: str, section: Section) -> None:
        _read_token(name, section, gateway, round_)

    found = read(section, gateway, values, lists, from_token)
    round_.order = found.get("round", 0)
    round_.groups = found.get("groups", [])
    round_.cert_policy = found.get("cert_policy", [])
    _identify(round_, gateway)
    return round_


def _set(round_: Round, key: str, value: str, field: str = "") -> None:
    """Set what there is once in a round. charon lists first what was new last."""
    setattr(round_, field or key.replace("-", "_"), value)
    keys = [each for each, _ in round_.listed]
    if key in keys:
        round_.listed[keys.index(key)] = (key, value)
    else:
        round_.listed.insert(0, (key, value))


def _id(round_: Round, key: str) -> Reader:
    return lambda octets, gateway: _set(round_, key, an_identity(octets, gateway))


def _ca_id(round_: Round) -> Reader:
    def read_ca_id(octets: bytes, gateway: Gateway) -> None:
        round_.ca_ids.append(an_identity(octets, gateway))
        round_.listed.append(("ca_id", round_.ca_ids[-1]))

    return read_ca_id


def _revocation(round_: Round) -> Reader:
    def read_revocation(octets: bytes, gateway: Gateway) -> None:
        if found := _REVOCATION(octets, gateway):
            round_.revocation = found
            round_.listed.append(("revocation", found))

    return read_revocation


def _auth(round_: Round) -> Reader:
    def read_auth(octets: bytes, gateway: Gateway) -> None:
        auth = text(octets, 64)
        if auth.startswith(_PUBLIC_KEY):
            _set(round_, "class", "public key", "auth_class")
            _constrain(round_, auth, gateway)
        elif auth.lower() == "psk":
            _set(round_, "class", "pre-shared key", "auth_class")
        elif auth.lower().startswith("xauth"):
            _, dash, backend = auth.partition("-")
            if dash:
                _set(round_, "xauth", backend)
            _set(round_, "class", "XAuth", "auth_class")
        elif auth.lower().startswith("eap"):
            _set(round_, "class", "EAP", "auth_class")
            _read_eap(round_, auth, gateway)
        else:
            raise Invalid

    return read_auth


def _read_eap(round_: Round, auth: str, gateway: Gateway) -> None:
    method, _, constraints = auth.partition(":")
    _constrain(round_, constraints, gateway)
    number, vendor = _eap_type(tokens(method, "-"), gateway)
    if number:
        signed = (number + 2**31) % 2**32 - 2**31
        _set(round_, "eap-type", _METHOD_NAMES.get(signed, f"({signed})"))
    if number and vendor:
        _set(round_, "eap-vendor", str(vendor))


def _eap_type(parts: list[str], gateway: Gateway) -> tuple[int, int]:
    """Return the numbers of a method and of its vendor; there is no vendor without a method."""
    number = 0
    for part in parts:
        if not number and (part == "eap" or part.lower() in _METHODS):
            number = _METHODS.get(part.lower(), 0)
            continue
        value, rest = strtoul(part)
        if rest or value == UNDEFINED:
            what = "invalid EAP vendor" if number else "unknown or invalid EAP method"
            gateway.log("LIB", 1, f"{what}: {part}")
            return (0 if number else value), 0
        if number:
            return number, value % 2**32
        number = value
    return number, 0


def _constrain(round_: Round, text: str, gateway: Gateway) -> None:
    """Note which keys and signatures the peer may use, as far as it makes rounds differ."""
    key, ike = "", ""
    for token in tokens(text, "-"):
        bare = token.removeprefix("ike:")
        bits, _ = strtoul(token, 10)
        if bare in _KEYS:
            key, ike = bare, token[: -len(bare)]
        elif token in _HASHES:
            keys = {key} if key in _SIGNING else _SIGNING
            round_.constraints |= {f"{ike}{each}-{token}" for each in keys}
        elif key and bits:
            known = any(each.startswith(f"{key} ") for each in round_.constraints)
            round_.constraints |= set() if known else {f"{key} {bits}"}
        else:
            key = ""
            gateway.log("CFG", 1, f"ignoring invalid auth token: '{token}'")


def _certificates(kind: str, round_: Round, of_ca: bool = False) -> Reader:
    def read_certificate(octets: bytes, gateway: Gateway) -> list[Certificate]:
        certificate = parse_certificate(kind, octets)
        if certificate is None:
            raise Invalid
        _add(certificate, round_, gateway, of_ca)
        return []

    return read_certificate


def _add(certificate: Certificate, round_: Round, gateway: Gateway, of_ca: bool) -> None:
    credentials = gateway.credentials
    if of_ca:
        round_.cacerts.append(credentials.add_ca_certificate(certificate))
    else:
        round_.certs.append(credentials.add_certificate(certificate))


def _read_token(name: str, section: Section, gateway: Gateway, round_: Round) -> None:
    """Read a section cert* or cacert*: a certificate in a file. There are no tokens here."""
    if not name.lower().startswith(("cert", "cacert")):
        raise Refused(f"invalid section: {name}")
    found = read(section, gateway, _TOKEN)
    if not found.keys() & {"handle", "file"}:
        raise Refused(f"handle or file path missing: {name}")
    if {"handle", "file"} <= found.keys():
        raise Refused(f"handle and file path given: {name}")
    certificate = _from_file(found.get("file"))
    if certificate is None:
        raise Refused(f"unable to load certificate: {name}")
    _add(certificate, round_, gateway, of_ca=name.lower().startswith("cacert"))


def _from_file(path: str | None) -> Certificate | None:
    try:
        return parse_certificate("X509", Path(path).read_bytes()) if path else None
    except OSError:
        return None


def _identify(round_: Round, gateway: Gateway) -> None:
    """Give a round without an identity that of its certificate, or bare keys that of the round."""
    if round_.id is None and round_.certs:
        subject = round_.certs[0].subject
        gateway.log("CFG", 1, f"  id not specified, defaulting to cert subject '{subject}'")
        _set(round_, "id", subject)
    elif round_.id is not None and round_.id != "%any":
        round_.certs = [
            gateway.credentials.name(each, round_.id) if each.type == "PUBKEY" else each
            for each in round_.certs
        ]
