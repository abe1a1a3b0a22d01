"""Makes the screenshots of README, of the program at work in tmux: python docs/screenshots.py."""

import io
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
ANYVICI = f"{shlex.quote(sys.executable)} -m anyvici"
PATIENCE = 20.0  # seconds for what takes less than one

# What Rich makes by itself, less the fonts from elsewhere: pictures of GitHub cannot load any.
PICTURE = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", \
monospace; line-height: {line_height}px; }}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Terminal:
    """A terminal of a fixed size that nobody sees."""

    def __init__(self, name: str, width: int, height: int) -> None:
        self._name = name
        self.width = width
        self.height = height

    def run(self, command: str) -> None:
        """Run a command in it; what it has printed stays to be seen when it has ended."""
        size = ["-x", f"{self.width}", "-y", f"{self.height}"]
        kept = f"{command}; tmux wait-for -S ended; exec sleep 1000"
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "sh", "-c", kept)

    def screen(self) -> str:
        """Return what is on it, with its colours."""
        return self._tmux("capture-pane", "-e", "-p").rstrip() + "\n"

    def wait_for(self, text: str) -> None:
        """Wait until something can be read on it."""
        until = time.monotonic() + PATIENCE
        while text not in self._tmux("capture-pane", "-p"):
            if time.monotonic() > until:
                raise TimeoutError(f"{text!r} is not on the screen:\n{self.screen()}")
            time.sleep(0.05)

    def wait_for_its_end(self) -> None:
        """Wait until the command has ended."""
        self._tmux("wait-for", "ended")

    def close(self) -> None:
        """End what runs in it."""
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        """Run tmux, on a server of our own."""
        line = ["tmux", "-u", "-L", self._name, *arguments]
        plain = {"NO_COLOR", "TMUX", "ANYVICI_URI", "COLUMNS", "LINES"}
        environment = {name: text for name, text in os.environ.items() if name not in plain}
        return subprocess.run(
            line,
            env=environment | {"LC_ALL": "C.UTF-8"},
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        ).stdout


@contextmanager
def terminal(width: int, height: int) -> Generator[Terminal]:
    """Have a terminal."""
    found = Terminal(f"anyvici-screenshots-{os.getpid()}", width, height)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def gateway(seconds: float, peers: int) -> Generator[str]:
    """Have a simulated gateway that has been running for some time; its address."""
    with TemporaryDirectory() as folder:
        path = f"{folder}/charon.vici"
        options = ["--socket", path, "--peers", f"{peers}"]
        line = [sys.executable, "-m", "anyvici", "simulate", *options]
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                process.stdout.readline()  # it is ready
                time.sleep(seconds)
                yield path
            finally:
                process.terminate()


def list_sas(seconds: float = 25.0) -> str:
    """Return the picture of list-sas, on a gateway that has been running for so long."""
    with gateway(seconds, 9) as path, terminal(116, 30) as shown:
        shown.run(f"echo '$ anyvici list-sas'; {ANYVICI} --uri {path} list-sas")
        shown.wait_for_its_end()
        return picture(shown, "anyvici list-sas")


def top(seconds: float = 45.0) -> str:
    """Return the picture of top, that has been looked at for so long."""
    with gateway(0.0, 14) as path, terminal(100, 30) as shown:
        shown.run(f"{ANYVICI} --uri {path} top")
        shown.wait_for("INSTALLED")
        time.sleep(seconds)
        return picture(shown, "anyvici top")


def picture(shown: Terminal, title: str) -> str:
    """Return what is on a terminal, as SVG."""
    console = Console(width=shown.width, record=True, file=io.StringIO())
    console.print(Text.from_ansi(shown.screen()), end="")
    svg = console.export_svg(title=title, code_format=PICTURE, unique_id="t")
    svg = re.sub(r"<text [^>]*>\n</text>", "", svg)  # the ends of lines
    return re.sub(r' clip-path="[^"]*"', "", svg).replace("&#160;", "\N{NO-BREAK SPACE}")


if __name__ == "__main__":
    (HERE / "list-sas.svg").write_text(list_sas(), "utf-8")
    (HERE / "top.svg").write_text(top(), "utf-8")
