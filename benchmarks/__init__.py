"""anyvici beside its peers: `nox -s bench`, or `python -m benchmarks` in the project's folder."""
