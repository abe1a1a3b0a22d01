"""initiate, terminate, rekey, redirect, install, uninstall: what acts on SAs and policies."""

import math
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Annotated, Literal

import anyio
import typer

from anyvici import (
    Client,
    RedirectResult,
    RekeyResult,
)
from anyvici.cli.app import command
from anyvici.cli.completion import child_names
from anyvici.cli.control.attempt import END_TIME, Attempt
from anyvici.cli.control.lines import LogLines
from anyvici.cli.control.others import Others
from anyvici.cli.control.results import bring_up, take_down
from anyvici.cli.control.selected import Selected
from anyvici.cli.exits import UsageError
from anyvici.cli.interrupts import interruption, last_look
from anyvici.cli.options import Child, ChildId, Ike, IkeId, Loglevel, Timeout
from anyvici.cli.output import Output
from anyvici.cli.session import Session
from anyvici.cli.text import safe

PANEL = "Control"

NOTHING_SENT = "nothing was sent"
SENT = "whether the daemon carries it out is not known"

_WAIT = 60.0  # seconds for each SA, if nothing else is said
_NO_WAIT = -1.0
_LOOK = 2.0  # seconds for finding out what an interrupted command has left

OnInterrupt = Annotated[
    Literal["leave", "terminate"],
    typer.Option("--on-interrupt", help="What becomes of what was begun, at Ctrl-C."),
]
Force = Annotated[
    bool,
    typer.Option("--force", "-f", help="Destroy IKE_SAs, at once or when the timeout is over."),
]
Reauth = Annotated[bool, typer.Option("--reauth", "-a", help="Reauthenticate IKEv2 SAs instead.")]
PeerIp = Annotated[
    str | None, typer.Option("--peer-ip", "-p", metavar="ADDRESS", help="Peers in this network.")
]
PeerId = Annotated[
    str | None,
    typer.Option("--peer-id", "-d", metavar="ID", help="Peers of this identity, with wildcards."),
]
Gateway = Annotated[
    str, typer.Option("--gateway", "-g", metavar="HOST", help="The gateway they are to go to.")
]
ChildName = Annotated[
    str,
    typer.Option("--child", "-c", metavar="NAME", help="This child.", autocompletion=child_names),
]


@command("initiate", PANEL)
async def initiate(
    session: Session,
    *,
    child: Child = None,
    ike: Ike = None,
    timeout: Annotated[float, Timeout] = _WAIT,
    loglevel: Loglevel = None,
    on_interrupt: OnInterrupt = "leave",
) -> None:
    """Bring up a CHILD_SA with its IKE_SA, or an IKE_SA alone, and wait until it is up.

    Interrupted, it tells what state it has left the daemon in; with --on-interrupt terminate it
    ends what it has begun, and only that.
    """
    if child is None and ike is None:
        raise UsageError("initiate needs --child, --ike or both")
    _check(timeout)
    lines = LogLines(session.output, loglevel)
    with interruption(session.output, NOTHING_SENT) as now:
        async with session.connect() as client, AsyncExitStack() as stack:
            others = None
            if on_interrupt == "terminate":
                with lines.shown("taking note of what is there"):
                    others = await stack.enter_async_context(Others.noted(client))
            progress = client.initiate(child=child, ike=ike, timeout=timeout, loglevel=lines.asked)
            await stack.enter_async_context(progress)
            attempt = Attempt(client, progress, lines, ike, child, others)
            try:
                await bring_up(session.output, attempt, lines, waits=timeout > 0)
            except anyio.get_cancelled_exc_class():
                now(await _after(session.output, attempt))
                raise


async def _after(output: Output, attempt: Attempt) -> str:
    """Do and tell what is to be after an interruption."""
    if attempt.others is None:
        return await last_look(_LOOK, attempt.left())
    output.say("ending what was begun (interrupted again: at once)")
    return await last_look(END_TIME + _LOOK, attempt.end())


