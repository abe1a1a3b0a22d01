"""What is measured: which job, how many of it, where, by whom, and what is to be reached."""

from dataclasses import dataclass, field, replace

LOOPS = ("trio", "asyncio")
ALL_LOOPS = (*LOOPS, "uvloop")
SIZES = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)


@dataclass(frozen=True)
class Target:
    """What is to be reached, without and with the compiled codec; None: nothing in particular."""

    pure: float | None = None
    compiled: float | None = None

    def __str__(self) -> str:
        told = ["-" if t is None else f"{t:.1f}" for t in (self.pure, self.compiled)]
        return "" if told == ["-", "-"] else " / ".join(told if told[0] != told[1] else told[:1])


NONE = Target()


@dataclass(frozen=True)
class Work:
    """One work. `title` has a place for the number, which says what one of them is."""

    name: str
    title: str
    job: str
    count: int
    place: str = "feeder"
    """Where: feeder, charon, or "" if no daemon is needed."""
    lists: str = "sas"
    """Which list the feeder has."""
    kinds: tuple[str, ...] = ("official", *LOOPS)
    against: dict[str, Target] = field(default_factory=lambda: {"official": NONE})
    group: str = "ratios"
    before: str = ""
    """What is done at the gateway before: empty or fill."""
    fresh: bool = False
    """Whether each time is to be a new process."""
    limit: float | None = None
    """What is not to be exceeded: MiB of memory, seconds of a program."""
    rounds: int | None = None
    """How often at most."""
    times: int = 1
    """How often in one go, because one alone is over too soon."""
    fewest: int = 2

    def scaled(self, scale: float) -> int:
        """Return how many there are to be."""
        return max(min(self.fewest, self.count), round(self.count * scale))

    def on_trial(self) -> "Work":
        """Return the same without anything to be reached."""
        return replace(self, against=dict.fromkeys(self.against, NONE), limit=None)

    def repeated(self, scale: float) -> int:
        """Return how often in one go."""
        return max(1, round(self.times * min(scale, 1)))


def _official(pure: float | None = None, compiled: float | None = None) -> dict[str, Target]:
    return {"official": Target(pure, compiled)}


def _lists() -> list[Work]:
    lists = [
        Work("sas-dicts", "{} list-sa to dicts", "sas_dicts", 20_000, against=_official(3.5, 7)),
        Work("sas-typed", "{} list-sa to objects", "sas_typed", 20_000, against=_official(2, 3)),
    ]
    for place in ("feeder", "charon"):
        targets = (
            [_official(2.3, 3), _official(None, 2)] if place == "charon" else [_official()] * 2
        )
        for kind, told, against in zip(
            ("dicts", "typed"), ("dicts", "objects"), targets, strict=True
        ):
            lists.append(
                Work(
                    f"conns-{kind}",
                    f"{{}} list-conn to {told}",
                    f"conns_{kind}",
                    3_000,
                    place,
                    lists="conns",
                    against=against,
                    before="fill",
                )
            )
    # The target is that of who asks again; on one connection the daemon has to send all before.
    for kind, told, against in (
        ("client", "by a Client", _official(20, 20)),
        ("connection", "on the same Connection", _official()),
    ):
        title = f"{{}} list-sa left after the first, then `version`, {told}"
        job = f"sas_leave_{kind}"
        lists.append(Work(f"sas-leave-{kind}", title, job, 20_000, against=against))
    return lists


def _loads() -> list[Work]:
    targets = {"official": Target(3.4, 3.4), "swanctl": Target(4, 4)}
    kinds = ("official", "socket", *LOOPS)
    with_swanctl = ("official", "socket", "swanctl", *LOOPS)
    title, raw = "{} connections loaded", "{} connections loaded, Connection.batch"
    return [
        Work("load", title, "load", 3_000, kinds=kinds),
        Work("load", title, "load", 3_000, "charon", "", with_swanctl, targets, before="empty"),
        Work("load-batch", raw, "load_batch", 3_000, kinds=kinds),
        Work("load-batch", raw, "load_batch", 3_000, "charon", kinds=kinds, before="empty"),
    ]


def _versions() -> list[Work]:
    works = []
    for place in ("feeder", "charon"):
        for tasks, told, target in (("", "", 1.0), ("8_", " from 8 tasks", 2.5)):
            for kind, how in (("connection", "Connection.call"), ("client", "Client.version")):
                works.append(
                    Work(
                        f"version{'-8' if tasks else ''}-{kind}",
                        f"{{}} version{told}, {how}",
                        f"version_{tasks}{kind}",
                        2_000,
                        place,
                        kinds=("official", "socket", *ALL_LOOPS),
                        against=_official(target, target),
                        fewest=20,
                    )
                )
    return works


def _decoding() -> list[Work]:
    alone = ("official", "plain")
    return [
        Work("decode", "{} list-sa decoded, decode()", "decode", 2_000, "", kinds=alone),
        Work("decode", "{} list-sa decoded, IkeSa", "decode_typed", 2_000, "", kinds=alone),
    ]


def _starts() -> list[Work]:
    alone, with_swanctl = ("official", "plain"), ("official", "swanctl", "plain")
    return [
        Work(name, title, job, 1, kinds=kinds, group="starts", limit=limit)
        for name, title, job, kinds, limit in (
            ("start-import", "Python, and the import", "start_import", alone, None),
            ("start-version", "asking for the version", "start_version", with_swanctl, 1 / 3),
        )
    ]


def _memory() -> list[Work]:
    return [
        Work(
            f"memory-{kind}-{lists}",
            f"{{}} SAs to {told}, {pace}",
            f"memory_{kind}",
            100_000,
            lists=lists,
            group="memory",
            fresh=True,
            limit=limit,
            rounds=rounds,
        )
        for lists, pace, limit, rounds in (
            ("paced", "one every 40 us", 10.0, 3),
            ("sas", "as fast as memory", 10.0, 1),
        )
        for kind, told in (("dicts", "dicts"), ("typed", "objects"))
    ]


def _many() -> list[Work]:
    return [
        Work(
            f"many-{job}",
            f"{{}} connections to {told}",
            f"many_{job}",
            1_000,
            "",
            kinds=LOOPS,
            group="many",
            fresh=True,
            rounds=3,
        )
        for job, told in (("one", "one gateway"), ("each", "as many gateways"))
    ]


def _plot() -> list[Work]:
    return [
        Work(
            "plot",
            "{} SAs",
            job,
            size,
            kinds=kinds,
            group="plot",
            rounds=3,
            times=max(1, 1_000 // size),
        )
        for size in SIZES
        for job, kinds in (("sas_dicts", ("official", "swanctl", "trio")), ("sas_typed", ("trio",)))
    ]


WORKS = [
    *_lists(),
    *_loads(),
    *_versions(),
    *_decoding(),
    *_starts(),
    *_memory(),
    *_many(),
    *_plot(),
]
