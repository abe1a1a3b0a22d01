"""What `nox` runs: lint, types and every test; `nox -l` lists the sessions."""

import nox

nox.options.sessions = ["lint", "types", "tests"]
nox.options.error_on_external_run = True

PROJECT = nox.project.load_toml("pyproject.toml")
TEST = nox.project.dependency_groups(PROJECT, "test")
# Two processes need half the time; each that runs live tests has a pair of gateways of its own.
AT_ONCE = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
CHECK = nox.project.dependency_groups(PROJECT, "check")


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: rules and format."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict, and pyright on the public interface as users see it."""
    session.install(".[cli,testing]", *CHECK)
    session.run("mypy")
    session.run("mypy", "examples/status.py", "examples/exporter.py", "tests/typed_usage.py")
    session.run("mypy", "examples/simulated.py", env={"MYPYPATH": "examples"})
    session.run("pyright")
    session.run("pyright", "--verifytypes", "anyvici", "--ignoreexternal")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests on both backends, with real charons where there are any."""
    session.install(".[cli,testing]", *TEST)
    session.run("pytest", *(session.posargs or AT_ONCE))


@nox.session
def coverage(session: nox.Session) -> None:
    """The same once more, with coverage: all of the pure part, 97 % of everything."""
    session.install(".[cli,testing]", *TEST)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *AT_ONCE)
    session.run("coverage", "combine", "--quiet")
    pure = "*/anyvici/wire/*,*/anyvici/exceptions.py"
    session.run("coverage", "report", "--fail-under=100", f"--include={pure}")
    session.run("coverage", "report", "--fail-under=97")


@nox.session
def example(session: nox.Session) -> None:
    """examples/simulated.py: a simulated gateway, while a tunnel comes up and goes down."""
    session.install(".")
    session.run("python", "examples/simulated.py")
