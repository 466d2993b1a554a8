"""A row of text to a judged row: every cell is somewhere, and every cell that could not be read says why."""

from datetime import date
from decimal import Decimal

import pytest

from exchange.mapping import Dated, Fact, RowResult, iter_rows, load_mapping, map_rows, summarise
from exchange.reading import FileRefused, read_table
from tests.exchange.files import MINIMAL

AS_OF = date(2025, 1, 23)
RICH = (
    'absent = ["n/a*", "none"]\ndate_order = ["date_initiated", "date_implemented", "date_retired"]\n'
    + MINIMAL
    + """
[dates]
layouts = ["M/D/YYYY", "YYYY"]
plausible = [1980-01-01, 2200-12-31]
[fields.sub_unit]
column = "Bureau"
optional = true
[fields.stage]
column = "Stage"
optional = true
[fields.stage.words]
idea = ["Planned"]
production = ["Live"]
retired = ["Gone"]
[fields.date_initiated]
columns = ["Start", "Began"]
optional = true
[fields.date_implemented]
column = "Implemented"
optional = true
[fields.date_retired]
column = "Retired"
optional = true
[fields.decision_on]
column = "Decide"
optional = true
[fields.spent]
column = "Spent"
optional = true
[fields.problem]
column = "Problem"
optional = true
[fields.tags]
column = "Tags"
optional = true
absent = ["-"]
[fields.lead_email]
column = "Lead"
optional = true
[facts.pii]
column = "PII"
optional = true
[age]
dates = ["date_initiated"]
[age.stages]
production = ["date_implemented", "date_initiated"]
retired = []
[[checks]]
code = "live_without_date"
stages = ["production"]
date = "date_implemented"
message = "Live without a date."
[[checks]]
code = "gone_early"
other_than = ["retired"]
date = "date_retired"
when = "present"
message = "Not gone, but dated as gone."
[[checks]]
code = "live_later"
stages = ["production"]
date = "date_implemented"
when = "after_as_of"
message = "Live only later."
[[checks]]
code = "planned_but_live"
stages = ["idea"]
date = "date_implemented"
when = "not_after_as_of"
message = "Planned, but implemented."
"""
)


def rows_of(text: str, mapping: str = RICH) -> list[RowResult]:
    known = load_mapping(mapping)
    return map_rows(read_table(text.encode(), mapping=known), known, as_of=AS_OF)


def row_of(**cells: str) -> RowResult:
    given = {"Name": "Triage", "Unit": "CLM"} | cells
    texts = (f'"{cell}"' for cell in given.values())
    (row,) = rows_of(",".join(given) + "\n" + ",".join(texts) + "\n")
    return row


def codes(row: RowResult) -> list[str]:
    return [warning.code for warning in row.warnings]


def test_a_field_that_is_not_mapped_or_whose_column_is_absent_is_not_there() -> None:
    row = row_of()
    assert set(row.fields) == {"name", "unit", "entered_on"}
    assert row.facts == {}
    assert row.outcome == "ok"


def test_texts_are_trimmed_and_their_cells_kept_as_they_stood() -> None:
    row = row_of(Name="  Motor\n claims ", Problem=" line\r\nline\xa0two ", Bureau="N/A")
    assert row.fields["name"] == "Motor claims"
    assert row.fields["problem"] == "line\nline two"
    assert row.fields["sub_unit"] == ""
    assert row.raw["name"] == "  Motor\n claims "
    assert row.raw["sub_unit"] == "N/A"


def test_columns_not_mapped_are_kept_raw_under_their_label_and_blank_ones_left_out() -> None:
    (row,) = rows_of('Name,Unit,Why,Why,More,Last\nA,B,x,"y\nz",," "\n')
    assert row.attributes == {"Why [3]": "x", "Why [4]": "y\nz", "Last": " "}


def test_absent_words_count_only_for_mapped_fields() -> None:
    row = row_of(Comment="none", Start="none", Tags="none")
    assert row.attributes == {"Comment": "none"}
    assert row.fields["tags"] == ["none"], "this field has absent words of its own"
    assert isinstance(row.fields["date_initiated"], Dated)
    assert row.fields["date_initiated"].status == "absent"
    assert row.warnings == ()


def test_a_name_may_be_a_word_that_elsewhere_says_nothing() -> None:
    assert row_of(Name="None").fields["name"] == "None"


