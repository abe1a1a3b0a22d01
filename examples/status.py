"""Show what charon does: python status.py [PATH | unix:///PATH | tcp://HOST:PORT]."""

import os
import signal
import sys

import anyio

import anyvici


async def show(address: str | None) -> None:
    """Print how charon is and what SAs it has, then every SA that comes up or goes down."""
    async with anyvici.open_connection(address) as connection:
        version = await connection.call("version")
        stats = await connection.call("stats")
        print(f"{version['daemon']} {version['version']}, up for {stats['uptime']['running']}")
        # Subscribed before the list is asked for, nothing can happen unseen in between.
        async with connection.subscribe("ike-updown", "child-updown") as events:
            async with connection.stream("list-sas", "list-sa") as ike_sas:
                async for ike_sa in ike_sas:
                    print(description(ike_sa))
            async for event in events:
                change = "up" if "up" in event.message else "down"
                print(event.name, change, description(event.message))


def description(message: anyvici.Message) -> str:
    """Return the IKE_SA in a message, and its CHILD_SAs, in one line."""
    # A section is a dict; what else an event may have, like up=yes, is a str.
    ((name, ike_sa),) = [item for item in message.items() if isinstance(item[1], dict)]
    parts = [f"{name}[{ike_sa['uniqueid']}] {ike_sa['state']}, {ike_sa['remote-id']}"]
    children = ike_sa.get("child-sas", {}).values()
    parts += [f"{sa['name']} {sa['state']}, to {' '.join(sa['remote-ts'])}" for sa in children]
    return "; ".join(parts)


async def end_on_signal(scope: anyio.CancelScope) -> None:
    """Cancel a scope on Ctrl-C: a KeyboardInterrupt could strike anywhere, inside libraries too."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()


async def main(address: str | None) -> str | None:
    """Show it until a signal comes; return what went wrong, if anything did."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(end_on_signal, tasks.cancel_scope)
        try:
            await show(address)
        except anyvici.ViciError as error:  # ConnectError, ConnectionLost
            tasks.cancel_scope.cancel()
            return str(error)
    return None


if __name__ == "__main__":
    address = sys.argv[1] if len(sys.argv) > 1 else None
    sys.exit(anyio.run(main, address, backend=os.environ.get("BACKEND", "asyncio")))
