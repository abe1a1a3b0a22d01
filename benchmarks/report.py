"""The tables of README.md, between its two markers."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import Outcome, Spread, spread
from benchmarks.works import Target

BEGIN = "<!-- measured: from here on written by nox -s bench -->"
END = "<!-- measured: until here -->"
CODECS = ("pure", "compiled")
LOOPS = {"plain": "", "trio": "Trio", "asyncio": "asyncio", "uvloop": "uvloop"}
PLACES = {"feeder": "memory-speed daemon", "charon": "charon", "": ""}


@dataclass
class Report:
    """All that was measured, and where."""

    facts: list[str]
    left_out: list[str]
    outcomes: list[Outcome]

    def text(self) -> str:
        """Return the whole of it as Markdown."""
        parts = ["; ".join(self.facts) + "."]
        parts += [f"Left out: {each}." for each in self.left_out]
        for tell in (ratios, starts, processor, memory, many, failures):
            parts.append(tell(self.outcomes))
        return "\n\n".join(filter(None, parts))


def inserted(page: str, text: str) -> str:
    """Return a page with a text between its markers; ValueError if it does not have both, once."""
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"the page has to have {BEGIN} and {END}, once each")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def write(path: Path, text: str) -> None:
    """Put a text between the markers of a file."""
    path.write_text(inserted(path.read_text("utf-8"), text), "utf-8")


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    """Return a table; nothing if it has no rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    rule = "|---" * len(heads) + "|"
    return "\n".join([f"| {' | '.join(heads)} |", rule, *lines]) if lines else ""


def duration(seconds: float) -> str:
    """Return a time as it is best read."""
    for factor, unit in ((1e6, "us"), (1e3, "ms")):
        if seconds * factor < 999.5:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds:.3g} s"


# How many times as fast.


def ratios(outcomes: list[Outcome]) -> str:
    """Return the table of ratios."""
    rows = [
        row
        for outcome in _of("ratios", outcomes)
        for peer, target in outcome.work.against.items()
        if outcome.measured.get(peer)
        for row in _ratio_rows(outcome, peer, target)
    ]
    heads = ["work", "on", "peer", "each", *CODECS, "bare socket", "to be reached"]
    return table(heads, rows)


def _ratio_rows(outcome: Outcome, peer: str, target: Target) -> Iterable[list[str]]:
    where = PLACES[outcome.work.place]
    title = f"{outcome.title} ({where})" if where else outcome.title
    for loop, told in LOOPS.items():
        names = [f"{codec}/{loop}" for codec in CODECS]
        if any(name in outcome.measured or name in outcome.errors for name in names):
            goals = (target.pure, target.compiled)
            cells = [_cell(outcome, *pair, peer) for pair in zip(names, goals, strict=True)]
            bare = outcome.ratios("socket", peer)
            limit = f"{bare.middle:.2f}" if bare else ""
            yield [title, told, peer, duration(outcome.each(peer)), *cells, limit, str(target)]


def _cell(outcome: Outcome, name: str, goal: float | None, peer: str) -> str:
    if name in outcome.errors:
        return "failed"
    found = outcome.ratios(name, peer)
    if found is None:
        return ""
    missed = ", **missed**" if goal is not None and round(found.middle, 2) < goal else ""
    return f"{_spread(found)}{missed}"


def _spread(found: Spread, digits: int = 2) -> str:
    low, middle, high = (f"{each:.{digits}f}" for each in (found.low, found.middle, found.high))
    return f"**{middle}** ({low} to {high})"


# What else is measured.


def starts(outcomes: list[Outcome]) -> str:
    """Return how long programs take from beginning to end."""
    heads = ["start-up", "client", "ms", "under"]
    return table(heads, [row for each in _of("starts", outcomes) for row in _start_rows(each)])


def _start_rows(outcome: Outcome) -> Iterable[list[str]]:
    for name in outcome.measured:
        told, limit = _bounded(outcome, name, "seconds", 1e3)
        yield [outcome.title, name, told, limit]


def _bounded(outcome: Outcome, name: str, quantity: str, factor: float) -> tuple[str, str]:
    """Return a quantity of somebody, and its limit if there is one for ours."""
    limit = outcome.work.limit
    found = spread([value * factor for value in outcome.values(name, quantity)])
    if limit is None or "/" not in name:  # a peer may take what it takes
        return _spread(found, 1), ""
    missed = ", **missed**" if found.middle >= limit * factor else ""
    return _spread(found, 1) + missed, f"{limit * factor:.0f}"


def processor(outcomes: list[Outcome]) -> str:
    """Return the processor time of a version, of each contender."""
    rows = []
    for outcome in _of("ratios", outcomes):
        if outcome.work.name in ("version-connection", "version-client"):
            told = [name for name in outcome.measured if name != "official"]
            for name in ["official", *told] if "official" in outcome.measured else told:
                of_it = spread([v / outcome.count * 1e6 for v in outcome.values(name, "cpu")])
                where = PLACES[outcome.work.place]
                wall = duration(outcome.each(name))
                rows.append([f"{outcome.title} ({where})", name, _spread(of_it, 0), wall])
    heads = ["processor time of a round trip", "client", "us", "on the clock"]
    return table(heads, rows)


def memory(outcomes: list[Outcome]) -> str:
    """Return how much memory is taken while a list is read."""
    heads = ["memory above idle", "client", "MiB at most", "growth in the second half", "under"]
    return table(heads, [row for each in _of("memory", outcomes) for row in _memory_rows(each)])


def _memory_rows(outcome: Outcome) -> Iterable[list[str]]:
    for name in outcome.measured:
        told, limit = _bounded(outcome, name, "most", 1)
        grown = _spread(spread(outcome.values(name, "second_half")), 1)
        yield [outcome.title, name, told, grown, limit]


def many(outcomes: list[Outcome]) -> str:
    """Return what a connection with its client and subscription takes, where there are many."""
    quantities = (("kib", 1, 1), ("files", 1, 1), ("open", 1e3, 0), ("open_cpu", 1e3, 0))
    rows = [
        [
            outcome.title,
            name,
            *(
                _spread(spread([v * factor for v in outcome.values(name, quantity)]), digits)
                for quantity, factor, digits in (*quantities, ("event", 1e3, 1))
            ),
        ]
        for outcome in _of("many", outcomes)
        for name in outcome.measured
    ]
    heads = ["many", "client", "KiB each", "files each", "ms to open all", "ms of processor"]
    return table([*heads, "ms until an event is with all"], rows)


def failures(outcomes: list[Outcome]) -> str:
    """Return what has failed, and how."""
    return "\n".join(
        f"- {outcome.title} ({outcome.work.place}), {name}: failed: {error}"
        for outcome in outcomes
        for name, error in outcome.errors.items()
    )


def _of(group: str, outcomes: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.work.group == group]
