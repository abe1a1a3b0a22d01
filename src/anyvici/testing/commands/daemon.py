"""The commands about the daemon itself: version, stats and the like."""

import platform
from collections.abc import Callable

from anyvici.testing.gateway import Gateway
from anyvici.testing.requests import Request
from anyvici.wire.message import Message

_THREADS = 16
# Busy at rest, with the plugin kernel-netlink: sender, receiver and the like; and this command.
_AT_REST = {"critical": 4, "high": 0, "medium": 1, "low": 0}
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))
_PLUGINS = [
    *("charon", "random", "nonce", "aes", "sha1", "sha2", "hmac", "kdf", "pem", "pkcs1", "pkcs8"),
    *("x509", "revocation", "constraints", "pubkey", "gmp", "curve25519", "kernel-netlink"),
    *("socket-default", "vici", "counters", "updown", "resolve", "eap-identity", "eap-md5", "md5"),
    "xauth-generic",
]
# The heap of a charon that has just been started.
_MEMORY = {"sbrk": "2297856", "mmap": "0", "used": "297840", "free": "2000016"}


def version(gateway: Gateway, _request: Request) -> Message:
    """Answer version."""
    machine = platform.uname()
    return {
        "daemon": "charon",
        "version": ".".join(str(number) for number in gateway.version),
        "sysname": machine.system,
        "release": machine.release,
        "machine": machine.machine,
    }


def stats(gateway: Gateway, _request: Request) -> Message:
    """Answer stats."""
    total, half_open = gateway.sas.count()
    active = _AT_REST | {"medium": _AT_REST["medium"] + gateway.busy}
    idle = _THREADS - sum(active.values())
    return {
        "uptime": {
            "running": duration(gateway.uptime()),
            "since": gateway.started.strftime("%b %d %H:%M:%S %Y"),
        },
        "workers": {
            "total": str(_THREADS),
            "idle": str(idle),
            "active": {name: str(number) for name, number in active.items()},
        },
        "queues": dict.fromkeys(_AT_REST, "0"),
        "scheduled": "0",
        "ikesas": {"total": str(total), "half-open": str(half_open)},
        "plugins": _PLUGINS,
        "mallinfo": _MEMORY,
    }


def duration(seconds: float) -> str:
    """Return a time as charon prints it: in the largest unit of which it is more than two."""
    number, unit = int(seconds), "second"
    for name, length in _UNITS:
        if number > 2 * length:
            number, unit = number // length, name
            break
    return f"{number} {unit}" + ("" if number == 1 else "s")


def reload_settings(_gateway: Gateway, _request: Request) -> Message:
    """Answer reload-settings: there is no strongswan.conf here."""
    return {"success": "yes"}


COMMANDS: dict[str, Callable[[Gateway, Request], Message]] = {
    "version": version,
    "stats": stats,
    "reload-settings": reload_settings,
}
