"""Every test that is marked `anyio` runs on both backends; all share one pair of gateways."""

import os
from collections.abc import Generator

import pytest

import anyvici
from anyvici.wire import loops
from tests.live.charon import missing
from tests.live.gateways import Gateways


def pytest_configure() -> None:
    """Refuse to test the one form of the codec where the other was asked for."""
    wanted = {"yes": True, "no": False}.get(os.environ.get("ANYVICI_COMPILE", ""))
    if wanted not in (None, anyvici.compiled):
        raise pytest.UsageError(f"ANYVICI_COMPILE is set, but not done: the codec is {codec()}")


def pytest_report_header() -> str:
    return f"anyvici: the codec is {codec()}"


def codec() -> str:
    return f"{'compiled' if anyvici.compiled else 'pure Python'}, {loops.__file__}"


@pytest.fixture(params=["trio", "asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def pair() -> Generator[Gateways]:
    """moon and sun, two real charons, in whatever state the last test has left them."""
    if lack := missing():
        if os.environ.get("CI") == "true":  # there, a skip would be read as a success
            pytest.fail(lack)
        pytest.skip(lack)
    with Gateways() as pair:
        yield pair
        pair.assert_healthy()
