"""Where clients connect: a UNIX socket in a private folder, one at a path, or TCP."""

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import anyio
from anyio.abc import AnyByteStream

from anyvici.connection.unix import UnixStream

_MODE = 0o770  # as charon has it up to 6.0.4
_BACKLOG = 3  # charon's: a client that opens many connections at once has to try again


class Listener:
    """Listens at an address; None is a socket in a folder of its own, removed at the end."""

    def __init__(self, address: str | None, welcome: Callable[[AnyByteStream], None]) -> None:
        self.address: str = address or ""  # to be known when it is open
        self._private = address is None
        self._welcome = welcome
        self._folder: str | None = None
        self._socket: socket.socket | None = None
        self._file: tuple[int, ...] | None = None  # what we have put at the path
        self._opened = anyio.Event()

    @property
    def is_open(self) -> bool:
        """Tell whether clients can connect."""
        return self._socket is not None

    def open(self) -> None:
        """Listen; what another has left at the path is replaced, as charon does it."""
        if self._socket is not None:
            return
        if self._private and self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="anyvici-")
            self.address = f"unix://{self._folder}/charon.vici"
        scheme, _, rest = self.address.rpartition("://")
        if scheme == "tcp":
            self._socket = self._open_tcp()
        elif scheme in ("", "unix") and rest:
            self._socket = _open_unix(rest)
            self._file = _identity(rest)
        else:
            raise ValueError(f"{self.address}: the address is a path, unix:// or tcp://")
        self._socket.setblocking(False)
        self._opened.set()

    def close(self) -> None:
        """Refuse connections from now on; the path stays, as it does when charon has stopped."""
        if self._socket is not None:
            self._accept(self._socket)  # those that have been let in
            anyio.notify_closing(self._socket)
            self._socket.close()
            self._socket = None
            self._opened = anyio.Event()

    def remove(self) -> None:
        """Close it for good, and leave nothing behind; what another has put there stays."""
        path = self.address.rpartition("://")[2]
        if self._file is not None and self._file == _identity(path):
            Path(path).unlink()
        self.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def run(self) -> None:
        """Hand every client that connects over, for ever."""
        while True:
            await self._opened.wait()
            listening = self._socket
            if listening is None:  # closed again meanwhile
                continue
            with contextlib.suppress(anyio.ClosedResourceError):
                await anyio.wait_readable(listening)
                self._accept(listening)

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):  # nobody is left, or it was closed meanwhile
            while True:
                client, _ = listening.accept()
                client.setblocking(False)
                self._welcome(UnixStream(client))

    def _open_tcp(self) -> socket.socket:
        parts = urlsplit(self.address)
        host, port = parts.hostname or "127.0.0.1", parts.port or 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        shown = f"[{host}]" if ":" in host else host
        self.address = f"tcp://{shown}:{listening.getsockname()[1]}"
        return listening


def _open_unix(path: str) -> socket.socket:
    if Path(path).is_socket():
        Path(path).unlink()
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(path)
        os.chmod(path, _MODE)
        listening.listen(_BACKLOG)
    except BaseException:
        listening.close()
        raise
    return listening


def _identity(path: str) -> tuple[int, ...] | None:
    """Return what tells a file from another one at the same path."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns  # numbers of inodes are used again
