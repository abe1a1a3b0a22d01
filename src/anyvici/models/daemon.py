"""The daemon itself: what it is, how busy it is, what it can do, what it counted."""

from typing import Self

from anyvici.models.conversion import Named, Plain, PlainMessage, field, read
from anyvici.models.sections import subsections
from anyvici.wire.message import Message, decode


class Version(PlainMessage, frozen=True, kw_only=True):
    """The daemon and the system it runs on."""

    daemon: str
    """charon, charon-systemd"""
    version: str
    """The version of strongSwan: 5.9.8."""
    sysname: str
    """Linux"""
    release: str
    """The version of the kernel."""
    machine: str
    """x86_64"""


class Uptime(Plain, frozen=True, kw_only=True):
    """How long the daemon has been running. Texts for people."""

    running: str
    """6 minutes"""
    since: str
    """Nov 22 09:03:20 2026, in the daemon's time zone"""


class Priorities(Plain, frozen=True, kw_only=True):
    """How many jobs there are of each priority."""

    critical: int
    high: int
    medium: int
    low: int


class Workers(Plain, frozen=True, kw_only=True):
    """The threads that do the work."""

    total: int
    idle: int
    """How many have nothing to do. With none left nothing is answered, neither VICI nor IKE."""
    active: Priorities
    """How many have something to do, by its priority."""


class IkeSaCounts(Plain, frozen=True, kw_only=True, rename="kebab"):
    """How many IKE_SAs there are."""

    total: int
    half_open: int
    """How many are being set up by their peer."""


class Heap(Named, frozen=True, kw_only=True):
    """One heap of the process; `name` is heap-1 and so on."""

    total: int
    """Octets in use."""
    allocs: int
    """Blocks in use."""


class Memory(Plain, frozen=True, kw_only=True):
    """All heaps of the process."""

    total: int
    """Octets in use."""
    allocs: int
    """Blocks in use."""
    heaps: list[Heap] = field(default_factory=list)

    @classmethod
    def from_section(cls, section: Message) -> Self:
        """Return what a section tells: RemoteProtocolError if it is of something else."""
        heaps = [(name, heap) for name, heap in section.items() if name.startswith("heap-")]
        return read(cls, section, {"heaps": [Heap.from_section(*heap) for heap in heaps]})


class Mallinfo(Plain, frozen=True, kw_only=True):
    """The heap as the C library sees it, in octets."""

    sbrk: int
    """Had from the system by moving the end of the data segment."""
    mmap: int
    """Had from the system by mapping memory."""
    used: int
    free: int


class Stats(PlainMessage, frozen=True, kw_only=True):
    """How busy the daemon is."""

    uptime: Uptime
    workers: Workers
    queues: Priorities
    """How many jobs wait for a thread."""
    scheduled: int
    """How many jobs wait for their time."""
    ikesas: IkeSaCounts
    plugins: list[str] = field(default_factory=list)
    """The plugins that are loaded, in order."""
    mem: Memory | None = None
    """On Windows only, and up to 5.3.5 in builds that look for leaks."""
    mallinfo: Mallinfo | None = None
    """Where the C library has it."""


class Algorithms(PlainMessage, frozen=True, kw_only=True, rename="kebab"):
    """Which plugin does which algorithm, kind by kind: `encryption["AES_CBC"]` is `"aes"`.

    A kind that the daemon does not know is empty. Kinds that are not known here are in `raw`.
    """

    encryption: dict[str, str] = field(default_factory=dict)
    integrity: dict[str, str] = field(default_factory=dict)
    aead: dict[str, str] = field(default_factory=dict)
    hasher: dict[str, str] = field(default_factory=dict)
    prf: dict[str, str] = field(default_factory=dict)
    xof: dict[str, str] = field(default_factory=dict)
    """Extendable output functions (5.5.1)."""
    kdf: dict[str, str] = field(default_factory=dict)
    """Key derivation functions (5.9.6)."""
    drbg: dict[str, str] = field(default_factory=dict)
    """Deterministic random bit generators (5.8.2)."""
    ke: dict[str, str] = field(default_factory=dict)
    """Key exchange methods; the daemon called them dh before 6.0.0."""
    rng: dict[str, str] = field(default_factory=dict)
    nonce_gen: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_section(cls, section: Message) -> Self:
        """Return what a section tells: RemoteProtocolError if it is of something else."""
        renamed = {"ke": section["dh"]} if "dh" in section else {}
        return read(cls, renamed | section, raw=section)


class Counters(Named, frozen=True, kw_only=True, rename="kebab"):
    """What was counted since the start or the last reset, for one connection or for all.

    `name` is the connection's, and "" for the counters of the whole daemon. A counter that the
    daemon does not have is 0; those that are not known here are in `raw`.
    """

    ike_rekey_init: int = 0
    """IKE_SAs rekeyed by this side."""
    ike_rekey_resp: int = 0
    """IKE_SAs rekeyed by the peer."""
    child_rekey: int = 0
    """CHILD_SAs rekeyed."""
    invalid: int = 0
    """Messages that came in and made no sense."""
    invalid_spi: int = 0
    """Messages that came in for an IKE_SA that does not exist."""
    ike_init_in_req: int = 0
    """IKE_SA_INIT requests that came in."""
    ike_init_in_resp: int = 0
    """IKE_SA_INIT responses that came in."""
    ike_init_out_req: int = 0
    """IKE_SA_INIT requests that went out."""
    ike_init_out_resp: int = 0
    """IKE_SA_INIT responses that went out."""
    ike_auth_in_req: int = 0
    """IKE_AUTH requests that came in."""
    ike_auth_in_resp: int = 0
    """IKE_AUTH responses that came in."""
    ike_auth_out_req: int = 0
    """IKE_AUTH requests that went out."""
    ike_auth_out_resp: int = 0
    """IKE_AUTH responses that went out."""
    create_child_in_req: int = 0
    """CREATE_CHILD_SA requests that came in."""
    create_child_in_resp: int = 0
    """CREATE_CHILD_SA responses that came in."""
    create_child_out_req: int = 0
    """CREATE_CHILD_SA requests that went out."""
    create_child_out_resp: int = 0
    """CREATE_CHILD_SA responses that went out."""
    info_in_req: int = 0
    """INFORMATIONAL requests that came in."""
    info_in_resp: int = 0
    """INFORMATIONAL responses that came in."""
    info_out_req: int = 0
    """INFORMATIONAL requests that went out."""
    info_out_resp: int = 0
    """INFORMATIONAL responses that went out."""

    @classmethod
    def list_from_message(cls, message: Message) -> list[Self]:
        """Return what a message tells of everything that has counters.

        Raises RemoteProtocolError for a message of something else.
        """
        return [cls.from_section(*each) for each in subsections(cls, message, "counters")]

    @classmethod
    def list_from_octets(cls, octets: bytes) -> list[Self]:
        """Return what a message tells of everything that has counters.

        Raises RemoteProtocolError for octets that are no message, or one of something else.
        """
        return cls.list_from_message(decode(octets))
