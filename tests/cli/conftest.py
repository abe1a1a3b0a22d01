"""Programs that tests start can be hung up, whoever has started the tests."""

import signal
from collections.abc import Generator

import pytest


@pytest.fixture(scope="package", autouse=True)
def hangups() -> Generator[None]:
    """Have SIGHUP as it is by default: below nohup it is ignored, and programs inherit that."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