@pytest.mark.parametrize("missing", ["Name", "Unit"])
def test_a_row_without_a_name_or_unit_is_refused_with_row_column_value_and_reason(missing: str) -> None:
    row = row_of(**{missing: " "})
    assert row.outcome == "refused"
    (refusal,) = row.refusals
    assert (refusal.row, refusal.column, refusal.value) == (1, missing, " ")
    assert (refusal.code, refusal.message) == (f"missing_{missing.lower()}", f"{missing} is missing.")


@pytest.mark.parametrize(
    ("cells", "field", "value", "code"),
    [
        ({"Start": "Q4FY25"}, "date_initiated", None, "unreadable_date"),
        ({"Start": "2/30/2024"}, "date_initiated", None, "no_such_day"),
        ({"Start": "1/1/1970"}, "date_initiated", None, "implausible_date"),
        ({"Spent": "ca. 200"}, "spent", None, "unreadable_number"),
        ({"Spent": "#DIV/0!"}, "spent", None, "unreadable_number"),
        ({"Tags": "['a"}, "tags", [], "unreadable_list"),
        ({"Lead": "claims team"}, "lead_email", "", "not_an_email"),
        ({"Problem": "#REF!"}, "problem", "", "spreadsheet_error"),
        ({"Problem": "x" * 20_001}, "problem", "", "too_long"),
        ({"Stage": "Hypercare"}, "stage", "unknown", "unknown_word"),
        ({"PII": "perhaps"}, "pii", Fact.NOT_REPORTED, "unknown_word"),
    ],
)
def test_a_cell_that_cannot_be_read_refuses_the_cell_and_not_the_row(
    cells: dict[str, str], field: str, value: object, code: str
) -> None:
    row = row_of(**cells)
    assert row.outcome == "ok"
    read = row.fields[field]
    assert (read.value if isinstance(read, Dated) else read) == value
    (warning,) = row.warnings
    assert (warning.row, warning.code) == (1, code)
    assert ({warning.column: warning.value}, row.raw[field]) == (cells, warning.value)
    assert row.unread == {field: warning.value}
    assert warning.message.endswith(".")


def test_a_name_too_long_to_keep_refuses_the_row_and_never_cuts_it() -> None:
    row = row_of(Name="x" * 501)
    assert (row.outcome, row.refusals[0].code) == ("refused", "too_long")
    assert row_of(Name="x" * 500).outcome == "ok"


def test_unknown_is_never_zero() -> None:
    assert row_of(Spent="").fields["spent"] is None
    assert row_of(Spent="n/a").fields["spent"] is None
    assert row_of(Spent="0").fields["spent"] == Decimal(0)


def test_addresses_are_taken_out_of_a_name_and_in_lower_case() -> None:
    assert row_of(Lead="Nadia R. <Nadia.R@Calder.Example>").fields["lead_email"] == "nadia.r@calder.example"
    assert row_of(Lead="mailto:a@b.org").fields["lead_email"] == "a@b.org"
    for wrong in ("a@b", "a b@c.org", "a@b.org, c@d.org", "@b.org"):
        assert row_of(Lead=wrong).fields["lead_email"] == ""


def test_the_first_column_that_says_something_fills_the_field_and_the_others_are_kept() -> None:
    row = row_of(Start="n/a", Began="5/6/2024")
    assert isinstance(row.fields["date_initiated"], Dated)
    assert row.fields["date_initiated"].column == "Began"
    assert row.attributes == {"Start": "n/a"}
    assert row_of(Start="1/2/2024", Began="5/6/2024").attributes == {"Began": "5/6/2024"}


def test_a_field_can_be_the_same_for_every_row() -> None:
    (row,) = rows_of("Name\nA\n", MINIMAL.replace('column = "Unit"', 'value = "CLM"'))
    assert row.fields["unit"] == "CLM"
    assert row.key == ("unit-name", ("clm", "a"))


def test_the_age_date_depends_on_the_stage_and_names_its_column() -> None:
    def age(**cells: str) -> tuple[date | None, str, str]:
        dated = row_of(**cells).fields["entered_on"]
        assert isinstance(dated, Dated)
        return dated.value, dated.precision, dated.column

    assert age(Stage="Planned", Start="2022") == (date(2022, 1, 1), "year", "Start")
    assert age(Stage="Live", Start="1/1/2022", Implemented="6/1/2023") == (
        date(2023, 6, 1),
        "day",
        "Implemented",
    )
    assert age(Stage="Live", Start="1/1/2022", Implemented="soon") == (date(2022, 1, 1), "day", "Start")
    assert age(Stage="Gone", Start="1/1/2022") == (None, "unknown", "")
    assert age(Stage="Planned") == (None, "unknown", "")
    assert age(Stage="", Start="1/1/2022") == (date(2022, 1, 1), "day", "Start")


