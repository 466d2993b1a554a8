"""Bytes of delimited text to a table, or one clear refusal that names the place and the remedy."""

import codecs
from collections.abc import Callable

import pytest

from exchange.reading import Column, FileRefused, FileRules, Limits, Table, read_table
from exchange.reading.limits import DEFAULT_LIMITS, Deadline
from tests.exchange.files import Expecting, sample


def refusal(
    data: bytes,
    mapping: Expecting | None = None,
    *,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read_table(data, filename="x.csv", mapping=mapping, encoding=encoding, limits=limits)
    error = caught.value
    assert error.code
    assert error.message.endswith(".")
    assert error.remedy.endswith(".")
    return error


def test_the_sample_reads_as_it_was_written() -> None:
    table = read_table(sample(), filename="sample.csv")
    assert (table.kind, table.encoding, table.delimiter) == ("csv", "cp1252", ",")
    assert (len(table.headers), len(table.rows), table.blank_rows) == (28, 41, 0)
    assert (
        table.rows[0][12]
        == "Simple claims wait behind hard ones.\nHandlers sort by hand, first come first served."
    )
    assert table.rows[11][2:4] == ("Claims ", "Contact\xa0centre")
    assert "“It takes four minutes”" in table.rows[11][12]


def test_repeated_headers_keep_every_column_under_its_position() -> None:
    table = read_table(sample())
    assert [label for label in table.labels if label.startswith("If other")] == [
        "If other, please explain. [24]",
        "If other, please explain. [26]",
        "If other, please explain. [28]",
    ]
    assert len(set(table.labels)) == 28


def test_headers_without_text_get_a_label_too() -> None:
    table = read_table(b"Name,,\nA,1,2\n")
    assert table.labels == ("Name", "(no header) [2]", "(no header) [3]")


def test_a_label_never_hides_another_column() -> None:
    assert len(set(read_table(b"a,a,a [1]\n1,2,3\n").labels)) == 3


@pytest.mark.parametrize(
    ("encode", "encoding"),
    [
        (lambda text: text.encode("utf-8"), "utf-8"),
        (lambda text: codecs.BOM_UTF8 + text.encode("utf-8"), "utf-8-sig"),
        (lambda text: text.encode("utf-16"), "utf-16"),
        (lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), "utf-16"),
        (lambda text: text.encode("utf-32"), "utf-32"),
        (lambda text: text.encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_told_by_mark_then_utf8_then_cp1252(
    encode: Callable[[str], bytes], encoding: str
) -> None:
    table = read_table(encode("Name,Unit\nÉcole “A” – x,Ü\n"))
    assert table.encoding == encoding
    assert table.headers == ("Name", "Unit")
    assert table.rows[0] == ("École “A” – x", "Ü")


def test_a_stated_encoding_is_used_and_can_be_overridden() -> None:
    data = "Name,Unit\nПилот,Ц\n".encode("cp1251")
    assert read_table(data, mapping=Expecting(FileRules(encodings=("cp1251",)))).rows[0] == ("Пилот", "Ц")
    assert read_table(data, encoding="windows-1251").rows[0] == ("Пилот", "Ц")
    assert read_table("Name,Unit\na,b\n".encode("utf-16-le"), encoding="utf-16-le").rows[0] == ("a", "b")


def test_an_encoding_that_is_not_text_is_refused() -> None:
    assert refusal(b"Name,Unit\na,b\n", encoding="rot13").code == "unknown_encoding"
    assert refusal(b"Name,Unit\na,b\n", encoding="utf-7").code == "unknown_encoding"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_wide_text_without_a_mark_is_named_not_guessed(encoding: str) -> None:
    error = refusal("Name,Unit\nMotor claims triage,CLM\n".encode(encoding))
    assert error.code == "wrong_encoding"
    assert "UTF-16" in error.message


def test_utf8_with_a_broken_byte_is_not_read_as_cp1252() -> None:
    data = "Name,Unit\nÉcole,Ü\nÉté,Ö\nAäß,Ü\n".encode()
    error = refusal(data.replace("Été".encode(), b"\xc3\x89t\xc3"))
    assert error.code == "wrong_encoding"
    assert error.place is not None
    assert (error.place.row, error.place.column) == (2, "Name")


def test_a_byte_that_cp1252_lacks_is_refused_with_its_place() -> None:
    error = refusal(b'Name,Unit\n"a\nb",c\nd,\x81\n')
    assert error.code == "wrong_encoding"
    assert error.place is not None
    assert (error.place.row, error.place.column, error.place.line) == (2, "Unit", 4)


def test_a_marked_file_cut_inside_a_character_is_refused() -> None:
    assert refusal("Name,Unit\na,é\n".encode("utf-16")[:-1]).code == "wrong_encoding"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_sniffed(delimiter: str) -> None:
    data = "Name\0Spent\0Note\nA\0" + '"1,5"\0"x; y | z"\nB\0' + "2\0\n"
    table = read_table(data.replace("\0", delimiter).encode())
    assert table.delimiter == delimiter
    assert table.rows == [("A", "1,5", "x; y | z"), ("B", "2", "")]


def test_decimal_commas_do_not_make_a_comma_file() -> None:
    table = read_table(b"Name;Spent\nA;1,5\nB;2,25\n")
    assert table.rows == [("A", "1,5"), ("B", "2,25")]


def test_the_first_line_of_excel_names_the_delimiter_and_is_no_data() -> None:
    table = read_table(b"sep=;\r\nName;Unit\r\nA;B\r\n")
    assert (table.delimiter, table.headers, table.rows) == (";", ("Name", "Unit"), [("A", "B")])


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_ends_a_row(newline: str) -> None:
    table = read_table(f'Name,Unit{newline}"a{newline}b",c{newline}d,e'.encode())
    assert table.rows == [(f"a{newline}b", "c"), ("d", "e")]


def test_rows_without_text_are_counted_and_are_no_data() -> None:
    table = read_table(b"\n\nName,Unit\nA,B\n\n,\n \xa0,\nC,D\n")
    assert (len(table.rows), table.blank_rows) == (2, 3)
    assert table.lines == [4, 8]


def test_a_header_further_down_is_found_where_the_mapping_says() -> None:
    data = b"Inventory of 2025,\nas of,June\nName,Unit\nA,B\n"
    assert read_table(data, mapping=Expecting(FileRules(header_row=3))).rows == [("A", "B")]


@pytest.mark.parametrize(
    ("data", "code", "row", "column"),
    [
        (b"", "empty", None, None),
        (b"\n\n", "empty", None, None),
        (b"Name,Unit\n", "no_rows", None, None),
        (b"Name,Unit\nA,B\nC\n", "wrong_cell_count", 2, "Unit"),
        (b"Name,Unit\nA,B,C\n", "wrong_cell_count", 1, "3"),
        (b'Name,Unit\nA,"B\n', "truncated_row", 1, None),
        (b'Name,Unit\n"A"B,C\n', "bad_quote", 1, None),
        (b"Name,Unit\nA,B\nC,D\x00E\n", "nul_byte", 2, "Unit"),
        (b"Name\x00,Unit,More\nA,B,C\n", "nul_byte", None, "1"),
        (
            b",".join(b"c%d" % n for n in range(100_000)) + b"\n" + b"," * 99_999 + b"\n",
            "too_many_columns",
            None,
            "501",
        ),
    ],
)
def test_each_damage_is_one_clear_error(data: bytes, code: str, row: int | None, column: str | None) -> None:
    error = refusal(data)
    assert error.code == code
    assert (error.place.row if error.place else None) == row
    assert (error.place.column if error.place else None) == column


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_a_table"),
        (b"%PDF-1.7\n", "not_a_table"),
        (b"\x1f\x8b\x08", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n", "not_a_table"),
        (b"<!DOCTYPE html><table>", "not_a_table"),
        (b"\xef\xbb\xbf\n<html>", "not_a_table"),
        (b"PK\x03\x04rubbish", "broken_workbook"),
        (b"PK\x05\x06" + b"\x00" * 18, "not_a_workbook"),
    ],
)
def test_what_is_no_table_is_told_by_its_content(start: bytes, code: str) -> None:
    assert refusal(start + b"\x00" * 3 if code == "not_a_table" else start).code == code


def test_damaged_copies_of_the_sample_are_each_refused_in_their_own_words() -> None:
    data = sample()
    lines = data.split(b"\r\n")
    copies = {
        "truncated_row": data[: data.index(b"Handlers sort") + 8],
        "wrong_cell_count": data[: data.rindex(b"Facilities") + 3],
        "wrong_encoding": data.decode("cp1252").encode("utf-16-le"),
        "nul_byte": data.replace(b"Chatbot", b"Chat\x00bot", 1),
        "missing_column": b"\r\n".join([lines[0].replace(b"Unit,Unit name", b"U,Unit name"), *lines[1:]]),
        "empty": b"",
        "no_rows": lines[0],
    }
    mapping = Expecting(FileRules(needed=(Column(header="Unit"),)))
    assert {code: refusal(copy, mapping).code for code, copy in copies.items()} == {
        code: code for code in copies
    }


def test_a_header_that_drifted_refuses_the_file_and_names_the_first_difference() -> None:
    mapping = Expecting(FileRules(columns=3, headers=("Name", "Unit", "Stage")))
    assert read_table(b"name, UNIT ,Stage\na,b,c\n", mapping=mapping).rows
    error = refusal(b"Name,Agency,Stage\na,b,c\n", mapping)
    assert (error.code, error.place and error.place.column) == ("header_drift", "Unit")
    missing = refusal(b"Name,Stage\na,c\n", mapping)
    assert missing.code == "wrong_column_count"
    assert "“Unit”" in missing.message
    assert refusal(b"Name,Unit,Stage,New\na,b,c,d\n", mapping).code == "wrong_column_count"


def test_a_column_is_named_by_position_where_its_header_repeats() -> None:
    error = refusal(b"a,a\n1,2\n", Expecting(FileRules(needed=(Column(header="a"),))))
    assert error.code == "ambiguous_column"
    assert "columns 1, 2" in error.message
    assert read_table(b"a,a\n1,2\n", mapping=Expecting(FileRules(needed=(Column(position=2),)))).rows
    assert refusal(b"a,a\n1,2\n", Expecting(FileRules(needed=(Column(position=3),)))).code == "missing_column"


def test_short_rows_are_padded_only_where_the_mapping_says_so() -> None:
    data = b"Name,Unit,Note\nA\nB,C,D,,\n"
    assert refusal(data).code == "wrong_cell_count"
    assert read_table(data, mapping=Expecting(FileRules(pad_short_rows=True))).rows == [
        ("A", "", ""),
        ("B", "C", "D"),
    ]
    assert (
        refusal(b"Name,Unit\nA,B,C\n", Expecting(FileRules(pad_short_rows=True))).code == "wrong_cell_count"
    )


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(file_bytes=20), "too_large"),
        (Limits(rows=2), "too_many_rows"),
        (Limits(columns=1), "too_many_columns"),
        (Limits(cells=5), "too_many_cells"),
        (Limits(cell_characters=3), "cell_too_long"),
    ],
)
def test_every_limit_is_a_refusal(limits: Limits, code: str) -> None:
    data = b"Name,Unit\nA,B\nC,DDDD\nE,F\n"
    assert isinstance(read_table(data), Table)
    assert refusal(data, limits=limits).code == code


