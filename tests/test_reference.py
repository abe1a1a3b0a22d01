"""docs/reference.md tells of everything that can be imported."""

import importlib.util
import re
from pathlib import Path

import pytest

import anyvici

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "reference.md").read_text()


@pytest.mark.parametrize("name", anyvici.__all__)
def test_every_name_is_there(name: str) -> None:
    assert f"### {name}\n" in PAGE


@pytest.mark.parametrize("cls", [anyvici.Client, anyvici.Connection], ids=lambda c: c.__name__)
def test_every_method_is_there(cls: type) -> None:
    (section,) = re.findall(rf"^### {cls.__name__}\n(.*?)^#", PAGE, re.MULTILINE | re.DOTALL)
    methods = {name for name in dir(cls) if not name.startswith("_")}
    assert methods == set(re.findall(r"^\*\*(\w+)\*\*", section, re.MULTILINE))


def test_it_is_what_the_docstrings_say() -> None:
    """Types are written differently by different versions of Python, so words are compared."""
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)

    def prose(page: str) -> list[str]:
        return re.sub(r"`[^`]*`", "", page).split()

    assert prose(reference.page()) == prose(PAGE), "run: python docs/reference.py"


def test_all_names_are_documented() -> None:
    for name in anyvici.__all__:
        item = getattr(anyvici, name)
        assert not isinstance(item, type) or item.__doc__, name
