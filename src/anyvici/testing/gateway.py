"""The state of a charon: what is loaded, and the SAs. Knows nothing of the wire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from random import Random
from typing import Any

from anyvici.testing.agenda import Agenda
from anyvici.testing.sas.manager import Sas
from anyvici.testing.sas.sa import IkeSa
from anyvici.testing.state.authorities import Authority
from anyvici.testing.state.configs import Connection
from anyvici.testing.state.counters import Counters
from anyvici.testing.state.credentials import Credentials
from anyvici.testing.state.pools import Pool
from anyvici.wire.message import Message

_HERE = "192.0.2.1"  # of TEST-NET-1, as everything that nobody has given an address
_THERE = "192.0.2.2"
_THREADS = {"DMN": 0, "CFG": 1}  # which of charon's threads logs what


@dataclass
class Settings:
    """What strongswan.conf and the network would say."""

    hosts: list[str] = field(default_factory=list)  # the addresses of the gateway, all if none
    latency: float = 0.0  # seconds that an exchange with a peer takes
    retransmit_timeout: float = 4.0  # seconds until a request is sent again, growing by 1.8
    retransmit_tries: int = 5


class Gateway:
    """Everything that a restart of charon takes away."""

    def __init__(
        self,
        version: tuple[int, int, int],
        settings: Settings,
        agenda: Agenda,
        random: Random,
        tell: Callable[[str, Mapping[str, Any]], None],
    ) -> None:
        self.version = version
        self.settings = settings
        self.agenda = agenda
        self.random = random
        self.tell = tell
        self.started: datetime = datetime.now().astimezone()
        self.peers: list[Gateway] = []
        self.connections: dict[str, Connection] = {}
        self.pools: dict[str, Pool] = {}
        self.authorities: dict[str, Authority] = {}
        self.credentials: Credentials = Credentials()
        self.counters: Counters = Counters()
        self.busy = 0  # worker threads that wait for an SA
        self.sas: Sas = Sas(self)
        self._since = agenda.now()

    def uptime(self) -> float:
        """Return for how many seconds it has been running."""
        return self.agenda.now() - self._since

    def log(self, group: str, level: int, text: str, sa: IkeSa | None = None) -> None:
        """Log a line, which may be about an IKE_SA."""
        about = {}
        if sa is not None:
            about = {"ikesa-name": sa.name, "ikesa-uniqueid": str(sa.uniqueid)}
        line: Message = {"group": group, "level": str(level)}
        for watcher in list(self.sas.watchers):
            watcher.line(sa, level, line | about | {"msg": text})
        thread = {"thread": str(_THREADS.get(group, 5))}
        self.tell("log", line | thread | about | {"msg": text})

    # Where things are.

    def is_at(self, host: str) -> bool:
        """Tell whether this gateway has an address; it has all if it was given none."""
        return not self.settings.hosts or host in self.settings.hosts

    def own_address(self, connection: Connection) -> str:
        """Return the address that a connection is initiated from."""
        own = connection.local_addrs[0]
        return own if _is_address(own) else (self.settings.hosts or [_HERE])[0]

    def address_of(self, name: str) -> str:
        """Return the address of a peer; nobody is asked for that of a host."""
        return name if _is_address(name) or name.startswith("%any") else _THERE

    def release(self, address: str, identity: str) -> None:
        """Give an address back to the pool that it is from."""
        for pool in self.pools.values():
            pool.release(address, identity)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
