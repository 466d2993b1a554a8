"""The import's second effect: rows become entries of the model inventory, set-based, and edits made here stay."""

import csv
import io
from typing import Any

import pytest

from core.models import AuditEvent
from exchange.mapping import MappingRefused, load_mapping
from exchange.models import ImportRun
from exchange.queries.source_row import source_row
from exchange.services.imports import commit_import, stage_import
from governance.models import AiModel
from governance.services.evaluate import evaluate_due
from governance.services.inventory import edit_model
from portfolio.models import Initiative
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db
MAPPING = """
name = "register"
series = "register"
absent = ["n/a", "none"]
[[keys]]
namespace = "unit-id"
fields = ["unit", "external_id"]
[dates]
layouts = ["YYYY-M-D"]
[fields.name]
column = "Name"
[fields.unit]
column = "Unit"
[fields.external_id]
column = "Id"
[fields.stage]
column = "Stage"
[fields.stage.words]
idea = ["Planned"]
pilot = ["Pilot"]
production = ["Live"]
retired = ["Retired"]
[fields.date_implemented]
column = "Live since"
[facts.pii]
column = "PII"
[model]
purpose = "Purpose"
vendor = "Vendor"
technique = "Kind"
[model.technique_words]
generative = ["Generative*"]
nlp = ["Language*"]
[model.facts]
code_url = "Code"
other = 10
"""
HEADERS = [
    "Id",
    "Unit",
    "Name",
    "Stage",
    "Live since",
    "PII",
    "Purpose",
    "Vendor",
    "Kind",
    "If other",
    "Code",
    "If other",
]
ROWS = [
    ["1", "CLM", "Triage", "Live", "2025-03-01", "Yes", "Ranks claims ", "Acme", "Generative AI", "", "https://code.example", "two"],
    ["2", "CLM", "Router", "Planned", "", "", "=Routes", "n/a", "Other", "one", "N/A", ""],
    ["3", "CLM", "Old bot", "Retired", "2020-01-01", "No", "", "", "", "", "", ""],
    ["4", "CLM", "Unsaid", "", "", "", "", "", "", "", "", ""],
]  # fmt: skip


def file(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEADERS, *rows])
    return out.getvalue().encode()


def load(cast: Cast, rows: list[list[str]], mapping: str = MAPPING) -> ImportRun:
    by = cast.actor("max")
    run = stage_import(data=file(rows), filename="register.csv", mapping=mapping, by=by, at=AT)
    return commit_import(run_id=run.pk, by=by, at=AT)


def changed(row: int, column: str, value: str, last: bool = False) -> list[list[str]]:
    rows = [list(one) for one in ROWS]
    place = len(HEADERS) - 1 if last else HEADERS.index(column)
    rows[row][place] = value
    return rows


def test_a_row_is_an_initiative_and_an_entry_of_the_inventory_linked_to_it(cast: Cast) -> None:
    load(cast, ROWS)
    row = AiModel.objects.get(name="Triage")
    goal = Initiative.objects.get(name="Triage")
    assert (row.purpose, row.vendor, row.technique, row.stage) == (
        "Ranks claims",
        "Acme",
        "generative",
        "production",
    )
    assert (str(row.in_production_since), row.source, row.external_id) == (
        "2025-03-01",
        "register",
        goal.external_id,
    )
    assert row.facts == {"pii": "yes", "code_url": "https://code.example"}
    assert list(row.initiatives.all()) == [goal]
    assert row.owner is None
    assert AuditEvent.objects.filter(action="model.imported").count() == 3


def test_blank_is_not_no_and_a_stage_nobody_said_registers_no_model(cast: Cast) -> None:
    load(cast, ROWS)
    router = AiModel.objects.get(name="Router")
    assert (router.facts, router.vendor, router.technique, router.stage) == (
        {"other": "one"},
        "",
        "",
        "development",
    )
    old = AiModel.objects.get(name="Old bot")
    assert (old.stage, old.facts, old.retired_on) == ("retired", {"pii": "no"}, None)
    assert not AiModel.objects.filter(name="Unsaid").exists()


def test_the_sweep_judges_what_an_import_brought(cast: Cast) -> None:
    load(cast, ROWS)
    assert set(AiModel.objects.values_list("due", flat=True)) == {True}
    evaluate_due(at=AT)
    assert dict(AiModel.objects.values_list("name", "status")) == {
        "Triage": "stale",
        "Router": "stale",
        "Old bot": "retired",
    }


