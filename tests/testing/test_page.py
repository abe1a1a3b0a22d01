"""docs/testing.md is true: its example works as it stands, and what it names is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from anyvici.testing import SimulatedCharon

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text()
EXPORTER, TEST, *OTHERS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(*command: str, folder: Path) -> str:
    ended = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_example(tmp_path: Path) -> None:
    (tmp_path / "exporter.py").write_text(EXPORTER)
    (tmp_path / "test_exporter.py").write_text(TEST)
    printed = run("-m", "pytest", "-q", "-p", "no:cacheprovider", folder=tmp_path)
    assert re.search(r"[2-9] passed", printed)  # once for each backend that there is


def test_the_example_notices_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "exporter.py").write_text(EXPORTER.replace("bytes_in", "bytes_out"))
    (tmp_path / "test_exporter.py").write_text(TEST)
    with pytest.raises(AssertionError, match="0 == .*4711|failed"):
        run("-m", "pytest", "-q", "-p", "no:cacheprovider", folder=tmp_path)


def test_the_example_has_15_lines() -> None:
    assert len([line for line in TEST.splitlines() if line]) <= 15


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bcharon\.(\w+)", PAGE))))
def test_what_it_names_is_there(name: str) -> None:
    assert hasattr(SimulatedCharon, name)


def test_it_names_everything() -> None:
    named = set(re.findall(r"\b(?:charon|moon)\.(\w+)", PAGE)) | set(re.findall(r"`(\w+)\(", PAGE))
    named |= set(re.findall(r", (\w+)\(", PAGE.replace("`", "")))
    public = {name for name in vars(SimulatedCharon) if not name.startswith("_")}
    assert public <= named


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_show(backend: str) -> None:
    printed = run("examples/simulated.py", backend, folder=ROOT).splitlines()
    assert printed[0].startswith("charon 5.9.8, up for ")
    told = [line for line in printed if line.startswith(("ike-", "child-", "gw["))]
    assert told == [
        "ike-updown up gw[1] ESTABLISHED, sun",
        "child-updown up gw[1] ESTABLISHED, sun; net INSTALLED, to 10.2.0.0/16",
        "gw[1] ESTABLISHED, sun; net DELETED, to 10.2.0.0/16; net INSTALLED, to 10.2.0.0/16",
        "ike-updown down gw[1] DELETING, sun",
        "child-updown down gw[1] DELETING, sun; net INSTALLED, to 10.2.0.0/16",
    ]
