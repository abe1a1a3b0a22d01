"""The SAs of a gateway: finding them, numbering them, telling of them."""

from collections.abc import Callable
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from anyvici.testing.agenda import Appointment
from anyvici.testing.sas.policies import Policy
from anyvici.testing.sas.sa import ChildSa, End, IkeSa, group
from anyvici.testing.sas.telling import Telling
from anyvici.testing.sas.watching import Fate, Watcher
from anyvici.testing.state.configs import ChildConfig, Connection
from anyvici.testing.state.counters import Counters
from anyvici.testing.state.pools import lease

if TYPE_CHECKING:
    from anyvici.testing.gateway import Gateway, Settings

_USABLE = ("CONNECTING", "ESTABLISHED", "REKEYING")


class Registry:
    """The IKE_SAs of a gateway, in the order of their coming into being."""

    def __init__(self, gateway: "Gateway") -> None:
        self.gateway = gateway
        self.settings: Settings = gateway.settings
        self.random: Random = gateway.random
        self.counters: Counters = gateway.counters
        self.now: Callable[[], float] = gateway.agenda.now
        self.tell: Telling = Telling(gateway.tell, self.now)
        self.running = True
        self.ike_sas: list[IkeSa] = []
        self.policies: dict[tuple[str, str], Policy] = {}
        self.watchers: set[Watcher] = set()
        self.unreachable: set[str] = set()  # the connections whose peers are away
        self._ids = count(1)
        self._child_ids = count(1)
        self._reqids = count(1)

    # Looking.

    def count(self) -> tuple[int, int]:
        """Return how many IKE_SAs there are, and how many of them half-open."""
        half_open = sum(sa.state == "CONNECTING" for sa in self.ike_sas)
        return len(self.ike_sas), half_open

    def connection(self, sa: IkeSa) -> Connection:
        """Return the configuration of an IKE_SA that has one."""
        assert sa.connection is not None
        return sa.connection

    def owner(self, child: ChildSa) -> IkeSa | None:
        """Return the IKE_SA that has a CHILD_SA now, if there is one."""
        return next((sa for sa in self.ike_sas if child in sa.children), None)

    def existing(self, connection: Connection) -> IkeSa | None:
        """Return an IKE_SA that a connection can use: charon compares all but the names."""
        for sa in self.ike_sas:
            if sa.state in _USABLE and _same(sa.connection, connection):
                return sa
        return None

    def duplicate(self, sa: IkeSa, config: ChildConfig) -> ChildSa | None:
        """Return the CHILD_SA that there already is of a configuration."""
        for child in sa.children:
            if child.state == "INSTALLED" and child.config == config and child.name == config.name:
                return child
        return None

    # Secrets and addresses.

    def own_id(self, connection: Connection, host: str) -> str:
        """Return who we are in a connection: the identity, or else the address."""
        return connection.ours.id or host

    def missing_proof(self, sa: IkeSa) -> str:
        """Return what keeps us from proving who we are, as the log has it; nothing if we can."""
        ours = self.connection(sa).ours
        if ours.auth_class == "pre-shared key" and self.secret(sa) is None:
            return f"no shared key found for '{sa.local.id}' - '{sa.remote.id}'"
        if ours.auth_class == "public key":
            credentials = self.gateway.credentials
            own = ours.certs or credentials.all_certificates()
            if not any(credentials.has_private_key(each) for each in own):
                return f"no private key found for '{sa.local.id}'"
        return ""

    def secret(self, sa: IkeSa) -> bytes | None:
        """Return the secret that we share with the peer, as far as we know who it is."""
        return self.gateway.credentials.secret("IKE", sa.local.id, sa.remote.id)

    def password(self, server: str, identity: str) -> bytes | None:
        """Return the secret that an EAP server and a client of it share."""
        return self.gateway.credentials.secret("EAP", server, identity)

    def lease(self, pools: list[str], identity: str, asked: str) -> str | None:
        """Return an address out of the pools of these names, if one has any."""
        known = [self.gateway.pools[name] for name in pools if name in self.gateway.pools]
        found = lease(known, identity, asked)
        return None if found is None else found[1]

    # Making.

    def next_id(self) -> int:
        """Return the number of the next IKE_SA."""
        return next(self._ids)

    def create_child(self, sa: IkeSa, config: ChildConfig, reqid: int = 0) -> ChildSa:
        """Return a CHILD_SA that is not installed yet, with numbers of its own."""
        child = ChildSa(config, 0, reqid)
        self.number(sa, child)
        return child

    def number(self, sa: IkeSa, child: ChildSa) -> None:
        """Give a CHILD_SA its numbers. One of the same selectors has the same reqid."""
        child.uniqueid = next(self._child_ids)
        child.spi_in = self.random.getrandbits(32)
        if child.twin is not None:
            child.twin.spi_out = child.spi_in
        same = [c.reqid for c in sa.children if c.config == child.config and c.name == child.name]
        child.reqid = child.reqid or child.config.reqid or (same or [next(self._reqids)])[0]

    def successor(self, old: IkeSa, *, initiator: bool) -> IkeSa:
        """Return the IKE_SA that is to replace another."""
        local, remote = (End(end.host, end.port, end.id) for end in (old.local, old.remote))
        new = IkeSa(self.next_id(), initiator, local, remote, old.connection, old.version)
        new.initiator_spi, new.responder_spi = (self.random.getrandbits(64) for _ in range(2))
        new.proposal, new.remote_eap_id = old.proposal, old.remote_eap_id
        return new

    def create_ike(self, connection: Connection, remote: str | None = None) -> IkeSa:
        """Return an IKE_SA that is to be initiated."""
        host = self.gateway.address_of(connection.remote_addrs[0])
        local = End(self.gateway.own_address(connection), connection.local_port)
        local.id = self.own_id(connection, local.host)
        end = End(remote or host, connection.remote_port)
        end.id = connection.theirs.id or "%any"
        sa = IkeSa(self.next_id(), True, local, end, connection, connection.version or 2)
        sa.initiator_spi = self.random.getrandbits(64)
        sa.group = group(connection.proposals[0])
        return sa

    # Telling.

    def tally(self, sa: IkeSa, *names: str) -> None:
        """Count what an IKE_SA has brought about; messages of IKEv1 are not counted."""
        connection = None if sa.connection is None else sa.name
        for name in names if sa.version == 2 or names == ("child-rekey",) else ():
            self.counters.count(name, connection)

    def log(self, sa: IkeSa, group: str, level: int, text: str) -> None:
        """Log a line about an IKE_SA."""
        self.gateway.log(group, level, text, sa)

    def watch_on(self, old: IkeSa, new: IkeSa) -> None:
        """Let those who wait for an IKE_SA wait for the one that has replaced it."""
        for watcher in self.watchers:
            if watcher.ike_sa is old:
                watcher.ike_sa = new

    def happened(self, fate: Fate, sa: IkeSa, child: ChildSa | None = None) -> None:
        """Let those who wait for it know."""
        for watcher in list(self.watchers):
            watcher.happened(fate, sa, child)

    # Time.

    def later(
        self, owner: IkeSa | ChildSa, seconds: float, action: Callable[[], None]
    ) -> Appointment:
        """Do something in some seconds, unless the SA is gone by then."""

        def keep() -> None:
            owner.appointments.discard(appointment)
            action()

        appointment = self.gateway.agenda.after(seconds, keep)
        owner.appointments.add(appointment)
        return appointment

    def forget(self, owner: IkeSa | ChildSa, appointment: Appointment | None) -> None:
        """Let something not happen."""
        if appointment is not None:
            appointment.cancel()
            owner.appointments.discard(appointment)

    def jittered(self, seconds: int, spread: int) -> int:
        """Return a time less a random part of its spread, as charon makes them differ."""
        return seconds - self.random.randint(0, min(spread, seconds)) if spread > 0 else seconds


def _same(one: Connection | None, other: Connection) -> bool:
    """Compare the addresses first: there may be thousands, and most differ in them."""
    return one is not None and one.remote_addrs == other.remote_addrs and one == other