def test_importing_again_changes_nothing(cast: Cast) -> None:
    load(cast, ROWS)
    evaluate_due(at=AT)
    before = list(AiModel.objects.order_by("pk").values()), AuditEvent.objects.count()
    run = load(cast, ROWS)
    assert run.counts["unchanged"] == 4
    assert (list(AiModel.objects.order_by("pk").values()), AuditEvent.objects.count()) == before


def test_what_the_source_changed_is_brought_and_what_was_edited_here_stays(cast: Cast) -> None:
    load(cast, ROWS)
    row = AiModel.objects.get(name="Triage")
    edit_model(pk=row.pk, by=cast.actor("max"), at=AT, vendor="Acme Europe", owner=cast.mona)
    rows = changed(0, "Vendor", "Acme Inc.")
    rows[0][HEADERS.index("Purpose")] = "Ranks all claims"
    rows[0][HEADERS.index("PII")] = "No"
    load(cast, rows)
    row.refresh_from_db()
    assert (row.purpose, row.vendor, row.owner, row.facts["pii"], row.due) == (
        "Ranks all claims",
        "Acme Europe",
        cast.mona,
        "no",
        True,
    )
    event = AuditEvent.objects.get(action="model.reimported")
    assert event.after["purpose"] == "Ranks all claims"
    assert AiModel.objects.filter(name="Triage").count() == 1


def test_a_stage_that_became_known_registers_the_model(cast: Cast) -> None:
    load(cast, ROWS)
    load(cast, changed(3, "Stage", "Pilot"))
    assert AiModel.objects.get(name="Unsaid").stage == "pilot"


def test_the_row_is_given_back_cell_by_cell_as_its_source_had_it(cast: Cast) -> None:
    load(cast, ROWS)
    for row in ROWS[:3]:
        found = source_row(AiModel.objects.get(name=row[2]))
        assert found is not None
        assert (found[1], found[2]) == (HEADERS, row)
    later = changed(0, "If other", "three", last=True)
    load(cast, later)
    found = source_row(AiModel.objects.get(name="Triage"))
    assert found is not None
    assert found[2] == later[0]


def test_a_model_registered_here_has_no_row_of_a_source(cast: Cast) -> None:
    row = AiModel.objects.create(name="Own", unit=cast.claims, created_at=AT, updated_at=AT)
    assert source_row(row) is None


def test_a_mapping_without_a_model_brings_none(cast: Cast) -> None:
    load(cast, ROWS, MAPPING.partition("[model]")[0])
    assert Initiative.objects.count() == 4
    assert not AiModel.objects.exists()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[model]\npoem = 1\n", "model.poem"),
        ("[model]\npurpose = 0\n", "model.purpose"),
        ("[model]\ntechnique = 1\n[model.technique_words]\nmagic = ['x']\n", "model.technique_words.magic"),
        ("[model.facts]\n'Not A Name' = 1\n", "model.facts.Not A Name"),
    ],
)
def test_a_model_table_that_means_nothing_is_refused_at_its_place(text: str, place: str) -> None:
    with pytest.raises(MappingRefused) as refused:
        load_mapping((MAPPING.partition("[model]")[0] + text).encode())
    assert refused.value.place == place


def test_the_shipped_inventories_fill_the_inventory() -> None:
    for name in ("us-federal-2024", "us-federal-2025"):
        assert load_mapping(name).inventory is not None
    assert load_mapping("throughline-portfolio").inventory is None


def test_more_rows_cost_no_more_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(120):
        load(
            cast,
            [
                [str(n), "CLM", f"Name {n}", "Live", "2025-03-01", "Yes", "P", "V", "", "", "", ""]
                for n in range(300)
            ],
        )
    assert AiModel.objects.count() == 300


def test_a_model_the_source_retired_makes_due_what_depends_on_it(cast: Cast) -> None:
    rows = changed(1, "Stage", "Live")
    load(cast, rows)
    up, down = AiModel.objects.get(name="Triage"), AiModel.objects.get(name="Router")
    edit_model(pk=down.pk, by=cast.actor("max"), at=AT, depends_on=[up])
    evaluate_due(at=AT)
    assert not AiModel.objects.get(pk=down.pk).due
    rows[0][HEADERS.index("Stage")] = "Retired"
    load(cast, rows)
    assert AiModel.objects.get(pk=down.pk).due
    evaluate_due(at=AT)
    assert "upstream_retired" in AiModel.objects.get(pk=down.pk).cause_codes
