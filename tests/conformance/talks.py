"""What the typed tests have the gateways talk about, and how they wait for it."""

from collections.abc import Sequence
from typing import Any, TypeVar

import anyio

from anyvici import ChildSa, Client, Connection, Events, IkeSa, TypedEvent
from tests.conformance.identities import Identities
from tests.conformance.state import eventually
from tests.live.charon import PATIENCE
from tests.live.gateways import NUMBERS, PEERS, gw

E = TypeVar("E", bound=TypedEvent)

PROPOSALS = ["aes128-sha256-curve25519"]
POOL = "homes"  # of sun, for those who are on the road
PASSWORD = "what carol alone knows"


def joined(name: str, **changes: Any) -> dict[str, Any]:
    """Return the connection that joins a gateway to its peer, with changes."""
    connection: dict[str, Any] = gw(name)["gw"]
    return connection | changes


def to_nobody(number: int = 0) -> dict[str, Any]:
    """Return a connection of moon to a peer that does not answer; one of many such peers.

    Connections that are alike in all but their names share an IKE_SA.
    """
    return joined("moon", remote_addrs=[f"10.99.0.{100 + number}"])


async def load_both(
    client: Client, peer: Client, name: str, alone: bool = True, **changes: Any
) -> None:
    """Load the connection that joins both under a name, as the only one."""
    for gateway, side in ((client, "moon"), (peer, "sun")):
        if alone:
            await unload_all(gateway)
        await gateway.load_conn(name, joined(side, **changes))


async def unload_all(gateway: Client) -> None:
    for name in await gateway.get_conns():
        await gateway.unload_conn(name)


async def load_roadwarrior(client: Client, peer: Client) -> None:
    """Load `home` on both: carol gets an address from sun, by EAP-MD5."""
    child = {"esp_proposals": PROPOSALS}
    carol, sun = {"auth": "eap-md5", "id": "carol"}, {"auth": "psk", "id": "sun"}
    await client.load_conn(
        "home",
        joined(
            "moon",
            vips=["0.0.0.0"],
            local=carol,
            remote=sun,
            children={"home": child | {"remote_ts": ["10.2.0.0/16"]}},
        ),
    )
    await peer.load_pool(POOL, {"addrs": "10.3.0.0/28", "dns": ["10.2.0.53"]})
    await unload_all(peer)
    await peer.load_conn(
        "home",
        joined(
            "sun",
            pools=[POOL],
            local=sun,
            remote=carol | {"eap_id": "%any"},
            children={"home": child | {"local_ts": ["10.2.0.0/16"]}},
        ),
    )
    for gateway in (client, peer):
        await gateway.load_shared(type="EAP", id="carol", data=PASSWORD, owners=["carol"])
        await gateway.load_shared(type="IKE", id="of sun", data="sun", owners=["sun", "carol"])


async def load_pubkey(client: Client, peer: Client, identities: Identities) -> None:
    """Load `gw` on both, with certificates in the place of the secret."""
    ca = identities.ca
    for gateway, name in ((client, "moon"), (peer, "sun")):
        own = identities[name]
        await gateway.load_key(type="any", data=own.key)
        await gateway.load_cert(type="X509", data=own.certificate)
        await gateway.load_authority("tests", {"cacert": ca.certificate})
        await gateway.load_conn(
            "gw",
            joined(
                name,
                local={"auth": "pubkey", "id": own.subject, "certs": [own.certificate]},
                remote={
                    "auth": "pubkey",
                    "id": identities[PEERS[name]].subject,
                    "cacerts": [ca.certificate],
                },
            ),
        )


def net(side: str) -> str:
    """Return the network that a gateway protects."""
    return f"10.{NUMBERS[side]}.0.0/16"


# Looking and waiting.


async def the_sa(gateway: Client) -> IkeSa:
    """Return the IKE_SA, which must be the only one."""
    (ike_sa,) = await gateway.list_sas()
    return ike_sa


def the_child(ike_sa: IkeSa) -> ChildSa:
    """Return the CHILD_SA of an IKE_SA that is installed, which must be one."""
    (child_sa,) = [child for child in ike_sa.child_sas if child.state == "INSTALLED"]
    return child_sa


async def has_no_sa(gateway: Client) -> bool:
    return not await gateway.list_sas()


async def assert_down(*gateways: Client) -> None:
    """Wait until there is no SA left: the responder gets to know later than the initiator."""
    for gateway in gateways:
        await eventually(has_no_sa, gateway)


async def take(count: int, events: Events[E]) -> list[E]:
    """Return the next events; TimeoutError if they do not come."""
    with anyio.fail_after(PATIENCE):
        return [await anext(events) for _ in range(count)]


async def next_of(cls: type[E], events: Events[Any]) -> E:
    """Return the next event of a class; TimeoutError if it does not come."""
    with anyio.fail_after(PATIENCE):
        async for event in events:
            if isinstance(event, cls):
                return event
    raise AssertionError("a subscription ends with an error only")


def story(events: Sequence[Any]) -> list[tuple[str, bool, str]]:
    """Return what up and down events tell, in short."""
    return [(type(event).__name__, event.up, event.ike_sa.name) for event in events]


async def of_version(connection: Connection) -> tuple[int, ...]:
    """Return the version of charon as numbers: (5, 9, 8)."""
    version: str = (await connection.call("version"))["version"]
    return tuple(map(int, version.split(".")[:3]))
