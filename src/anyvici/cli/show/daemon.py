"""The daemon itself: its load, its algorithms, what it has counted."""

from collections.abc import Iterator

from anyvici import Algorithms, Counters, Priorities, Stats
from anyvici.cli.columns import Cell, Column
from anyvici.cli.output import Output
from anyvici.cli.records import record
from anyvici.cli.show.details import Details, Facts
from anyvici.cli.text import joined, safe
from anyvici.cli.units import octets

_BUSY = 2  # idle threads; with less, the daemon is about to freeze


def stats_lines(output: Output, stats: Stats) -> Iterator[str]:
    """Iterate over the lines that tell of the daemon's load."""
    return Details(output, title=14).lines(stats_facts(stats), 0)


def stats_facts(stats: Stats) -> Facts:
    """Return the daemon's load."""
    workers = stats.workers
    return {
        "uptime": f"{stats.uptime.running}, since {stats.uptime.since}",
        "worker threads": Cell(
            f"{workers.total} total, {workers.idle} idle; working: {_priorities(workers.active)}",
            "bold red" if workers.idle < _BUSY else "",
        ),
        "job queues": _priorities(stats.queues),
        "jobs scheduled": str(stats.scheduled),
        "IKE_SAs": f"{stats.ikesas.total} total, {stats.ikesas.half_open} half-open",
        "memory": _memory(stats),
        "plugins": " ".join(stats.plugins),
    }


def _priorities(jobs: Priorities) -> str:
    return f"{jobs.critical} critical, {jobs.high} high, {jobs.medium} medium, {jobs.low} low"


def _memory(stats: Stats) -> str:
    if stats.mem:
        return f"{octets(stats.mem.total)} in {stats.mem.allocs} blocks"
    if not stats.mallinfo:
        return ""
    heap = stats.mallinfo
    return joined(
        f"{octets(heap.used)} used",
        f"{octets(heap.free)} free",
        f"of {octets(heap.sbrk)} by sbrk and {octets(heap.mmap)} by mmap",
        by=", ",
    )


def algorithm_lines(output: Output, algorithms: Algorithms) -> Iterator[str]:
    """Iterate over the lines that tell which algorithms there are, with the plugin of each."""
    facts = {
        kind: " ".join(f"{name}[{plugin}]" for name, plugin in found.items())
        for kind, found in record(algorithms).items()
        if isinstance(found, dict)
    }
    return Details(output, title=10).lines(facts, 0)


EXCHANGES = {
    "IKE_INIT": "ike_init",
    "IKE_AUTH": "ike_auth",
    "CREATE_CHILD": "create_child",
    "INFO": "info",
}
WAYS = {"REQ IN": "in_req", "RESP OUT": "out_resp", "REQ OUT": "out_req", "RESP IN": "in_resp"}


class CounterLines:
    """Makes a table of the counters of each connection."""

    def __init__(self, output: Output) -> None:
        ways = [Column(title, 9, right=True) for title in WAYS]
        self._columns = output.columns(Column("NAME", 16), *ways)
        self._details = Details(output, title=14)
        self._paint = output.paint

    def header(self) -> str:
        """Return the line of titles."""
        return self._columns.header()

    def of(self, counters: Counters) -> str:
        """Return the lines of one connection, or of all together."""
        return "\n".join(self._lines(counters))

    def _lines(self, counters: Counters) -> Iterator[str]:
        yield self._paint(safe(counters.name) or "(global)", "bold")
        for title, exchange in EXCHANGES.items():
            numbers = [str(getattr(counters, f"{exchange}_{way}")) for way in WAYS.values()]
            yield self._columns.row([f"  {title}", *numbers])
        yield from self._details.lines(counter_facts(counters))


def counter_facts(counters: Counters) -> Facts:
    """Return what was counted of other things than exchanges."""
    return {
        "IKE_SAs": f"rekeyed {counters.ike_rekey_init}, by the peer {counters.ike_rekey_resp}",
        "CHILD_SAs": f"rekeyed {counters.child_rekey}",
        "invalid": f"{counters.invalid}, with an unknown SPI {counters.invalid_spi}",
    }
