"""A byte stream in memory: what goes in at one end comes out at the other."""

import math

import anyio
from anyio.abc import ByteStream
from anyio.streams.buffered import BufferedByteStream
from anyio.streams.stapled import StapledObjectStream


def stream_pair() -> tuple[ByteStream, ByteStream]:
    """Return both ends. Neither ever waits for the other to read."""
    there, here = anyio.create_memory_object_stream[bytes](math.inf)
    back, yonder = anyio.create_memory_object_stream[bytes](math.inf)
    ends = StapledObjectStream(there, yonder), StapledObjectStream(back, here)
    return BufferedByteStream(ends[0]), BufferedByteStream(ends[1])
