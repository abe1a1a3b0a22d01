"""What a charon holds, its SAs and its connections: reading it, waiting for it, clearing it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, suppress
from typing import Any

import anyio

from anyvici import CommandError, Connection, Event, Message
from tests.live.charon import PATIENCE

UP_AND_DOWN = ("ike-updown", "child-updown")
LIFE = (*UP_AND_DOWN, "ike-rekey", "child-rekey")
INITIATE: Message = {"child": "net", "timeout": 20_000}
TERMINATE: Message = {"ike": "gw", "timeout": 20_000}
EVERY_POLICY: Message = {"trap": "yes", "pass": "yes", "drop": "yes"}


async def list_sas(connection: Connection, **selector: Any) -> list[Message]:
    """Return the IKE_SAs, each with its configuration's name as `name`."""
    async with connection.stream("list-sas", "list-sa", selector) as items:
        return [{"name": name, **sa} async for item in items for name, sa in item.items()]


async def the_ike_sa(connection: Connection) -> Message:
    """Return the IKE_SA, which must be the only one."""
    (ike_sa,) = await list_sas(connection)
    return ike_sa


def the_child_sa(ike_sa: Message) -> Message:
    """Return the CHILD_SA of an IKE_SA that is installed, which must be one."""
    child_sas = ike_sa["child-sas"].values()
    child_sa: Message
    (child_sa,) = [child_sa for child_sa in child_sas if child_sa["state"] == "INSTALLED"]
    return child_sa


async def list_conns(connection: Connection) -> list[str]:
    """Return the names of the connections that are loaded."""
    async with connection.stream("list-conns", "list-conn") as items:
        return [name async for item in items for name in item]


async def until(name: str, events: AsyncIterator[Event]) -> list[Event]:
    """Return the events up to the next of one name; TimeoutError if it does not come."""
    seen: list[Event] = []
    with anyio.fail_after(PATIENCE):
        while not seen or seen[-1].name != name:
            seen.append(await anext(events))
    return seen


async def take(count: int, events: AsyncIterator[Event]) -> list[Event]:
    """Return the next events; TimeoutError if they do not come."""
    with anyio.fail_after(PATIENCE):
        return [await anext(events) for _ in range(count)]


async def establish(moon: Connection, *others: Connection) -> None:
    """Bring the IKE_SA gw up, and its CHILD_SA net, and wait until all have told so.

    An initiate can be answered before the event of its CHILD_SA is sent.
    """
    async with AsyncExitStack() as subscriptions:
        heard = [
            await subscriptions.enter_async_context(gateway.subscribe("child-updown"))
            for gateway in (moon, *others)
        ]
        await moon.call("initiate", INITIATE)
        for events in heard:
            await until("child-updown", events)


def story(events: Iterable[Event]) -> list[str]:
    """Return what events tell, in short: "ike-updown up", "child-rekey"."""
    return [event.name + _direction(event) for event in events]


def _direction(event: Event) -> str:
    if not event.name.endswith("-updown"):
        return ""
    return " up" if event.message.get("up") == "yes" else " down"


async def eventually(condition: Callable[..., Awaitable[bool]], *args: Any) -> None:
    """Wait until a condition holds that charon has no event for; TimeoutError if it never does."""
    with anyio.fail_after(PATIENCE):
        while not await condition(*args):
            await anyio.sleep(0.01)


async def clear(connection: Connection) -> None:
    """Remove every SA, policy, connection, pool, authority and secret, and set counters to 0."""
    await eventually(_without_sas, connection)
    async with connection.stream("list-policies", "list-policy", EVERY_POLICY) as items:
        policies = [policy async for item in items for policy in item.values()]
    names = await list_conns(connection)
    pools = await connection.call("get-pools")
    authorities = (await connection.call("get-authorities"))["authorities"]
    await connection.batch(
        [
            *[("uninstall", {"child": each["child"], "ike": each["ike"]}) for each in policies],
            *[("unload-conn", {"name": name}) for name in names],
            *[("unload-pool", {"name": name}) for name in pools],
            *[("unload-authority", {"name": name}) for name in authorities],
            ("clear-creds", None),
            ("reset-counters", {"all": True}),  # those of the connections alone
            ("reset-counters", None),
            ("reset-counters", None),  # the global ones: they are not among "all"
        ]
    )


async def _without_sas(connection: Connection) -> bool:
    ike_sas = await list_sas(connection)
    for ike_sa in ike_sas:
        selector = {"ike-id": ike_sa["uniqueid"], "force": True, "timeout": 2_000}
        with suppress(CommandError):  # it has gone by itself
            await connection.call("terminate", selector)
    return not ike_sas
