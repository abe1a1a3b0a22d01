"""Waiting for an SA to be up."""

import anyio

from anyvici.client.client import Client
from anyvici.connection.pauses import growing
from anyvici.exceptions import ConnectError, ConnectionLost, LocalProtocolError
from anyvici.models.enums import ChildSaState, IkeSaState
from anyvici.models.events import ChildRekey, ChildUpDown, IkeRekey, IkeUpDown
from anyvici.models.sas import IkeSa
from anyvici.watch.feed import Feed, follow

_FIRST_PAUSE = 0.01
_LAST_PAUSE = 2.0

_News = IkeUpDown | ChildUpDown | IkeRekey | ChildRekey

_UP = {
    *(IkeSaState.ESTABLISHED, IkeSaState.REKEYING),
    *(ChildSaState.INSTALLED, ChildSaState.REKEYING),
}


async def wait_established(
    client: Client, *, ike: str | None = None, child: str | None = None
) -> IkeSa:
    """Wait until an SA is up, whoever has initiated it, and return the IKE_SA.

    `ike` is the name of an IKE_SA, `child` that of a CHILD_SA in it, or in any if `ike` is not
    given. One that is up already is returned at once. It waits through restarts of the daemon, and
    without end: give it a deadline (anyio.fail_after). Cancelled, it leaves nothing behind.

    Raises LocalProtocolError for neither of the two, ConnectError and ConnectionLost if there is no
    daemon to begin with, or a given stream is lost, and RemoteProtocolError for an event or an SA
    that is not what it should be.
    """
    if ike is None and child is None:
        raise LocalProtocolError("wait_established needs ike, child or both")
    async with follow(client, IkeUpDown, ChildUpDown, IkeRekey, ChildRekey) as feed:
        while True:
            for ike_sa in await _list(client, ike):
                if ike_sa.state in _UP and (child is None or _has(ike_sa, child)):
                    return ike_sa
            await _something_comes_up(feed, ike)


async def _list(client: Client, ike: str | None) -> list[IkeSa]:
    """List, as soon as there is a daemon."""
    pauses = growing(_FIRST_PAUSE, _LAST_PAUSE)
    while True:
        try:
            return await client.list_sas(ike=ike)
        except (ConnectError, ConnectionLost):
            if not client.reconnects:
                raise
        await anyio.sleep(next(pauses))


def _has(ike_sa: IkeSa, child: str) -> bool:
    return any(sa.name == child and sa.state in _UP for sa in ike_sa.child_sas)


async def _something_comes_up(feed: Feed[_News], ike: str | None) -> None:
    """Wait for what makes another look worthwhile; a rekeyed SA may have been in no list."""
    async for item in feed:
        match item:
            case IkeUpDown(up=True) | ChildUpDown(up=True) | ChildRekey():
                name = item.ike_sa.name
            case IkeRekey():
                name = item.new.name
            case IkeUpDown() | ChildUpDown():
                continue
            case _:  # something was missed
                return
        if ike in (None, name):
            return
