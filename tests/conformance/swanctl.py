"""swanctl, the tool that comes with strongSwan: running it, and what of its output is constant."""

import os
import re
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from anyio import open_process, run_process
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.conformance.gateways import Gateways
from tests.live.charon import PATIENCE

# What differs from one run to the next, and what is written in its place.
VOLATILE = [
    (r"N\(ADD_4_ADDR\)", "N(NO_ADD_ADDR)"),  # other tests give the real ones more addresses
    # The real ones have their ESP in user space, which looks like a NAT.
    (r"^\[IKE\] remote host is behind NAT\n| nat-\w+=yes|^ *nat-\w+ = yes\n", ""),
    (r" encap=yes|^ *encap = yes\n|-in-UDP\b", ""),
    (r"\b[0-9a-f]{16}\b|\b[0-9a-f]{16}(?=_[ir])", "<IKE SPI>"),
    (r"(?<=spi-in[= ])[0-9a-f]{8}\b|(?<=spi-out[= ])[0-9a-f]{8}\b", "<SPI>"),
    (r"(?<=spi-in = )[0-9a-f]{8}\b|(?<=spi-out = )[0-9a-f]{8}\b", "<SPI>"),
    (r"\b[0-9a-f]{8}(?=_[io])|(?<= in  )[0-9a-f]{8}|(?<= out )[0-9a-f]{8}", "<SPI>"),
    (r"(?<=with SPI )[0-9a-f]{8}", "<SPI>"),
    (r"(?:[0-9a-f]{2}:){15,}[0-9a-f]{2}", "<octets>"),
    (r"\b[0-9a-f]{40}\b", "<key id>"),
    (r"(?<=#)\d+|(?<=\{)\d+(?=\})", "<id>"),
    (r"(?<=gw\[)\d+|(?<=home\[)\d+", "<id>"),
    (r"(?<=uniqueid=)\d+|(?<=uniqueid = )\d+", "<id>"),
    (r"\b(net|home)-\d+\b", r"\1-<id>"),
    (r"\breqid(=| = | )\d+", r"reqid\1<id>"),
    (r"\b(established|(?:rekey|life|install)-time)(=| = )\d+", r"\1\2<s>"),
    (r"\b\d+s\b(?= ago)|(?<=rekeying in )\d+s|(?<=expires in )\d+s|(?<=lifetime )\d+s", "<s>"),
    (r"(?<=request )\d+|(?<=response )\d+", "<n>"),
    (r"\(\d+ bytes\)", "(<n> bytes)"),
    (r"^\d\d(?=\[)", "<thread>"),
    (r"(?<=info-)(\w+)-(\w+)( *): \d+", r"\1-\2\3: <n>"),  # a MOBIKE update may come in between
    (r"[A-Z][a-z]{2} [A-Z]?[a-z]{0,2} ?\d\d,? \d\d:\d\d:\d\d \d{4}", "<date>"),
]


def constant(output: str) -> str:
    """Return an output without what differs from one run to the next."""
    for pattern, constant in VOLATILE:
        output = re.sub(pattern, constant, output, flags=re.MULTILINE)
    return output


def command(gateways: Gateways, *arguments: str, name: str = "moon") -> list[str]:
    return ["swanctl", *arguments, "--uri", gateways.addresses[name]]


async def swanctl(
    gateways: Gateways, *arguments: str, name: str = "moon", folder: str | None = None
) -> str:
    """Run it on a gateway; return what it prints, standard error last, and its exit code."""
    environment = os.environ | ({"SWANCTL_DIR": folder} if folder else {})
    with anyio.fail_after(PATIENCE):
        ended = await run_process(
            command(gateways, *arguments, name=name), check=False, env=environment
        )
    errors = ended.stderr.decode()
    return (
        f"$ swanctl {' '.join(arguments)}\n{ended.stdout.decode()}"
        + "".join(f"! {line}\n" for line in errors.splitlines() if line)
        + (f"= {ended.returncode}\n" if ended.returncode else "")
    )


class Watcher:
    """A swanctl that prints what happens, line by line."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        self._stdout = BufferedByteReceiveStream(process.stdout)

    async def line(self) -> str:
        with anyio.fail_after(PATIENCE):
            return (await self._stdout.receive_until(b"\n", 65536)).decode()

    async def until(self, text: str, count: int = 1) -> list[str]:
        """Return the lines up to one that has a text in it, or the last of several such."""
        lines: list[str] = []
        while sum(text in line for line in lines) < count:
            lines.append(await self.line())
        return lines


@asynccontextmanager
async def watching(gateways: Gateways, *arguments: str) -> AsyncGenerator[Watcher]:
    """Have swanctl watch moon until the end of the block."""
    unbuffered = ["stdbuf", "--output=L", *command(gateways, *arguments)]
    async with await open_process(unbuffered, stderr=subprocess.DEVNULL) as process:
        try:
            yield Watcher(process)
        finally:
            process.kill()
