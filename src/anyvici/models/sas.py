"""IKE_SAs and CHILD_SAs, as list-sas and the events tell of them."""

from typing import Self

from anyvici.models.conversion import Named, NamedMessage, field, read
from anyvici.models.enums import ChildSaState, IkeSaState, IpsecProtocol, Mode, Task
from anyvici.models.sections import first, repeated, subsections
from anyvici.wire.message import Message, outline


class ChildSa(Named, frozen=True, kw_only=True, rename="kebab"):
    """A CHILD_SA: the IPsec SAs of both directions and the policies that lead to them.

    `protocol`, the SPIs, algorithms, counters and times are there in the states INSTALLED,
    REKEYING, REKEYED, DELETING and DELETED.
    """

    name: str
    """The name of its configuration, not unique."""
    uniqueid: int = 0
    """Its number in this run of the daemon, new after rekeying; 0 before strongSwan 5.3.0."""
    reqid: int
    """The number that ties its policies to its SAs in the kernel; kept on rekeying."""
    state: ChildSaState
    mode: Mode
    label: str | None = None
    """The security label, in hex (5.9.6)."""
    protocol: IpsecProtocol | None = None
    encap: bool = False
    """Whether it is encapsulated in UDP."""
    spi_in: str | None = None
    """The SPI of what comes in, 8 hex digits."""
    spi_out: str | None = None
    """The SPI of what goes out, 8 hex digits."""
    cpi_in: str | None = None
    """The CPI of what comes in, 4 hex digits; only with IPComp."""
    cpi_out: str | None = None
    """The CPI of what goes out, 4 hex digits; only with IPComp."""
    mark_in: str | None = None
    """The mark of what comes in, 8 hex digits (5.5.2)."""
    mark_mask_in: str | None = None
    """The mask of mark_in, 8 hex digits; absent if it is ffffffff (5.5.2)."""
    mark_out: str | None = None
    """The mark of what goes out, 8 hex digits (5.5.2)."""
    mark_mask_out: str | None = None
    """The mask of mark_out, 8 hex digits; absent if it is ffffffff (5.5.2)."""
    if_id_in: str | None = None
    """The XFRM interface of what comes in, 8 hex digits (5.8.0)."""
    if_id_out: str | None = None
    """The XFRM interface of what goes out, 8 hex digits (5.8.0)."""
    per_cpu_sas: bool = False
    """Whether there is an SA for each CPU (6.0.2)."""
    cpu: int | None = None
    """The CPU it is bound to (6.0.2)."""
    encr_alg: str | None = None
    """The encryption algorithm: AES_CBC."""
    encr_keysize: int | None = None
    """The size of its key in bits."""
    integ_alg: str | None = None
    """The integrity algorithm: HMAC_SHA2_256_128; absent with AEAD."""
    integ_keysize: int | None = None
    """The size of its key in bits."""
    prf_alg: str | None = None
    """The pseudo-random function; sent up to 5.3.5."""
    dh_group: str | None = None
    """The key exchange: CURVE_25519; absent for the CHILD_SA made along with its IKE_SA."""
    ake1: str | None = None
    """The first additional key exchange (6.0.0)."""
    ake2: str | None = None
    """The second additional key exchange (6.0.0)."""
    ake3: str | None = None
    """The third additional key exchange (6.0.0)."""
    ake4: str | None = None
    """The fourth additional key exchange (6.0.0)."""
    ake5: str | None = None
    """The fifth additional key exchange (6.0.0)."""
    ake6: str | None = None
    """The sixth additional key exchange (6.0.0)."""
    ake7: str | None = None
    """The seventh additional key exchange (6.0.0)."""
    esn: int | None = None
    """1 if extended sequence numbers are in use."""
    bytes_in: int | None = None
    """Octets that came in."""
    packets_in: int | None = None
    """Packets that came in."""
    use_in: int | None = None
    """Seconds since the last packet came in; absent before the first."""
    bytes_out: int | None = None
    """Octets that went out."""
    packets_out: int | None = None
    """Packets that went out."""
    use_out: int | None = None
    """Seconds since the last packet went out; absent before the first."""
    rekey_time: int | None = None
    """Seconds until rekeying, negative if it is overdue; absent if there will be none."""
    life_time: int | None = None
    """Seconds until it expires, negative if it is overdue; absent if it does not."""
    install_time: int | None = None
    """Seconds since it was installed."""
    local_ts: list[str] = field(default_factory=list)
    """The traffic selectors of this side: 10.0.0.0/24, 10.0.0.1/32[tcp/http]."""
    remote_ts: list[str] = field(default_factory=list)
    """The traffic selectors of the peer."""

    @classmethod
    def from_section(cls, name: str, section: Message) -> Self:
        """Return what a section tells: RemoteProtocolError if it is of something else.

        `name` is the name of the section. It counts before 5.5.2 only; since then the CHILD_SA's
        name stands inside.
        """
        return read(cls, section, {} if "name" in section else {"name": name})