def test_a_cell_that_swallows_the_file_is_refused_not_kept() -> None:
    data = b'Name,Unit\n"A,B\n' + b"x,y\n" * 50_000
    assert refusal(data).code in ("cell_too_long", "truncated_row")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\n" * 200_000, "too_many_rows"),
        (b"Name,Unit\nA,B\n" + b",\n" * 200_000, "too_many_rows"),
        (b"," * 300_000, "too_many_columns"),
        (b'",' * 200_000, "too_many_columns"),
        (b'"' * 400_000, "cell_too_long"),
        (b"\xe9" * 400_000, "cell_too_long"),
        ("é,é\n".encode() * 50_000 + b"\xff", "wrong_encoding"),
        (b"a,b\n" * 90_000 + b"\x00", "nul_byte"),
    ],
)
def test_what_would_swell_in_memory_is_refused_before_it_does(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_time_has_an_end_too() -> None:
    ticks = iter((0.0, 1.0, 61.0))
    deadline = Deadline(60, clock=lambda: next(ticks))
    deadline.check()
    with pytest.raises(FileRefused, match="60 seconds"):
        deadline.check(7)


def test_the_kind_is_told_by_content_and_must_be_the_expected_one() -> None:
    assert refusal(b"Name,Unit\na,b\n", Expecting(FileRules(kinds=("xlsx",)))).code == "wrong_kind"
    assert refusal(b"PK\x03\x04", Expecting(FileRules(kinds=("csv",)))).code == "wrong_kind"
