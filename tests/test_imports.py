"""What importing anyvici brings with it: programs pay for it at every start."""

import subprocess
import sys

import pytest

NOT_BY_ITSELF = [
    *("trio", "asyncio", "uvloop"),
    *("rich", "typer", "click", "curses", "readline", "termios"),
    *("cryptography", "ssl", "pytest", "anyvici.testing", "anyvici.cli"),
]


def imported(program: str) -> set[str]:
    """Run a program that imports something, and return all modules that are there then."""
    tell = "; import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program + tell], check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


def test_importing_anyvici_imports_no_event_loop_and_no_terminal() -> None:
    modules = imported("import anyvici")
    assert "anyvici.client.client" in modules
    assert modules.isdisjoint(NOT_BY_ITSELF)


@pytest.mark.parametrize("module", ["trio", "asyncio", "ssl"])
def test_such_an_import_would_be_seen(module: str) -> None:
    assert module in imported(f"import anyvici, {module}")
