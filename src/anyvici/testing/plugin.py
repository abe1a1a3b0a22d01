"""The pytest plugin: the fixture `charon`, for tests that AnyIO's plugin or pytest-trio runs."""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from anyvici.testing import SimulatedCharon

_MARKER = "charon(**options): how the simulated charon of the fixture is made (anyvici)"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
async def charon(request: pytest.FixtureRequest) -> "AsyncGenerator[SimulatedCharon]":
    """A SimulatedCharon; @pytest.mark.charon(version="6.0.6") gives it options."""
    from anyvici.testing import SimulatedCharon  # not before somebody wants it: pytest starts fast

    marker = request.node.get_closest_marker("charon")
    async with SimulatedCharon(**(marker.kwargs if marker else {})) as simulated:
        yield simulated
