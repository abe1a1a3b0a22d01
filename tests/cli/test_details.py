"""Facts in lines: wrapped where there is a terminal, whole where there is none."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from anyvici.cli.columns import Cell
from anyvici.cli.show.details import Details, wrapped
from anyvici.cli.text import safe
from tests.cli.screens import plain, terminal

MANY = " ".join(f"10.{number}.0.0/16" for number in range(12))


def test_facts_have_titles_and_empty_ones_are_left_out() -> None:
    facts = {"local": "10.0.0.1", "none": "", "nothing": None, "reqid": Cell("7", "red")}
    lines = list(Details(plain(), title=6).lines(facts))
    assert lines == ["  local   10.0.0.1", "  reqid   7"]


def test_long_ones_are_wrapped_below_each_other() -> None:
    lines = list(Details(terminal(40), title=6).lines({"local": MANY}, 4))
    assert lines[0] == "    local   10.0.0.0/16 10.1.0.0/16"
    assert all(line.startswith(" " * 12 + "10.") for line in lines[1:])
    assert " ".join(line[12:] for line in lines) == MANY
    assert len(list(Details(plain()).lines({"local": MANY}))) == 1


def test_a_terminal_that_is_too_narrow_wraps_by_itself() -> None:
    assert len(list(Details(terminal(20)).lines({"local": MANY}))) == 1


def test_styles_are_in_each_line() -> None:
    lines = list(Details(terminal(40, colours=True)).lines({"x": Cell(MANY, "red")}))
    assert len(lines) > 2
    assert all("\x1b[31m10." in line and line.endswith("\x1b[0m") for line in lines)


def test_texts_of_others_are_harmless() -> None:
    assert list(Details(plain(), title=2).lines({"id": "\x1b[2J"})) == ["  id  \\x1b[2J"]


@given(st.text().map(safe), st.integers(20, 60))
def test_any_text_is_wrapped_without_loss(text: str, room: int) -> None:
    lines = wrapped(text, room)
    assert " ".join(lines) == text
    assert all(cell_len(line) <= room or " " not in line for line in lines)
