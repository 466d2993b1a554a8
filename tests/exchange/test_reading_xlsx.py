"""Workbooks to a table: values as they are meant, and every hostile or damaged one refused before it costs anything."""

import datetime
import io
import resource
import zipfile
from decimal import Decimal

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from exchange.reading import FileRefused, FileRules, Limits, Table, read_table
from tests.exchange.files import HEADER, MAIN, Expecting, archive, cell, row, sheet_xml, workbook


def refused(data: bytes, mapping: Expecting | None = None, limits: Limits | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read_table(data, mapping=mapping, limits=limits or Limits())
    assert caught.value.remedy.endswith(".")
    return caught.value


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def table_of(*rows: tuple[object, ...]) -> Table:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for values in rows:
        sheet.append(list(values))
    return read_table(saved(book))


DATA = row(2, cell("A2", "Triage"), cell("B2", "CLM"))


def test_cells_become_the_text_a_csv_file_would_hold() -> None:
    table = table_of(
        ("text", "whole", "real", "long", "flag", "day", "moment", "none", "last"),
        ("é “x”\nline", 5, 0.1, 12345678901234570000, True, datetime.date(2024, 11, 24),
         datetime.datetime.fromisoformat("2024-11-24T13:05"), None, "end"),
        ("", -5, Decimal("-1204000.25"), 1e21, False, datetime.datetime.fromisoformat("1905-07-14"), datetime.time(9, 30), None, "x"),
    )  # fmt: skip
    assert table.kind == "xlsx"
    assert table.sheet == "Sheet"
    assert table.iso_dates
    assert table.rows[0] == (
        "é “x”\nline", "5", "0.1", "12345678901234570000", "TRUE", "2024-11-24", "2024-11-24 13:05:00", "", "end",
    )  # fmt: skip
    assert table.rows[1] == (
        "", "-5", "-1204000.25", "1000000000000000000000", "FALSE", "1905-07-14", "09:30:00", "", "x",
    )  # fmt: skip


def test_digits_that_only_binary_arithmetic_added_are_not_data() -> None:
    data = workbook(sheet_xml(HEADER, row(2, cell("A2", "1.1000000000000001", "n"), cell("B2", "1E-7", "n"))))
    assert read_table(data).rows == [("1.1", "0.0000001")]
    whole = "5.79999999999999982236431605997495353221893310546875"  # the binary number, written out
    data = workbook(sheet_xml(HEADER, row(2, cell("A2", "5.7999999999999998", "n"), cell("B2", whole, "n"))))
    assert read_table(data).rows == [("5.8", "5.8")]


@pytest.mark.parametrize(
    "written",
    ["12345678901234567890", "-12345678901234567890", "9007199254740993", "12345678901234567", "0.12345678901234567891",
     "1.2345678901234567890E+19"],
)  # fmt: skip
def test_a_number_of_more_digits_than_a_spreadsheet_keeps_is_refused_at_its_cell_and_not_altered(written: str) -> None:  # fmt: skip
    told = refused(workbook(sheet_xml(HEADER, row(2, cell("A2", "x"), cell("B2", written, "n")))))
    assert told.code == "too_many_digits"
    assert "The cell B2 of" in str(told)
    assert written in str(told)
    assert "Format the cell as text" in told.remedy


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("123456789012345", "123456789012345"),
        ("9007199254740992", "9007199254740992"),
        ("12345678901234500000", "12345678901234500000"),
        ("100000000000000000000000", "100000000000000000000000"),
        ("1e-400", "1e-400"),
        ("0.000", "0"),
    ],
)
def test_a_number_that_a_spreadsheet_keeps_is_kept_exactly(written: str, kept: str) -> None:
    data = workbook(sheet_xml(HEADER, row(2, cell("A2", "x"), cell("B2", written, "n"))))
    assert read_table(data).rows == [("x", kept)]


def test_a_long_number_written_as_text_is_kept_exactly() -> None:
    data = workbook(sheet_xml(HEADER, row(2, cell("A2", "12345678901234567890", "str"), cell("B2", "x"))))
    assert read_table(data).rows == [("12345678901234567890", "x")]


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    sheet = sheet_xml(HEADER, row(2, cell("A2", "x"), cell("B2", "44158", "n", 1)))
    assert read_table(workbook(sheet, styles=styles)).rows == [("x", "2020-11-23")]
    since_1904 = workbook(sheet, styles=styles, properties='<workbookPr date1904="1"/>')
    assert read_table(since_1904).rows == [("x", "2024-11-24")]


