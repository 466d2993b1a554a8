"""Whatever the bytes: a table or one refusal, never another exception, and what was written is what is read."""

import csv
import io
import string
from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.mapping import load_mapping, map_rows, shipped_mappings
from exchange.reading import FileRefused, FileRules, Limits, Table, read_table
from tests.exchange.files import Expecting, sample, sheet_xml, workbook

SMALL = Limits(file_bytes=200_000, rows=500, columns=60, cells=5_000, cell_characters=2_000, seconds=10)
TRICKY = "\x00\"',;\t|\r\n =+-@é“\u00a0\ufeff\u2028\U0001f600ÿ-#<>&"


def read(data: bytes) -> Table | FileRefused:
    """Any other exception fails the test that calls this."""
    try:
        return read_table(data, filename="fuzz", limits=SMALL)
    except FileRefused as error:
        return error


def check(table: Table | FileRefused) -> None:
    if isinstance(table, FileRefused):
        assert table.code
        assert table.message
        assert table.remedy
    else:
        assert table.rows
        assert len(table.rows) == len(table.lines) <= SMALL.rows
        assert {len(row) for row in table.rows} == {len(table.headers)}
        assert len(set(table.labels)) == len(table.headers) <= SMALL.columns
        assert not any("\x00" in text for row in (table.headers, *table.rows) for text in row)


@settings(max_examples=600, deadline=None)
@given(st.binary(max_size=400))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example(b'"')
@example(b"sep=")
@example(b"sep=;\n")
@example(b"PK\x05\x06" + b"\x00" * 18)
def test_any_bytes_are_a_table_or_a_refusal(data: bytes) -> None:
    check(read(data))


@settings(max_examples=600, deadline=None)
@given(
    st.text(st.sampled_from(TRICKY + string.ascii_letters), max_size=300),
    st.sampled_from(["utf-8", "cp1252", "utf-16"]),
)
def test_any_text_is_a_table_or_a_refusal(text: str, encoding: str) -> None:
    check(read(text.encode(encoding, "replace")))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_damaged_sample_is_a_table_or_a_refusal(data: st.DataObject) -> None:
    whole = bytearray(sample())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        match data.draw(st.sampled_from(["cut", "flip", "insert", "drop"])):
            case "cut":
                del whole[max(at, 1) :]
            case "flip":
                whole[at] = data.draw(st.integers(0, 255))
            case "insert":
                whole[at:at] = data.draw(st.binary(max_size=8))
            case _:
                del whole[at : at + data.draw(st.integers(1, 40))]
        if not whole:
            break
    check(read(bytes(whole)))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_a_table_or_a_refusal(data: st.DataObject) -> None:
    whole = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    check(read(bytes(whole)))


WORKBOOK = workbook(
    sheet_xml(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c><c r="B1" t="s"><v>0</v></c></row>',
        '<row r="2"><c r="A2"><v>1.5</v></c><c r="B2" s="1"><v>45000</v></c></row>',
    ),
    texts="<si><t>Unit</t></si>",
    styles='<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>',
)

PIECES = st.sampled_from(
    """<row r="1">|<row>|</row>|<c r="A1">|<c r="B2" t="s">|<c t="b">|<c t="inlineStr">|<c t="d">|</c>|<v>|</v>|<is>|</is>
    <t>|</t>|<f>|</f>|<rPh>|</rPh>|1|-3.5e2|x|&#9;|<mergeCell ref="A1:B2"/>|<c r="ZZZ9">|<c r="">|<row r="x">
    <c s="99999999999">|1e999|_x0041_""".replace("\n    ", "|").split("|")
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=30))
def test_any_sheet_is_a_table_or_a_refusal(pieces: list[str]) -> None:
    check(read(workbook(sheet_xml(*pieces))))


WELL_FORMED = st.recursive(
    st.sampled_from(["1", "x", "-3.5e2", "1e999", "", " "]),
    lambda inner: st.builds(
        lambda name, attributes, parts: f"<{name}{attributes}>{''.join(parts)}</{name}>",
        st.sampled_from(["row", "c", "v", "is", "t", "f", "rPh", "r", "x"]),
        st.sampled_from(
            ["", ' r="A1"', ' r="B2" t="s"', ' r="3"', ' t="inlineStr"', ' t="b"', ' s="7"', ' r="XFD1"']
        ),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(WELL_FORMED, max_size=5))
def test_any_well_formed_sheet_is_a_table_or_a_refusal(parts: list[str]) -> None:
    check(read(workbook(sheet_xml(*parts))))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@settings(max_examples=400, deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=2, max_size=8)
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_wrote_is_what_is_read(
    rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    rows = [row for row in rows if any(map(str.strip, row))]
    if len(rows) < 2:
        return
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    table = read_table(buffer.getvalue().encode(encoding), mapping=Expecting(FileRules(delimiter=delimiter)))
    assert [list(table.headers), *map(list, table.rows)] == rows


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.text(max_size=30), min_size=6, max_size=6), min_size=1, max_size=5))
def test_whatever_the_cells_say_every_row_comes_out_judged(rows: list[list[str]]) -> None:
    mapping = load_mapping(shipped_mappings()["throughline-portfolio"])
    headers = ("Name", "Unit", "Stage", "Initiated on", "Spent", "Lead email")
    table = Table(headers=headers, rows=[tuple(row) for row in rows], encoding="", delimiter="", kind="csv", lines=range(2, 2 + len(rows)))  # fmt: skip
    results = map_rows(table, mapping, as_of=_AS_OF)
    assert [result.number for result in results] == list(range(1, len(rows) + 1))
    for result in results:
        assert (result.outcome == "refused") == bool(result.refusals)
        assert result.outcome == "refused" or result.key is not None
        kept = set(result.raw.values()) | set(result.attributes.values()) | {""}
        assert set(rows[result.number - 1]) <= kept


_AS_OF = date(2026, 11, 24)
