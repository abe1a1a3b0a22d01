"""The pytest plugin: the fixture `charon`, for tests that AnyIO's plugin or pytest-trio runs."""

import inspect
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

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

    async with SimulatedCharon(**_options(request, SimulatedCharon)) as simulated:
        yield simulated


def _options(request: pytest.FixtureRequest, made: "type[SimulatedCharon]") -> dict[str, Any]:
    """Return what the marker wants; the one that is closest to the test counts."""
    marker = request.node.get_closest_marker("charon")
    if marker is None:
        return {}
    if wrong := _what_is_wrong(marker, made):
        pytest.fail(f"@pytest.mark.charon: {wrong}", pytrace=False)
    return dict(marker.kwargs)


def _what_is_wrong(marker: pytest.Mark, made: "type[SimulatedCharon]") -> str:
    if marker.args:
        return "options have names"
    try:
        inspect.signature(made).bind(**marker.kwargs)
    except TypeError as error:
        return str(error)
    return ""