def test_own_date_formats_and_durations_are_told_from_numbers() -> None:
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="d/m/yy;@"/><numFmt numFmtId="165" formatCode="[h]:mm"/>'
        '<numFmt numFmtId="166" formatCode="0.00&quot; days&quot;"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs>'
    )
    cells = [
        cell("A2", "45000", "n", 1),
        cell("B2", "1.5", "n", 2),
        cell("C2", "45000", "n", 3),
        cell("D2", "45000", "n", 9),
    ]
    header = row(1, *(cell(f"{letter}1", letter) for letter in "ABCD"))
    assert read_table(workbook(sheet_xml(header, row(2, *cells)), styles=styles)).rows == [
        ("2023-03-15", "1 day, 12:00:00", "45000", "45000")
    ]


def test_a_day_number_without_a_day_stays_a_number() -> None:
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    sheet = sheet_xml(HEADER, row(2, cell("A2", "99999999", "n"), cell("B2", "x")))
    assert read_table(workbook(sheet, styles=styles)).rows == [("99999999", "x")]


def test_shared_texts_come_without_their_formatting_and_phonetic_hints() -> None:
    texts = (
        "<si><t>Name</t></si><si><r><rPr><b/></rPr><t>Un</t></r><r><t>it</t></r><rPh><t>hint</t></rPh></si>"
    )
    sheet = sheet_xml(row(1, cell("A1", 0, "s"), cell("B1", 1, "s")), DATA)
    assert read_table(workbook(sheet, texts=texts)).headers == ("Name", "Unit")


def test_escaped_control_characters_are_what_they_stand_for() -> None:
    assert (
        read_table(workbook(sheet_xml(HEADER, row(2, cell("A2", "a_x000D_\nb"), cell("B2", "x"))))).rows[0][0]
        == "a\r\nb"
    )
    for escaped, code in (("_x0000_", "nul_byte"), ("_xD800_", "broken_character")):
        error = refused(workbook(sheet_xml(HEADER, row(2, cell("A2", escaped), cell("B2", "x")))))
        assert (error.code, error.place and error.place.column) == (code, "Name")


def test_a_formula_is_read_as_its_value_and_one_without_a_value_is_refused() -> None:
    computed = '<c r="A2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'
    assert read_table(workbook(sheet_xml(HEADER, row(2, computed, cell("B2", "x"))))).rows == [("ab", "x")]
    never = '<c r="A2"><f>SUM(C1:C9)</f></c>'
    error = refused(workbook(sheet_xml(HEADER, row(2, never, cell("B2", "x")))))
    assert error.code == "formula_without_value"
    assert "A2" in error.message


def test_rows_cells_and_columns_may_be_sparse_and_the_table_may_begin_anywhere() -> None:
    header = row(3, cell("C3", "Name"), cell("E3", "Unit"))
    data = (
        row(5, cell("C5", "a")),
        '<row><c t="inlineStr"><is><t> </t></is></c></row>',
        row(9, cell("E9", "b"), cell("F9", "c")),
    )
    table = read_table(workbook(sheet_xml(header, *data)))
    assert table.headers == ("", "", "Name", "", "Unit", "")
    assert table.rows == [("", "", "a", "", "", ""), ("", "", "", "", "b", "c")]
    assert list(table.lines) == [5, 9]
    assert table.blank_rows == 3


def test_the_first_visible_sheet_with_values_is_read_or_the_named_one() -> None:
    one = sheet_xml(HEADER, DATA)
    two = sheet_xml(row(1, cell("A1", "Other")), row(2, cell("A2", "y")))
    data = workbook(one, sheet_xml(), two, states=("hidden", "visible", "visible"), titles=("A", "B", "C d"))
    assert read_table(data).sheet == "C d"
    assert read_table(data, mapping=Expecting(FileRules(sheet=1))).sheet == "A"
    assert read_table(data, mapping=Expecting(FileRules(sheet=" c  D "))).sheet == "C d"
    assert refused(data, Expecting(FileRules(sheet="Z"))).code == "no_sheet"
    assert "“C d”" in refused(data, Expecting(FileRules(sheet=9))).message
    assert refused(data, Expecting(FileRules(sheet="B"))).code == "empty"


