"""What `nox` runs: lint, types and every test; `nox -l` lists the sessions."""

import os
import shutil

import nox

nox.options.sessions = ["lint", "types", "tests", "pure"]
nox.options.error_on_external_run = True

PROJECT = nox.project.load_toml("pyproject.toml")
TEST = nox.project.dependency_groups(PROJECT, "test")
# Two processes need half the time; each that runs live tests has a pair of gateways of its own.
AT_ONCE = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
CHECK = nox.project.dependency_groups(PROJECT, "check")
# The codec is compiled if it can be (see hatch_build.py); with CI=true it must be.
COMPILED = {"ANYVICI_COMPILE": "yes"} if os.environ.get("CI") == "true" else {}
PURE = {"ANYVICI_COMPILE": "no"}
CONFORMANCE = ["client_commands", "client_events", "client_names", "events", "malformed", "many"]
REACHING_THE_CODEC = [
    *[f"tests/{room}" for room in ("wire", "models", "connection", "client", "watch")],
    *[f"tests/conformance/test_{name}.py" for name in [*CONFORMANCE, "official_client", "wire"]],
]
BENCH = nox.project.dependency_groups(PROJECT, "bench")


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: rules and format."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict, and pyright on the public interface as users see it."""
    session.install(".[cli,testing]", *CHECK, env=PURE)
    session.run("mypy")
    session.run("mypy", "examples/status.py", "examples/exporter.py", "tests/typed_usage.py")
    session.run("mypy", "examples/simulated.py", env={"MYPYPATH": "examples"})
    session.run("pyright")
    session.run("pyright", "--verifytypes", "anyvici", "--ignoreexternal")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests on both backends, with real charons where there are any; the codec compiled."""
    session.install(".[cli,testing]", *TEST, env=COMPILED)
    session.run("pytest", *(session.posargs or AT_ONCE), env=COMPILED)


@nox.session
def pure(session: nox.Session) -> None:
    """The tests of all that reaches the codec, once more, with the codec in pure Python."""
    session.install(".[cli,testing]", *TEST, env=PURE)
    session.run("pytest", *(session.posargs or [*AT_ONCE, *REACHING_THE_CODEC]), env=PURE)


@nox.session
def coverage(session: nox.Session) -> None:
    """The same once more, with coverage: all of the pure part, 97 % of everything."""
    session.install(".[cli,testing]", *TEST, env=PURE)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *AT_ONCE, env=PURE)
    session.run("coverage", "combine", "--quiet")
    pure = "*/anyvici/wire/*,*/anyvici/exceptions.py"
    session.run("coverage", "report", "--fail-under=100", f"--include={pure}")
    session.run("coverage", "report", "--fail-under=97")


@nox.session
def example(session: nox.Session) -> None:
    """examples/simulated.py: a simulated gateway, while a tunnel comes up and goes down."""
    session.install(".")
    session.run("python", "examples/simulated.py")


@nox.session
def bench(session: nox.Session) -> None:
    """Speed beside peers, into benchmarks/README.md; -- --scale 0.01 --rounds 3 --only load."""
    compiler = any(map(shutil.which, ["cc", "gcc", "clang"]))
    codec = {"ANYVICI_COMPILE": "yes" if compiler else "no"}
    session.install(".[cli,testing]", *BENCH, env=codec)
    pure = f"{session.create_tmp()}/pure"
    shutil.rmtree(pure, ignore_errors=True)
    session.install("--no-deps", "--target", pure, ".", env={"ANYVICI_COMPILE": "no"})
    session.run("python", "-m", "benchmarks", "--beside", pure, *session.posargs)
