"""The real case: 2,133 use cases of 41 agencies, mapped by the shipped mapping, against figures computed elsewhere."""

import json
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.ageing import stage_ageing
from domain.stages import PRE_PRODUCTION, Stage
from exchange.mapping import Dated, Figures, RowResult, assign_occurrences, load_mapping, map_rows, summarise
from exchange.reading import FileRefused, Table, read_table

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILE, EXPECTED = DATA / "us-federal-ai-use-cases-2024.csv", DATA / "us-federal-2024-expected.json"

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        not (FILE.exists() and EXPECTED.exists()), reason=f"the federal inventory is not in {DATA}"
    ),
]
AS_OF = date(2025, 1, 23)
MAPPING = load_mapping("us-federal-2024")


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(EXPECTED.read_text())
    return known


@pytest.fixture(scope="module")
def table() -> Table:
    return read_table(FILE.read_bytes(), filename=FILE.name, mapping=MAPPING)


@pytest.fixture(scope="module")
def rows(table: Table) -> list[RowResult]:
    return map_rows(table, MAPPING, as_of=AS_OF)


@pytest.fixture(scope="module")
def figures(rows: list[RowResult]) -> Figures:
    return summarise(rows)


def day(row: RowResult, name: str) -> date | None:
    value = row.fields[name]
    assert isinstance(value, Dated)
    return value.value


def test_the_file_is_read_whole(table: Table, expected: dict[str, Any]) -> None:
    assert (table.encoding, table.delimiter, table.kind) == ("cp1252", ",", "csv")
    assert len(table.rows) == expected["total_rows"]
    assert len(table.headers) == expected["columns"]
    assert len(set(table.headers)) == expected["unique_header_names"]
    assert len(set(table.labels)) == expected["columns"]
    repeated = {name: count for name, count in Counter(table.headers).items() if count > 1}
    assert repeated == expected["duplicate_headers"]


def test_no_row_is_dropped_refused_or_merged(rows: list[RowResult], expected: dict[str, Any]) -> None:
    assert len(rows) == expected["total_rows"]
    assert {row.outcome for row in rows} == {"ok"}
    assert len({(row.key, row.occurrence) for row in rows}) == expected["total_rows"]
    assert (
        len({row.key for row in rows})
        == expected["distinct_initiatives"]["by_agency_bureau_name (recommended)"]
    )
    exact = expected["total_rows"] - expected["distinct_initiatives"]["exact_duplicate_rows"]
    assert len({row.content_hash for row in rows}) == exact
    education = [row.occurrence for row in rows if row.fields["name"] == "Generative AI Usage"]
    assert len(education) == 51


def test_units_are_the_agencies_and_stages_the_mapped_ones(
    rows: list[RowResult], expected: dict[str, Any]
) -> None:
    units = Counter(str(row.fields["unit"]) for row in rows)
    assert units == expected["rows_by_agency"]
    assert len(units) == expected["agencies"]
    by_unit: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        by_unit[str(row.fields["unit"])][str(row.fields["stage"])] += 1
    assert by_unit == expected["stage_by_agency"]


def test_raw_stages_are_kept(rows: list[RowResult], expected: dict[str, Any]) -> None:
    assert Counter(row.raw["stage"] for row in rows) == expected["stage_raw"]


def test_stages_and_impact_are_counted_as_they_should(figures: Figures, expected: dict[str, Any]) -> None:
    assert figures.words["stage"] == expected["stage"]
    assert figures.words["impact"] == expected["impact"]
    impacting = sum(figures.words["impact"][value] for value in ("rights", "safety", "both"))
    assert impacting == expected["impact_rights_or_safety"]


def test_dates_are_parsed_repaired_and_refused_as_they_should(
    figures: Figures, expected: dict[str, Any]
) -> None:
    columns = {
        "Date Initiated": "date_initiated",
        "Date when Acquisition and/or Development began": "date_acquired",
        "Date Implemented": "date_implemented",
        "Date Retired": "date_retired",
    }
    found = {
        column: {
            "status": dict(figures.dates[name].status),
            "precision": dict(figures.dates[name].precision),
            "refused_reason": dict(figures.dates[name].reasons),
            "repairs": dict(figures.dates[name].repairs),
        }
        for column, name in columns.items()
    }
    assert found == expected["dates_repaired"]


def test_dates_out_of_order_and_ahead_are_counted_as_they_should(
    rows: list[RowResult], expected: dict[str, Any]
) -> None:
    short = {
        "init": "date_initiated",
        "acq": "date_acquired",
        "impl": "date_implemented",
        "ret": "date_retired",
    }
    known = expected["date_order_repaired"]
    for pair in ("init>acq", "acq>impl", "init>impl", "impl>ret", "init>ret"):
        first, second = (short[name] for name in pair.split(">"))
        both = [(a, b) for row in rows if (a := day(row, first)) and (b := day(row, second))]
        assert len(both) == known[pair]["both_present"]
        assert sum(b < a for a, b in both) == known[pair]["out_of_order"]
    warned = [row for row in rows if any(warning.code == "out_of_order" for warning in row.warnings)]
    assert len(warned) == known["rows_with_any_inversion"]
    for name, field in short.items():
        ahead = [row for row in rows if (value := day(row, field)) and value > AS_OF]
        assert len(ahead) == known[f"{name}_after_as_of"]


