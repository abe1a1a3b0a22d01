"""anyvici: talk to strongSwan's IKE daemon charon over VICI, on Trio and on asyncio.

    async with anyvici.open_connection() as connection:
        print(await connection.call("version"))

docs/design.md tells how it works, docs/sans-io.md how to use the protocol without async.
"""

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
    LocalProtocolError,
    ProtocolError,
    RemoteProtocolError,
    UnknownCommand,
    UnknownEvent,
    ViciError,
)
from anyvici.wire.message import (
    Element,
    ElementType,
    Message,
    Sendable,
    blob,
    decode,
    elements,
    encode,
)
from anyvici.wire.packet import Framer, Packet, PacketType, pack, unpack
from anyvici.wire.protocol import ClientProtocol, Event, Reply, Request

__all__ = [
    "Address",
    "BatchError",
    "ClientProtocol",
    "CommandError",
    "ConnectError",
    "Connection",
    "ConnectionLost",
    "Element",
    "ElementType",
    "Event",
    "EventsLost",
    "Framer",
    "LocalProtocolError",
    "Message",
    "Packet",
    "PacketType",
    "ProtocolError",
    "RemoteProtocolError",
    "Reply",
    "Request",
    "Sendable",
    "Stream",
    "Subscription",
    "UnknownCommand",
    "UnknownEvent",
    "ViciError",
    "blob",
    "decode",
    "elements",
    "encode",
    "open_connection",
    "pack",
    "unpack",
]
