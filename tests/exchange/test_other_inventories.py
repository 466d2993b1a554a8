"""Inventories of other shapes, by mappings alone: ids with gaps, eight date layouts, printed lists, blank stages."""

import io
from datetime import date
from decimal import Decimal

from openpyxl import Workbook

from exchange.mapping import Dated, Fact, RowResult, load_mapping, map_rows, summarise
from exchange.reading import read_table

AS_OF = date(2026, 1, 28)

YEAR_2025 = "us-federal-2025"
HEADERS = ["agency", "agency_name", "id", "use_case_name", "agency_bureau", "contact_email", "is_withheld", "development_stage", "is_high_impact", "HI_justification", "topic_area", "classification", "problem_solved", "benefits", "system_outputs", "operational_date", "contracting_usage", "vendor_name", "have_ato", "system_name_ato", "data_description", "link_to_data", "has_pii", "pia_url", "demographic_features", "has_custom_code", "code_url", "hi_testing_conducted", "hi_assessment_completed", "hi_potential_impacts", "hi_independent_review", "hi_ongoing_monitoring", "hi_training_established", "hi_failsafe_presence", "hi_appeal_process", "hi_public_consultation"]  # fmt: skip


def inventory(*rows: dict[str, str]) -> bytes:
    """A file of these columns, cells given by header, the others blank."""
    lines = [",".join(HEADERS)]
    lines += [
        ",".join('"' + row.get(header, "").replace('"', '""') + '"' for header in HEADERS) for row in rows
    ]
    return "\n".join(lines).encode()


def mapped(data: bytes, mapping: str = YEAR_2025) -> list[RowResult]:
    known = load_mapping(mapping)
    return map_rows(read_table(data, mapping=known), known, as_of=AS_OF)


def test_eight_date_layouts_stand_in_one_column() -> None:
    written = [
        ("2024-10-01 00:00:00", date(2024, 10, 1), "day"),
        ("Apr-23", date(2023, 4, 1), "month"),
        ("01/2024", date(2024, 1, 1), "month"),
        ("03/30/2025 00:00:00", date(2025, 3, 30), "day"),
        ("9/1/2023", date(2023, 9, 1), "day"),
        ("06/01/2022 12:00:00 AM", date(2022, 6, 1), "day"),
        ("2021", date(2021, 1, 1), "year"),
        ("1/15/2025 0:00", date(2025, 1, 15), "day"),
    ]
    rows = mapped(
        inventory(
            *(
                {
                    "agency": "X",
                    "use_case_name": f"n{n}",
                    "operational_date": text,
                    "development_stage": "Deployed",
                }
                for n, (text, _, _) in enumerate(written)
            )
        )
    )
    read = [row.fields["entered_on"] for row in rows]
    assert [(d.value, d.precision, d.column) for d in read if isinstance(d, Dated)] == [
        (value, precision, "operational_date") for _, value, precision in written
    ]


def test_an_id_wins_over_the_name_and_a_second_one_in_an_agency_refuses_its_row() -> None:
    rows = mapped(
        inventory(
            {"agency": "DOJ", "use_case_name": "A", "id": "DOJ-1"},
            {"agency": "DOJ", "use_case_name": "B", "id": ""},
            {"agency": "DOJ", "use_case_name": "B", "id": "N/A"},
            {"agency": "DOJ", "use_case_name": "C", "id": "DOJ-1"},
            {"agency": "DOE", "use_case_name": "C", "id": "DOJ-1"},
        )
    )
    assert [row.outcome for row in rows] == ["ok", "ok", "ok", "refused", "ok"]
    assert [row.key and row.key[0] for row in rows[:3]] == ["unit-id", "unit-bureau-name", "unit-bureau-name"]
    assert [row.occurrence for row in rows[:3]] == [1, 1, 2]
    assert rows[3].refusals[0].value == "DOJ-1"


def test_whole_agencies_may_leave_the_stage_blank() -> None:
    rows = mapped(
        inventory(
            *({"agency": "DOT", "use_case_name": f"n{n}", "operational_date": "2024"} for n in range(3)),
            {"agency": "VA", "use_case_name": "m", "development_stage": "c)  Deployed – in use"},
            {"agency": "VA", "use_case_name": "o", "development_stage": "a) Pre-deployment – being built"},
        )
    )
    assert [row.fields["stage"] for row in rows] == ["unknown"] * 3 + ["production", "development"]
    assert [row.warnings for row in rows] == [()] * 5
    entered = rows[0].fields["entered_on"]
    assert isinstance(entered, Dated)
    assert entered.value is None, "no stage, no date since when it is in it"


def test_facts_have_words_of_their_own_and_longer_ones_win() -> None:
    rows = mapped(
        inventory(
            {"agency": "X", "use_case_name": "a", "is_high_impact": "High-impact", "hi_failsafe_presence": "Not Applicable"},
            {"agency": "X", "use_case_name": "b", "is_high_impact": "Presumed High-Impact, but Not High-impact"},
            {"agency": "X", "use_case_name": "c", "is_high_impact": "Not High-impact", "has_pii": "FALSE"},
            {"agency": "X", "use_case_name": "d"},
        )
    )  # fmt: skip
    assert [row.facts["high_impact"] for row in rows] == [Fact.YES, Fact.NO, Fact.NO, Fact.NOT_REPORTED]
    assert rows[0].facts["fail_safe"] is Fact.NOT_REQUIRED
    assert [row.facts["pii"] for row in rows[2:]] == [Fact.NO, Fact.NOT_REPORTED]


