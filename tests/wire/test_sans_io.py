"""The program in docs/sans-io.md, against a scripted daemon on a UNIX socket."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Self

import pytest

from anyvici import Framer, Packet, PacketType, encode, pack, unpack

PAGE = Path(__file__).parents[2] / "docs" / "sans-io.md"
CODE_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TIMEOUT = 20  # seconds; nothing here takes one

CONFIRM = pack(PacketType.EVENT_CONFIRM)
VERSION = pack(PacketType.CMD_RESPONSE, body=encode({"daemon": "charon", "version": "5.9.8"}))


def log(line: str) -> bytes:
    return pack(PacketType.EVENT, "log", encode({"msg": line}))


class Daemon:
    """Waits for both requests of one client, then says what it was told to, and hangs up."""

    def __init__(self, path: Path, cut: int) -> None:
        self.received: list[Packet] = []
        self.script: list[bytes] = []
        self._cut = cut
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.settimeout(TIMEOUT)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._thread.join(TIMEOUT + 1)
        self._listener.close()
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client, suppress(ConnectionError):  # the program leaves when it has seen enough
            client.settimeout(TIMEOUT)
            framer = Framer()
            while len(self.received) < 2:
                octets = client.recv(self._cut)
                if not octets:
                    return
                framer.feed(octets)
                self.received += map(unpack, framer.packets())
            octets = b"".join(self.script)
            for start in range(0, len(octets), self._cut):
                client.sendall(octets[start : start + self._cut])


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one code block of the page, as a file."""
    [code] = CODE_BLOCK.findall(PAGE.read_text("utf-8"))
    path = tmp_path_factory.mktemp("docs") / "sans_io.py"
    path.write_text(code, "utf-8")
    return path


@pytest.fixture(params=[1, 7, 65536], ids=lambda cut: f"{cut} octets at a time")
def daemon(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Daemon]:
    with Daemon(tmp_path / "vici", request.param) as daemon:
        yield daemon


@pytest.fixture
def run(program, daemon, tmp_path):
    def run(*script: bytes, count: int = 2) -> "subprocess.CompletedProcess[str]":
        daemon.script += script
        return subprocess.run(
            [sys.executable, "-W", "error", program, tmp_path / "vici", "log", str(count)],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    return run


def test_it_prints_replies_and_as_many_events_as_it_was_told(run, daemon):
    done = run(VERSION, log("early"), CONFIRM, log("late"), log("never printed"))
    assert done.stdout.splitlines() == [
        "version 5.9.8",
        "log {'msg': 'early'}",
        "registered for log",
        "log {'msg': 'late'}",
    ]
    assert (done.returncode, done.stderr) == (0, "")
    assert daemon.received == [
        Packet(PacketType.CMD_REQUEST, "version", b""),
        Packet(PacketType.EVENT_REGISTER, "log", b""),
    ]


def test_it_ends_when_the_daemon_hangs_up(run):
    done = run(VERSION, log("one"))
    assert done.stdout.splitlines() == [
        "version 5.9.8",
        "log {'msg': 'one'}",
        "the daemon has hung up, 1 unanswered",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_it_goes_on_after_answers_and_events_that_fail(run):
    no = pack(PacketType.CMD_RESPONSE, body=encode({"success": "no", "errmsg": "not today"}))
    broken = pack(PacketType.EVENT, "log", b"\xff")
    done = run(no, pack(PacketType.EVENT_UNKNOWN), broken, log("sound"))
    assert done.stdout.splitlines() == [
        "failed: version: not today",
        "failed: this daemon does not have the event 'log'",
        "log is broken: malformed message at octet 0: there is no element type 255",
        "log {'msg': 'sound'}",
    ]
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (VERSION[:-1], "the stream ended inside of a packet"),
        (CONFIRM, "a EVENT_CONFIRM where <Call CMD_REQUEST version> is to be answered"),
        (b"HTTP/1.1 400 Bad Request\r\n", "a packet of 1213486160 octets is announced"),
    ],
)
def test_a_broken_conversation_is_its_end(run, daemon, broken, reason):
    done = run(log("before"), broken, count=3)
    assert done.stdout == "log {'msg': 'before'}\n"
    assert done.stderr.startswith(f"the conversation is over: {reason}")
    assert done.returncode == 1
