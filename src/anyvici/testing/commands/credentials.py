"""The commands for private keys, shared secrets and tokens; with them those for certificates."""

from collections.abc import Callable

from anyvici.testing.commands.certificates import log_failure
from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import Refused
from anyvici.testing.requests import Broken, Request
from anyvici.testing.state.credentials import PrivateKey, Secret
from anyvici.testing.values.certificates import private_key_ids
from anyvici.testing.values.identities import Identity, from_hex, parse
from anyvici.testing.values.texts import cut
from anyvici.wire.message import Message

_OWNER_SIZE = 256
_OWNERS_ROOM = 511
_KEY_TYPES = ("ANY", "RSA", "ECDSA", "DSA", "ED25519", "ED448")
_SECRET_TYPES = {"ike": "IKE", "eap": "EAP", "xauth": "EAP", "ntlm": "NTLM", "ppk": "PPK"}


def load_key(gateway: Gateway, request: Request) -> Message:
    """Answer load-key."""
    kind = request.text("type")
    if kind is None:
        raise Refused("key type missing")
    if kind.upper() not in _KEY_TYPES:
        raise Refused(f"invalid key type: {kind}")
    data = request.octets("data")
    if not data:
        raise Refused("key data missing")
    ids = private_key_ids(kind, data)
    if ids is None:
        log_failure(gateway, "PRIVATE_KEY", kind.upper())
        raise Refused(f"parsing {kind.upper()} private key failed")
    gateway.log("CFG", 1, f"loaded {kind.upper()} private key")
    keys = gateway.credentials.keys
    keys[:] = [PrivateKey(*ids), *(key for key in keys if key != ids)]
    return {"success": "yes", "id": ids[0].hex()}


def unload_key(gateway: Gateway, request: Request) -> Message:
    """Answer unload-key."""
    text = request.text("id")
    if text is None:
        raise Refused("key id missing")
    key_id = from_hex(text)
    gateway.log("CFG", 1, f"unloaded private key with id {key_id.hex()}")
    for key in gateway.credentials.keys:
        if key_id in key:
            gateway.credentials.keys.remove(key)
            return {"success": "yes"}
    raise Refused("key not found")


def get_keys(gateway: Gateway, _request: Request) -> Message:
    """Answer get-keys."""
    return {"keys": [key.id.hex() for key in gateway.credentials.keys]}


def load_token(gateway: Gateway, request: Request) -> Message:
    """Answer load-token: there is no token here."""
    if request.text("handle") is None:
        raise Refused("keyid missing")
    log_failure(gateway, "PRIVATE_KEY", "ANY")
    raise Refused("loading private key from token failed")


def load_shared(gateway: Gateway, request: Request) -> Message:
    """Answer load-shared."""
    name, kind = request.text("id"), request.text("type")
    if kind is None:
        raise Refused("shared key type missing")
    if kind.lower() not in _SECRET_TYPES:
        raise Refused(f"invalid shared key type: {kind}")
    data = request.octets("data")
    if not data:
        raise Refused("shared key data missing")
    owners = _owners(request)
    secret = Secret(name, _SECRET_TYPES[kind.lower()], data, owners)
    whom = ", ".join(f"'{owner}'" for owner in owners)[:_OWNERS_ROOM]
    what = f" with id '{name}'" if name is not None else ""
    gateway.log("CFG", 1, f"loaded {secret.type} shared key{what} for: {whom}")
    secrets = gateway.credentials.secrets
    replaced = (lambda each: each.id == name) if name is not None else secret.__eq__
    secrets[:] = [secret, *(each for each in secrets if not replaced(each))]
    return {"success": "yes"}


def _owners(request: Request) -> tuple[Identity, ...]:
    """Return who a secret belongs to: everybody, if nobody is named in a list."""
    owners = []
    try:
        for entry in request.entries():
            if entry.name == "owners" and entry.item is not None:
                text = cut(entry.item, _OWNER_SIZE)
                if text is None:
                    raise Broken
                owners.append(parse(text))
    except Broken:
        raise Refused("parsing shared key owners failed") from None
    return tuple(owners) or (parse("%any"),)


def unload_shared(gateway: Gateway, request: Request) -> Message:
    """Answer unload-shared, which knows no failure but that of saying nothing."""
    name = request.text("id")
    if name is None:
        raise Refused("unique identifier missing")
    gateway.log("CFG", 1, f"unloaded shared key with id '{name}'")
    secrets = gateway.credentials.secrets
    secrets[:] = [secret for secret in secrets if secret.id != name]
    return {"success": "yes"}


def get_shared(gateway: Gateway, _request: Request) -> Message:
    """Answer get-shared."""
    secrets = gateway.credentials.secrets
    return {"keys": [secret.id for secret in secrets if secret.id is not None]}


COMMANDS: dict[str, Callable[[Gateway, Request], Message]] = {
    "load-key": load_key,
    "unload-key": unload_key,
    "get-keys": get_keys,
    "load-token": load_token,
    "load-shared": load_shared,
    "unload-shared": unload_shared,
    "get-shared": get_shared,
}
