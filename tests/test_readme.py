"""README's first command and its example work as they stand, and its links lead somewhere."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

import anyvici
from anyvici.testing import SimulatedCharon

README = (Path(__file__).parent.parent / "README.md").read_text()
EXAMPLE = re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1)  # type: ignore[union-attr]
FIRST, SECOND = re.findall(r"^    (pip .*)$", README, re.MULTILINE)

GW = {
    "remote_addrs": ["192.0.2.7"],
    "local": {"auth": "psk", "id": "moon"},
    "remote": {"auth": "psk", "id": "sun"},
    "children": {"net": {}},
}


@pytest.mark.anyio
async def test_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "example.py").write_text(EXAMPLE)

    def run(address: str) -> None:
        monkeypatch.setattr(sys, "argv", ["example.py", address])
        with pytest.raises(anyvici.ConnectionLost):
            runpy.run_path(str(tmp_path / "example.py"))

    async def go_down(charon: SimulatedCharon, client: anyvici.Client) -> None:
        """End the IKE_SA once it was listed, and the example with the daemon."""
        while "here already" not in (printed := capsys.readouterr().out):
            await anyio.sleep(0.01)
            said.append(printed)
        said.append(printed)
        await client.terminate(ike="gw", timeout=5)
        charon.stop()

    said: list[str] = []
    async with SimulatedCharon() as charon, anyvici.connect(charon.address) as client:
        await client.load_conn("gw", GW)
        await client.load_shared(type="IKE", data="secret")
        await client.initiate(child="net", timeout=5)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(go_down, charon, client)
            await anyio.to_thread.run_sync(run, charon.address)
    said.append(capsys.readouterr().out)
    assert "".join(said).splitlines() == [
        "5.9.8",
        "here already: gw ESTABLISHED 192.0.2.7",
        "down gw sun",  # the IKE_SA
        "down gw sun",  # its CHILD_SA
    ]


def test_the_example_is_short() -> None:
    assert len([line for line in EXAMPLE.splitlines() if line.strip()]) <= 20


def test_the_first_command() -> None:
    """It is what a newcomer runs: it works without a terminal, too."""
    install, _, demo = FIRST.partition(" && ")
    assert (install, demo) == ("pip install '.[cli]'", "anyvici demo")
    line = [Path(sys.executable).with_name("anyvici"), *demo.split()[1:]]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    events, _, table = ended.stdout.partition("\n\n")
    assert "connected   strongSwan 5.9.8" in events
    assert "ike up      berlin #1 moon 203.0.113.1 === berlin 198.51.100.1" in events
    assert re.search(r"^berlin +1  ESTABLISHED ", table, re.MULTILINE)
    assert re.search(r"^  lan +1  INSTALLED +10.0.0.0/16 +10.1.0.0/16 ", table, re.MULTILINE)


def test_the_second_command() -> None:
    assert SECOND == "pip install nox && nox"


@pytest.mark.parametrize("command", re.findall(r"^    anyvici ([\w-]+)", README, re.MULTILINE))
def test_the_commands_are_there(command: str) -> None:
    line = [sys.executable, "-m", "anyvici", command, "--help"]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert f"anyvici {command} " in ended.stdout


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#]+)[^)]*\)", README))
def test_links_lead_somewhere(path: str) -> None:
    assert (Path(__file__).parent.parent / path).exists()
