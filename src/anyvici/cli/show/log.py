"""Lines of the daemon's log, as swanctl prints them."""

from anyvici import ControlLog, Log
from anyvici.cli.text import safe


def control_line(line: ControlLog) -> str:
    """Return a line of the log of a command: [IKE] initiating IKE_SA gw[1] to 10.99.0.2."""
    return f"[{safe(line.group)}] {safe(line.msg)}"


def log_lines(line: Log) -> list[str]:
    """Return a line of the daemon's log, which may be several: 13[IKE] ..."""
    head = f"{line.thread:02d}[{safe(line.group)}] "
    return [head + safe(text) for text in line.msg.split("\n")]
