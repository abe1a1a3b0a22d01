"""docs/screenshots.py makes pictures of what the program shows, and README has them."""

import os
import re
import runpy
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def screenshots() -> dict[str, Any]:
    if shutil.which("tmux") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("tmux is not there")
        pytest.skip("tmux is not there")
    return runpy.run_path(str(DOCS / "screenshots.py"))


def lines(svg: str) -> list[str]:
    """Return the lines of text in a picture; raises ParseError for what is no XML."""
    found: dict[float, str] = {}
    for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        y = float(element.attrib["y"])
        found[y] = f"{found.get(y, '')} {element.text}".replace("\N{NO-BREAK SPACE}", " ")
    return [" ".join(found[y].split()) for y in sorted(found)]


def test_list_sas(screenshots: dict[str, Any]) -> None:
    svg = screenshots["list_sas"](seconds=1.0)
    shown = lines(svg)
    assert "$ anyvici list-sas" in shown
    assert any(line.startswith("NAME ID STATE LOCAL REMOTE IN OUT") for line in shown), shown
    assert any(line.startswith("berlin 1 ESTABLISHED moon 203.0.113.1 berlin") for line in shown)
    assert any(line.startswith("lan 1 INSTALLED 10.0.0.0/16 10.1.0.0/16") for line in shown)
    assert len(set(re.findall(r"fill: (#\w+)", svg))) >= 2  # it has colours


@pytest.mark.parametrize("name", ["list-sas.svg", "top.svg"])
def test_the_pictures_of_readme(name: str) -> None:
    svg = (DOCS / name).read_text("utf-8")
    assert len(svg) < 40_000
    shown = lines(svg)
    assert any("berlin" in line and "ESTABLISHED" in line for line in shown)
    for elsewhere in ("url(", "href", "@import", "<script"):
        assert elsewhere not in svg
