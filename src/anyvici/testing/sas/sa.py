"""IKE_SAs and CHILD_SAs, and how charon tells of them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from anyvici.testing.agenda import Appointment
from anyvici.testing.state.configs import ChildConfig, Connection
from anyvici.testing.values.proposals import Proposal
from anyvici.testing.values.selectors import Selector
from anyvici.wire.message import Message

if TYPE_CHECKING:
    from anyvici.testing.sas.tasks import Task

UNNAMED = "(unnamed)"  # an IKE_SA of which the responder does not know yet whose it is
_NO_SPI = 0
_PACKET = 1400  # octets


@dataclass
class End:
    """One end of an IKE_SA."""

    host: str
    port: int = 500
    id: str = "%any"


@dataclass
class Traffic:
    """What has gone through a CHILD_SA in one direction."""

    octets: int = 0
    packets: int = 0
    last: float | None = None  # when

    def add(self, octets: int, now: float) -> None:
        """Let octets pass."""
        if octets:
            self.octets += octets
            self.packets += -(-octets // _PACKET)
            self.last = now


@dataclass(eq=False)
class ChildSa:
    """A CHILD_SA; times are those of the clock."""

    config: ChildConfig
    uniqueid: int
    reqid: int
    state: str = "CREATED"
    spi_in: int = 0
    spi_out: int = 0
    proposal: Proposal | None = None  # None until it is installed
    own_keys: bool = True  # by a key exchange; the first one of an IKE_SA derives its keys from it
    local_ts: list[Selector] = field(default_factory=list)
    remote_ts: list[Selector] = field(default_factory=list)
    installed: float = 0
    rekeying: float | None = None
    expiring: float | None = None
    inbound: Traffic = field(default_factory=Traffic)
    outbound: Traffic = field(default_factory=Traffic)
    twin: "ChildSa | None" = None  # the same at the peer, if that is simulated, too
    appointments: set[Appointment] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The name of its configuration."""
        return self.config.name

    @property
    def protocol(self) -> str:
        """ESP or AH."""
        return "ESP" if self.proposal is None else self.proposal.protocol

    @property
    def label(self) -> str:
        """How the log calls it: net{1}."""
        return f"{self.name}{{{self.uniqueid}}}"

    def carry(self, octets_in: int, octets_out: int, now: float) -> None:
        """Let octets pass: what leaves at one end comes in at the other."""
        self.inbound.add(octets_in, now)
        self.outbound.add(octets_out, now)
        if self.twin is not None:
            self.twin.inbound.add(octets_out, now)
            self.twin.outbound.add(octets_in, now)

    def describe(self) -> str:
        """Return its SPIs and selectors as the log has them."""
        local, remote = (" ".join(map(str, ts)) for ts in (self.local_ts, self.remote_ts))
        return f"SPIs {self.spi_in:08x}_i {self.spi_out:08x}_o and TS {local} === {remote}"