PRINTED = """
name = "algorithm-register"
series = "city-algorithms"
absent = ["onbekend", "n.v.t.*", "nan"]
[file]
kinds = ["csv", "xlsx"]
delimiter = ";"
header_row = 2
[[keys]]
namespace = "register-number"
fields = ["external_id"]
case_sensitive = ["external_id"]
[[keys]]
namespace = "organisation-name"
fields = ["unit", "name"]
duplicates = "number"
[units.aliases]
"Gemeente Noordstad" = "Noordstad"
[numbers]
decimal = ","
group = "."
affixes = ["€"]
[dates]
layouts = ["D MONTH YYYY", "D-M-YYYY", "M-YYYY", "Q YYYY", "SERIAL"]
pivot = 70
months = ["januari", "februari", ["maart", "mrt"], "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"]
[fields.name]
column = "Naam"
[fields.unit]
column = "Organisatie"
[fields.external_id]
column = "Nr"
optional = true
[fields.stage]
column = "Status"
match = "prefix"
[fields.stage.words]
development = ["In ontwikkeling"]
production = ["In gebruik"]
retired = ["Buiten gebruik"]
[fields.date_implemented]
column = "Sinds"
[fields.decision_on]
column = "Herzien"
[fields.decision_on.dates]
layouts = ["YYYY-M-D"]
[fields.techniques]
column = "Technieken"
separators = [",", "/"]
[fields.budget]
column = "Kosten (duizend)"
numbers = { scale = 1000 }
[facts.dpia]
column = "DPIA"
yes = ["ja *"]
no = ["nee *"]
not_required = ["niet nodig*", "n.v.t.*"]
[age]
dates = []
[age.stages]
production = ["date_implemented"]
"""


def test_another_country_another_language_another_layout() -> None:
    data = (
        "Register van algoritmes;;;;;;;;\n"
        "Nr;Naam;Organisatie;Status;Sinds;Herzien;Technieken;Kosten (duizend);DPIA\n"
        "a1;Parkeren;gemeente noordstad;In gebruik (sinds kort);3 mrt 2024;2027-01-05;['Beeldherkenning', 'Regels'];€ 1.234,5;Ja, in 2023\n"
        "A1;Afval;Zuidstad;In ontwikkeling;10-2025;onbekend;Regels/Statistiek;ca. 3;Niet nodig\n"
        ";Bijstand;Zuidstad;Buiten gebruik;Q3 2019;;nan;;n.v.t.\n"
        ";Bijstand;Zuidstad;Vervallen;45000;31-12-2026;['x;12,5;Nee\n"
    )
    rows = mapped(data.encode(), PRINTED)
    assert [row.outcome for row in rows] == ["ok"] * 4
    assert [row.key for row in rows] == [
        ("register-number", ("a1",)),
        ("register-number", ("A1",)),
        ("organisation-name", ("zuidstad", "bijstand")),
        ("organisation-name", ("zuidstad", "bijstand")),
    ]
    assert [row.occurrence for row in rows] == [1, 1, 1, 2]
    assert [row.fields["unit"] for row in rows][:2] == ["Noordstad", "Zuidstad"]
    assert [row.fields["stage"] for row in rows] == ["production", "development", "retired", "unknown"]
    since = [row.fields["date_implemented"] for row in rows]
    assert [(d.value, d.precision) for d in since if isinstance(d, Dated)] == [
        (date(2024, 3, 3), "day"), (date(2025, 10, 1), "month"), (date(2019, 7, 1), "quarter"), (date(2023, 3, 15), "day"),
    ]  # fmt: skip
    assert [row.fields["techniques"] for row in rows] == [
        ["Beeldherkenning", "Regels"],
        ["Regels", "Statistiek"],
        [],
        [],
    ]
    assert [row.fields["budget"] for row in rows] == [Decimal("1234500"), None, None, Decimal("12500")]
    assert [row.facts["dpia"] for row in rows] == [Fact.YES, Fact.NOT_REQUIRED, Fact.NOT_REQUIRED, Fact.NO]
    assert [[warning.code for warning in row.warnings] for row in rows] == [
        [], ["unreadable_number"], [], ["unknown_word", "unreadable_date", "unreadable_list"],
    ]  # fmt: skip


def test_the_same_portfolio_as_a_workbook_says_the_same() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Register van algoritmes"])
    sheet.append(
        ["Nr", "Naam", "Organisatie", "Status", "Sinds", "Herzien", "Technieken", "Kosten (duizend)", "DPIA"]
    )
    sheet.append(
        [
            "a1",
            "Parkeren",
            "Noordstad",
            "In gebruik",
            date(2024, 3, 3),
            date(2027, 1, 5),
            "Regels",
            1234,
            "Ja",
        ]
    )
    buffer = io.BytesIO()
    book.save(buffer)
    (row,) = mapped(buffer.getvalue(), PRINTED)
    since, again = row.fields["date_implemented"], row.fields["decision_on"]
    assert isinstance(since, Dated)
    assert isinstance(again, Dated)
    assert (since.value, again.value) == (date(2024, 3, 3), date(2027, 1, 5))
    assert (row.fields["budget"], row.warnings) == (Decimal(1_234_000), ())


def test_a_portfolio_of_thousands_with_half_its_rows_bad_names_every_one() -> None:
    lines = ["Name,Unit,Stage,Spent"]
    for number in range(10_000):
        lines.append(
            f"{'' if number % 2 else f'Initiative {number}'},U{number % 7},Pilot,{'x' if number % 5 == 0 else number}"
        )
    rows = mapped("\n".join(lines).encode(), "throughline-portfolio")
    figures = summarise(rows)
    assert (figures.rows, figures.refused, figures.cell_warnings) == (10_000, 5_000, 2_000)
    assert [row.number for row in rows if row.refusals] == list(range(2, 10_001, 2))
