"""The pytest plugin, in projects of its users: AnyIO's marker, pytest-trio, strict markers."""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

STRICT = "--strict-markers", "--strict-config", "-Werror", "-p", "no:cacheprovider"

BOTH = """
import anyvici, pytest, sniffio

@pytest.mark.anyio
async def test_it(charon, anyio_backend_name):
    assert sniffio.current_async_library() == anyio_backend_name
    async with anyvici.connect(charon.address) as client:
        assert (await client.version()).version == "5.9.8"
"""

TRIO = """
import anyvici, pytest, trio

{marker}
async def test_it(charon, autojump_clock):
    trio.lowlevel.current_task()
    async with anyvici.connect(charon.connect()) as client:
        await trio.sleep(86400)
        assert (await client.stats()).uptime.running == "24 hours"
"""

OPTIONS = """
import anyvici, pytest

pytestmark = [pytest.mark.anyio, pytest.mark.charon(version="6.0.6")]

async def version(charon):
    async with anyvici.connect(charon.address) as client:
        return (await client.version()).version

async def test_of_the_module(charon):
    assert await version(charon) == "6.0.6"

@pytest.mark.charon(version="5.9.14", address="tcp://127.0.0.1:0")
async def test_of_the_test(charon):
    assert charon.address.startswith("tcp://")
    assert await version(charon) == "5.9.14"
"""

WRONG = """
import pytest

@pytest.mark.anyio
@pytest.mark.charon({options})
async def test_it(charon):
    pass
"""

BUG = """
import anyvici, pytest
from anyvici.testing.commands import table

def broken(gateway, request):
    raise ZeroDivisionError("a bug of the simulation")

@pytest.mark.{marker}
async def test_it(charon, monkeypatch):
    monkeypatch.setitem(table.COMMANDS, "version", broken)
    async with anyvici.connect(charon.address) as client:
        with pytest.raises(anyvici.ConnectionLost):
            await client.version()

@pytest.mark.{marker}
async def test_another(charon):
    async with anyvici.connect(charon.address) as client:
        await client.version()
"""

LOADED = """
import sys

def test_it():
    loaded = [name for name in sys.modules if name.startswith("anyvici.testing")]
    assert sorted(loaded) == ["anyvici.testing", "anyvici.testing.plugin"]
    assert "cryptography" not in sys.modules
"""

NEW = """
import sys, anyvici, pytest
before = set(sys.modules)
import anyvici.testing.plugin
print(sorted(set(sys.modules) - before))
"""


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return pytester.runpytest_subprocess(*STRICT, *options, timeout=60)


def test_on_both_backends(pytester: pytest.Pytester) -> None:
    run(pytester, BOTH).assert_outcomes(passed=2)


def test_with_pytest_trio(pytester: pytest.Pytester) -> None:
    run(pytester, TRIO.format(marker="@pytest.mark.trio")).assert_outcomes(passed=1)


def test_in_trio_mode(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ntrio_mode = true")
    run(pytester, TRIO.format(marker="")).assert_outcomes(passed=1)


def test_options(pytester: pytest.Pytester) -> None:
    run(pytester, OPTIONS).assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("versoin='6.0.6'", "@pytest.mark.charon: got an unexpected keyword argument 'versoin'"),
        ("'6.0.6'", "@pytest.mark.charon: options have names"),
        ("version='five'", "'five' is no version of charon, like 5.9.8 or 6.0.6"),
    ],
)
def test_wrong_options(pytester: pytest.Pytester, options: str, message: str) -> None:
    result = run(pytester, WRONG.format(options=options))
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(f"*{message}")


def test_it_tells_of_itself(pytester: pytest.Pytester) -> None:
    assert run(pytester, "", "--markers").stdout.str().count("@pytest.mark.charon(**options):") == 1
    told = run(pytester, "", "--fixtures").stdout
    told.fnmatch_lines(["charon -- *", "    A SimulatedCharon; @pytest.mark.charon*"])


@pytest.mark.parametrize(
    ("marker", "outcomes"),
    [("anyio", {"passed": 4, "errors": 2}), ("trio", {"passed": 1, "failed": 1})],
)
def test_a_bug_of_the_simulation_is_seen(
    pytester: pytest.Pytester, marker: str, outcomes: dict[str, int]
) -> None:
    """With AnyIO's plugin the test passes, and its teardown fails; the next test is not harmed."""
    result = run(pytester, BUG.format(marker=marker))
    result.assert_outcomes(**outcomes)
    result.stdout.fnmatch_lines("*ZeroDivisionError: a bug of the simulation")


# It is loaded by every pytest where anyvici is installed.


def test_nothing_is_loaded_that_nobody_wants(pytester: pytest.Pytester) -> None:
    run(pytester, LOADED).assert_outcomes(passed=1)


def test_what_it_imports() -> None:
    """With pytest and anyvici there, no module but itself."""
    printed = subprocess.run(
        [sys.executable, "-c", NEW], capture_output=True, text=True, check=True
    )
    assert printed.stdout == "['anyvici.testing', 'anyvici.testing.plugin']\n"


def test_what_is_not_there() -> None:
    with pytest.raises(ImportError, match="cannot import name 'RealCharon'"):
        from anyvici.testing import RealCharon  # noqa: F401
