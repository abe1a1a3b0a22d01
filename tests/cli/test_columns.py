"""Tables: they fit, and stay in line, whatever stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from anyvici.cli.columns import Cell, Column, Columns
from anyvici.cli.text import safe
from tests.cli.screens import bare, terminal

NAME = Column("NAME", 8, grows=1)
ID = Column("ID", 4, right=True)
PEER = Column("PEER", 10, grows=3)
NOTE = Column("NOTE", 6, rank=1)


def test_what_is_left_over_is_shared() -> None:
    columns = Columns([NAME, ID, PEER], 80)
    assert columns.header() == "NAME" + " " * 17 + "  " + "  ID" + "  " + "PEER"
    assert [column.width for _, column in columns.columns] == [8 + 13, 4, 10 + 41]


@pytest.mark.parametrize(("width", "titles"), [(40, 4), (34, 4), (33, 3), (26, 3), (5, 3)])
def test_columns_are_left_out_by_rank(width: int, titles: int) -> None:
    assert len(Columns([NAME, ID, PEER, NOTE], width).columns) == titles


def test_a_row_has_a_cell_for_each_column_also_for_those_left_out() -> None:
    columns = Columns([NAME, NOTE, ID], 16)
    assert columns.row(["gw", "left out", "7"]) == "gw" + " " * 10 + "   7"


def test_text_is_cut_and_numbers_are_not() -> None:
    columns = Columns([NAME, ID, NOTE], None)
    assert Columns([NAME, ID, NOTE], 22).row(["a long name", "7", "note"]) == "a long …     7  note"
    assert Columns([NAME, ID, NOTE], 22).row(["a", "1234567", "abcdef"]) == "a" + (
        " " * 9 + "1234567  ab…"
    )
    assert columns.row(["n" * 200, "1234567", "abcdefgh"]).endswith("n  1234567  abcdefgh")


def test_what_is_too_long_takes_from_the_blanks_behind_it() -> None:
    columns = Columns([Column("A", 4), Column("B", 8), Column("C", 4)], None)
    assert columns.row(["a", "b", "c"]) == "a     b         c"
    assert columns.row(["aaaaaa", "b", "c"]) == "aaaaaa  b       c"
    assert columns.row(["aaaaaa", "bbbbbbbb", "c"]) == "aaaaaa  bbbbbbbb  c"


def test_wide_characters_take_two_cells() -> None:
    columns = Columns([NAME, ID], 14)
    rows = [
        columns.row([name, "1"])
        for name in ("gw", "日本", "日本日本日本", "cafe\u0301", "a日本日本")
    ]
    assert [cell_len(row) for row in rows] == [14] * 5
    assert rows[2] == "日本日 …     1"


def test_cells_have_their_style_and_the_blanks_are_in_it() -> None:
    columns = terminal(20, colours=True).columns(NAME, ID)
    assert columns.row([Cell("gw", "green"), "7"]) == "\x1b[32mgw            \x1b[0m     7"
    assert "\x1b" not in terminal(20).columns(NAME, ID).row([Cell("gw", "green"), "7"])


TEXTS = st.text(max_size=60).map(safe)
COLUMN = st.builds(
    Column,
    st.just("TITLE"),
    st.integers(5, 20),
    grows=st.integers(0, 3),
    rank=st.integers(0, 2),
)


@given(st.lists(st.tuples(COLUMN, TEXTS, TEXTS), min_size=1, max_size=6), st.integers(150, 200))
def test_every_row_fits_and_is_in_line(cells: list[tuple[Column, str, str]], width: int) -> None:
    given = [column for column, _, _ in cells]
    columns = Columns([*given, Column("END", 3)], width)
    rows = [
        columns.row([*texts, "end"]) for texts in zip(*(each[1:] for each in cells), strict=True)
    ]
    assert {cell_len(row) for row in rows} == {cell_len(columns.header())}
    assert all(cell_len(row) <= width and row.endswith("end") for row in rows)


@given(st.lists(st.tuples(COLUMN, TEXTS), min_size=1, max_size=6))
def test_nothing_is_lost_where_there_is_no_terminal(cells: list[tuple[Column, str]]) -> None:
    row = Columns([column for column, _ in cells], None).row([text for _, text in cells])
    for _, text in cells:
        assert text.rstrip() in row


@given(st.lists(st.tuples(COLUMN, TEXTS), min_size=1, max_size=6), st.integers(1, 200))
def test_colours_change_no_cell(cells: list[tuple[Column, str]], width: int) -> None:
    columns, texts = zip(*cells, strict=True)
    painted = terminal(width, colours=True).columns(*columns).row([Cell(t, "red") for t in texts])
    assert bare(painted).rstrip() == terminal(width).columns(*columns).row(list(texts))
