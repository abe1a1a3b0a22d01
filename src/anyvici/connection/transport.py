"""Addresses, and connecting to them."""

import errno
import math
import os
import socket
import sys
from typing import Any, TypeAlias, TypeGuard
from urllib.parse import urlsplit

import anyio
from anyio.abc import (
    AnyByteStream,
    AnyByteStreamConnectable,
    ByteStream,
    ByteStreamConnectable,
    ObjectStream,
    ObjectStreamConnectable,
)
from anyio.lowlevel import checkpoint

from anyvici.connection.pauses import growing
from anyvici.connection.unix import UnixStream
from anyvici.connection.unix_asyncio import AsyncioUnixStream
from anyvici.exceptions import ConnectError

Address: TypeAlias = str | os.PathLike[str] | AnyByteStream | AnyByteStreamConnectable | None
"""None (the system's default), a path, unix:///path, tcp://host:port, a connected AnyIO byte stream
or something that makes one, a connectable of AnyIO."""

# charon.plugins.vici.socket, as strongSwan is built by default.
DEFAULT = "tcp://127.0.0.1:4502" if sys.platform == "win32" else "unix:///var/run/charon.vici"

_SYNTAX = "an address is a path, unix:///path or tcp://host:port, an IPv6 host in brackets"
_GENERAL_HINT = "check that charon runs and that charon.plugins.vici.socket is this address"
_HINTS = {
    errno.ENOENT: "there is no such socket: check that charon runs, with its vici plugin, "
    "and the path in charon.plugins.vici.socket",
    errno.ECONNREFUSED: "nobody listens there: charon has stopped, and left a socket behind "
    "if this is a path",
    errno.EACCES: "charon's socket is open to the user and group that charon runs as: "
    "try as root, or see charon.user and charon.group",
    errno.ENAMETOOLONG: "the path of a UNIX socket has 107 octets at most",
    errno.EAGAIN: "its listen backlog is full: charon is there, but too busy to take anybody in",
}

_MAX_PATH = 107  # octets; sizeof(sun_path) - 1 on Linux

# A charon that starts has no socket yet; one that is gone has left its socket behind; the listen
# backlog of one that is there (3) may be full.
_NOT_YET = (errno.ENOENT, errno.ECONNREFUSED, errno.EAGAIN)

# Seconds between two attempts. A failed one costs next to nothing, here and there.
_FIRST_PAUSE = 0.001
_LAST_PAUSE = 0.25


async def connect(address: Address, until: float | None = None) -> AnyByteStream:
    """Return a byte stream that is connected to the daemon; one that is given is taken as it is.

    Waits until the time `until`, by the event loop's clock, for a daemon that is not there yet, or
    whose listen backlog is full; with None only for the latter, without end: give it a deadline.
    Cancelled, it leaves nothing open. Raises ConnectError.
    """
    if is_stream(address):
        return address
    pauses = growing(_FIRST_PAUSE, _LAST_PAUSE)
    while True:
        try:
            return await _connect_once(address)
        except ConnectError as error:
            left = _worth_waiting(error, until)
            if left <= 0:
                raise
        await anyio.sleep(min(left, next(pauses)))


def is_stream(address: Address) -> TypeGuard[AnyByteStream]:
    """Tell whether it is a stream: connected already, and never again when it is lost."""
    return isinstance(address, ByteStream | ObjectStream)


def _worth_waiting(error: ConnectError, until: float | None) -> float:
    """Return how many seconds there are for another attempt."""
    number = _first_of(error.__cause__).errno if isinstance(error.__cause__, OSError) else None
    if number not in _NOT_YET:
        return 0
    if until is None:
        return math.inf if number == errno.EAGAIN else 0
    return until - anyio.current_time()


async def _connect_once(address: Any) -> AnyByteStream:
    connectable = isinstance(address, ByteStreamConnectable | ObjectStreamConnectable)
    text = str(address) if connectable else _text(address)
    try:
        return await (address.connect() if connectable else _connect_to(text))
    except OSError as error:
        first = _first_of(error)
        number = first.errno or 0  # that of a failed look-up of a name is below 0
        reason = os.strerror(number) if number > 0 else first.strerror or str(first)
        raise ConnectError(text, reason, _HINTS.get(number, _GENERAL_HINT)) from error
    except ValueError as error:  # no port, a port of 70000, a NUL in the path, no such host name
        raise ConnectError(text, str(error), _SYNTAX) from error


def _text(address: str | os.PathLike[str] | None) -> str:
    text = DEFAULT if address is None else os.fspath(address)
    if not isinstance(text, str):
        raise TypeError(f"{_SYNTAX}; it is a str, not {type(text).__name__}")
    return text


async def _connect_to(text: str) -> ByteStream:
    scheme, separator, rest = text.partition("://")
    if not separator:
        return await _connect_unix(text)
    if scheme == "unix":
        return await _connect_unix(rest)
    if scheme == "tcp":
        return await anyio.connect_tcp(*_host_and_port(text))
    raise ValueError(f"the scheme {scheme}:// is not known")


def _first_of(error: OSError) -> OSError:
    """Return the failure behind those that AnyIO wraps around it; the first of several."""
    while error.errno is None:
        cause = error.__cause__
        if isinstance(cause, ExceptionGroup):  # one for each address of a host
            cause = cause.exceptions[0]
        if not isinstance(cause, OSError):
            break
        error = cause
    return error


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(text)
    if not parts.hostname or parts.port is None:
        raise ValueError("the host or the port is missing")
    return parts.hostname, parts.port


async def _connect_unix(path: str) -> UnixStream:
    """Connect here, and hand the connected socket over.

    While the backlog is full a non-blocking connect fails with EAGAIN, which
    asyncio.open_unix_connection takes for success.
    """
    if not hasattr(socket, "AF_UNIX"):  # pragma: no cover (Windows)
        raise OSError(errno.EAFNOSUPPORT, "no UNIX sockets on this system")
    if not path:
        raise ValueError("the path is empty")
    if "\0" in path[1:]:  # the system would take what is before it (in front: an abstract socket)
        raise ValueError("there is a NUL in the path")
    if len(os.fsencode(path)) > _MAX_PATH:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    await checkpoint()
    unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        unix.setblocking(False)
        unix.connect(path)
    except BaseException:
        unix.close()
        raise
    return unix_stream(unix)


def unix_stream(connected: socket.socket) -> UnixStream:
    """Return the byte stream of a connected UNIX socket, for the backend that runs."""
    if anyio.get_cancelled_exc_class().__module__.startswith("asyncio"):
        return AsyncioUnixStream(connected)
    return UnixStream(connected)