class IkeSa(NamedMessage, frozen=True, kw_only=True, rename="kebab"):
    """An IKE_SA with its CHILD_SAs.

    In events `child_sas` has the CHILD_SAs the event is about only.
    """

    name: str
    """The name of its configuration, not unique; "(unnamed)" until a responder has chosen one."""
    uniqueid: int
    """Its number in this run of the daemon; new after rekeying."""
    version: int
    """1 for IKEv1, 2 for IKEv2."""
    state: IkeSaState
    local_host: str
    """The address of this side; %any while it is not known."""
    local_port: int | None = None
    """The UDP port of this side (5.4.0)."""
    local_id: str
    """The identity of this side; %any until it is known."""
    remote_host: str
    """The address of the peer; %any while it is not known."""
    remote_port: int | None = None
    """The UDP port of the peer (5.4.0)."""
    remote_id: str
    """The identity of the peer; %any until it is known."""
    remote_xauth_id: str | None = None
    """The peer's XAuth user; only with IKEv1 and if it is not remote_id."""
    remote_eap_id: str | None = None
    """The peer's EAP identity; only with IKEv2 and if it is not remote_id."""
    initiator: bool = False
    """Whether this side initiated it; may change on rekeying."""
    initiator_spi: str
    """The initiator's SPI, 16 hex digits."""
    responder_spi: str
    """The responder's SPI, 16 hex digits; zeros while connecting."""
    nat_local: bool = False
    """Whether this side is behind a NAT (5.3.4)."""
    nat_remote: bool = False
    """Whether the peer is behind a NAT (5.3.4)."""
    nat_fake: bool = False
    """Whether a NAT is feigned to get encapsulation in UDP (5.3.4)."""
    nat_any: bool = False
    """Whether any of the other three holds (5.3.4)."""
    if_id_in: str | None = None
    """The default XFRM interface of what comes in, 8 hex digits (5.8.0)."""
    if_id_out: str | None = None
    """The default XFRM interface of what goes out, 8 hex digits (5.8.0)."""
    encr_alg: str | None = None
    """The encryption algorithm: AES_CBC; like those below absent until a proposal is chosen."""
    encr_keysize: int | None = None
    """The size of its key in bits."""
    integ_alg: str | None = None
    """The integrity algorithm: HMAC_SHA2_256_128; absent with AEAD."""
    integ_keysize: int | None = None
    """The size of its key in bits."""
    prf_alg: str | None = None
    """The pseudo-random function: PRF_HMAC_SHA2_256."""
    dh_group: str | None = None
    """The key exchange: CURVE_25519."""
    ake1: str | None = None
    """The first additional key exchange (6.0.0)."""
    ake2: str | None = None
    """The second additional key exchange (6.0.0)."""
    ake3: str | None = None
    """The third additional key exchange (6.0.0)."""
    ake4: str | None = None
    """The fourth additional key exchange (6.0.0)."""
    ake5: str | None = None
    """The fifth additional key exchange (6.0.0)."""
    ake6: str | None = None
    """The sixth additional key exchange (6.0.0)."""
    ake7: str | None = None
    """The seventh additional key exchange (6.0.0)."""
    ppk: bool = False
    """Whether a post-quantum preshared key was used (5.7.0)."""
    established: int | None = None
    """Seconds since it was established; in the state ESTABLISHED, like those below."""
    rekey_time: int | None = None
    """Seconds until rekeying, negative if it is overdue; absent if there will be none."""
    reauth_time: int | None = None
    """Seconds until reauthentication, negative if it is overdue; absent if there will be none."""
    local_vips: list[str] = field(default_factory=list)
    """The virtual addresses this side was given (5.3.4)."""
    remote_vips: list[str] = field(default_factory=list)
    """The virtual addresses the peer was given (5.3.4)."""
    tasks_queued: list[Task] = field(default_factory=list)
    """What is to be done."""
    tasks_active: list[Task] = field(default_factory=list)
    """What this side has begun and waits for the peer with."""
    tasks_passive: list[Task] = field(default_factory=list)
    """What the peer has begun."""
    child_sas: list[ChildSa] = field(default_factory=list)

    @classmethod
    def from_section(
        cls, name: str, section: Message, child_sas: list[ChildSa] | None = None
    ) -> Self:
        """Return what a section tells: RemoteProtocolError if it is of something else.

        `child_sas` is what the section holds, unless they are given.
        """
        if child_sas is None:
            sections = subsections(cls, section, "child-sas")
            child_sas = [ChildSa.from_section(*child) for child in sections]
        return read(cls, section, {"name": name, "child-sas": child_sas})

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Return what a message tells, such as a list-sa.

        Raises RemoteProtocolError for octets that are no message, or one of something else.
        """
        _, sections = outline(octets)
        name, section = first(cls, sections)
        children = subsections(cls, section, "child-sas")
        if not all("name" in child for _, child in children):
            # charon before 5.5.2: sections have plain names, and several may have the same
            children = repeated(octets, "child-sas")
        child_sas = [ChildSa.from_section(*child) for child in children]
        return cls.from_section(name, section, child_sas)