@command("terminate", PANEL)
async def terminate(
    session: Session,
    *,
    child: Child = None,
    ike: Ike = None,
    child_id: ChildId = None,
    ike_id: IkeId = None,
    force: Force = False,
    timeout: Annotated[float | None, Timeout] = None,
    loglevel: Loglevel = None,
) -> None:
    """Take down the SAs that match, one after the other, and wait until they are gone.

    With a child everything that is given has to match, and CHILD_SAs are ended; else IKE_SAs. What
    is forced is destroyed at once, unless there is a timeout for the peer to answer in.
    """
    chosen = Selected("terminate", ike, ike_id, child, child_id)
    if timeout is None:
        timeout = _NO_WAIT if force else _WAIT
    _check(timeout)
    lines = LogLines(session.output, loglevel)
    with interruption(session.output, NOTHING_SENT) as now:
        async with session.connect() as client:
            progress = client.terminate(
                **chosen.given, force=force, timeout=timeout, loglevel=lines.asked
            )
            async with progress:
                try:
                    await take_down(
                        session.output, client, chosen, progress, lines, waits=timeout > 0
                    )
                except anyio.get_cancelled_exc_class():
                    goes_on = "" if progress.done else "the daemon goes on; "
                    now(goes_on + await last_look(_LOOK, chosen.left(client)))
                    raise


@command("rekey", PANEL)
async def rekey(
    session: Session,
    *,
    child: Child = None,
    ike: Ike = None,
    child_id: ChildId = None,
    ike_id: IkeId = None,
    reauth: Reauth = False,
) -> None:
    """Have the SAs that match replaced by new ones; this does not wait for that."""
    chosen = Selected("rekey", ike, ike_id, child, child_id)
    verb = "reauthenticating" if reauth else "rekeying"
    await _carry_out(session, verb, lambda client: client.rekey(**chosen.given, reauth=reauth))


@command("redirect", PANEL)
async def redirect(
    session: Session,
    *,
    gateway: Gateway,
    ike: Ike = None,
    ike_id: IkeId = None,
    peer_ip: PeerIp = None,
    peer_id: PeerId = None,
) -> None:
    """Tell the peers of the IKEv2 SAs that match (all that is given) to go to another gateway."""
    if ike is None and ike_id is None and peer_ip is None and peer_id is None:
        raise UsageError("redirect needs one of --ike, --ike-id, --peer-ip and --peer-id")
    await _carry_out(
        session,
        "redirecting",
        lambda client: client.redirect(
            gateway, ike=ike, ike_id=ike_id, peer_ip=peer_ip, peer_id=peer_id
        ),
    )


@command("install", PANEL)
async def install(session: Session, *, child: ChildName, ike: Ike = None) -> None:
    """Install the trap, pass or drop policy of a child."""
    await _carry_out(session, f"installed {child}", lambda client: client.install(child, ike=ike))


@command("uninstall", PANEL)
async def uninstall(session: Session, *, child: ChildName, ike: Ike = None) -> None:
    """Remove the trap, pass or drop policy of a child."""
    done = f"uninstalled {child}"
    await _carry_out(session, done, lambda client: client.uninstall(child, ike=ike))


async def _carry_out(
    session: Session,
    done: str,
    call: Callable[[Client], Awaitable[RekeyResult | RedirectResult | None]],
) -> None:
    """Carry out a short command; tell that it is done, and how many SAs have matched."""
    output = session.output
    with interruption(output, NOTHING_SENT) as now:
        async with session.connect() as client:
            now(SENT)
            result = await call(client)
    matches = None if result is None else result.matches
    if output.as_json:
        await output.record({"success": True} | ({} if matches is None else {"matches": matches}))
    else:
        how_many = "" if matches is None else f" {matches} SA{'s' if matches != 1 else ''}"
        await output.line(safe(done + how_many))


def _check(timeout: float) -> None:
    if timeout == 0 or not math.isfinite(timeout):
        raise UsageError(
            f"--timeout {timeout:g} would have a thread of the daemon wait without end: "
            "give seconds, or -1 not to wait at all"
        )
