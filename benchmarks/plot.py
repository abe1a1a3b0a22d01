"""cost.svg: what an SA of a list costs, by how many there are."""

from pathlib import Path

from benchmarks.results import Outcome

# By job and contender: how it is called, its colour, and its line.
LINES = {
    ("sas_dicts", "swanctl"): ("swanctl --list-sas --raw", "#999999", "-"),
    ("sas_dicts", "official"): ("official Python client", "#d62728", "-"),
    ("sas_typed", "pure/trio"): ("anyvici, objects, pure", "#1f77b4", "-"),
    ("sas_dicts", "pure/trio"): ("anyvici, dicts, pure", "#1f77b4", "--"),
    ("sas_typed", "compiled/trio"): ("anyvici, objects, compiled", "#2ca02c", "-"),
    ("sas_dicts", "compiled/trio"): ("anyvici, dicts, compiled", "#2ca02c", "--"),
}


def points(outcomes: list[Outcome], job: str, name: str) -> list[tuple[int, float]]:
    """Return (number of SAs, us each) for a line, by number."""
    return sorted(
        (outcome.count, outcome.each(name) * 1e6)
        for outcome in outcomes
        if outcome.work.group == "plot" and outcome.work.job == job and outcome.measured.get(name)
    )


def draw(outcomes: list[Outcome], path: Path) -> bool:
    """Draw what there is into a file; tell whether there was anything."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "anyvici"  # the same figures make the same file
    matplotlib.rcParams["svg.fonttype"] = "none"  # texts stay texts: a third of the size
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    for (job, name), (label, colour, style) in LINES.items():
        if line := points(outcomes, job, name):
            axes.plot(*zip(*line, strict=True), style, color=colour, label=label, marker=".")
    drawn = bool(axes.lines)
    axes.set(xscale="log", yscale="log", xlabel="SAs in the list", ylabel="us for each of them")
    axes.grid(True, which="both", alpha=0.2)
    if drawn:
        axes.legend()
        figure.savefig(path, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    return drawn
