"""anyvici: talk to strongSwan's IKE daemon charon over VICI, on Trio and on asyncio.

    async with anyvici.connect() as client:
        print((await client.version()).version)
        for ike_sa in await client.list_sas():
            print(ike_sa.name, ike_sa.state)

docs/reference.md lists everything, docs/design.md tells how it works, and docs/sans-io.md how to
use the protocol without async.
"""

from anyvici.client.client import Client, connect
from anyvici.client.events import Events
from anyvici.client.leased import Items
from anyvici.client.progress import Progress
from anyvici.client.tunnel import Tunnel
from anyvici.config.types import (
    AuthConfig,
    AuthorityConfig,
    CertConfig,
    ChildSaConfig,
    ConnConfig,
    PoolConfig,
)
from anyvici.connection.connection import Connection, open_connection
from anyvici.connection.streams import Stream
from anyvici.connection.subscriptions import Subscription
from anyvici.connection.transport import Address
from anyvici.exceptions import (
    BatchError,
    CommandError,
    ConnectError,
    ConnectionLost,
    EventsLost,
    LoadError,
    LocalProtocolError,
    ProtocolError,
    RemoteProtocolError,
    UnknownCommand,
    UnknownEvent,
    ViciError,
)
from anyvici.models.connections import AuthRound, ChildConfig, ConnectionConfig, Policy
from anyvici.models.credentials import Authority, Certificate
from anyvici.models.daemon import (
    Algorithms,
    Counters,
    Heap,
    IkeSaCounts,
    Mallinfo,
    Memory,
    Priorities,
    Stats,
    Uptime,
    Version,
    Workers,
)
from anyvici.models.enums import (
    AlertType,
    AuthClass,
    CertificateFlag,
    CertificateType,
    CertificateValidation,
    ChildAction,
    ChildSaState,
    IkeSaState,
    IkeVersion,
    IpsecProtocol,
    LeaseStatus,
    LogGroup,
    Mode,
    Task,
    UniquePolicy,
)
from anyvici.models.events import (
    Alert,
    ChildRekey,
    ChildUpDown,
    ControlLog,
    IkeRekey,
    IkeUpdate,
    IkeUpDown,
    Log,
    TypedEvent,
)
from anyvici.models.pools import Lease, Pool
from anyvici.models.results import InitiateResult, RedirectResult, RekeyResult, TerminateResult
from anyvici.models.sas import ChildSa, IkeSa
from anyvici.watch.changes import Added, Change, Rekeyed, Removed, Resynced, Updated
from anyvici.watch.feed import Connected, Disconnected, Feed, Gap, follow
from anyvici.watch.table import SaTable, watch_sas
from anyvici.watch.waiting import wait_established
from anyvici.wire.elements import Element, ElementType, elements
from anyvici.wire.message import Message, Sendable, blob, compiled, decode, encode
from anyvici.wire.packet import Framer, Packet, PacketType, pack, unpack
from anyvici.wire.protocol import ClientProtocol, Event, Reply, Request

__all__ = [
    "Added",
    "Address",
    "Alert",
    "AlertType",
    "Algorithms",
    "AuthClass",
    "AuthConfig",
    "AuthRound",
    "Authority",
    "AuthorityConfig",
    "BatchError",
    "CertConfig",
    "Certificate",
    "CertificateFlag",
    "CertificateType",
    "CertificateValidation",
    "Change",
    "ChildAction",
    "ChildConfig",
    "ChildRekey",
    "ChildSa",
    "ChildSaConfig",
    "ChildSaState",
    "ChildUpDown",
    "Client",
    "ClientProtocol",
    "CommandError",
    "ConnConfig",
    "ConnectError",
    "Connected",
    "Connection",
    "ConnectionConfig",
    "ConnectionLost",
    "ControlLog",
    "Counters",
    "Disconnected",
    "Element",
    "ElementType",
    "Event",
    "Events",
    "EventsLost",
    "Feed",
    "Framer",
    "Gap",
    "Heap",
    "IkeRekey",
    "IkeSa",
    "IkeSaCounts",
    "IkeSaState",
    "IkeUpDown",
    "IkeUpdate",
    "IkeVersion",
    "InitiateResult",
    "IpsecProtocol",
    "Items",
    "Lease",
    "LeaseStatus",
    "LoadError",
    "LocalProtocolError",
    "Log",
    "LogGroup",
    "Mallinfo",
    "Memory",
    "Message",
    "Mode",
    "Packet",
    "PacketType",
    "Policy",
    "Pool",
    "PoolConfig",
    "Priorities",
    "Progress",
    "ProtocolError",
    "RedirectResult",
    "RekeyResult",
    "Rekeyed",
    "RemoteProtocolError",
    "Removed",
    "Reply",
    "Request",
    "Resynced",
    "SaTable",
    "Sendable",
    "Stats",
    "Stream",
    "Subscription",
    "Task",
    "TerminateResult",
    "Tunnel",
    "TypedEvent",
    "UniquePolicy",
    "UnknownCommand",
    "UnknownEvent",
    "Updated",
    "Uptime",
    "Version",
    "ViciError",
    "Workers",
    "blob",
    "compiled",
    "connect",
    "decode",
    "elements",
    "encode",
    "follow",
    "open_connection",
    "pack",
    "unpack",
    "wait_established",
    "watch_sas",
]
