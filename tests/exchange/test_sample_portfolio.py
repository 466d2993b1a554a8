"""The sample portfolio end to end: the peculiarities of a real inventory in forty-one rows of our own."""

from collections import Counter
from datetime import date

import pytest

from exchange.mapping import Dated, Fact, RowResult, assign_occurrences, load_mapping, map_rows, summarise
from exchange.reading import read_table
from exchange.writing import rejects_csv
from tests.exchange.files import sample

AS_OF = date(2026, 11, 24)
MAPPING = load_mapping("throughline-portfolio")


@pytest.fixture(scope="module")
def rows() -> list[RowResult]:
    return map_rows(
        read_table(sample(), filename="sample-inventory.csv", mapping=MAPPING), MAPPING, as_of=AS_OF
    )


def by_name(rows: list[RowResult], name: str) -> RowResult:
    return next(row for row in rows if row.fields["name"] == name)


def test_every_row_comes_out_and_only_two_are_refused(rows: list[RowResult]) -> None:
    assert len(rows) == 41
    refused = {row.number: row.refusals[0].code for row in rows if row.outcome == "refused"}
    assert refused == {36: "duplicate_key", 40: "missing_name"}


def test_the_words_become_stages(rows: list[RowResult]) -> None:
    assert summarise(rows).words["stage"] == {
        "idea": 6, "framing": 2, "development": 5, "pilot": 10, "scale_up": 2, "production": 9,
        "retired": 3, "stopped": 2, "unknown": 2,
    }  # fmt: skip


def test_dates_are_read_repaired_and_refused_as_the_file_has_them(rows: list[RowResult]) -> None:
    initiated = summarise(rows).dates["date_initiated"]
    assert initiated.status == {"parsed": 32, "absent": 4, "refused": 5}
    assert initiated.precision == {"day": 27, "month": 3, "year": 2}
    assert initiated.repairs == {"repaired yy-Mon": 3, "repaired excel serial year": 2}
    assert initiated.reasons == {"free text": 3, "no such day": 1, "implausible": 1}


def test_every_warning_is_there_once(rows: list[RowResult]) -> None:
    assert summarise(rows).warnings == {
        "unreadable_date": 3, "no_such_day": 1, "implausible_date": 1, "future_date": 1, "unreadable_number": 1,
        "not_an_email": 1, "unknown_word": 2, "out_of_order": 2, "production_without_implemented_date": 2,
        "retired_without_retired_date": 1, "retired_date_without_retirement": 1, "implemented_before_production": 1,
        "production_with_future_implemented_date": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "precision", "column"),
    [
        ("Motor claims triage", date(2024, 3, 12), "day", "Initiated on"),
        ("Total loss estimate from photos", date(2022, 1, 1), "year", "Initiated on"),
        ("Repair cost check", date(2024, 11, 1), "month", "Initiated on"),
        ("Collections voice agent", date(2025, 10, 1), "day", "Development began on"),
        ("Policy assistant", date(2026, 2, 2), "day", "Entered on"),
        ("Bodily injury reserve", date(2022, 2, 1), "day", "Implemented on"),
        ("Telematics pricing", date(2021, 1, 1), "year", "Implemented on"),
        ("Document scanning", date(2022, 12, 31), "day", "Retired on"),
        ("Treasury Q&A", None, "unknown", ""),
        ("Provider invoice anomaly", None, "unknown", ""),
    ],
)
def test_the_age_date_is_the_first_that_was_read(
    rows: list[RowResult], name: str, value: date | None, precision: str, column: str
) -> None:
    entered = by_name(rows, name).fields["entered_on"]
    assert isinstance(entered, Dated)
    assert (entered.value, entered.precision, entered.column) == (value, precision, column)


def test_exact_duplicates_are_both_kept_and_the_third_of_the_name_too(rows: list[RowResult]) -> None:
    chatbots = [row for row in rows if row.fields["name"] == "Chatbot"]
    assert [row.occurrence for row in chatbots] == [1, 2, 3]
    assert chatbots[0].content_hash == chatbots[1].content_hash != chatbots[2].content_hash
    assert {row.key for row in chatbots} == {("unit-name", ("clm", "contact centre", "chatbot"))}


def test_trailing_and_no_break_spaces_do_not_make_another_unit(rows: list[RowResult]) -> None:
    row = by_name(rows, "Call summarisation")
    assert (row.fields["unit_name"], row.fields["sub_unit"]) == ("Claims", "Contact centre")
    assert row.raw["sub_unit"] == "Contact\xa0centre"


def test_repeated_headers_lose_no_cell(rows: list[RowResult]) -> None:
    attributes = by_name(rows, "Meeting notes").attributes
    assert attributes["If other, please explain. [24]"] == "The meetings themselves"
    assert attributes["If other, please explain. [26]"] == "With the vendor"
    assert attributes["If other, please explain. [28]"] == "A banner in the call"


def test_a_fact_has_four_values_and_blank_is_not_no(rows: list[RowResult]) -> None:
    facts = Counter(row.facts["personal_data"] for row in rows)
    assert facts == {Fact.YES: 16, Fact.NO: 21, Fact.NOT_REPORTED: 3, Fact.NOT_REQUIRED: 1}


def test_the_same_file_twice_changes_nothing(rows: list[RowResult]) -> None:
    first = assign_occurrences(rows, {})
    existing: dict[tuple[str, tuple[str, ...]], list[tuple[int, str]]] = {}
    for row in first:
        if row.outcome == "ok" and row.key:
            existing.setdefault(row.key, []).append((row.occurrence, row.content_hash))
    again = assign_occurrences(rows, existing)
    assert Counter(row.match for row in again if row.outcome == "ok") == {"identical": 39}


def test_refused_rows_come_back_as_a_file_that_can_be_mended_and_fed_again(rows: list[RowResult]) -> None:
    table = read_table(sample(), mapping=MAPPING)
    data = rejects_csv(table, rows)
    again = read_table(data, filename="rejects.csv", mapping=MAPPING)
    assert again.headers == table.headers
    assert list(again.rows) == [table.rows[35], table.rows[39]]
    text = data.decode("utf-8-sig")
    assert "stands twice inside ITS (rows 35 and 36)" in text
    mended = text.replace("I-5", "I-6").replace('"","OPS"', '"Named","OPS"').encode()
    results = map_rows(read_table(mended, mapping=MAPPING), MAPPING, as_of=AS_OF)
    assert [row.outcome for row in results] == ["ok", "ok"]
