"""What goes out is shown and never run, and what was refused can come back exactly as it was."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.formulas import disarmed, disarmed_for_return, looks_like_formula, restored
from exchange.mapping import load_mapping, map_rows
from exchange.reading import read_table
from exchange.writing import csv_bytes, csv_lines, rejects_csv
from tests.exchange.files import MINIMAL


def read_back(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1+1", "＠x", " =1+1", "\xa0=1", "\ufeff=1",
     "\u200b=1", "\x01=1", "\x00=1", "-", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "-2+3", "+49 30 123"],
)  # fmt: skip
def test_a_formula_gets_an_apostrophe_before_it(text: str) -> None:
    assert looks_like_formula(text)
    (cell,) = read_back(csv_bytes(["h"], [[text]]))[1]
    assert cell == "'" + text.replace("\x00", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "a=b",
        "1-2",
        "user@example.org",
        "'quoted'",
        "-5",
        "-5.25",
        "+3",
        "-1,234.5",
        "-1e5",
        "-12%",
    ],
)
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert disarmed(text) == text
    assert read_back(csv_bytes(["h"], [[text]]))[1:] in ([[text]], [[]])


def test_headers_and_file_names_are_disarmed_too() -> None:
    assert read_back(csv_bytes(["=x", "ok"], []))[0] == ["'=x", "ok"]


def test_numbers_stay_numbers_negative_ones_too() -> None:
    values = [-5, Decimal("-1204000.50"), Decimal("1E+3"), -0.1, 10**20, Decimal("NaN")]
    assert csv_bytes(["a", "b", "c", "d", "e", "f"], [values]).decode("utf-8-sig").splitlines()[1] == (
        '-5,-1204000.50,1000,-0.1,100000000000000000000,"NaN"'
    )


def test_every_kind_of_value_has_one_way_of_being_written() -> None:
    row = [
        None,
        True,
        date(2026, 11, 24),
        datetime(2026, 11, 24, 14, 20, tzinfo=UTC),
        ["a", "=b"],
        {"k": 1},
        "é\nx",
    ]
    assert read_back(csv_bytes(["h"] * 7, [row]))[1] == [
        "", "true", "2026-11-24", "2026-11-24T14:20:00Z", '["a", "=b"]', '{"k": 1}', "é\nx",
    ]  # fmt: skip


def test_a_text_with_a_semicolon_is_quoted_so_that_no_country_splits_it() -> None:
    assert b'"a;=1+1"' in csv_bytes(["h"], [["a;=1+1"]])


def test_lines_can_be_streamed_without_the_whole_file() -> None:
    lines = csv_lines(["a"], ([number] for number in range(3)))
    assert next(lines) == '\ufeff"a"\r\n'
    assert list(lines) == ["0\r\n", "1\r\n", "2\r\n"]


@given(st.text())
def test_no_text_leaves_as_a_formula(text: str) -> None:
    cell = disarmed(text)
    assert not looks_like_formula(cell)
    assert cell.lstrip("'").replace("\x00", "") == text.lstrip("'").replace("\x00", "")


@given(st.text())
def test_what_is_written_to_come_back_comes_back_exactly(text: str) -> None:
    written = disarmed_for_return(text)
    assert restored(written) == text
    assert not looks_like_formula(written)


REFUSABLE = (
    MINIMAL + '[file]\nkinds = ["xlsx", "csv"]\ncolumns = 4\nheaders = ["Name", "Unit", "Since", "=Note"]\n'
)


@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)] * 2),
        min_size=1,
        max_size=4,
    )
)
def test_a_file_of_refused_rows_holds_every_cell_as_it_was(cells: list[tuple[str, str]]) -> None:
    mapping = load_mapping(REFUSABLE)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["Name", "Unit", "Since", "=Note"])
    writer.writerows([("", "U", since, note) for since, note in cells])
    table = read_table(buffer.getvalue().encode(), mapping=mapping)
    results = map_rows(table, mapping, as_of=date(2026, 11, 24))
    assert {result.outcome for result in results} == {"refused"}
    again = read_table(rejects_csv(table, results), mapping=mapping)
    assert (again.headers, list(again.rows)) == (table.headers, list(table.rows))
    assert again.iso_dates, "cells that came from a workbook are still dates"


def test_a_file_of_refused_rows_says_why_in_columns_of_its_own() -> None:
    mapping = load_mapping(MINIMAL)
    table = read_table(b"Name,Unit\nA,B\n,=C\n", mapping=mapping)
    data = rejects_csv(table, map_rows(table, mapping, as_of=date(2026, 11, 24)))
    assert read_back(data) == [
        ["Name", "Unit", "Refused row", "Refused column", "Refused value", "Refused because"],
        ["", "'=C", "2", "Name", "", "Name is missing."],
    ]