@dataclass(eq=False)
class IkeSa:
    """An IKE_SA; times are those of the clock."""

    uniqueid: int
    initiator: bool
    local: End
    remote: End
    connection: Connection | None = None
    version: int = 2
    state: str = "CREATED"
    initiator_spi: int = _NO_SPI
    responder_spi: int = _NO_SPI
    proposal: Proposal | None = None
    remote_eap_id: str | None = None
    group: str = ""  # the key exchange that the initiator begins with
    redirected: bool = False  # the peer was asked to go elsewhere
    established: float = 0
    rekeying: float | None = None
    reauthenticating: float | None = None
    local_vips: list[str] = field(default_factory=list)
    remote_vips: list[str] = field(default_factory=list)
    children: list[ChildSa] = field(default_factory=list)
    queued: "deque[Task]" = field(default_factory=deque)
    active: "list[Task]" = field(default_factory=list)
    passive: list[str] = field(default_factory=list)  # tasks that answer the peer, by name
    message: int = 0  # the number of our next request
    twin: "IkeSa | None" = None  # the same at the peer, if that is simulated, too
    appointments: set[Appointment] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The name of its connection."""
        return UNNAMED if self.connection is None else self.connection.name

    @property
    def label(self) -> str:
        """How the log calls it: gw[1]."""
        return f"{self.name}[{self.uniqueid}]"

    def installed(self) -> list[ChildConfig]:
        """Return the configurations of its CHILD_SAs that are in use."""
        return [child.config for child in self.children if child.state == "INSTALLED"]

    def ends(self) -> str:
        """Return both ends as the log has them."""
        ours, theirs = self.local, self.remote
        return f"{ours.host}[{ours.id}]...{theirs.host}[{theirs.id}]"


def group(proposal: Proposal | None) -> str:
    """Return the key exchange that a proposal begins with."""
    return "" if proposal is None else proposal.section().get("dh-group", "")


def ike_section(sa: IkeSa, now: float) -> Message:
    """Return how an IKE_SA is told of, in list-sa and in events."""
    return dict(_ike_items(sa, now))


def child_section(child: ChildSa, now: float) -> Message:
    """Return how a CHILD_SA is told of."""
    return dict(_child_items(child, now))


def _ike_items(sa: IkeSa, now: float) -> Iterator[tuple[str, Any]]:
    yield from {"uniqueid": sa.uniqueid, "version": sa.version, "state": sa.state}.items()
    for side, end in (("local", sa.local), ("remote", sa.remote)):
        yield from {f"{side}-host": end.host, f"{side}-port": end.port}.items()
        yield f"{side}-id", end.id
    if sa.remote_eap_id and sa.remote_eap_id != sa.remote.id:
        yield "remote-xauth-id" if sa.version == 1 else "remote-eap-id", sa.remote_eap_id
    if sa.initiator:
        yield "initiator", "yes"
    yield "initiator-spi", f"{sa.initiator_spi:016x}"
    yield "responder-spi", f"{sa.responder_spi:016x}"
    if sa.connection is not None:
        yield from _if_ids(sa.connection)
    if sa.proposal is not None:
        yield from sa.proposal.section().items()
    if sa.state == "ESTABLISHED":
        yield "established", int(now - sa.established)
        yield from _left({"rekey": sa.rekeying, "reauth": sa.reauthenticating}, now)
    tasks = {"queued": [task.name for task in sa.queued], "passive": sa.passive}
    tasks["active"] = [name for task in sa.active for name in task.names]
    lists = {"local-vips": sa.local_vips, "remote-vips": sa.remote_vips}
    lists |= {f"tasks-{kind}": tasks[kind] for kind in ("queued", "active", "passive")}
    yield from ((key, list(items)) for key, items in lists.items() if items)


def _child_items(child: ChildSa, now: float) -> Iterator[tuple[str, Any]]:
    config = child.config
    yield from {"name": child.name, "uniqueid": child.uniqueid, "reqid": child.reqid}.items()
    yield from {"state": child.state, "mode": config.mode}.items()
    if config.label:
        yield "label", config.label
    if child.proposal is not None:
        yield "protocol", child.protocol
        yield "spi-in", f"{child.spi_in:08x}"
        yield "spi-out", f"{child.spi_out:08x}"
    for side, (value, mask) in (("in", config.mark_in), ("out", config.mark_out)):
        if value or mask:
            yield f"mark-{side}", f"{value:08x}"
            if mask != 0xFFFFFFFF:
                yield f"mark-mask-{side}", f"{mask:08x}"
    yield from _if_ids(config)
    if child.proposal is not None:
        yield from child.proposal.section().items()
        yield from _traffic("in", child.inbound, now)
        yield from _traffic("out", child.outbound, now)
        yield from _left({"rekey": child.rekeying, "life": child.expiring}, now)
        yield "install-time", int(now - child.installed)
    yield "local-ts", [str(ts) for ts in child.local_ts]
    yield "remote-ts", [str(ts) for ts in child.remote_ts]


def _if_ids(config: Connection | ChildConfig) -> Iterator[tuple[str, str]]:
    for side, value in (("in", config.if_id_in), ("out", config.if_id_out)):
        if value:
            yield f"if-id-{side}", f"{value:08x}"


def _left(times: dict[str, float | None], now: float) -> Iterator[tuple[str, int]]:
    for name, when in times.items():
        if when is not None:
            yield f"{name}-time", int(when - now)


def _traffic(side: str, traffic: Traffic, now: float) -> Iterator[tuple[str, int]]:
    yield f"bytes-{side}", traffic.octets
    yield f"packets-{side}", traffic.packets
    if traffic.last is not None:
        yield f"use-{side}", int(now - traffic.last)
