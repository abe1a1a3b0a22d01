"""A real terminal: tmux, with a shell in it."""

import os
import shlex
import shutil
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
import sniffio

from tests.cli.program import PATIENCE, clean


class Tmux:
    """One window of a tmux server of its own, on which a shell waits for what is typed."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def run(self, *arguments: str) -> str:
        """Run a command of tmux, and return what it prints."""
        line = ["tmux", "-u", "-f", "/dev/null", "-S", str(self._socket), *arguments]
        ended = await anyio.run_process(line, env=_environment())
        return ended.stdout.decode()

    async def keys(self, *keys: str) -> None:
        """Press keys, by the names that tmux has for them: Down, C-c, q."""
        await self.run("send-keys", *keys)

    async def type(self, text: str) -> None:
        """Type a text."""
        await self.run("send-keys", "-l", text)

    async def shell(self, line: str) -> None:
        """Let the shell run a line."""
        await self.type(line)
        await self.keys("Enter")

    async def start(self, address: str, *arguments: str) -> None:
        """Let the shell run a command of anyvici, on the backend of the test."""
        backend = sniffio.current_async_library()
        program = [sys.executable, "-m", "anyvici", "--uri", address, "--backend", backend]
        await self.shell(shlex.join([*program, *arguments]))

    async def lines(self, *options: str) -> list[str]:
        """Return what is seen; with "-e", with its colours."""
        return (await self.run("capture-pane", "-p", *options)).splitlines()

    async def until(self, seen: Callable[[str], Any]) -> list[str]:
        """Return what is seen, as soon as that is so."""
        try:
            with anyio.fail_after(PATIENCE):
                while not seen("\n".join(lines := await self.lines())):
                    await anyio.sleep(0.05)
        except TimeoutError:
            pytest.fail("\n".join(["on the screen there is:", *lines]))
        return lines

    async def shows(self, *texts: str) -> list[str]:
        """Return what is seen, as soon as all these texts are."""
        return await self.until(lambda screen: all(text in screen for text in texts))

    async def shows_no(self, *texts: str) -> list[str]:
        """Return what is seen, as soon as none of these texts is."""
        return await self.until(lambda screen: not any(text in screen for text in texts))

    async def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        await self.run("resize-window", "-x", str(width), "-y", str(height))

    async def tells(self, name: str) -> str:
        """Return what tmux knows of the window: cursor_flag, alternate_on, pane_pid."""
        return (await self.run("display-message", "-p", f"#{{{name}}}")).strip()


@asynccontextmanager
async def tmux(folder: Path, width: int, height: int) -> AsyncGenerator[Tmux]:
    """A terminal of this size; a test is skipped where there is no tmux, but not in CI."""
    if shutil.which("tmux") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no tmux")
        pytest.skip("there is no tmux")
    terminal = Tmux(folder / "tmux")
    size = ["-x", str(width), "-y", str(height)]
    await terminal.run("new-session", "-d", *size, "env", "-u", "ENV", "PS1=$ ", "sh")
    try:
        await terminal.shows("$")
        yield terminal
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(PATIENCE):
            await terminal.run("kill-server")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in clean().items() if not name.startswith("TMUX")}
    return {**kept, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