def test_merged_cells_in_the_table_are_refused_above_the_header_they_are_not() -> None:
    merged = '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
    title = row(1, cell("A1", "Inventory"))
    sheet = sheet_xml(
        title,
        row(2, cell("A2", "Name"), cell("B2", "Unit")),
        row(3, cell("A3", "a"), cell("B3", "b")),
        after=merged,
    )
    error = refused(workbook(sheet))
    assert error.code == "merged_cells"
    assert "A1:B1" in error.message
    assert read_table(workbook(sheet), mapping=Expecting(FileRules(header_row=2))).rows == [("a", "b")]
    assert read_table(
        workbook(sheet), mapping=Expecting(FileRules(merged_cells_keep_first=True))
    ).headers == (
        "Inventory",
        "",
    )


def test_a_sparse_sheet_of_a_kilobyte_does_not_cost_seventeen_billion_cells() -> None:
    far = workbook(sheet_xml(HEADER, row(1_048_576, cell("XFD1048576", "x")), dimension="A1:XFD1048576"))
    assert len(far) < 2_000
    assert refused(far).code == "too_many_rows"
    wide = workbook(sheet_xml(HEADER, row(2, cell("XFD2", "x"))))
    assert refused(wide).code == "too_many_columns"
    lying = workbook(sheet_xml(HEADER, DATA, row(1_048_576), dimension="A1:XFD1048576"))
    assert read_table(lying).rows == [("Triage", "CLM")]


def test_what_unpacks_to_gigabytes_is_refused_from_its_directory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    huge = b"<x>" + b" " * (40 * 1024 * 1024)
    data = workbook(sheet_xml(HEADER, DATA), extra={"xl/bomb.xml": huge})
    del huge
    assert refused(data).code == "unpacks_too_large"
    many = workbook(sheet_xml(HEADER, DATA), extra={f"xl/p{n}.xml": b"x" * 1000 for n in range(60)})
    assert refused(many, limits=Limits(unpacked_bytes=50_000)).code == "unpacks_too_large"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100 * 1024


def test_an_archive_of_a_hundred_thousand_parts_is_not_opened() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        for number in range(2_500):
            made.writestr(f"xl/worksheets/sheet{number}.xml", "")
    assert refused(buffer.getvalue()).code == "too_many_parts"
    sheets = workbook(*[sheet_xml(HEADER, DATA)] * 70)
    assert refused(sheets).code == "too_many_sheets"


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]>'


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ({"xl/worksheets/sheet1.xml": LAUGHS + sheet_xml(HEADER, DATA)}, "xml_entities"),
        ({"xl/worksheets/sheet1.xml": OUTSIDE + sheet_xml(HEADER, DATA)}, "xml_entities"),
        ({"xl/workbook.xml": LAUGHS + f'<workbook xmlns="{MAIN}"/>'}, "xml_entities"),
        ({"xl/vbaProject.bin": b"\x00"}, "macros"),
        ({"xl/externalLinks/externalLink1.xml": "<x/>"}, "external_links"),
        ({"xl/embeddings/inner.xlsx": b"PK\x03\x04"}, "nested_archive"),
        ({"xl/inner.zip": b"PK\x03\x04"}, "nested_archive"),
        ({"../../etc/passwd": "x"}, "unsafe_name"),
        ({"/etc/passwd": "x"}, "unsafe_name"),
        ({"..\\x": "x"}, "unsafe_name"),
        ({"C:x": "x"}, "unsafe_name"),
        ({"xl/worksheets/sheet1.xml": "<worksheet"}, "broken_workbook"),
        ({"xl/worksheets/sheet1.xml": b"\x00\x01\x02"}, "broken_workbook"),
        ({"xl/worksheets/sheet1.xml": '<?xml version="1.0" encoding="x-none"?><a/>'}, "broken_workbook"),
        ({"xl/workbook.xml": f'<workbook xmlns="{MAIN}"/>'}, "no_sheet"),
        ({"_rels/.rels": "<Relationships/>"}, "not_a_workbook"),
        ({"xl/worksheets/sheet1.xml": sheet_xml(DATA, HEADER)}, "broken_workbook"),
        ({"xl/worksheets/sheet1.xml": sheet_xml(row(1, cell("B1", "x"), cell("A1", "y")))}, "broken_workbook"),
        ({"xl/worksheets/sheet1.xml": sheet_xml(row(1, cell("AAAA1", "x")))}, "broken_workbook"),
        ({"xl/worksheets/sheet1.xml": sheet_xml(row(1, cell("A1", "7", "s")))}, "broken_workbook"),
        ({"xl/worksheets/sheet1.xml": sheet_xml(row(1, cell("A1", "-1", "s")))}, "broken_workbook"),
        ({"xl/worksheets/sheet1.xml": sheet_xml(row(1, cell("A1", "nan", "n")))}, "broken_workbook"),
        ({"xl/worksheets/sheet1.xml": sheet_xml(HEADER)}, "no_rows"),
        ({"xl/worksheets/sheet1.xml": sheet_xml()}, "empty"),
    ],
)  # fmt: skip
def test_hostile_and_damaged_workbooks_are_each_one_clear_error(
    extra: dict[str, str | bytes], code: str
) -> None:
    assert refused(workbook(sheet_xml(HEADER, DATA), extra=extra)).code == code


