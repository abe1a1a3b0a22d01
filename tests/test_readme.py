"""README's example works as it stands, and its table tells of everything."""

import re
import runpy
import sys
from pathlib import Path

import anyio
import pytest

import anyvici
from tests.daemon import Daemon

README = (Path(__file__).parent.parent / "README.md").read_text()
EXAMPLE = re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1)  # type: ignore[union-attr]


class Charon(Daemon):
    """Answers what the example asks, and has an IKE_SA go down."""

    async def _command(self, name: str, body: bytes) -> None:
        if name == "version":
            await self._reply(anyvici.encode({"daemon": "charon", "version": "5.9.8"}))
        elif name == "list-sas":
            sa = anyvici.encode({"gw": {"uniqueid": 1}})
            await self.emit("list-sa", sa)
            await self._reply(b"")
            await self.emit("ike-updown", sa)
            await self.hang_up()


@pytest.mark.anyio
async def test_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def serve(stream: anyio.abc.SocketStream) -> None:
        await Charon().serve(stream)

    def run() -> None:
        (tmp_path / "example.py").write_text(EXAMPLE)
        monkeypatch.setattr(sys, "argv", ["example.py", str(tmp_path / "vici")])
        with pytest.raises(anyvici.ConnectionLost):
            runpy.run_path(str(tmp_path / "example.py"))

    async with await anyio.create_unix_listener(tmp_path / "vici") as listener:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, serve)
            await anyio.to_thread.run_sync(run)
            tasks.cancel_scope.cancel()
    assert capsys.readouterr().out.splitlines() == [
        "charon 5.9.8",
        "here already: gw",
        "ike-updown down {'gw': {'uniqueid': '1'}}",
    ]


def test_the_example_is_short() -> None:
    assert len([line for line in EXAMPLE.splitlines() if line.strip()]) <= 20


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)]+)\)", README))
def test_links_lead_somewhere(path: str) -> None:
    assert (Path(__file__).parent.parent / path).exists()