def test_stages_that_their_dates_contradict_are_warned_of(figures: Figures, expected: dict[str, Any]) -> None:
    known = expected["stage_date_contradictions_repaired"]
    assert {
        "production_without_any_implemented_date": figures.rows_with["production_without_implemented_date"],
        "retired_without_retired_date": figures.rows_with["retired_without_retired_date"],
        "not_retired_but_has_retired_date": figures.rows_with["retired_date_without_retirement"],
        "preproduction_with_implemented_date_not_after_as_of": figures.rows_with[
            "implemented_before_production"
        ],
        "production_with_implemented_date_after_as_of": figures.rows_with[
            "production_with_future_implemented_date"
        ],
    } == known


def test_production_is_documented_and_monitored_as_it_should(
    rows: list[RowResult], expected: dict[str, Any]
) -> None:
    live = [row for row in rows if row.fields["stage"] == "production"]
    known = expected["in_production"]
    assert len(live) == known["rows"]
    assert Counter(row.fields["monitoring"] for row in live) == known["monitoring_all"]
    assert Counter(row.fields["documentation"] for row in live) == known["model_documentation"]
    impacting = sum(row.fields["impact"] in ("rights", "safety", "both") for row in live)
    assert impacting == known["rights_or_safety_impacting"]


def test_the_ages_of_pre_production_are_as_they_should(
    rows: list[RowResult], expected: dict[str, Any]
) -> None:
    spells = [
        (Stage(str(row.fields["stage"])), str(row.fields["unit"]), day(row, "entered_on")) for row in rows
    ]
    ageing = stage_ageing(spells, AS_OF)
    known = expected["preproduction_age"]
    assert ageing.pre_production == known["preproduction_rows"] == 1_090
    assert ageing.undated == known["undated"] == 358
    assert ageing.future_dated == known["future_dated"]
    for months, older in ageing.older_than_months.items():
        want = known["older_than_months"][str(months)]
        assert older.cutoff.isoformat() == want["cutoff"]
        assert (older.total, older.by_stage) == (want["total"], want["by_stage"])
        counts = Counter({str(unit): count for unit, count in older.by_unit.items()})
        tenth = min(want["by_agency_top10"].values())
        assert {unit: counts[unit] for unit in want["by_agency_top10"]} == want["by_agency_top10"]
        assert all(count <= tenth for unit, count in counts.items() if unit not in want["by_agency_top10"])


def test_a_pre_production_age_runs_from_initiation_else_from_acquisition(rows: list[RowResult]) -> None:
    for row in rows:
        entered = row.fields["entered_on"]
        assert isinstance(entered, Dated)
        if row.fields["stage"] in PRE_PRODUCTION:
            assert entered.value == (day(row, "date_initiated") or day(row, "date_acquired"))
            assert bool(entered.column) == bool(entered.value)


def test_an_undocumented_pilot_is_undated_where_the_file_says_nothing(rows: list[RowResult]) -> None:
    pilots = [row for row in rows if row.fields["stage"] == "pilot"]
    assert len(pilots) == 287
    assert sum(day(row, "entered_on") is None for row in pilots) == 115


def test_one_unit_alone_has_five_pilots_and_nothing_in_production(expected: dict[str, Any]) -> None:
    stuck = [
        unit for unit, counts in expected["stage_by_agency"].items()
        if counts.get("pilot", 0) >= 5 and not counts.get("production")
    ]  # fmt: skip
    assert stuck == ["GSA"]


def test_no_cell_is_lost(table: Table, rows: list[RowResult]) -> None:
    for row, cells in zip(rows, table.rows, strict=True):
        kept = Counter(row.attributes.values())
        mapped = Counter(row.raw.values())
        assert all(kept[cell] + mapped[cell] >= 1 for cell in cells if cell)
    assert any("[26]" in label for row in rows for label in row.attributes)


def test_the_agency_written_with_a_trailing_space_has_one_name(rows: list[RowResult]) -> None:
    names: dict[object, set[object]] = defaultdict(set)
    for row in rows:
        names[row.fields["unit"]].add(row.fields["unit_name"])
    assert all(len(known) == 1 for known in names.values())


def test_the_same_file_twice_is_the_same_records(rows: list[RowResult]) -> None:
    first = assign_occurrences(rows, {})
    existing: dict[tuple[str, tuple[str, ...]], list[tuple[int, str]]] = defaultdict(list)
    for row in first:
        assert row.key
        existing[row.key].append((row.occurrence, row.content_hash))
    again = assign_occurrences(rows, existing)
    assert {row.match for row in again} == {"identical"}
    assert [row.occurrence for row in again] != [row.occurrence for row in reversed(again)]


def test_damaged_copies_are_each_refused_once() -> None:
    data = FILE.read_bytes()
    head, _, body = data.partition(b"\r\n")
    copies = {
        "truncated_row": data[: data.rindex(b'"') - 40],
        "wrong_encoding": data.decode("cp1252").encode("utf-16-le"),
        "nul_byte": data[:900_000] + b"\x00" + data[900_000:],
        "wrong_column_count": head.replace(b"Bureau,", b"", 1) + b"\r\n" + body,
        "header_drift": data.replace(b"Stage of Development", b"Phase", 1),
        "too_many_columns": b"," * 100_000 + b"\r\n" + body,
        "no_rows": head + b"\r\n",
    }
    for code, copy in copies.items():
        with pytest.raises(FileRefused) as caught:
            read_table(copy, mapping=MAPPING)
        assert caught.value.code == code, caught.value
