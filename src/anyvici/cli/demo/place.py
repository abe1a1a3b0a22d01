"""Where a simulated charon can listen, and where it had better not."""

import errno
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from anyvici.cli.demo.scene import scene
from anyvici.cli.exits import UsageError
from anyvici.testing import SimulatedCharon

_FREE = (errno.ENOENT, errno.ECONNREFUSED)  # nothing is there, or what one has left that is gone


@asynccontextmanager
async def gateway_at(
    address: str, *, version: str, number: int | None, seed: int
) -> AsyncGenerator[SimulatedCharon]:
    """Have the scene at an address, or for None as the number of peers a charon without anything.

    Raises UsageError if it cannot listen there, and for a version that is not simulated.
    """
    async with AsyncExitStack() as stack:
        try:
            _refuse_what_is_in_use(address)
            charon = await stack.enter_async_context(
                SimulatedCharon(address, version=version, seed=seed)
                if number is None
                else scene(address, version=version, number=number, seed=seed)
            )
        except OSError as error:
            raise UsageError(f"cannot listen at {address}: {error.strerror or error}") from error
        except ValueError as error:
            raise UsageError(str(error)) from error
        yield charon


def _refuse_what_is_in_use(address: str) -> None:
    """Raise OSError if somebody listens at a path: who begins to listen there takes it over."""
    scheme, _, path = address.rpartition("://")
    if scheme not in ("", "unix") or not path:
        return
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        number = client.connect_ex(path)
    if number in (0, errno.EAGAIN):
        raise OSError(errno.EADDRINUSE, "somebody listens there already")
    if number not in _FREE:
        raise OSError(number, os.strerror(number))
