"""Who there is: the gateway moon, its peers, and how they are configured at both ends."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from anyvici import AuthConfig, ChildSaConfig, ConnConfig, PoolConfig

GATEWAY = "moon"
ADDRESS = "203.0.113.1"
LAN = "10.0.0.0/16"
MOBILE = "mobile"  # the connection of everybody who is on the way
POOL: PoolConfig = {"addrs": "10.255.0.0/24", "dns": ["10.0.0.53"]}
FEWEST, USUAL, MOST = 1, 14, 200  # peers

_MODERN = ("aes256gcm16-prfsha384-x25519", "aes256gcm16")
_COMMON = ("aes256-sha256-modp3072", "aes256-sha256")
_LEGACY = ("aes128-sha1-modp2048", "aes128-sha1")


@dataclass(frozen=True)
class Peer:
    """One peer of the gateway, and what is peculiar to it."""

    name: str
    host: str
    life: str
    """What becomes of it: a name of lives.py."""
    rate: float = 0.0
    """Octets per second that pass, on average."""
    networks: dict[str, str] = field(default_factory=dict)
    """Behind it, by the name of the CHILD_SA; none: it gets an address of ours."""
    calls: bool = False
    """Whether it initiates, not we."""
    version: int = 2
    proposals: tuple[str, str] = _MODERN
    rekey_time: str = "1h"
    inactivity: int = 0
    trap: bool = False
    is_mistaken: bool = False
    """Whether the secret at its end is another one."""

    @property
    def is_mobile(self) -> bool:
        """Whether it has no network, but an address of ours."""
        return not self.networks

    @property
    def connection(self) -> str:
        """The name of its connection at the gateway; at its own end that is its name."""
        return MOBILE if self.is_mobile else self.name

    @property
    def identity(self) -> str:
        """Who it is."""
        return f"{self.name}@example" if self.is_mobile else self.name

    @property
    def children(self) -> list[str]:
        """The names of its CHILD_SAs at the gateway."""
        return list(self.networks) or ["internet"]

    def child(self, name: str) -> str:
        """Return how a CHILD_SA is called at its own end: there is one end for all peers."""
        return f"{self.name}-{name}"


def _site(name: str, number: int, life: str, rate: float, **options: Any) -> Peer:
    networks = {"lan": f"10.{number}.0.0/16"}
    return Peer(name, f"198.51.100.{number}", life, rate, networks, **options)


def _person(name: str, number: int, rate: float) -> Peer:
    return Peer(name, f"192.0.2.{number}", "visits", rate, calls=True)


_KNOWN = [
    Peer("berlin", "198.51.100.1", "stays", 3e6, {"lan": "10.1.0.0/16", "voip": "10.101.0.0/24"}),
    _person("alice", 11, 4e5),
    _site("london", 2, "stays", 8e5, rekey_time="40s", calls=True),
    _site("nairobi", 3, "is_cut_off", 1.5e5, proposals=_COMMON),
    _site("oslo", 4, "is_seldom_used", 2e4, inactivity=8, trap=True),
    _person("bob", 12, 6e4),
    _site("acme", 5, "is_refused", 0, proposals=_COMMON, is_mistaken=True),
    _site("sydney", 6, "is_not_there", 0),
    _site("warehouse", 7, "stays", 3e4, version=1, proposals=_LEGACY, rekey_time="55s"),
    _site("tokyo", 8, "stays", 1.2e6, calls=True),
    _person("carol", 13, 1e6),
    _site("lima", 9, "is_maintained", 9e4, proposals=_COMMON),
    _site("paris", 10, "stays", 5e6, rekey_time="2m"),
    _person("dave", 14, 1.5e5),
]


def peers(number: int = USUAL) -> list[Peer]:
    """Return so many peers; they are the same each time."""
    return list(islice(_endless(), number))


def _endless() -> Iterator[Peer]:
    yield from _KNOWN
    number = len(_KNOWN)
    while True:
        for life in ("stays", "visits", "stays", "is_cut_off", "stays", "is_maintained"):
            number += 1
            rate = 1e4 * (1 + number * 7919 % 97)
            if life == "visits":
                yield _person(f"user-{number}", number, rate)
            else:
                yield _site(f"site-{number}", number, life, rate, calls=number % 3 == 0)


# The configuration at both ends.


def at_the_gateway(peer: Peer) -> ConnConfig:
    """Return the connection of a peer at the gateway; those who are on the way share one."""
    proposals, _ = peer.proposals
    shared: ConnConfig = {
        "version": 1 if peer.version == 1 else 2,
        "local_addrs": [ADDRESS],
        "proposals": [proposals],
        "dpd_delay": 4,
        "local": {"auth": "psk", "id": GATEWAY},
        "children": {name: _child_here(peer, name) for name in peer.children},
    }
    if peer.is_mobile:
        others: AuthConfig = {"auth": "eap-mschapv2", "eap_id": "%any"}
        return {**shared, "remote_addrs": ["%any"], "pools": [MOBILE], "remote": others}
    return {
        **shared,
        "remote_addrs": [peer.host],
        "remote": {"auth": "psk", "id": peer.identity},
    }


def at_the_peer(peer: Peer) -> ConnConfig:
    """Return the connection to the gateway at the end of a peer."""
    proposals, _ = peer.proposals
    shared: ConnConfig = {
        "version": 1 if peer.version == 1 else 2,
        "local_addrs": [peer.host],
        "remote_addrs": [ADDRESS],
        "proposals": [proposals],
        "rekey_time": 0,  # we are the ones who do
        "remote": {"auth": "psk", "id": GATEWAY},
        "children": {peer.child(name): _child_there(peer, name) for name in peer.children},
    }
    if peer.is_mobile:
        own: AuthConfig = {"auth": "eap-mschapv2", "id": peer.identity, "eap_id": peer.name}
        return {**shared, "vips": ["0.0.0.0"], "local": own}  # noqa: S104 (any address)
    return {**shared, "local": {"auth": "psk", "id": peer.identity}}


def _child_here(peer: Peer, name: str) -> ChildSaConfig:
    ends: ChildSaConfig = {"local_ts": ["0.0.0.0/0"]}
    if not peer.is_mobile:
        ends = {"local_ts": [LAN], "remote_ts": [peer.networks[name]]}
    return {
        **ends,
        "esp_proposals": [peer.proposals[1]],
        "rekey_time": peer.rekey_time,
        "inactivity": peer.inactivity,
        "start_action": "trap" if peer.trap else "none",
        "dpd_action": "start" if peer.life == "is_cut_off" else "none",
    }


def _child_there(peer: Peer, name: str) -> ChildSaConfig:
    ends: ChildSaConfig = {"remote_ts": ["0.0.0.0/0"]}
    if not peer.is_mobile:
        ends = {"local_ts": [peer.networks[name]], "remote_ts": [LAN]}
    # With IKEv1 nobody is told of the end of what was rekeyed: it has to end by itself.
    life_time = "10m" if peer.version == 1 else 0
    return {
        **ends,
        "esp_proposals": [peer.proposals[1]],
        "rekey_time": 0,
        "life_time": life_time,
    }