def test_a_workbook_cut_off_anywhere_is_refused() -> None:
    data = workbook(sheet_xml(HEADER, DATA))
    codes = {refused(data[:end]).code for end in range(5, len(data) - 1, 97)}
    assert codes == {"broken_workbook"}


def test_an_archive_of_something_else_is_not_a_workbook() -> None:
    assert (
        refused(archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})).code
        == "not_a_workbook"
    )
    assert refused(archive({"a.txt": "x"})).code == "not_a_workbook"


def test_packing_that_needs_memory_by_its_header_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("xl/workbook.xml", "<x/>")
    assert refused(buffer.getvalue()).code == "broken_workbook"


def test_two_parts_of_one_name_are_refused() -> None:
    buffer = io.BytesIO(workbook(sheet_xml(HEADER, DATA)))
    with zipfile.ZipFile(buffer, "a") as made, pytest.warns(UserWarning, match="Duplicate name"):
        made.writestr("xl/workbook.xml", "<x/>")
    assert refused(buffer.getvalue()).code == "broken_workbook"


def test_formatting_without_end_is_refused_while_it_is_read() -> None:
    limits = Limits(other_elements=50, cell_elements=60, shared_strings=3)
    fonts = "<fonts>" + "<font/>" * 60 + "</fonts>"
    assert refused(workbook(sheet_xml(HEADER, DATA), styles=fonts), limits=limits).code == "too_complex"
    empty_rows = sheet_xml(HEADER, *(row(n) for n in range(2, 90)))
    assert refused(workbook(empty_rows), limits=limits).code == "too_complex"
    cells = row(2, *(f'<c r="{letter}2"/>' for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    more = row(3, *(f'<c r="A{letter}3"/>' for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    third = row(4, *(f'<c r="{letter}4"/>' for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    assert refused(workbook(sheet_xml(HEADER, cells, more, third)), limits=limits).code == "too_many_cells"
    texts = "<si><t>a</t></si>" * 5
    assert refused(workbook(sheet_xml(HEADER, DATA), texts=texts), limits=limits).code == "too_many_cells"


def test_a_cell_without_end_is_refused_while_it_is_read() -> None:
    limits = Limits(cell_characters=100)
    long = "x" * 101
    assert (
        refused(workbook(sheet_xml(HEADER, row(2, cell("A2", long)))), limits=limits).code == "cell_too_long"
    )
    texts = f"<si><t>{long}</t></si>"
    assert refused(workbook(sheet_xml(HEADER, DATA), texts=texts), limits=limits).code == "cell_too_long"


def test_a_real_workbook_with_formats_links_and_comments_reads_like_a_plain_one() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Name", "Unit", "Since"])
    sheet.append(["Triage", "CLM", datetime.date(2024, 3, 12)])
    sheet["A2"].font = Font(bold=True)
    sheet["A2"].hyperlink = "https://example.org/"
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = "A1:C2"
    sheet.column_dimensions["A"].width = 40
    book.create_chartsheet("Chart")
    assert read_table(saved(book)).rows == [("Triage", "CLM", "2024-03-12")]


def test_strict_open_xml_reads_like_the_usual_one() -> None:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    data = workbook(sheet_xml(HEADER, DATA).replace(MAIN, strict))
    assert read_table(data).rows == [("Triage", "CLM")]
