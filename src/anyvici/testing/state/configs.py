"""What charon keeps of a connection that was loaded: values read, defaults filled in.

Times are in seconds and volumes in octets, 0 where they are off. Two connections that are equal
here share an IKE_SA, whatever their names are: charon compares all but that.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anyvici.testing.values.certificates import Certificate
    from anyvici.testing.values.proposals import Proposal
    from anyvici.testing.values.selectors import Selector


@dataclass(eq=False)
class Round:
    """One round of authentication, of us or of the peer; identities as charon prints them."""

    auth_class: str = ""  # "pre-shared key", "public key", "EAP", "XAuth", "any"; "" if not given
    eap_type: str = ""  # EAP_MD5
    eap_vendor: str = ""
    xauth: str = ""  # the backend
    revocation: str = ""  # GOOD, SKIPPED
    id: str | None = None  # None: not given, which is %any
    aaa_id: str | None = None
    eap_id: str | None = None
    xauth_id: str | None = None
    ca_ids: list[str] = field(default_factory=list)  # every ca_id, if it was given repeatedly
    groups: list[str] = field(default_factory=list)
    cert_policy: list[str] = field(default_factory=list)
    certs: "list[Certificate]" = field(default_factory=list)
    cacerts: "list[Certificate]" = field(default_factory=list)
    constraints: frozenset[str] = frozenset()  # of keys and signatures
    order: int = 0  # `round`
    listed: list[tuple[str, str]] = field(default_factory=list)  # as list-conn has it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Round) and self._compared() == other._compared()

    def _compared(self) -> list[object]:
        """Return what makes rounds differ: of lists what is in them, in whatever order."""
        groups = frozenset(self.groups), frozenset(self.cert_policy), frozenset(self.ca_ids)
        certs = (frozenset(each.der for each in them) for them in (self.certs, self.cacerts))
        values = self.auth_class, self.eap_type, self.eap_vendor, self.xauth, self.revocation
        ids = self.id, self.aaa_id, self.eap_id, self.xauth_id
        return [*values, *ids, *groups, *certs, self.constraints]


@dataclass
class ChildConfig:
    """A CHILD_SA as it is configured."""

    name: str = field(default="", compare=False)
    mode: str = "TUNNEL"  # TRANSPORT, BEET, PASS, DROP, as list-conn has it
    local_ts: "list[Selector]" = field(default_factory=list)
    remote_ts: "list[Selector]" = field(default_factory=list)
    proposals: "list[Proposal]" = field(default_factory=list)  # ESP or AH; never empty
    rekey_time: int = 3600
    life_time: int = 3960
    rand_time: int = 360
    rekey_bytes: int = 0
    rekey_packets: int = 0
    dpd_action: str = "none"  # trap, start, trap | start, as list-conn has it
    start_action: str = "none"
    close_action: str = "none"
    inactivity: int = 0
    reqid: int = 0
    label: str = ""  # hex digits
    interface: str | None = None
    priority: int = 0
    mark_in: tuple[int, int] = (0, 0)  # value and mask
    mark_out: tuple[int, int] = (0, 0)
    if_id_in: int = 0
    if_id_out: int = 0
    ipcomp: bool = False
    others: dict[str, object] = field(default_factory=dict)  # what only makes them differ


@dataclass
class Connection:
    """A connection as it is configured."""

    name: str = field(default="", compare=False)
    version: int = 0  # 0 is both: we initiate IKEv2
    local_addrs: list[str] = field(default_factory=lambda: ["%any"])
    remote_addrs: list[str] = field(default_factory=lambda: ["%any"])
    local_port: int = 500
    remote_port: int = 500
    proposals: "list[Proposal]" = field(default_factory=list)  # never empty
    vips: list[str] = field(default_factory=list)
    pools: list[str] = field(default_factory=list)
    unique: str = "UNIQUE_NO"
    rekey_time: int = 14400
    reauth_time: int = 0
    over_time: int = 1440
    rand_time: int = 1440
    dpd_delay: int = 0
    dpd_timeout: int = field(default=0, compare=False)
    if_id_in: int = 0
    if_id_out: int = 0
    ppk_id: str | None = None
    ppk_required: bool = False
    childless: str = "allow"
    others: dict[str, object] = field(default_factory=dict)  # what only makes them differ
    local: list[Round] = field(default_factory=list)
    remote: list[Round] = field(default_factory=list)
    # Last: a connection whose children alone have changed keeps its IKE_SAs. Two of them may
    # have one name.
    children: list[ChildConfig] = field(default_factory=list, compare=False)

    def child(self, name: str) -> ChildConfig | None:
        """Return the first child of a name."""
        return next((child for child in self.children if child.name == name), None)

    @property
    def ours(self) -> Round:
        """The first round in which we prove who we are."""
        return self.local[0] if self.local else Round()

    @property
    def theirs(self) -> Round:
        """The first round in which the peer does."""
        return self.remote[0] if self.remote else Round()
