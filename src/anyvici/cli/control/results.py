"""initiate and terminate carried out, and what came of them printed."""

import anyio

from anyvici import Client, CommandError, Progress, TerminateResult
from anyvici.cli.control.attempt import Attempt, Part
from anyvici.cli.control.lines import LogLines
from anyvici.cli.control.selected import Selected
from anyvici.cli.control.sentences import is_up
from anyvici.cli.output import Output
from anyvici.cli.records import Record, record
from anyvici.cli.text import safe


async def bring_up(output: Output, attempt: Attempt, lines: LogLines, *, waits: bool) -> None:
    """See an initiate through to its end, and print what has come up."""
    began = anyio.current_time()
    with lines.shown(f"initiating {attempt.wanted}"):
        outcome = await attempt.outcome()
    seconds = round(anyio.current_time() - began, 3)
    if isinstance(outcome, CommandError):
        await _tell_of_failure(output, lines, outcome, await attempt.remains())
        raise outcome
    found = await attempt.found() if waits else None
    if waits and found is None:
        raise CommandError("initiate", f"{attempt.wanted} did not stay up", outcome.raw)
    if output.as_json:
        await output.record(_initiated(seconds, found))
    elif found is None:
        await output.line(f"initiating {safe(attempt.wanted)}, without waiting")
    else:
        await output.line(f"{safe(is_up(*found))}, {seconds:.1f}s")
    await output.drain()


def _initiated(seconds: float, found: Part | None) -> Record:
    told: Record = {"success": True, "seconds": seconds}
    if found is not None:
        ike_sa, child_sa = found
        told["ike_sa"] = record(ike_sa)
        told["ike_sa"]["child_sas"] = [] if child_sa is None else [record(child_sa)]
    return told


async def take_down(
    output: Output,
    client: Client,
    chosen: Selected,
    progress: Progress[TerminateResult],
    lines: LogLines,
    *,
    waits: bool,
) -> None:
    """See a terminate through to its end, and print how many SAs were ended."""
    try:
        with lines.shown("terminating"):
            await lines.read(progress)
    except CommandError as error:
        told = f"terminated {error.terminated} of {error.matches}; " if error.matches else ""
        await _tell_of_failure(output, lines, error, told and told + await chosen.left(client))
        raise
    result = progress.result
    if output.as_json:
        counts = {"matches": result.matches, "terminated": result.terminated}
        await output.record({"success": True, **counts})
    else:
        count = f"{result.terminated} of {result.matches}"
        await output.line(f"terminated {count}" if waits else f"terminating {count}, not waiting")
    await output.drain()


async def _tell_of_failure(
    output: Output, lines: LogLines, error: CommandError, state: str
) -> None:
    """Tell why a command has failed, and what is left; the error itself is told by the session."""
    if output.as_json:
        counts = {"matches": error.matches, "terminated": error.terminated}
        told = {key: count for key, count in counts.items() if count is not None}
        await output.record({"success": False, "errmsg": error.errmsg, **told})
    await output.drain()
    lines.explain()
    if state:
        output.say(safe(state))
