"""Show what charon does: python status.py [PATH | unix:///PATH | tcp://HOST:PORT]."""

import os
import signal
import sys

import anyio

import anyvici


async def show(address: str | None) -> None:
    """Print how charon is and what SAs it has, then every SA that comes up or goes down."""
    async with anyvici.connect(address) as client:
        version, stats = await client.version(), await client.stats()
        print(f"{version.daemon} {version.version}, up for {stats.uptime.running}")
        # Subscribed before the list is asked for, nothing can happen unseen in between.
        async with client.subscribe(anyvici.IkeUpDown, anyvici.ChildUpDown) as events:
            async with client.list_sas() as ike_sas:
                async for ike_sa in ike_sas:
                    print(description(ike_sa))
            async for event in events:
                print(event.event, "up" if event.up else "down", description(event.ike_sa))


def description(ike_sa: anyvici.IkeSa) -> str:
    """Return an IKE_SA, and its CHILD_SAs, in one line."""
    parts = [f"{ike_sa.name}[{ike_sa.uniqueid}] {ike_sa.state}, {ike_sa.remote_id}"]
    parts += [f"{sa.name} {sa.state}, to {' '.join(sa.remote_ts)}" for sa in ike_sa.child_sas]
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
