"""README's example works as it stands, and its table tells of everything."""

import re
import runpy
import sys
from pathlib import Path

import anyio
import pytest

import anyvici
from tests.client.gateway import Gateway, GatewayConnection

README = (Path(__file__).parent.parent / "README.md").read_text()
EXAMPLE = re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1)  # type: ignore[union-attr]


@pytest.mark.anyio
async def test_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = Gateway()
    gateway.bring_up()

    async def serve(stream: anyio.abc.SocketStream) -> None:
        gateway.connections.append(GatewayConnection(gateway))
        await gateway.connections[-1].serve(stream)

    async def go_down() -> None:
        """Tell that the IKE_SA is gone, once it was listed, and end the example with the daemon."""
        while gateway.count("list-sas") == 0:
            await anyio.sleep(0.01)
        await gateway.emit("ike-updown", {"gw": gateway.sas[1]})
        await gateway.restart()

    def run() -> None:
        (tmp_path / "example.py").write_text(EXAMPLE)
        monkeypatch.setattr(sys, "argv", ["example.py", str(tmp_path / "vici")])
        with pytest.raises(anyvici.ConnectionLost):
            runpy.run_path(str(tmp_path / "example.py"))

    async with await anyio.create_unix_listener(tmp_path / "vici") as listener:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, serve)
            tasks.start_soon(go_down)
            await anyio.to_thread.run_sync(run)
            tasks.cancel_scope.cancel()
    assert capsys.readouterr().out.splitlines() == [
        "5.9.8",
        "here already: gw ESTABLISHED 10.77.0.2",
        "down gw b.fx",
    ]


def test_the_example_is_short() -> None:
    assert len([line for line in EXAMPLE.splitlines() if line.strip()]) <= 20


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)]+)\)", README))
def test_links_lead_somewhere(path: str) -> None:
    assert (Path(__file__).parent.parent / path).exists()
