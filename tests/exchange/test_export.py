"""Records leaving: every dataset in every format, only what one may see, and nothing a spreadsheet would run."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from openpyxl import load_workbook
from rest_framework.test import APIClient

from exchange.exports import DATASETS
from governance.models import AiModel
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.exchange.staged import FEW, few, load
from tests.kpis.build import make_initiative, make_kpi, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HEADER = "Name,Unit,Id,Stage,Problem,Value"


@pytest.fixture
def world(cast: Cast) -> Cast:
    load(
        cast,
        few(
            HEADER,
            'Triage,Claims,C-1,pilot,"=HYPERLINK(""http://x"")",1250.50',
            "Cards,Retail Banking,R-1,idea,-3 hours,",
            "@SUM,Claims,C-2,idea,,",
        ),
        FEW,
    )
    kpi = make_kpi(make_initiative(cast.retail, "Card limits"))
    read(kpi, "-7.25", TODAY)
    AiModel.objects.create(name="Ranker", unit=cast.claims, created_at=AT, updated_at=AT)
    return cast


def export(dataset: str, kind: str, *args: str) -> str:
    out = io.StringIO()
    call_command("export_data", dataset, "--format", kind, *args, stdout=out)
    return out.getvalue()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_every_dataset_comes_in_every_format_with_the_same_rows(
    world: Cast, dataset: str, tmp_path: Path
) -> None:
    told = json.loads(export(dataset, "json"))
    assert told, dataset
    assert list(told[0]) == DATASETS[dataset].header
    assert len(rows(export(dataset, "csv"))) == len(told)
    call_command("export_data", dataset, "--format", "xlsx", "--out", str(tmp_path / "a.xlsx"))
    sheet = list(load_workbook(tmp_path / "a.xlsx").active.values)  # type: ignore[union-attr]
    assert list(sheet[0]) == DATASETS[dataset].header
    assert len(sheet) == len(told) + 1


def test_flags_are_those_raised(world: Cast) -> None:
    call_command("evaluate", stdout=io.StringIO())
    assert {row["rule"] for row in rows(export("flags", "csv"))} >= {"R00"}


def test_formulas_are_disarmed_and_numbers_stay_numbers(world: Cast, tmp_path: Path) -> None:
    told = {row["external_id"]: row for row in rows(export("initiatives", "csv", "--where", "ordering=ref"))}
    assert told["Claims:C-1"]["problem"] == '\'=HYPERLINK("http://x")'
    assert told["Retail Banking:R-1"]["problem"] == "'-3 hours"
    assert told["Claims:C-2"]["name"] == "'@SUM"
    assert Decimal(told["Claims:C-1"]["planned_value"]) == Decimal("1250.50")
    assert Decimal(rows(export("measurements", "csv"))[0]["value"]) == Decimal("-7.25")
    call_command("export_data", "initiatives", "--format", "xlsx", "--out", str(tmp_path / "a.xlsx"))
    for cells in load_workbook(tmp_path / "a.xlsx").active.iter_rows():  # type: ignore[union-attr]
        assert all(cell.data_type != "f" for cell in cells)


def test_json_is_exact_and_says_what_is_unknown(world: Cast) -> None:
    told = {row["name"]: row for row in json.loads(export("initiatives", "json"))}
    assert told["Triage"]["planned_value"] == "1250.50"
    assert told["Cards"]["planned_value"] is None
    assert told["Triage"]["ref"] == f"AI-{Initiative.objects.get(name='Triage').pk:04d}"
    assert told["Triage"]["created_at"].endswith("Z")
    assert told["Triage"]["problem"].startswith("=HYPERLINK")


def test_filters_and_orders_are_those_of_the_list(world: Cast) -> None:
    told = rows(export("initiatives", "csv", "--where", "stage=idea&ordering=-name"))
    assert [row["name"] for row in told] == ["Cards", "'@SUM"]
    with pytest.raises(SystemExit) as ended:
        export("initiatives", "csv", "--where", "colour=red")
    assert ended.value.code == 1


def test_a_persons_export_holds_what_they_may_see(world: Cast) -> None:
    assert {row["unit"] for row in rows(export("initiatives", "csv", "--by", "vera@calder.example"))} == {
        "Claims"
    }
    assert export("initiatives", "json", "--by", "nobody@calder.example") == "[\n]\n"


@pytest.mark.parametrize("args", [("lost", "--format", "csv"), ("kpis", "--format", "pdf"), ("kpis",)])
def test_what_there_is_not_is_refused(db: Any, args: tuple[str, ...]) -> None:
    with pytest.raises(Exception, match=r"invalid choice|required"):
        call_command("export_data", *args)


def test_a_file_that_cannot_be_written_is_a_matter_of_usage(world: Cast, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        export("kpis", "json", "--out", str(tmp_path / "no" / "where.json"))
    assert ended.value.code == 2


def test_the_api_offers_the_same_rows_as_csv(world: Cast, api: Callable[[str], APIClient]) -> None:
    listed = api("edith").get("/api/v1/exports/").json()["results"]
    assert [one["dataset"] for one in listed] == list(DATASETS)
    answer = api("edith").get("/api/v1/exports/initiatives/?stage=idea&ordering=-name")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="initiatives.csv"'
    told = rows(b"".join(answer.streaming_content).decode())  # type: ignore[attr-defined]
    assert [row["name"] for row in told] == ["Cards", "'@SUM"]
    only = rows(b"".join(api("vera").get("/api/v1/exports/initiatives/").streaming_content).decode())  # type: ignore[attr-defined]
    assert {row["unit"] for row in only} == {"Claims"}
    assert api("edith").get("/api/v1/exports/initiatives/?colour=red").status_code == 400
    assert api("edith").get("/api/v1/exports/lost/").status_code == 404
    assert api("nobody").get("/api/v1/exports/initiatives/").status_code == 403
