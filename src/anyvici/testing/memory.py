"""A byte stream in memory: what goes in at one end comes out at the other."""

import math

import anyio
from anyio.abc import AnyByteStream
from anyio.streams.stapled import StapledObjectStream


def stream_pair() -> tuple[AnyByteStream, AnyByteStream]:
    """Return both ends. Neither ever waits for the other to read."""
    there, here = anyio.create_memory_object_stream[bytes](math.inf)
    back, yonder = anyio.create_memory_object_stream[bytes](math.inf)
    return StapledObjectStream(there, yonder), StapledObjectStream(back, here)