def test_any_two_dates_in_the_wrong_order_are_warned_of_and_not_repaired() -> None:
    row = row_of(Start="6/1/2024", Implemented="5/31/2024", Retired="5/1/2024")
    assert codes(row).count("out_of_order") == 3
    assert [warning.column for warning in row.warnings] == ["Implemented", "Retired", "Retired"]
    assert isinstance(row.fields["date_implemented"], Dated)
    assert row.fields["date_implemented"].value == date(2024, 5, 31)
    assert "out_of_order" not in codes(row_of(Start="6/1/2024", Implemented="6/1/2024"))
    assert codes(row_of(Start="Q1", Implemented="1/1/2024")) == ["unreadable_date"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"Stage": "Live", "Implemented": ""}, ["live_without_date"]),
        ({"Stage": "Live", "Implemented": "n/a"}, ["live_without_date"]),
        ({"Stage": "Live", "Implemented": "soon"}, ["unreadable_date", "live_without_date"]),
        ({"Stage": "Live", "Implemented": "1/23/2025"}, []),
        ({"Stage": "Live", "Implemented": "1/24/2025"}, ["future_date", "live_later"]),
        ({"Stage": "Planned", "Implemented": "1/23/2025"}, ["planned_but_live"]),
        ({"Stage": "Planned", "Implemented": "1/24/2025"}, ["future_date"]),
        ({"Stage": "Planned", "Retired": "1/1/2025"}, ["gone_early"]),
        ({"Stage": "Gone", "Retired": "1/1/2025"}, []),
        ({"Stage": "", "Retired": "1/1/2025"}, ["gone_early"]),
        ({"Stage": "Live"}, []),
    ],
)
def test_a_stage_its_dates_contradict_is_warned_of_and_wins(
    cells: dict[str, str], expected: list[str]
) -> None:
    row = row_of(**cells)
    assert codes(row) == expected
    assert (
        row.fields["stage"]
        == {"Live": "production", "Planned": "idea", "Gone": "retired", "": "unknown"}[cells["Stage"]]
    )


def test_a_date_ahead_is_a_warning_only_where_it_cannot_be_meant() -> None:
    assert codes(row_of(Start="1/24/2025")) == ["future_date"]
    assert row_of(Start="1/24/2025").unread == {}
    assert codes(row_of(Start="1/23/2025")) == []
    assert codes(row_of(Decide="6/1/2026")) == []


def test_rows_keep_their_number_and_their_line() -> None:
    rows = rows_of('Name,Unit\n"A\nA",B\n\nC,D\n')
    assert [(row.number, row.line) for row in rows] == [(1, 2), (2, 5)]


def test_rows_can_be_had_one_at_a_time() -> None:
    known = load_mapping(RICH)
    table = read_table(b"Name,Unit\nA,B\nC,D\n", mapping=known)
    stream = iter_rows(table, known, as_of=AS_OF)
    assert next(stream).fields["name"] == "A"
    assert list(stream) == map_rows(table, known, as_of=AS_OF)[1:]


def test_one_of_several_columns_for_a_name_must_be_there() -> None:
    several = MINIMAL.replace('column = "Name"', 'columns = ["Name", "Title"]\noptional = true')
    assert rows_of("Title,Unit\nA,B\n", several)[0].fields["name"] == "A"
    with pytest.raises(FileRefused, match="“Name” is missing"):
        rows_of("Label,Unit\nA,B\n", several)


def test_the_figures_count_every_row_cell_and_word() -> None:
    figures = summarise(rows_of("Name,Unit,Stage,Start,PII\nA,B,Live,2022,yes\nC,D,Hm,Q1,\n,E,,,no\n"))
    assert (figures.rows, figures.refused, figures.cell_warnings) == (3, 1, 2)
    assert figures.warnings == {"unknown_word": 1, "unreadable_date": 1}
    assert figures.refusals == {"missing_name": 1}
    assert figures.words["stage"] == {"production": 1, "unknown": 2}
    assert figures.words["pii"] == {"yes": 1, "not_reported": 1, "no": 1}
    assert figures.dates["date_initiated"].status == {"parsed": 1, "refused": 1, "absent": 1}
    assert figures.dates["date_initiated"].precision == {"year": 1}
    assert figures.dates["date_initiated"].reasons == {"free text": 1}
